import { parseEmail } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";
import type { JobData } from "../platform/jobs.ts";
import { limitTries, sourceOf } from "../platform/rate-limit.ts";
import { refuse } from "../platform/refuse.ts";
import { sendResetLink, sendVerificationLink } from "./mail-links.ts";
import { findUserByEmail } from "./users.store.ts";

type Wish = "verification" | "reset";

/**
 * Takes the wish for a mail. It is the same work and the same answer for every address (EN-2, EN-4): the typed address is put on the
 * queue, and only the worker looks whether it has a user.
 *
 * @throws Refusal mail_not_configured | rate_limited
 */
export async function requestMail(
  app: Pick<App, "db" | "clock" | "secrets" | "config" | "jobs" | "mail">,
  wish: Wish,
  email: string,
  origin: Origin,
): Promise<void> {
  if (!app.mail.configured) refuse("mail_not_configured");
  const address = parseEmail(email);
  if (!address.ok) return refuse("invalid_request", { problems: [{ at: "body.email", why: address.why }] });
  await limitTries(app, [
    { name: `${wish}.source`, limit: 30, windowSeconds: 3600, key: sourceOf(origin.ip) },
    // By recipient: nobody's mailbox is filled by a stranger (EM-5).
    { name: `${wish}.address`, limit: 5, windowSeconds: 3600, key: address.normalised },
  ]);
  await app.db.asSystem("a wish for a mail: nobody is known yet", (tx) =>
    app.jobs.enqueue(tx, wish === "reset" ? "mail.wish_reset" : "mail.wish_verification", {
      email: address.normalised,
      ip: origin.ip,
      userAgent: origin.userAgent,
    }),
  );
}

/** The worker's half: makes the link where the address has a user who needs it, and is silent where not. */
export async function grantMailWish(app: Pick<App, "db" | "ids" | "clock" | "secrets" | "jobs">, wish: Wish, data: JobData): Promise<void> {
  const origin = { ip: textOrNull(data["ip"]), userAgent: textOrNull(data["userAgent"]) };
  await app.db.asSystem("a wish for a mail: the worker looks the address up", async (tx) => {
    const user = await findUserByEmail(tx, String(data["email"]));
    if (!user) return;
    // To the stored address, never to the typed one (EM-3).
    if (wish === "reset") await sendResetLink(app, tx, "reset", user, origin);
    else if (user.emailVerifiedAt === null) await sendVerificationLink(app, tx, user, origin);
  });
}

const textOrNull = (value: JobData[string] | undefined): string | null => (typeof value === "string" ? value : null);
