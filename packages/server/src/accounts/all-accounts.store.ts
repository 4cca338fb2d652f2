import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

export interface ListedAccount {
  readonly id: string;
  readonly name: string;
}
/** Which accounts: those that were made before an instant; null: all. */
export type MadeBefore = Date | null;

/** A page over all tenants, in the order of ids: at most `limit` accounts after the one with the id `after`, null for the first. */
export async function accountsAfter(tx: Tx, madeBefore: MadeBefore, after: string | null, limit: number): Promise<ListedAccount[]> {
  let query = tx.selectFrom("accounts").select(["id", "name"]);
  if (madeBefore !== null) query = query.where("created_at", "<", madeBefore);
  if (after !== null) query = query.where("id", ">", after);
  return await query.orderBy("id").limit(limit).execute();
}

export async function countAccounts(tx: Tx, madeBefore: MadeBefore): Promise<number> {
  let query = tx.selectFrom("accounts").select((row) => row.fn.countAll<number>().as("accounts"));
  if (madeBefore !== null) query = query.where("created_at", "<", madeBefore);
  return (await query.executeTakeFirstOrThrow()).accounts;
}

/** So that none of them is deleted until `tx` ends; that alone waits, and others may look and work in them. */
export async function holdAccounts(tx: Tx, accountIds: readonly string[]): Promise<void> {
  await tx.selectFrom("accounts").select("id").where("id", "in", accountIds).orderBy("id").forShare().execute();
}

/** Who has owned each of these accounts the longest: ids are in the order of their making. @returns account id -> user id */
export async function firstOwners(tx: Tx, accountIds: readonly string[]): Promise<Map<string, string>> {
  const result = await sql<{ account_id: string; user_id: string }>`
    select distinct on (account_id) account_id, user_id from memberships
    where account_id = any(${accountIds}::uuid[]) and role = 'owner' order by account_id, id`.execute(tx);
  return new Map(result.rows.map((row) => [row.account_id, row.user_id]));
}
