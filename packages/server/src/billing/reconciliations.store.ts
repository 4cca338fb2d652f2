import type { ReconciliationScope } from "@gatehouse/core";
import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

/** `unlisted`: rows of ours that Stripe's list did not show are read one by one. */
export type ReconciliationStage = "events" | "subscriptions" | "unlisted" | "done";

/** A run, as far as it has come. */
export interface Reconciliation {
  readonly id: string;
  readonly scope: ReconciliationScope;
  readonly stage: ReconciliationStage;
  /** Pages taken until now. */
  readonly page: number;
  /** Where the next page begins; null: at the beginning of the stage. */
  readonly cursor: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly eventsSince: Date;
  /** Of the first page of subscriptions; null: none was taken yet. */
  readonly firstTicket: number | null;
  readonly counts: ReconciliationCounts;
  /** Why it stands still. */
  readonly trouble: string | null;
}
export interface ReconciliationCounts {
  readonly eventsSeen: number;
  readonly eventsNew: number;
  readonly seen: number;
  readonly changed: number;
  readonly unmatched: number;
  readonly quarantined: number;
  readonly missing: number;
  readonly failed: number;
}
export const NO_COUNTS: ReconciliationCounts = {
  eventsSeen: 0,
  eventsNew: 0,
  seen: 0,
  changed: 0,
  unmatched: 0,
  quarantined: 0,
  missing: 0,
  failed: 0,
};

const COLUMNS = [
  "id",
  "scope",
  "stage",
  "page",
  "cursor_id",
  "started_at",
  "finished_at",
  "events_since",
  "first_ticket",
  "events_seen",
  "events_new",
  "subscriptions_seen",
  "subscriptions_changed",
  "subscriptions_unmatched",
  "subscriptions_quarantined",
  "subscriptions_missing",
  "subscriptions_failed",
  "trouble",
] as const;

export interface NewReconciliation {
  readonly id: string;
  readonly livemode: boolean;
  readonly scope: ReconciliationScope;
  readonly eventsSince: Date;
}
/** @returns false where a run is open: there is one at a time */
export async function insertReconciliation(tx: Tx, run: NewReconciliation, now: Date): Promise<boolean> {
  const { id, livemode, scope, eventsSince } = run;
  const made = await tx
    .insertInto("stripe_reconciliations")
    .values({ id, livemode, scope, events_since: eventsSince, started_at: now, stepped_at: now, stage: "events" })
    .onConflict((conflict) => conflict.column("livemode").where("finished_at", "is", null).doNothing())
    .returning("id")
    .executeTakeFirst();
  return made !== undefined;
}

/** The open run; null: there is none. */
export async function findOpenReconciliation(tx: Tx, livemode: boolean): Promise<Reconciliation | null> {
  const row = await tx
    .selectFrom("stripe_reconciliations")
    .select(COLUMNS)
    .where("livemode", "=", livemode)
    .where("finished_at", "is", null)
    .executeTakeFirst();
  return row ? asReconciliation(row) : null;
}

/** A run that nobody has worked on since then is taken over, by one of all that ask. @returns its id */
export async function claimStale(tx: Tx, livemode: boolean, before: Date, now: Date): Promise<string | null> {
  const row = await tx
    .updateTable("stripe_reconciliations")
    .set({ stepped_at: now })
    .where("livemode", "=", livemode)
    .where("finished_at", "is", null)
    .where("stepped_at", "<", before)
    .returning("id")
    .executeTakeFirst();
  return row?.id ?? null;
}

/**
 * Where the run stands, with a sign of life, and a ticket for what will be read for its next page.
 * @returns null where it is done, or of another mode
 */
export async function openPage(
  tx: Tx,
  id: string,
  livemode: boolean,
  now: Date,
): Promise<{ readonly run: Reconciliation; readonly ticket: number } | null> {
  const row = await tx
    .updateTable("stripe_reconciliations")
    .set({ stepped_at: now })
    .where("id", "=", id)
    .where("livemode", "=", livemode)
    .where("finished_at", "is", null)
    .returning(COLUMNS)
    .returning(sql<number>`nextval('stripe_tickets')`.as("ticket"))
    .executeTakeFirst();
  return row ? { run: asReconciliation(row), ticket: Number(row.ticket) } : null;
}

export interface PageEnd {
  readonly stage: ReconciliationStage;
  readonly cursor: string | null;
  /** What the page adds to the run's counts, but for what was noted with the change itself. */
  readonly counts: ReconciliationCounts;
  /** The first one of a run is kept. */
  readonly firstTicket: number | null;
}

