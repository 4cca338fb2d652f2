import { may } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { hashToken } from "../platform/ids.ts";
import { composeNotice } from "./compose-notice.ts";
import { composeOperatorNotice, isForOperators } from "./compose-operator-notice.ts";
import { listReachable, type Reachable } from "./notice-facts.store.ts";
import { loadScene, type SceneParts } from "./notice-scene.ts";

type Parts = SceneParts & Pick<App, "db" | "jobs" | "mail">;

/** Who does the mails about billing. A job names the notice; what the mail says is read by the worker that sends it. */
export function billingMailJobs(app: App): void {
  app.jobs.handle("mail.billing_notice", (data) => mailNotice(app, String(data["accountId"]), String(data["key"])));
  app.jobs.handle("mail.billing_notice_to", (data) =>
    mailNoticeTo(app, String(data["accountId"]), String(data["key"]), String(data["userId"])),
  );
}

/**
 * Sends a notice to whom it concerns: an operator's at once; of an account's each mail is a job of its own, so that an address that is
 * refused neither keeps the others from theirs nor doubles them.
 */
async function mailNotice(app: Parts, accountId: string, key: string): Promise<void> {
  const content = await app.db.forAccount(accountId, async (tx) => {
    const scene = await loadScene(app, tx, accountId, key);
    if (scene === null) return null;
    if (isForOperators(scene.notice.kind)) return composeOperatorNotice(scene);
    if (composeNotice(scene) === null) return null;
    const people = (await listReachable(tx, accountId)).filter(looksAfterBilling);
    await app.jobs.enqueueAll(
      tx,
      people.map(({ userId }) => ({ name: "mail.billing_notice_to", data: { accountId, key, userId } })),
    );
    return null;
  });
  if (content) await app.mail.send({ to: app.config.supportEmail, messageId: messageIdOf(accountId, key, "operators"), ...content });
}

/** One mail to one person, if the notice is still true and they still look after billing. */
async function mailNoticeTo(app: Parts, accountId: string, key: string, userId: string): Promise<void> {
  const mail = await app.db.forAccount(accountId, async (tx) => {
    const scene = await loadScene(app, tx, accountId, key);
    const person = (await listReachable(tx, accountId)).find((one) => one.userId === userId);
    const content = scene === null ? null : composeNotice(scene);
    return content && person && looksAfterBilling(person) ? { to: person.email, ...content } : null;
  });
  if (mail) await app.mail.send({ ...mail, messageId: messageIdOf(accountId, key, userId) });
}

function looksAfterBilling({ role }: Reachable): boolean {
  return may(role, "billing.manage");
}

/** The same for the same fact and person, whatever the key is made of. */
function messageIdOf(accountId: string, key: string, reader: string): string {
  return `billing-${hashToken([accountId, key, reader].join(" ")).toString("hex").slice(0, 40)}`;
}
