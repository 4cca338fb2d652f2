import { addDays, deletionState, may } from "@gatehouse/core";
import { listAccountsOf, type MemberOf } from "../access/member-of.store.ts";
import { findDeletion, type StoredDeletion, takeDueDeletions } from "../accounts/deletions.store.ts";
import { findUser, type User } from "../identity/users.store.ts";
import { composeAccountDeleted } from "../mail/account-deleted.ts";
import { composeAccountRestored } from "../mail/account-restored.ts";
import { siteOf } from "../mail/site-of.ts";
import type { App, Tx } from "../platform/app.ts";
import type { JobData } from "../platform/jobs.ts";
import type { ProductParts } from "../platform/product-parts.ts";
import { arrangeRenewal } from "./arrange-renewal.ts";
import { eraseAccount } from "./erase-account.ts";

/** A job is tried for about a day; after that somebody has looked, or it is begun anew. */
const GIVEN_UP_DAYS = 2;

/** Who does what a deletion asks for: at Stripe, in the mail, and at the end. */
export function deletionJobs(app: App, product: Pick<ProductParts, "eraseAccount">): void {
  const idOf = (data: JobData, name: string): string => String(data[name]);
  app.jobs.handle("accounts.erase", (data) => eraseAccount(app, product, idOf(data, "accountId")));
  app.jobs.handle("stripe.arrange_renewal", (data) => arrangeRenewal(app, idOf(data, "accountId"), idOf(data, "deletionId")));
  app.jobs.handle("mail.account_deleted", (data) => mailDeleted(app, data));
  app.jobs.handle("mail.account_restored", (data) => mailRestored(app, data));
}

/** Erases by jobs what has fallen due, each once. */
export async function queueErasures(app: Pick<App, "clock" | "jobs">, tx: Tx): Promise<void> {
  const now = app.clock.now();
  const due = await takeDueDeletions(tx, now, addDays(now, -GIVEN_UP_DAYS));
  await app.jobs.enqueueAll(
    tx,
    due.map(({ accountId }) => ({ name: "accounts.erase", data: { accountId } })),
  );
}

interface Scene {
  readonly deletion: StoredDeletion;
  readonly user: User;
  readonly accounts: readonly MemberOf[];
  readonly own: MemberOf;
}

/** null: nothing is to be said any more, to a person who has left or of a deletion that is not there. */
const sceneOf = (app: App, data: JobData): Promise<Scene | null> =>
  app.db.asSystem("a mail job names a person, who may be in other accounts", async (tx) => {
    const accountId = String(data["accountId"]);
    const deletion = await findDeletion(tx, accountId, String(data["deletionId"]));
    const user = await findUser(tx, String(data["userId"]));
    const accounts = user ? await listAccountsOf(tx, user.id) : [];
    const own = accounts.find(({ id }) => id === accountId);
    return deletion && user && own ? { deletion, user, accounts, own } : null;
  });

async function mailDeleted(app: App, data: JobData): Promise<void> {
  const scene = await sceneOf(app, data);
  if (!scene || deletionState(scene.deletion, app.clock.now()) !== "pending") return;
  const { deletion, user, accounts, own } = scene;
  const content = composeAccountDeleted({
    site: siteOf(app),
    team: own.name,
    dueAt: deletion.dueAt,
    at: deletion.requestedAt,
    origin: { ip: textIn(data["ip"]), userAgent: textIn(data["userAgent"]) },
    mayUndo: may(own.role, "account.delete"),
    losesSignIn: accounts.length === 1,
  });
  await app.mail.send({ to: user.email, messageId: `deleted-${deletion.id}-${user.id}`, ...content });
}

async function mailRestored(app: App, data: JobData): Promise<void> {
  const scene = await sceneOf(app, data);
  const at = scene?.deletion.undoneAt;
  if (!scene || !at) return;
  const content = composeAccountRestored({ site: siteOf(app), team: scene.own.name, at });
  await app.mail.send({ to: scene.user.email, messageId: `restored-${scene.deletion.id}-${scene.user.id}`, ...content });
}

const textIn = (value: JobData[string] | undefined): string | null => (typeof value === "string" ? value : null);
