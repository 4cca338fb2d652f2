import type { Observation } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { stopwatch } from "../platform/clock.ts";
import type { StripeCalls } from "../platform/stripe.ts";
import { orMissing } from "../platform/stripe-client.ts";
import type { ReadParts } from "./read-from-stripe.ts";
import { keepEvents, readPayload } from "./receive-event.ts";
import { type SettledPage, settlePage } from "./reconcile-page.ts";
import { insertChanges, listChanges, NOTES_MAX, type ReconciliationChange } from "./reconciliation-changes.store.ts";
import { closePage, markTrouble, NO_COUNTS, openPage, type PageEnd, type Reconciliation } from "./reconciliations.store.ts";
import { listUnconfirmed } from "./subscriptions.store.ts";

export type ReconcileParts = ReadParts & Pick<App, "db">;

/** For all requests of a page: of a hundred subscriptions, each may have an invoice to look at. With what else a step does it stays below the time of a job. */
export const PAGE_SECONDS = 80;
/** A step takes no further page when it has lasted this long, or has taken so many: others wait in the queue. */
const STEP_SECONDS = 15;
const STEP_PAGES = 20;
const UNLISTED_PAGE = 50;

/** What taking a page came to. */
export interface TakenPage {
  /** `taken`: there is more. `lost`: another process took it; what it did counts. `done`: nothing is left. */
  readonly kind: "taken" | "lost" | "done";
  /** As it stands after; null: it was done already. */
  readonly run: Reconciliation | null;
  readonly changes: readonly ReconciliationChange[];
  readonly newEvents: readonly string[];
}
const NOTHING_LEFT: TakenPage = { kind: "done", run: null, changes: [], newEvents: [] };

/** The job: takes some pages, and leaves the rest to a job that is added with the last of them. */
export async function stepReconciliation(app: ReconcileParts, runId: string): Promise<void> {
  const end = stopwatch() + STEP_SECONDS;
  let pages = 0;
  const isLast = (): boolean => ++pages >= STEP_PAGES || stopwatch() >= end;
  let taken: TakenPage;
  let wasLast = false;
  do {
    taken = await takePage(app, runId, async (tx) => {
      wasLast = isLast();
      if (wasLast) await app.jobs.enqueue(tx, "stripe.reconcile", { runId });
    });
  } while (taken.kind === "taken" && !wasLast);
  if (taken.kind === "done" && taken.run !== null) tellEnd(app, taken.run);
}

/**
 * Heals one page of what Stripe has: bounded, and to be broken off anywhere. What it changed is kept before the run goes on, and doing
 * the page again changes nothing more (B2-B5, B7).
 *
 * @param onMore done in the transaction in which the run goes on, where it is not at its end
 * @throws Refusal billing_unavailable | billing_failed: the run stands where it stood
 */
