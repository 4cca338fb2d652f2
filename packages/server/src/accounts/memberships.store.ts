import type { Role } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";

export async function insertMembership(
  tx: Tx,
  membership: { accountId: string; id: string; userId: string; role: Role; invitedBy: string | null; createdAt: Date },
): Promise<void> {
  await tx
    .insertInto("memberships")
    .values({
      account_id: membership.accountId,
      id: membership.id,
      user_id: membership.userId,
      role: membership.role,
      invited_by: membership.invitedBy,
      created_at: membership.createdAt,
    })
    .execute();
}

/**
 * Locks the account and every membership of it, so that two who leave at once cannot both believe that the other one stays (law 10), and
 * nobody joins by an invite an account that is being taken away. Who locks several accounts does it in the order of their ids.
 */
export async function lockMembers(tx: Tx, accountId: string): Promise<{ id: string; userId: string; role: Role }[]> {
  // Not the whole key: rows that point to the account are inserted all the while.
  await tx.selectFrom("accounts").select("id").where("id", "=", accountId).forNoKeyUpdate().executeTakeFirst();
  const rows = await tx
    .selectFrom("memberships")
    .select(["id", "user_id", "role"])
    .where("account_id", "=", accountId)
    .orderBy("id")
    .forUpdate()
    .execute();
  return rows.map((row) => ({ id: row.id, userId: row.user_id, role: row.role }));
}

export async function deleteMembership(tx: Tx, accountId: string, userId: string): Promise<void> {
  await tx.deleteFrom("memberships").where("account_id", "=", accountId).where("user_id", "=", userId).execute();
}

/**
 * Members that came by an invite of `userId`.
 * @param accountId only those of this account
 * @returns who and where they were
 */
export async function deleteMembersInvitedBy(
  tx: Tx,
  userId: string,
  accountId?: string,
): Promise<{ accountId: string; id: string; userId: string }[]> {
  let remove = tx.deleteFrom("memberships").where("invited_by", "=", userId);
  if (accountId !== undefined) remove = remove.where("account_id", "=", accountId);
  const rows = await remove.returning(["account_id", "id", "user_id"]).execute();
  return rows.map((row) => ({ accountId: row.account_id, id: row.id, userId: row.user_id }));
}
