import type { Role } from "@gatehouse/core";
import { sql } from "kysely";
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

/** As `raiseWelcomeOfAccount`, of one who may not edit the account and has a welcome of their own. */
export async function raiseWelcomeOfMember(tx: Tx, accountId: string, userId: string, steps: number): Promise<void> {
  await tx
    .updateTable("memberships")
    .set({ onboarding_step_completed: sql<number>`greatest(onboarding_step_completed, ${steps})` })
    .where("account_id", "=", accountId)
    .where("user_id", "=", userId)
    .execute();
}

/** Locks the accounts into which `userId` let somebody, in the order of their ids: whoever changes one of these teams waits. */
export async function lockAccountsOfGuests(tx: Tx, userId: string): Promise<void> {
  await tx
    .selectFrom("accounts")
    .select("id")
    .where("id", "in", (query) => query.selectFrom("memberships").select("account_id").where("invited_by", "=", userId))
    .orderBy("id")
    .forNoKeyUpdate()
    .execute();
}

export async function listMemberIds(tx: Tx, accountId: string): Promise<string[]> {
  const rows = await tx.selectFrom("memberships").select("user_id").where("account_id", "=", accountId).execute();
  return rows.map((row) => row.user_id);
}

/** Who invites, as they are now; null: no member. */
export async function findInviter(tx: Tx, accountId: string, userId: string): Promise<{ role: Role; isVerified: boolean } | null> {
  const row = await tx
    .selectFrom("memberships as m")
    .innerJoin("users as u", "u.id", "m.user_id")
    .select(["m.role", "u.email_verified_at"])
    .where("m.account_id", "=", accountId)
    .where("m.user_id", "=", userId)
    .executeTakeFirst();
  return row ? { role: row.role, isVerified: row.email_verified_at !== null } : null;
}

/**
 * An owner stands on an owner's word, and no more on that of whoever once invited them: were the inviter evicted, the account would be
 * left without an owner (laws 6 and 10).
 */
export async function updateRole(tx: Tx, accountId: string, membershipId: string, role: Role): Promise<void> {
  await tx
    .updateTable("memberships")
    .set({ role, ...(role === "owner" ? { invited_by: null } : {}) })
    .where("account_id", "=", accountId)
    .where("id", "=", membershipId)
    .execute();
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
