import { addHours, addMinutes } from "./time.ts";

/** What a run looks through: the events since the last one, or every subscription too. */
export type ReconciliationScope = "events" | "all";

/** Every subscription is compared at least this often: what made no event, or made it longer ago than Stripe remembers, heals then (B3). */
export const WHOLE_EVERY_HOURS = 24;
/** Stripe lists no older events (B2). */
export const EVENT_DAYS_KEPT = 30;
/** An event may be listed a little after its time, and clocks differ a little: what is seen twice is known by its id. */
export const OVERLAP_MINUTES = 5;
/** Longer than the longest pause between two tries of a job: after it, nobody works on the run any more. */
export const STALE_MINUTES = 75;

/** When runs began; null: there was none. */
export interface PastReconciliations {
  readonly lastStartedAt: Date | null;
  readonly lastWholeStartedAt: Date | null;
}

/**
 * What is due to be looked through at `now`.
 * @param everyMinutes how often events are asked for; 0: never by itself
 * @param atStart a process begins: it may have been away, so events are due whenever the last run was (B2)
 */
export function dueReconciliation(
  past: PastReconciliations,
  now: Date,
  everyMinutes: number,
  atStart: boolean,
): ReconciliationScope | null {
  if (everyMinutes === 0) return null;
  const { lastStartedAt, lastWholeStartedAt } = past;
  if (lastWholeStartedAt === null || now >= addHours(lastWholeStartedAt, WHOLE_EVERY_HOURS)) return "all";
  if (atStart || lastStartedAt === null || now >= addMinutes(lastStartedAt, everyMinutes)) return "events";
  return null;
}

/**
 * From when on events are asked for.
 *
 * The newest one that we know is not enough: of two, the later may have come and the earlier not. The run before saw all that there was at
 * its beginning; but its time is ours, and where Stripe's lags behind, the newest event tells better.
 * @param newestKnownAt `created` of the newest event in the ledger
 * @param lastRunStartedAt when the last run that reached its end began
 */
export function eventsSince(known: { newestKnownAt: Date | null; lastRunStartedAt: Date | null }, now: Date): Date {
  const { newestKnownAt, lastRunStartedAt } = known;
  if (newestKnownAt === null || lastRunStartedAt === null) return addHours(now, -24 * EVENT_DAYS_KEPT);
  return addMinutes(newestKnownAt < lastRunStartedAt ? newestKnownAt : lastRunStartedAt, -OVERLAP_MINUTES);
}
