import { sql } from "kysely";
import { countSeats } from "../access/facts.store.ts";
import type { Tx } from "../platform/app.ts";

/** Members and open invites: a seat is taken by either. */
export async function countUsedSeats(tx: Tx, accountId: string, now: Date): Promise<number> {
  const result = await sql<{ used: number }>`select ${countSeats(() => now)(sql`${accountId}`)} as used`.execute(tx);
  return result.rows[0]?.used ?? 0;
}

/** Nobody pays for what is to be erased. */
export async function isAccountDeleted(tx: Tx, accountId: string): Promise<boolean> {
  const row = await tx.selectFrom("accounts").select("deleted_at").where("id", "=", accountId).executeTakeFirst();
  return row?.deleted_at != null;
}

/** What a customer at Stripe is made with: the account's name, and the address of its first owner for Stripe's own receipts. */
export async function readContact(tx: Tx, accountId: string): Promise<{ name: string; email: string | null }> {
  const account = await tx.selectFrom("accounts").select("name").where("id", "=", accountId).executeTakeFirst();
  const owner = await tx
    .selectFrom("memberships")
    .innerJoin("users", "users.id", "memberships.user_id")
    .select("users.email")
    .where("memberships.account_id", "=", accountId)
    .where("memberships.role", "=", "owner")
    .orderBy("memberships.created_at")
    .orderBy("memberships.id")
    .executeTakeFirst();
  return { name: account?.name ?? "", email: owner?.email ?? null };
}
