import type { Role } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";

/** An account that a person is in, and as what. */
export interface MemberOf {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly role: Role;
  /** When it will be erased; null: it lives. */
  readonly deletionDueAt: Date | null;
}

/**
 * The accounts that a person is in, newest membership first: the first one is where a sign-in leads. One that waits to be erased comes
 * after those that live: whoever has no other gets in to see why, and an owner to take it back.
 */
export async function listAccountsOf(tx: Tx, userId: string): Promise<MemberOf[]> {
  const rows = await tx
    .selectFrom("memberships as m")
    .innerJoin("accounts as a", "a.id", "m.account_id")
    .leftJoin("account_deletions as d", (join) =>
      join.onRef("d.account_id", "=", "a.id").on("d.undone_at", "is", null).on("d.erased_at", "is", null),
    )
    .select(["a.id", "a.name", "a.slug", "m.role", "d.due_at"])
    .where("m.user_id", "=", userId)
    .where((where) => where.or([where("a.deleted_at", "is", null), where("d.due_at", "is not", null)]))
    .orderBy((order) => order("d.due_at", "is not", null))
    .orderBy("m.created_at", "desc")
    .orderBy("m.id", "desc")
    .execute();
  return rows.map((row) => ({ id: row.id, name: row.name, slug: row.slug, role: row.role, deletionDueAt: row.due_at }));
}