export async function takePage(app: ReconcileParts, runId: string, onMore?: (tx: Tx) => Promise<void>): Promise<TakenPage> {
  const opened = await app.db.asSystem("reconciliation: all accounts", (tx) => openPage(tx, runId, app.stripe.livemode, app.clock.now()));
  if (opened === null) return NOTHING_LEFT;
  const { run, ticket } = opened;
  try {
    const calls = await app.stripe.calls(PAGE_SECONDS);
    switch (run.stage) {
      case "events":
        return await takeEvents(app, calls, run, onMore);
      case "subscriptions":
        return await takeSubscriptions(app, calls, run, ticket, onMore);
      case "unlisted":
        return await takeUnlisted(app, calls, run, ticket, onMore);
      case "done":
        return NOTHING_LEFT;
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await app.db.asSystem("reconciliation: all accounts", (tx) => markTrouble(tx, runId, why));
    throw error;
  }
}

type OnMore = ((tx: Tx) => Promise<void>) | undefined;

/** Newest first. What comes in meanwhile is younger than the run, and the next one sees it. */
async function takeEvents(app: ReconcileParts, calls: StripeCalls, run: Reconciliation, onMore: OnMore): Promise<TakenPage> {
  const page = await orMissing(calls.listEvents({ after: null, before: run.cursor, since: run.eventsSince }));
  if (page === null) return beginAnew(app, run, onMore);
  const about = { livemode: app.stripe.livemode, receivedAt: app.clock.now(), origin: "reconciliation" as const };
  const events = page.events.flatMap(({ payload }) => readPayload(payload, about) ?? []);
  const next = page.hasMore ? (page.events.at(-1)?.id ?? null) : null;
  const rest = run.scope === "all" ? "subscriptions" : "done";
  let newEvents: readonly string[] = [];
  const closed = await app.db.asSystem("reconciliation: all accounts", async (tx) => {
    newEvents = await keepEvents(app, tx, events);
    const counts = { ...NO_COUNTS, eventsSeen: page.events.length, eventsNew: newEvents.length };
    return goOn(app, tx, run, { stage: next === null ? rest : "events", cursor: next, counts, notes: [], firstTicket: null }, onMore);
  });
  return asTaken(closed, { newEvents });
}

/** Everything that the Stripe account has, canceled ones too (B3, B4). */
async function takeSubscriptions(
  app: ReconcileParts,
  calls: StripeCalls,
  run: Reconciliation,
  ticket: number,
  onMore: OnMore,
): Promise<TakenPage> {
  const page = await orMissing(calls.readSubscriptionPage(run.cursor));
  if (page === null) return beginAnew(app, run, onMore);
  const settled = await settlePage(app, { observations: page.observations, ticket }, run.id);
  const stage = page.next === null ? "unlisted" : "subscriptions";
  return close(app, run, { stage, cursor: page.next, settled, notes: settled.notes, firstTicket: ticket, missing: 0 }, onMore);
}

/** Rows of ours that the list did not show. One that Stripe does not know is told of and left: with another account's key all would be gone. */
async function takeUnlisted(
  app: ReconcileParts,
  calls: StripeCalls,
  run: Reconciliation,
  ticket: number,
  onMore: OnMore,
): Promise<TakenPage> {
  const { rows, noted } = await app.db.asSystem("reconciliation: all accounts", async (tx) => ({
    rows: await listUnconfirmed(tx, { ticket: run.firstTicket ?? 0, after: run.cursor }, UNLISTED_PAGE),
    noted: new Set((await listChanges(tx, run.id)).map(({ subscriptionId }) => subscriptionId)),
  }));
  const observations: Observation[] = [];
  const missing: ReconciliationChange[] = [];
  for (const { accountId, id } of rows) {
    // It was in the list, and could not be confirmed: that has been told.
    if (noted.has(id)) continue;
    const observation = await calls.readSubscription(id);
    if (observation !== null) observations.push(observation);
    else missing.push(missingAtStripe(app, accountId, id));
  }
  const settled = await settlePage(app, { observations, ticket }, run.id);
  const cursor = rows.length === UNLISTED_PAGE ? (rows.at(-1)?.id ?? null) : null;
  const notes = [...missing, ...settled.notes];
  const stage = cursor === null ? "done" : "unlisted";
  return close(app, run, { stage, cursor, settled, notes, firstTicket: null, missing: missing.length }, onMore);
}

export function missingAtStripe(app: Pick<App, "log">, accountId: string, subscriptionId: string): ReconciliationChange {
  app.log.error(
    { account_id: accountId, subscription: subscriptionId },
    "alarm: Stripe knows no such subscription; what we have of it stays as it is",
  );
  const why = "Stripe knows no such subscription; what we have of it stays as it is";
  return { what: "missing", accountId, subscriptionId, differences: [], why };
}

/** What the page was to begin after is no more at Stripe: the stage is gone through again. */
async function beginAnew(app: ReconcileParts, run: Reconciliation, onMore: OnMore): Promise<TakenPage> {
  if (run.cursor === null) throw new Error("Stripe knows no such list");
  const closed = await app.db.asSystem("reconciliation: all accounts", (tx) =>
    goOn(app, tx, run, { stage: run.stage, cursor: null, counts: NO_COUNTS, notes: [], firstTicket: null }, onMore),
  );
  return asTaken(closed, {});
}

interface Closing extends Omit<Going, "counts"> {
  readonly settled: SettledPage;
  readonly missing: number;
}
async function close(app: ReconcileParts, run: Reconciliation, { settled, missing, ...end }: Closing, onMore: OnMore): Promise<TakenPage> {
  const closed = await app.db.asSystem("reconciliation: all accounts", (tx) =>
    goOn(app, tx, run, { ...end, counts: { ...settled.counts, missing } }, onMore),
  );
  return asTaken(closed, { changes: [...settled.changes, ...end.notes] });
}

interface Going extends PageEnd {
  readonly notes: readonly ReconciliationChange[];
}
async function goOn(
  app: ReconcileParts,
  tx: Tx,
  run: Reconciliation,
  { notes, ...end }: Going,
  onMore: OnMore,
): Promise<Reconciliation | null> {
  const closed = await closePage(tx, run, end, app.clock.now());
  if (closed === null) return null;
  const { quarantined, missing, failed } = run.counts;
  const room = Math.max(0, NOTES_MAX - quarantined - missing - failed);
  const kept = notes.slice(0, room).map((change) => ({ id: app.ids.next(), change }));
  await insertChanges(tx, run.id, kept);
  if (closed.finishedAt === null) await onMore?.(tx);
  return closed;
}

function asTaken(run: Reconciliation | null, what: Partial<Pick<TakenPage, "changes" | "newEvents">>): TakenPage {
  const kind = run === null ? "lost" : run.finishedAt === null ? "taken" : "done";
  return { kind, run, changes: what.changes ?? [], newEvents: what.newEvents ?? [] };
}

function tellEnd(app: Pick<App, "log">, { id, scope, counts }: Reconciliation): void {
  const about = { reconciliation: id, scope, ...counts };
  if (counts.eventsNew + counts.changed + counts.missing + counts.quarantined + counts.failed > 0)
    app.log.warn(about, "the reconciliation with Stripe found what had not come");
  else app.log.info(about, "the reconciliation with Stripe found nothing new");
}
