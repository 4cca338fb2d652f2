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

/** Locks every membership of the account, so that two who leave at once cannot both believe that the other one stays (law 10). */
export async function lockMembers(tx: Tx, accountId: string): Promise<{ id: string; userId: string; role: Role }[]> {
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

/** Members that came by an invite of `userId`. @returns who and where they were */
export async function deleteMembersInvitedBy(tx: Tx, userId: string): Promise<{ accountId: string; id: string; userId: string }[]> {
  const rows = await tx.deleteFrom("memberships").where("invited_by", "=", userId).returning(["account_id", "id", "user_id"]).execute();
  return rows.map((row) => ({ accountId: row.account_id, id: row.id, userId: row.user_id }));
}
