import { factsChanged } from "../access/facts-cache.ts";
import { type FactChange, recordFacts } from "../access/history.store.ts";
import { listAccountsOf } from "../access/member-of.store.ts";
import { proveClaims } from "../access/trial-claims.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { hashToken } from "../platform/ids.ts";
import { refuse } from "../platform/refuse.ts";
import type { HashGate } from "./hash-gate.ts";
import { consumeVerificationTokens, findVerificationToken, lockVerificationToken, type MailToken } from "./mail-tokens.store.ts";
import { findUser, lockUser, type User, updateUser } from "./users.store.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "signals"> & { readonly hashes: HashGate };
export interface VerifyInput {
  readonly token: string;
  /** Who is signed in where the link was followed, if anybody. */
  readonly sessionUserId: string | null;
  readonly password: string | null;
  readonly origin: Origin;
}

/**
 * Proves the address by the token of the mail. Whether the *password* was set by the address's owner is another question: yes only when
 * the link is followed within that user's session or with the password (mechanism 7). A stranger who registered somebody else's address
 * therefore never owns it, even when the owner clicks.
 *
 * @throws Refusal token_invalid | token_used | token_expired | invalid_credentials | too_busy
 */
export async function verifyEmail(app: Parts, input: VerifyInput): Promise<{ email: string; verifiedAt: Date }> {
  const tokenHash = hashToken(input.token);
  const provenHash = input.password === null ? null : await provePassword(app, tokenHash, input.password);
  return app.db.asSystem("a mail's token says whose it is", async (tx) => {
    const now = app.clock.now();
    const token = usable(await lockVerificationToken(tx, tokenHash), now);
    const user = await lockUser(tx, token.userId);
    // The mail went to an address that is no longer this user's.
    if (!user || user.email !== token.email) return refuse("token_invalid");
    if (provenHash !== null && user.passwordHash !== provenHash) refuse("invalid_credentials");
    const isProven = provenHash !== null || input.sessionUserId === user.id;
    const proven = isProven ? { passwordProvenAt: user.passwordProvenAt ?? now } : {};
    const verifiedAt = await markVerified(app, tx, user, "user.email_verified", proven);
    await audit(app, tx, {
      accountId: null,
      actorUserId: user.id,
      action: "user.email_verified",
      targetId: user.id,
      details: { password_proven: isProven },
      ...input.origin,
    });
    return { email: user.email, verifiedAt };
  });
}

/**
 * Writes the proof, the history of every account that the person is in, and tells every process; open links of the same kind are done.
 * @returns since when the address is verified, as it is stored
 */
export async function markVerified(
  app: Pick<App, "clock" | "ids" | "signals">,
  tx: Tx,
  user: User,
  cause: string,
  also: { passwordProvenAt?: Date; passwordHash?: string | null } = {},
): Promise<Date> {
  const now = app.clock.now();
  const verifiedAt = user.emailVerifiedAt ?? now;
  await updateUser(tx, user.id, { emailVerifiedAt: verifiedAt, ...also }, now);
  await consumeVerificationTokens(tx, user.id, now);
  if (user.emailVerifiedAt === null) {
    await proveClaims(tx, user.id, verifiedAt);
    const accounts = await listAccountsOf(tx, user.id);
    await recordFacts(
      app,
      tx,
      accounts.map((account) => verificationFact(account.id, user.id, user.createdAt, verifiedAt, cause)),
    );
  }
  await factsChanged(app, tx, `user:${user.id}`);
  return verifiedAt;
}

export const verificationFact = (
  accountId: string,
  userId: string,
  registeredAt: Date,
  verifiedAt: Date | null,
  cause: string,
): FactChange => ({
  accountId,
  kind: "email_verification",
  subjectId: userId,
  value: { registered_at: registeredAt.toISOString(), email_verified_at: verifiedAt?.toISOString() ?? null },
  validFrom: verifiedAt ?? registeredAt,
  cause,
});

/** @throws Refusal token_invalid | token_used | token_expired */
export function usable<T extends Pick<MailToken, "consumedAt" | "expiresAt">>(token: T | null, now: Date): T {
  if (!token) return refuse("token_invalid");
  if (token.consumedAt !== null) return refuse("token_used");
  if (now >= token.expiresAt) return refuse("token_expired");
  return token;
}

/** Hashing is slow and stands before the transaction. @returns the hash that the password was right for */
async function provePassword(app: Parts, tokenHash: Buffer, password: string): Promise<string> {
  const user = await app.db.asSystem("a mail's token says whose it is", async (tx) => {
    const token = usable(await lockVerificationToken(tx, tokenHash), app.clock.now());
    return findUser(tx, token.userId);
  });
  const isRight = user?.passwordHash ? await app.hashes.verify(user.passwordHash, password) : await app.hashes.verifyNothing(password);
  return isRight && user?.passwordHash ? user.passwordHash : refuse("invalid_credentials");
}

/** What the mail needs to know of its token; null: nothing is to be sent any more. */
export async function tokenToMail(tx: Tx, tokenId: string): Promise<{ token: MailToken; user: User } | null> {
  const token = await findVerificationToken(tx, tokenId);
  if (!token || token.consumedAt !== null) return null;
  const user = await findUser(tx, token.userId);
  return user ? { token, user } : null;
}
