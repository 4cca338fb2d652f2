import { type Catalogue, LIMIT_MAX, type LimitKind, periodOf } from "@gatehouse/core";
import { type RawBuilder, sql } from "kysely";
import type { Tx } from "../platform/app.ts";
import type { LiveCounts } from "../platform/live-counts.ts";

/** A counter: uses of one limit in one period. */
export interface Counter {
  readonly accountId: string;
  readonly key: string;
  readonly periodStart: Date;
}

/**
 * Counts `amount` uses up if there is room for all of them. One statement: whoever comes at the same time waits for the row until the
 * other's transaction ends, and is then judged by what it left.
 * @param limit null: no limit; counted all the same, for the next plan may have one
 * @returns whether there was room
 */
export async function takeUse(tx: Tx, counter: Counter, amount: number, limit: number | null): Promise<boolean> {
  const { accountId, key, periodStart } = counter;
  const most = limit ?? LIMIT_MAX;
  const taken = await sql`
    insert into usage_counters (account_id, limit_key, period_start, used)
    select ${accountId}::uuid, ${key}, ${periodStart}::timestamptz, ${amount}::bigint where ${amount}::bigint <= ${most}::bigint
    on conflict (account_id, limit_key, period_start) do update set used = usage_counters.used + excluded.used
      where usage_counters.used + excluded.used <= ${most}::bigint
    returning used`.execute(tx);
  return taken.rows.length === 1;
}

export async function findUse(tx: Tx, { accountId, key, periodStart }: Counter): Promise<number> {
  const row = await tx
    .selectFrom("usage_counters")
    .select("used")
    .where("account_id", "=", accountId)
    .where("limit_key", "=", key)
    .where("period_start", "=", periodStart)
    .executeTakeFirst();
  return row?.used ?? 0;
}

/** Never below 0, however often the same is given back. */
export async function returnUse(tx: Tx, { accountId, key, periodStart }: Counter, amount: number): Promise<void> {
  await tx
    .updateTable("usage_counters")
    .set({ used: sql<number>`greatest(0, used - ${amount}::bigint)` })
    .where("account_id", "=", accountId)
    .where("limit_key", "=", key)
    .where("period_start", "=", periodStart)
    .execute();
}

/** What was used up of each consumable limit in the period of `now`, to be asked beside the live counts. */
export function usageCounts(kinds: Catalogue["limits"], now: Date): LiveCounts {
  const used = (key: string, kind: Extract<LimitKind, { kind: "consumable" }>) => (account: RawBuilder<string>) =>
    sql<number>`coalesce((select used from usage_counters
      where account_id = ${account} and limit_key = ${key} and period_start = ${periodOf(kind, now).start}), 0)`;
  return Object.fromEntries(Object.entries(kinds).flatMap(([key, kind]) => (kind.kind === "consumable" ? [[key, used(key, kind)]] : [])));
}

/** Locks the account's row, so that of two who count at once the second one counts what the first one made. */
export async function lockForCounting(tx: Tx, accountId: string): Promise<void> {
  await tx.selectFrom("accounts").select("id").where("id", "=", accountId).forNoKeyUpdate().execute();
}

export async function countLive(tx: Tx, accountId: string, count: LiveCounts[string]): Promise<number> {
  const result = await sql<{ used: number }>`select ${count(sql<string>`${accountId}::uuid`)} as used`.execute(tx);
  return result.rows[0]?.used ?? 0;
}
