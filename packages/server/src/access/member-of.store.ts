import type { Role } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";

/** An account that a person is in, and as what. */
export interface MemberOf {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly role: Role;
}

/** The accounts that a person is in and that live, newest membership first: the first one is where a sign-in leads. */
export async function listAccountsOf(tx: Tx, userId: string): Promise<MemberOf[]> {
  return await tx
    .selectFrom("memberships as m")
    .innerJoin("accounts as a", "a.id", "m.account_id")
    .select(["a.id", "a.name", "a.slug", "m.role"])
    .where("m.user_id", "=", userId)
    .where("a.deleted_at", "is", null)
    .orderBy("m.created_at", "desc")
    .orderBy("m.id", "desc")
    .execute();
}
