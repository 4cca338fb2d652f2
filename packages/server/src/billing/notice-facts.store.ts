import type { Role } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";

/** Somebody in the account to whom a mail may go: the address is proven. */
export interface Reachable {
  readonly userId: string;
  readonly email: string;
  readonly role: Role;
}

/** Members whose address is verified. To one that is not, nothing of an account may be told: it may be a stranger's. */
export async function listReachable(tx: Tx, accountId: string): Promise<Reachable[]> {
  const rows = await tx
    .selectFrom("memberships as m")
    .innerJoin("users as u", "u.id", "m.user_id")
    .select(["u.id", "u.email", "m.role"])
    .where("m.account_id", "=", accountId)
    .where("u.email_verified_at", "is not", null)
    .where("u.deleted_at", "is", null)
    .orderBy("m.id")
    .execute();
  return rows.map((row) => ({ userId: row.id, email: row.email, role: row.role }));
}

export async function findAccountName(tx: Tx, accountId: string): Promise<{ name: string } | null> {
  const row = await tx.selectFrom("accounts").select("name").where("id", "=", accountId).executeTakeFirst();
  return row ?? null;
}

export interface StoredTrial {
  readonly id: string;
  readonly plan: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
}
/** The account's one trial, with its id. */
export async function findWholeTrial(tx: Tx, accountId: string): Promise<StoredTrial | null> {
  const row = await tx
    .selectFrom("trials")
    .select(["id", "plan", "starts_at", "ends_at"])
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return row ? { id: row.id, plan: row.plan, startsAt: row.starts_at, endsAt: row.ends_at } : null;
}
