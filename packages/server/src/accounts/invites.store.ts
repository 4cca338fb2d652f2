import type { Invite, InviteRole } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";

export interface StoredInvite extends Invite {
  readonly id: string;
  readonly accountId: string;
  readonly role: InviteRole;
  readonly invitedBy: string | null;
  /** How often it was sent; the link is of the newest mail. */
  readonly sends: number;
}
const COLUMNS = ["id", "account_id", "role", "email_normalised", "invited_by", "expires_at", "revoked_at", "accepted_at", "sends"] as const;
interface Row {
  id: string;
  account_id: string;
  role: InviteRole;
  email_normalised: string;
  invited_by: string | null;
  expires_at: Date;
  revoked_at: Date | null;
  accepted_at: Date | null;
  sends: number;
}
const asInvite = (row: Row): StoredInvite => ({
  id: row.id,
  accountId: row.account_id,
  role: row.role,
  email: row.email_normalised,
  invitedBy: row.invited_by,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  acceptedAt: row.accepted_at,
  sends: row.sends,
});

export interface NewInvite {
  readonly accountId: string;
  readonly id: string;
  readonly email: string;
  readonly normalisedEmail: string;
  readonly role: InviteRole;
  readonly tokenHash: Buffer;
  readonly invitedBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}
export async function insertInvites(tx: Tx, invites: readonly NewInvite[]): Promise<void> {
  if (invites.length === 0) return;
  await tx
    .insertInto("account_invites")
    .values(
      invites.map((invite) => ({
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
        accepted_by: null,
        revoked_at: null,
        revoked_by: null,
        email_sent_at: null,
        last_sent_at: invite.createdAt,
      })),
    )
    .execute();
}

/**
 * Locks the account and then the invite, so that of all who come in at once each sees the seats that the one before left, and two clicks on
 * one link cannot both pass. An invite of an account that is deleted is none.
 */
export async function lockInvite(tx: Tx, tokenHash: Buffer): Promise<StoredInvite | null> {
  const found = await tx.selectFrom("account_invites").select(["account_id", "id"]).where("token_hash", "=", tokenHash).executeTakeFirst();
  if (!found) return null;
  await tx.selectFrom("accounts").select("id").where("id", "=", found.account_id).forNoKeyUpdate().executeTakeFirst();
  const row = await tx
    .selectFrom("account_invites as i")
    .innerJoin("accounts as a", "a.id", "i.account_id")
    .select(COLUMNS.map((column) => `i.${column}` as const))
    .where("i.token_hash", "=", tokenHash)
    .where("a.deleted_at", "is", null)
    .forUpdate("i")
    .executeTakeFirst();
  return row ? asInvite(row) : null;
}

/** As `lockInvite`, of an invite that is known by its id. */
export async function lockInviteOf(tx: Tx, accountId: string, inviteId: string): Promise<StoredInvite | null> {
  const account = await tx.selectFrom("accounts").select("deleted_at").where("id", "=", accountId).forNoKeyUpdate().executeTakeFirst();
  return account?.deleted_at === null ? lockInviteById(tx, accountId, inviteId) : null;
}

/** Which invite a link is of, without locking anything. */
export async function findInviteOfToken(tx: Tx, tokenHash: Buffer): Promise<{ accountId: string; inviteId: string } | null> {
  const row = await tx.selectFrom("account_invites").select(["account_id", "id"]).where("token_hash", "=", tokenHash).executeTakeFirst();
  return row ? { accountId: row.account_id, inviteId: row.id } : null;
}

/** Locks an invite of an account that is locked already, or that nobody needs to keep from changing. */
export async function lockInviteById(tx: Tx, accountId: string, inviteId: string): Promise<StoredInvite | null> {
  const row = await tx
    .selectFrom("account_invites")
    .select(COLUMNS)
    .where("account_id", "=", accountId)
    .where("id", "=", inviteId)
    .forUpdate()
    .executeTakeFirst();
  return row ? asInvite(row) : null;
}

export async function markAccepted(tx: Tx, accountId: string, inviteId: string, userId: string, at: Date): Promise<void> {
  await tx
    .updateTable("account_invites")
    .set({ accepted_at: at, accepted_by: userId })
    .where("account_id", "=", accountId)
    .where("id", "=", inviteId)
    .execute();
}

export async function markRevoked(tx: Tx, accountId: string, inviteIds: readonly string[], userId: string, at: Date): Promise<void> {
  if (inviteIds.length === 0) return;
  await tx
    .updateTable("account_invites")
    .set({ revoked_at: at, revoked_by: userId })
    .where("account_id", "=", accountId)
    .where("id", "in", inviteIds)
    .execute();
}

/** Gives the invite another link; the one that was mailed before leads nowhere from now on. */
export async function renewLink(
  tx: Tx,
  accountId: string,
  inviteId: string,
  link: { tokenHash: Buffer; expiresAt: Date; sends: number; sentAt: Date },
): Promise<void> {
  await tx
    .updateTable("account_invites")
    .set({ token_hash: link.tokenHash, expires_at: link.expiresAt, sends: link.sends, last_sent_at: link.sentAt, email_sent_at: null })
    .where("account_id", "=", accountId)
    .where("id", "=", inviteId)
    .execute();
}

/** Records that the n-th mail went out; a newer one has its own. */
export async function markMailed(tx: Tx, accountId: string, inviteId: string, sends: number, at: Date): Promise<void> {
  await tx
    .updateTable("account_invites")
    .set({ email_sent_at: at })
    .where("account_id", "=", accountId)
    .where("id", "=", inviteId)
    .where("sends", "=", sends)
    .execute();
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
