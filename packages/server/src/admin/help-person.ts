import { forgetLogins } from "../identity/forget-tries.ts";
import { sendVerificationLink } from "../identity/mail-links.ts";
import { lockUser, type User } from "../identity/users.store.ts";
import { markVerified } from "../identity/verify-email.ts";
import type { App, Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { type FoundPerson, findPerson } from "./account-search.store.ts";
import { type Act, auditAct } from "./act.ts";

type Parts = Pick<App, "clock" | "ids" | "signals">;

/**
 * Takes the address for verified on an operator's word. Who set the password stays as open as it was. One that is verified stays as it is.
 * @throws Refusal user_not_found
 */
export async function verifyForPerson(app: Parts, tx: Tx, by: Act, userId: string): Promise<FoundPerson> {
  const user = (await lockUser(tx, userId)) ?? refuse("user_not_found");
  if (user.emailVerifiedAt === null) {
    await markVerified(app, tx, user, "operator.email_verified");
    await auditOfPerson(app, tx, by, user, "user.verified_by_operator");
  }
  return (await findPerson(tx, userId)) ?? refuse("user_not_found");
}

/** Sends the mail that verifies the address once more. @throws Refusal user_not_found | email_verified_already | mail_not_configured */
export async function resendToPerson(
  app: Parts & Pick<App, "secrets" | "jobs"> & { readonly mail: Pick<App["mail"], "configured"> },
  tx: Tx,
  by: Act,
  userId: string,
): Promise<void> {
  if (!app.mail.configured) refuse("mail_not_configured");
  const user = (await lockUser(tx, userId)) ?? refuse("user_not_found");
  if (user.emailVerifiedAt !== null) refuse("email_verified_already");
  // Where the operator sits is nothing to the person.
  await sendVerificationLink(app, tx, user, { ip: null, userAgent: null });
  await auditOfPerson(app, tx, by, user, "user.verification_resent");
}

/** Lets somebody try to sign in again at once. @returns sources whose tries were forgotten @throws Refusal user_not_found */
export async function unlockPerson(app: Parts & Pick<App, "secrets">, tx: Tx, by: Act, userId: string): Promise<number> {
  const user = (await lockUser(tx, userId)) ?? refuse("user_not_found");
  const sources = await forgetLogins(app, tx, user);
  await auditOfPerson(app, tx, by, user, "user.unlocked");
  return sources;
}

/** A person may be in several accounts: each of them is told; who is in none is told of under no account. */
async function auditOfPerson(app: Parts, tx: Tx, by: Act, user: User, action: string): Promise<void> {
  const accounts = (await findPerson(tx, user.id))?.accounts ?? [];
  const ids = accounts.length === 0 ? [null] : accounts.map(({ id }) => id);
  for (const accountId of ids) await auditAct(app, tx, by, { accountId, action, targetId: user.id });
}
