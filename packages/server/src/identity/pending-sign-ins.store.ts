import type { Tx } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";

/** An account of a provider that waits for the address to be proven. */
export interface PendingIdentity {
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  readonly tenant: string | null;
}
/** A sign-in that a mail to the address completes: a sign-up by password, or with an account of a provider (PH-7: that one, and no other). */
export interface PendingSignIn {
  readonly id: string;
  readonly email: string;
  readonly normalisedEmail: string;
  readonly name: string;
  readonly accountName: string | null;
  /** One of the two. */
  readonly passwordHash: string | null;
  readonly identity: PendingIdentity | null;
  /** Hash of the mark of the browser in which it began. */
  readonly browserHash: Buffer;
  readonly returnTo: string | null;
  /** The invite that the person came with. */
  readonly invite: { readonly accountId: string; readonly inviteId: string } | null;
  readonly origin: Origin;
  readonly expiresAt: Date;
  readonly consumedAt: Date | null;
}
export interface NewPendingSignIn extends Omit<PendingSignIn, "consumedAt"> {
  readonly tokenHash: Buffer;
  readonly createdAt: Date;
}

const COLUMNS = [
  "id",
  "email",
  "email_normalised",
  "name",
  "account_name",
  "password_hash",
  "provider",
  "issuer",
  "subject",
  "tenant",
  "browser_hash",
  "return_to",
  "invite_account_id",
  "invite_id",
  "requested_ip",
  "requested_user_agent",
  "expires_at",
  "consumed_at",
] as const;
interface Row {
  id: string;
  email: string;
  email_normalised: string;
  name: string;
  account_name: string | null;
  password_hash: string | null;
  provider: string | null;
  issuer: string | null;
  subject: string | null;
  tenant: string | null;
  browser_hash: Buffer;
  return_to: string | null;
  invite_account_id: string | null;
  invite_id: string | null;
  requested_ip: string | null;
  requested_user_agent: string | null;
  expires_at: Date;
  consumed_at: Date | null;
}
const asPending = (row: Row): PendingSignIn => ({
  id: row.id,
  email: row.email,
  normalisedEmail: row.email_normalised,
  name: row.name,
  accountName: row.account_name,
  passwordHash: row.password_hash,
  identity:
    row.provider !== null && row.issuer !== null && row.subject !== null
      ? { provider: row.provider, issuer: row.issuer, subject: row.subject, tenant: row.tenant }
      : null,
  browserHash: row.browser_hash,
  returnTo: row.return_to,
  invite: row.invite_account_id !== null && row.invite_id !== null ? { accountId: row.invite_account_id, inviteId: row.invite_id } : null,
  origin: { ip: row.requested_ip, userAgent: row.requested_user_agent },
  expiresAt: row.expires_at,
  consumedAt: row.consumed_at,
});

export async function insertPendingSignIn(tx: Tx, pending: NewPendingSignIn): Promise<void> {
  await tx
    .insertInto("pending_sign_ins")
    .values({
      id: pending.id,
      token_hash: pending.tokenHash,
      email: pending.email,
      email_normalised: pending.normalisedEmail,
      name: pending.name,
      account_name: pending.accountName,
      password_hash: pending.passwordHash,
      provider: pending.identity?.provider ?? null,
      issuer: pending.identity?.issuer ?? null,
      subject: pending.identity?.subject ?? null,
      tenant: pending.identity?.tenant ?? null,
      browser_hash: pending.browserHash,
      return_to: pending.returnTo,
      invite_account_id: pending.invite?.accountId ?? null,
      invite_id: pending.invite?.inviteId ?? null,
      requested_ip: pending.origin.ip,
      requested_user_agent: pending.origin.userAgent,
      created_at: pending.createdAt,
      expires_at: pending.expiresAt,
      consumed_at: null,
    })
    .execute();
}
export async function findPendingSignIn(tx: Tx, id: string): Promise<PendingSignIn | null> {
  const row = await tx.selectFrom("pending_sign_ins").select(COLUMNS).where("id", "=", id).executeTakeFirst();
  return row ? asPending(row) : null;
}
/** Locks the row: of two that follow one link at once, one goes on. */
export async function lockPendingSignIn(tx: Tx, tokenHash: Buffer): Promise<PendingSignIn | null> {
  const row = await tx.selectFrom("pending_sign_ins").select(COLUMNS).where("token_hash", "=", tokenHash).forUpdate().executeTakeFirst();
  return row ? asPending(row) : null;
}
/** Uses up everything that waits for this address: it has been proven, and what others began with it is void. */
export async function consumePendingSignIns(tx: Tx, normalisedEmail: string, at: Date): Promise<void> {
  await tx
    .updateTable("pending_sign_ins")
    .set({ consumed_at: at })
    .where("email_normalised", "=", normalisedEmail)
    .where("consumed_at", "is", null)
    .execute();
}
export async function deletePendingSignIns(tx: Tx, normalisedEmail: string): Promise<void> {
  await tx.deleteFrom("pending_sign_ins").where("email_normalised", "=", normalisedEmail).execute();
}
/** @returns how many that expired before `before` were removed */
export async function prunePendingSignIns(tx: Tx, before: Date): Promise<number> {
  const result = await tx.deleteFrom("pending_sign_ins").where("expires_at", "<", before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