/** Goes on from the page that `run` stands at. @returns null where another process took that page: its end counts */
export async function closePage(tx: Tx, run: Reconciliation, end: PageEnd, now: Date): Promise<Reconciliation | null> {
  const { counts } = end;
  const row = await tx
    .updateTable("stripe_reconciliations")
    .set((set) => ({
      stage: end.stage,
      page: run.page + 1,
      cursor_id: end.cursor,
      stepped_at: now,
      finished_at: end.stage === "done" ? now : null,
      first_ticket: sql<number | null>`coalesce(first_ticket, ${end.firstTicket}::bigint)`,
      events_seen: set("events_seen", "+", counts.eventsSeen),
      events_new: set("events_new", "+", counts.eventsNew),
      subscriptions_seen: set("subscriptions_seen", "+", counts.seen),
      subscriptions_changed: set("subscriptions_changed", "+", counts.changed),
      subscriptions_unmatched: set("subscriptions_unmatched", "+", counts.unmatched),
      subscriptions_quarantined: set("subscriptions_quarantined", "+", counts.quarantined),
      subscriptions_missing: set("subscriptions_missing", "+", counts.missing),
      subscriptions_failed: set("subscriptions_failed", "+", counts.failed),
      trouble: null,
    }))
    .where("id", "=", run.id)
    .where("page", "=", run.page)
    .where("finished_at", "is", null)
    .returning(COLUMNS)
    .executeTakeFirst();
  return row ? asReconciliation(row) : null;
}

/** @returns how many the run has changed with it */
export async function countChange(tx: Tx, id: string): Promise<number> {
  const row = await tx
    .updateTable("stripe_reconciliations")
    .set((set) => ({ subscriptions_changed: set("subscriptions_changed", "+", 1) }))
    .where("id", "=", id)
    .returning("subscriptions_changed")
    .executeTakeFirstOrThrow();
  return row.subscriptions_changed;
}

export async function markTrouble(tx: Tx, id: string, why: string): Promise<void> {
  await tx
    .updateTable("stripe_reconciliations")
    .set({ trouble: why.slice(0, 500) })
    .where("id", "=", id)
    .execute();
}

/** The newest first. */
export async function listReconciliations(tx: Tx, livemode: boolean, limit: number): Promise<Reconciliation[]> {
  const rows = await tx
    .selectFrom("stripe_reconciliations")
    .select(COLUMNS)
    .where("livemode", "=", livemode)
    .orderBy("started_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map(asReconciliation);
}

/** One at a time decides whether a run is due. */
export async function lockReconciliations(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('gatehouse.stripe_reconciliations'))`.execute(tx);
}

/** What decides when and from where the next one runs. */
export async function findPast(tx: Tx, livemode: boolean) {
  const { rows } = await sql<{ last: Date | null; last_whole: Date | null; last_finished: Date | null; newest_event: Date | null }>`
    select max(started_at) as last,
           max(started_at) filter (where scope = 'all') as last_whole,
           max(started_at) filter (where finished_at is not null) as last_finished,
           (select max(created_at) from stripe_events where livemode = ${livemode}) as newest_event
    from stripe_reconciliations where livemode = ${livemode}`.execute(tx);
  const [row] = rows;
  return {
    lastStartedAt: row?.last ?? null,
    lastWholeStartedAt: row?.last_whole ?? null,
    lastFinishedStartedAt: row?.last_finished ?? null,
    newestEventAt: row?.newest_event ?? null,
  };
}

/** Of a mode the last one that finished stays: the next one goes on from it. */
export async function pruneReconciliations(tx: Tx, before: Date): Promise<void> {
  await sql`
    delete from stripe_reconciliations as old where finished_at is not null and started_at < ${before}
      and exists (select from stripe_reconciliations as newer
        where newer.livemode = old.livemode and newer.finished_at is not null and newer.started_at > old.started_at)`.execute(tx);
}

type Row = Record<(typeof COLUMNS)[number], unknown> & {
  id: string;
  scope: string;
  stage: string;
  page: number;
  cursor_id: string | null;
  started_at: Date;
  finished_at: Date | null;
  events_since: Date;
  first_ticket: number | null;
  events_seen: number;
  events_new: number;
  subscriptions_seen: number;
  subscriptions_changed: number;
  subscriptions_unmatched: number;
  subscriptions_quarantined: number;
  subscriptions_missing: number;
  subscriptions_failed: number;
  trouble: string | null;
};

const asReconciliation = (row: Row): Reconciliation => ({
  id: row.id,
  // Both are checked by the table.
  scope: row.scope as ReconciliationScope,
  stage: row.stage as ReconciliationStage,
  page: row.page,
  cursor: row.cursor_id,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  eventsSince: row.events_since,
  firstTicket: row.first_ticket,
  counts: {
    eventsSeen: row.events_seen,
    eventsNew: row.events_new,
    seen: row.subscriptions_seen,
    changed: row.subscriptions_changed,
    unmatched: row.subscriptions_unmatched,
    quarantined: row.subscriptions_quarantined,
    missing: row.subscriptions_missing,
    failed: row.subscriptions_failed,
  },
  trouble: row.trouble,
});
