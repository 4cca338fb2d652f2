import type { ReconciliationScope } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { Refusal } from "../platform/refuse.ts";
import { applyEvent } from "./apply-event.ts";
import { openReconciliation } from "./begin-reconciliation.ts";
import { findEvents, type LedgerRow } from "./event-status.store.ts";
import { type ReconcileParts, type TakenPage, takePage } from "./reconcile.ts";
import { listChanges, type ReconciliationChange } from "./reconciliation-changes.store.ts";
import type { Reconciliation } from "./reconciliations.store.ts";

export interface ReconciliationReport {
  readonly run: Reconciliation;
  /** It was open already, and was gone on with from where it stood. */
  readonly wasOpen: boolean;
  /** Those that this process brought, and what became of them. */
  readonly events: readonly LedgerRow[];
  readonly changes: readonly ReconciliationChange[];
}

/**
 * Runs one reconciliation to its end in this process; one that is open is gone on with, whoever began it. The jobs of new events are
 * added as always, and what they are for is done here, so that it also comes to an end where no worker runs.
 *
 * @param tell called after each page
 * @throws Refusal billing_unavailable | billing_failed: what was done is kept, and a job goes on with the rest
 */
export async function runReconciliation(
  app: ReconcileParts & Pick<App, "ids">,
  scope: ReconciliationScope,
  tell: (run: Reconciliation) => void,
): Promise<ReconciliationReport> {
  let report = await runOne(app, scope, tell);
  // One that was open looked at less than was asked for: it has ended now, and a whole one follows.
  while (scope === "all" && report.run.scope === "events") report = await runOne(app, scope, tell);
  return report;
}

async function runOne(
  app: ReconcileParts & Pick<App, "ids">,
  scope: ReconciliationScope,
  tell: (run: Reconciliation) => void,
): Promise<ReconciliationReport> {
  const { run: opened, wasOpen } = await openReconciliation(app, scope);
  const brought: string[] = [];
  let run = opened;
  try {
    let taken: TakenPage;
    do {
      taken = await takePage(app, opened.id);
      brought.push(...taken.newEvents);
      for (const eventId of taken.newEvents) await applyNow(app, eventId);
      run = taken.run ?? run;
      if (taken.run !== null) tell(taken.run);
    } while (taken.kind !== "done");
  } catch (error) {
    await app.db.asSystem("an operator's wish: reconciliation with Stripe", (tx) =>
      app.jobs.enqueue(tx, "stripe.reconcile", { runId: opened.id }),
    );
    throw error;
  }
  return app.db.asSystem("an operator's wish: reconciliation with Stripe", async (tx) => ({
    run,
    wasOpen,
    events: await findEvents(tx, brought),
    changes: await listChanges(tx, opened.id),
  }));
}

/** One that cannot be done now is left to its job, which tries again. */
async function applyNow(app: ReconcileParts, eventId: string): Promise<void> {
  try {
    await applyEvent(app, eventId);
  } catch (error) {
    if (error instanceof Refusal && error.code === "database_unavailable") throw error;
    app.log.warn({ err: error, event: eventId }, "an event could not be applied; its job tries again");
  }
}
