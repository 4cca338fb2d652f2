import type { Invite } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";

export interface StoredInvite extends Invite {
  readonly id: string;
  readonly accountId: string;
  readonly role: "admin" | "member" | "viewer";
  readonly invitedBy: string | null;
}
const COLUMNS = ["id", "account_id", "role", "email_normalised", "invited_by", "expires_at", "revoked_at", "accepted_at"] as const;

export interface NewInvite {
  readonly accountId: string;
  readonly id: string;
  readonly email: string;
  readonly normalisedEmail: string;
  readonly role: StoredInvite["role"];
  readonly tokenHash: Buffer;
  readonly invitedBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}
export async function insertInvite(tx: Tx, invite: NewInvite): Promise<void> {
  await tx
    .insertInto("account_invites")
    .values({
      account_id: invite.accountId,
      id: invite.id,
      email: invite.email,
      email_normalised: invite.normalisedEmail,
      role: invite.role,
      token_hash: invite.tokenHash,
      invited_by: invite.invitedBy,
      created_at: invite.createdAt,
      expires_at: invite.expiresAt,
      accepted_at: null,
      revoked_at: null,
      email_sent_at: null,
    })
    .execute();
}

/**
 * Locks the row, so that two clicks on one link cannot both pass. An invite of a deleted account is none: the account is locked first, in
 * the order in which whoever takes it away locks them.
 */
export async function lockInvite(tx: Tx, tokenHash: Buffer): Promise<StoredInvite | null> {
  const found = await tx.selectFrom("account_invites").select("account_id").where("token_hash", "=", tokenHash).executeTakeFirst();
  if (!found) return null;
  await tx.selectFrom("accounts").select("id").where("id", "=", found.account_id).forShare().executeTakeFirst();
  const row = await tx
    .selectFrom("account_invites as i")
    .innerJoin("accounts as a", "a.id", "i.account_id")
    .select(COLUMNS.map((column) => `i.${column}` as const))
    .where("i.token_hash", "=", tokenHash)
    .where("a.deleted_at", "is", null)
    .forUpdate("i")
    .executeTakeFirst();
  if (!row) return null;
  return {
    id: row.id,
    accountId: row.account_id,
    role: row.role,
    email: row.email_normalised,
    invitedBy: row.invited_by,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    acceptedAt: row.accepted_at,
  };
}
export async function markAccepted(tx: Tx, accountId: string, inviteId: string, at: Date): Promise<void> {
  await tx.updateTable("account_invites").set({ accepted_at: at }).where("account_id", "=", accountId).where("id", "=", inviteId).execute();
}
/**
 * Takes back every open invite that `userId` sent.
 * @param accountId only those into this account
 * @returns how many
 */
export async function revokeInvitesSentBy(tx: Tx, userId: string, at: Date, accountId?: string): Promise<number> {
  let update = tx
    .updateTable("account_invites")
    .set({ revoked_at: at })
    .where("invited_by", "=", userId)
    .where("accepted_at", "is", null)
    .where("revoked_at", "is", null);
  if (accountId !== undefined) update = update.where("account_id", "=", accountId);
  const result = await update.executeTakeFirst();
  return Number(result.numUpdatedRows);
}
