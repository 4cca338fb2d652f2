import { addDays } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { listOpenRefunds, type OpenRefund } from "./duplicates.store.ts";
import { countOutcomes, findLastEvent, findOldestOpen, type LedgerRow, listTroubled, type OutcomeCount } from "./event-status.store.ts";
import { listReconciliations, type Reconciliation } from "./reconciliations.store.ts";

export interface BillingStatus {
  readonly at: Date;
  /** The newest that came; null: none ever did. */
  readonly lastEvent: LedgerRow | null;
  /** Received and not done, whether it waits or has failed; null: none. */
  readonly oldestOpen: LedgerRow | null;
  /** Of the last 30 days, and of whatever age where an operator should look: received, failed, unmatched, quarantined. */
  readonly outcomes: readonly OutcomeCount[];
  /** The newest of those that an operator should look at. */
  readonly troubled: readonly LedgerRow[];
  /** The newest first. */
  readonly reconciliations: readonly Reconciliation[];
  readonly refunds: readonly OpenRefund[];
}

const DAYS = 30;
const LISTED_MAX = 10;
const RECONCILIATIONS_SHOWN = 5;

/** How far we may have drifted from Stripe (B6), from our own tables: Stripe is not asked. */
export function billingStatus(app: Pick<App, "db" | "clock" | "stripe">): Promise<BillingStatus> {
  const at = app.clock.now();
  return app.db.asSystem("an operator looks at all accounts", async (tx) => ({
    at,
    lastEvent: await findLastEvent(tx),
    oldestOpen: await findOldestOpen(tx),
    outcomes: await countOutcomes(tx, addDays(at, -DAYS)),
    troubled: await listTroubled(tx, LISTED_MAX),
    reconciliations: await listReconciliations(tx, app.stripe.livemode, RECONCILIATIONS_SHOWN),
    refunds: await listOpenRefunds(tx),
  }));
}
