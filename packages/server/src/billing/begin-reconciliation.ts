import { addMinutes, dueReconciliation, eventsSince, type ReconciliationScope, STALE_MINUTES } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import {
  claimStale,
  findOpenReconciliation,
  findPast,
  insertReconciliation,
  lockReconciliations,
  type Reconciliation,
} from "./reconciliations.store.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "jobs" | "stripe">;

/**
 * Begins what is due, as a job; where a run is open and nobody works on it any more, has it taken up again. One run at a time, whoever
 * asks and however many at once.
 * @param atStart a process begins
 */
export async function beginDueReconciliation(app: Parts & Pick<App, "config">, atStart: boolean): Promise<void> {
  if (!app.stripe.configured || app.config.reconcileMinutes === 0) return;
  const now = app.clock.now();
  await app.db.asSystem("sweep: reconciliation with Stripe", async (tx) => {
    // Whoever waited sees the run that was begun meanwhile, also where it has ended already.
    await lockReconciliations(tx);
    const past = await findPast(tx, app.stripe.livemode);
    const due = dueReconciliation(past, now, app.config.reconcileMinutes, atStart);
    const begun = due === null ? null : await begin(app, tx, due);
    const runId = begun ?? (await claimStale(tx, app.stripe.livemode, addMinutes(now, -STALE_MINUTES), now));
    if (runId !== null) await app.jobs.enqueue(tx, "stripe.reconcile", { runId });
  });
}

/** The open run, or a new one: for whoever takes its pages in this process. */
export function openReconciliation(app: Parts, scope: ReconciliationScope): Promise<{ run: Reconciliation; wasOpen: boolean }> {
  return app.db.asSystem("an operator's wish: reconciliation with Stripe", async (tx) => {
    const begun = await begin(app, tx, scope);
    const run = await findOpenReconciliation(tx, app.stripe.livemode);
    // Another process may have ended it in between.
    if (run === null) throw new Error("the reconciliation that was open has just ended; try again");
    return { run, wasOpen: begun === null };
  });
}

/** From when on a new run asks for events. */
export async function nextEventsSince(app: Pick<App, "clock" | "stripe">, tx: Tx): Promise<Date> {
  const past = await findPast(tx, app.stripe.livemode);
  return eventsSince({ newestKnownAt: past.newestEventAt, lastRunStartedAt: past.lastFinishedStartedAt }, app.clock.now());
}

/** @returns null where a run is open */
async function begin(app: Parts, tx: Tx, scope: ReconciliationScope): Promise<string | null> {
  const run = { id: app.ids.next(), livemode: app.stripe.livemode, scope, eventsSince: await nextEventsSince(app, tx) };
  return (await insertReconciliation(tx, run, app.clock.now())) ? run.id : null;
}
