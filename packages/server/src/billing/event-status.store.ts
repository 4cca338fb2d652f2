import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";
import type { EventOutcome } from "./stripe-events.store.ts";

/** An event of the ledger, without what is in it. */
export interface LedgerRow {
  readonly id: string;
  readonly type: string;
  readonly outcome: EventOutcome;
  readonly reason: string | null;
  readonly accountId: string | null;
  readonly createdAt: Date;
  readonly receivedAt: Date;
}
export interface OutcomeCount {
  readonly outcome: EventOutcome;
  readonly count: number;
}

const COLUMNS = ["id", "type", "outcome", "reason", "matched_account_id", "created_at", "received_at"] as const;

/** The newest by Stripe's time. */
export async function findLastEvent(tx: Tx): Promise<LedgerRow | null> {
  const row = await tx
    .selectFrom("stripe_events")
    .select(COLUMNS)
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row ? asRow(row) : null;
}

export async function findOldestOpen(tx: Tx): Promise<LedgerRow | null> {
  const row = await tx
    .selectFrom("stripe_events")
    .select(COLUMNS)
    .where("outcome", "in", ["received", "failed"])
    .orderBy("received_at")
    .limit(1)
    .executeTakeFirst();
  return row ? asRow(row) : null;
}

/** What went well is counted from `since` on, by Stripe's time; what did not, from the beginning. Each part has an index. */
export async function countOutcomes(tx: Tx, since: Date): Promise<OutcomeCount[]> {
  const { rows } = await sql<{ outcome: string; count: number }>`
    select outcome, count(*) as count from stripe_events
      where outcome in ('received', 'failed') group by outcome
    union all select outcome, count(*) from stripe_events
      where outcome in ('unmatched', 'quarantined') group by outcome
    union all select outcome, count(*) from stripe_events
      where created_at >= ${since} and outcome not in ('received', 'failed', 'unmatched', 'quarantined') group by outcome
    order by outcome`.execute(tx);
  return rows.map(({ outcome, count }) => ({ outcome: outcome as EventOutcome, count: Number(count) }));
}

/** Those that an operator should look at, the newest first. */
export async function listTroubled(tx: Tx, limit: number): Promise<LedgerRow[]> {
  const newest = (outcomes: readonly EventOutcome[]) =>
    tx.selectFrom("stripe_events").select(COLUMNS).where("outcome", "in", outcomes).orderBy("received_at", "desc").limit(limit).execute();
  const rows = [...(await newest(["failed"])), ...(await newest(["unmatched", "quarantined"]))];
  return rows
    .map(asRow)
    .sort((one, other) => other.receivedAt.getTime() - one.receivedAt.getTime())
    .slice(0, limit);
}

/** In the order in which Stripe made them. */
export async function findEvents(tx: Tx, ids: readonly string[]): Promise<LedgerRow[]> {
  const rows = await tx
    .selectFrom("stripe_events")
    .select(COLUMNS)
    .where((row) => row("id", "=", sql<string>`any(${ids}::text[])`))
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  return rows.map(asRow);
}

interface Row {
  id: string;
  type: string;
  outcome: string;
  reason: string | null;
  matched_account_id: string | null;
  created_at: Date;
  received_at: Date;
}
const asRow = (row: Row): LedgerRow => ({
  id: row.id,
  type: row.type,
  // Checked by the table.
  outcome: row.outcome as EventOutcome,
  reason: row.reason,
  accountId: row.matched_account_id,
  createdAt: row.created_at,
  receivedAt: row.received_at,
});
