import { type RawBuilder, sql } from "kysely";
import type { Tx } from "../platform/app.ts";
import type { RefusalCount } from "./shadow.ts";

/** Rows of one statement. */
const ROWS_MAX = 1_000;

/** Adds to what is there. Of an account that was erased meanwhile nothing is written. */
export async function addRefusals(tx: Tx, counts: readonly RefusalCount[]): Promise<void> {
  // In the order of the key: two processes that flush at once wait for each other and do not deadlock.
  const sorted = counts.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  for (let from = 0; from < sorted.length; from += ROWS_MAX) await addSome(tx, sorted.slice(from, from + ROWS_MAX));
}

const keyOf = (count: RefusalCount): string => `${count.accountId} ${count.guard} ${count.reason} ${count.day}`;

async function addSome(tx: Tx, counts: readonly RefusalCount[]): Promise<void> {
  const column = <T>(of: (count: RefusalCount) => T, type: RawBuilder<unknown>): RawBuilder<unknown> => sql`${counts.map(of)}::${type}[]`;
  await sql`
    insert into guard_refusals (account_id, guard, reason, day, count, first_at, last_at)
    select c.account_id, c.guard, c.reason, c.day, c.count, c.first_at, c.last_at
    from unnest(${column(({ accountId }) => accountId, sql`uuid`)}, ${column(({ guard }) => guard, sql`text`)},
      ${column(({ reason }) => reason, sql`text`)}, ${column(({ day }) => day, sql`date`)}, ${column(({ count }) => count, sql`bigint`)},
      ${column(({ firstAt }) => firstAt, sql`timestamptz`)}, ${column(({ lastAt }) => lastAt, sql`timestamptz`)})
      with ordinality as c (account_id, guard, reason, day, count, first_at, last_at, position)
    join accounts a on a.id = c.account_id and a.erased_at is null
    order by c.position
    on conflict (account_id, guard, reason, day) do update set count = guard_refusals.count + excluded.count,
      first_at = least(guard_refusals.first_at, excluded.first_at), last_at = greatest(guard_refusals.last_at, excluded.last_at)`.execute(
    tx,
  );
}

/** What one guard would have refused for one reason. */
export interface RefusalSum {
  readonly guard: string;
  readonly reason: string;
  readonly refusals: number;
  readonly accounts: number;
  /** Of those, how many have a subscription at Stripe that bills or is to be paid. */
  readonly paying: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** @param since the first day that counts, in UTC: `2026-01-31` */
export async function sumRefusals(tx: Tx, since: string): Promise<RefusalSum[]> {
  const { rows } = await sql<{
    guard: string;
    reason: string;
    refusals: number;
    accounts: number;
    paying: number;
    first_at: Date;
    last_at: Date;
  }>`
    select r.guard, r.reason, sum(r.count)::bigint as refusals, count(distinct r.account_id) as accounts,
      count(distinct r.account_id) filter (where exists (select 1 from stripe_subscriptions s
        where s.account_id = r.account_id and s.status in ('active', 'past_due') and s.collection_paused is null)) as paying,
      min(r.first_at) as first_at, max(r.last_at) as last_at
    from guard_refusals r where r.day >= ${since}::date group by r.guard, r.reason order by r.guard, r.reason`.execute(tx);
  return rows.map(({ first_at, last_at, ...sums }) => ({ ...sums, firstAt: first_at, lastAt: last_at }));
}

export async function deleteRefusals(tx: Tx, accountId: string): Promise<void> {
  await tx.deleteFrom("guard_refusals").where("account_id", "=", accountId).execute();
}

/** @param before the first day that is kept, in UTC */
export async function pruneRefusals(tx: Tx, before: string): Promise<void> {
  await tx.deleteFrom("guard_refusals").where(sql<string>`day`, "<", sql<string>`${before}::date`).execute();
}
