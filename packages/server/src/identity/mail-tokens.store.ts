import type { Tx } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";

/** A token that a mail carries. The row holds its hash; the link is derived from the row's id by the worker that sends the mail. */
export interface MailToken {
  readonly id: string;
  readonly userId: string;
  /** The address that following the link proves. */
  readonly email: string;
  readonly origin: Origin;
  readonly expiresAt: Date;
  readonly consumedAt: Date | null;
}
export interface NewMailToken extends Omit<MailToken, "consumedAt"> {
  readonly tokenHash: Buffer;
  readonly createdAt: Date;
}
export type ResetPurpose = "reset" | "claim";

const COLUMNS = ["id", "user_id", "email", "requested_ip", "requested_user_agent", "expires_at", "consumed_at"] as const;
interface Row {
  id: string;
  user_id: string;
  email: string;
  requested_ip: string | null;
  requested_user_agent: string | null;
  expires_at: Date;
  consumed_at: Date | null;
}
const asToken = (row: Row): MailToken => ({
  id: row.id,
  userId: row.user_id,
  email: row.email,
  origin: { ip: row.requested_ip, userAgent: row.requested_user_agent },
  expiresAt: row.expires_at,
  consumedAt: row.consumed_at,
});
const asValues = (token: NewMailToken) => ({
  id: token.id,
  token_hash: token.tokenHash,
  user_id: token.userId,
  email: token.email,
  requested_ip: token.origin.ip,
  requested_user_agent: token.origin.userAgent,
  created_at: token.createdAt,
  expires_at: token.expiresAt,
  consumed_at: null,
});

export async function insertVerificationTokens(tx: Tx, tokens: readonly NewMailToken[]): Promise<void> {
  if (tokens.length > 0) await tx.insertInto("email_verification_tokens").values(tokens.map(asValues)).execute();
}
export async function findVerificationToken(tx: Tx, id: string): Promise<MailToken | null> {
  const row = await tx.selectFrom("email_verification_tokens").select(COLUMNS).where("id", "=", id).executeTakeFirst();
  return row ? asToken(row) : null;
}
/** Locks the row: of two that follow one link at once, one consumes it. */
export async function lockVerificationToken(tx: Tx, tokenHash: Buffer): Promise<MailToken | null> {
  const row = await tx
    .selectFrom("email_verification_tokens")
    .select(COLUMNS)
    .where("token_hash", "=", tokenHash)
    .forUpdate()
    .executeTakeFirst();
  return row ? asToken(row) : null;
}
/** Consumes every open verification token of the user: the address is proven, or no longer theirs. */
export async function consumeVerificationTokens(tx: Tx, userId: string, at: Date): Promise<void> {
  await tx
    .updateTable("email_verification_tokens")
    .set({ consumed_at: at })
    .where("user_id", "=", userId)
    .where("consumed_at", "is", null)
    .execute();
}

/** A newer token takes the place of the older ones (PW-6). */
export async function replaceResetToken(tx: Tx, purpose: ResetPurpose, token: NewMailToken): Promise<void> {
  await consumeResetTokens(tx, token.userId, token.createdAt);
  await tx
    .insertInto("password_reset_tokens")
    .values({ ...asValues(token), purpose })
    .execute();
}
export async function findResetToken(tx: Tx, id: string): Promise<(MailToken & { purpose: ResetPurpose }) | null> {
  const row = await tx
    .selectFrom("password_reset_tokens")
    .select([...COLUMNS, "purpose"])
    .where("id", "=", id)
    .executeTakeFirst();
  return row ? { ...asToken(row), purpose: row.purpose } : null;
}
export async function lockResetToken(tx: Tx, tokenHash: Buffer): Promise<(MailToken & { purpose: ResetPurpose }) | null> {
  const row = await tx
    .selectFrom("password_reset_tokens")
    .select([...COLUMNS, "purpose"])
    .where("token_hash", "=", tokenHash)
    .forUpdate()
    .executeTakeFirst();
  return row ? { ...asToken(row), purpose: row.purpose } : null;
}
export async function consumeResetTokens(tx: Tx, userId: string, at: Date): Promise<void> {
  await tx
    .updateTable("password_reset_tokens")
    .set({ consumed_at: at })
    .where("user_id", "=", userId)
    .where("consumed_at", "is", null)
    .execute();
}

/** Every link that was mailed to the user, and with it the address that it was mailed to (PH-9). */
export async function deleteMailTokens(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom("email_verification_tokens").where("user_id", "=", userId).execute();
  await tx.deleteFrom("password_reset_tokens").where("user_id", "=", userId).execute();
}

/** Tokens that expired before `before`. @returns how many were removed */
export async function pruneMailTokens(tx: Tx, before: Date): Promise<number> {
  const verification = await tx.deleteFrom("email_verification_tokens").where("expires_at", "<", before).executeTakeFirst();
  const reset = await tx.deleteFrom("password_reset_tokens").where("expires_at", "<", before).executeTakeFirst();
  return Number(verification.numDeletedRows) + Number(reset.numDeletedRows);
}
