import { addHours } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";
import { hashToken } from "../platform/ids.ts";
import { insertVerificationTokens, type NewMailToken, type ResetPurpose, replaceResetToken } from "./mail-tokens.store.ts";
import type { User } from "./users.store.ts";

type Parts = Pick<App, "ids" | "clock" | "secrets" | "jobs">;
/** As long as the unverified grace, so that the first mail's link does not die before the grace does. */
const VERIFICATION_HOURS = 7 * 24;
const RESET_HOURS = 1;
const CLAIM_HOURS = 24;

/** Makes the row of a verification link and the job that mails it, in the caller's transaction. */
export async function sendVerificationLink(app: Parts, tx: Tx, user: Pick<User, "id" | "email">, origin: Origin): Promise<void> {
  const token = newVerificationToken(app, user, origin);
  await insertVerificationTokens(tx, [token]);
  await app.jobs.enqueue(tx, "mail.verify_email", { tokenId: token.id });
}

/** The row of a verification link: the caller stores it, and has it mailed. */
export const newVerificationToken = (app: Omit<Parts, "jobs">, user: Pick<User, "id" | "email">, origin: Origin): NewMailToken =>
  newToken(app, "verify_email", user, origin, VERIFICATION_HOURS);

/** Makes the row of a reset or claim link, in place of older ones, and the job that mails it. */
export async function sendResetLink(
  app: Parts,
  tx: Tx,
  purpose: ResetPurpose,
  user: Pick<User, "id" | "email">,
  origin: Origin,
): Promise<void> {
  const token = newToken(
    app,
    purpose === "reset" ? "reset_password" : "claim_address",
    user,
    origin,
    purpose === "reset" ? RESET_HOURS : CLAIM_HOURS,
  );
  await replaceResetToken(tx, purpose, token);
  await app.jobs.enqueue(tx, "mail.reset_password", { tokenId: token.id });
}

function newToken(
  app: Omit<Parts, "jobs">,
  purpose: Parameters<App["secrets"]["mailToken"]>[0],
  user: Pick<User, "id" | "email">,
  origin: Origin,
  hours: number,
): NewMailToken {
  const id = app.ids.next();
  const now = app.clock.now();
  return {
    id,
    tokenHash: hashToken(app.secrets.mailToken(purpose, id)),
    userId: user.id,
    email: user.email,
    origin,
    createdAt: now,
    expiresAt: addHours(now, hours),
  };
}
