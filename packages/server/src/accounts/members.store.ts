import type { Role } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";

/** Somebody in an account, as its people see them. */
export interface Member {
  /** Of the membership. */
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly isVerified: boolean;
  readonly joinedAt: Date;
}

const membersOf = (tx: Tx, accountId: string) =>
  tx
    .selectFrom("memberships as m")
    .innerJoin("users as u", "u.id", "m.user_id")
    .select(["m.id", "m.user_id", "u.name", "u.email", "m.role", "u.email_verified_at", "m.created_at"])
    .where("m.account_id", "=", accountId);

interface Row {
  id: string;
  user_id: string;
  name: string;
  email: string;
  role: Role;
  email_verified_at: Date | null;
  created_at: Date;
}
const asMember = (row: Row): Member => ({
  id: row.id,
  userId: row.user_id,
  name: row.name,
  email: row.email,
  role: row.role,
  isVerified: row.email_verified_at !== null,
  joinedAt: row.created_at,
});

/** The oldest membership first, at most `limit`, only those younger than the membership `after`. */
export async function findMembers(tx: Tx, accountId: string, page: { after: string | null; limit: number }): Promise<Member[]> {
  let query = membersOf(tx, accountId);
  if (page.after !== null) query = query.where("m.id", ">", page.after);
  const rows = await query.orderBy("m.id").limit(page.limit).execute();
  return rows.map(asMember);
}

export async function findMember(tx: Tx, accountId: string, memberId: string): Promise<Member | null> {
  const row = await membersOf(tx, accountId).where("m.id", "=", memberId).executeTakeFirst();
  return row ? asMember(row) : null;
}

/**
 * Where to tell somebody who is no member any more, and of which team. As the system: an account sees its own people only.
 * @returns null when the user was deleted
 */
export async function findFormerMember(tx: Tx, accountId: string, userId: string): Promise<{ email: string; team: string } | null> {
  const row = await tx
    .selectFrom("users as u")
    .innerJoin("accounts as a", (join) => join.on("a.id", "=", accountId))
    .select(["u.email", "a.name as team"])
    .where("u.id", "=", userId)
    .where("u.deleted_at", "is", null)
    .executeTakeFirst();
  return row ?? null;
}
