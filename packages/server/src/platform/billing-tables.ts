import type { Generated } from "kysely";
import type { Fixed, FixedJson, Json } from "./columns.ts";

interface BillingCustomers {
  account_id: Fixed<string>;
  customer_id: string | null;
  customer_generation: Generated<number>;
  customer_name: string | null;
  customer_email: string | null;
  checkout_attempt: Generated<number>;
  checkout_plan: string | null;
  checkout_interval: string | null;
  checkout_seats: number | null;
  checkout_trial_end: Date | null;
  checkout_price_id: string | null;
  checkout_expires_at: Date | null;
  checkout_session_id: string | null;
  created_at: Fixed<Date>;
}
interface StripeEvents {
  id: Fixed<string>;
  type: Fixed<string>;
  created_at: Fixed<Date>;
  api_version: Fixed<string | null>;
  livemode: Fixed<boolean>;
  /** As it came; emptied when the account that it is of is erased. */
  payload: string;
  received_at: Fixed<Date>;
  origin: Fixed<string>;
  outcome: Generated<string>;
  reason: string | null;
  matched_account_id: string | null;
  processed_at: Date | null;
}
interface StripeObservations {
  account_id: Fixed<string>;
  id: Fixed<string>;
  subscription_id: Fixed<string>;
  ticket: Fixed<number>;
  cause: Fixed<string>;
  object: FixedJson;
  observed_at: Fixed<Date>;
}
interface DuplicateSubscriptions {
  account_id: Fixed<string>;
  id: Fixed<string>;
  kept_id: string;
  flagged_at: Date;
  canceled_at: Date | null;
  withdrawn_at: Date | null;
  refunded_at: Date | null;
}
interface BillingNotices {
  account_id: Fixed<string>;
  key: Fixed<string>;
  kind: Fixed<string>;
  details: FixedJson;
  at: Fixed<Date>;
}
interface PlanBilling {
  plan: Fixed<string>;
  billing_interval: Fixed<string>;
  livemode: Fixed<boolean>;
  currency: string;
  amount_minor: number;
  is_per_seat: boolean;
  lookup_key: string;
  product_id: string;
  price_id: string;
}
interface FormerPrices {
  price_id: Fixed<string>;
  plan: Fixed<string>;
  livemode: Fixed<boolean>;
  product_id: Fixed<string>;
  is_per_seat: Fixed<boolean>;
  archived_at: Date | null;
}
interface StripeReconciliations {
  id: Fixed<string>;
  livemode: Fixed<boolean>;
  scope: Fixed<string>;
  started_at: Fixed<Date>;
  stepped_at: Date;
  finished_at: Date | null;
  stage: string;
  page: Generated<number>;
  cursor_id: string | null;
  events_since: Fixed<Date>;
  first_ticket: number | null;
  events_seen: Generated<number>;
  events_new: Generated<number>;
  subscriptions_seen: Generated<number>;
  subscriptions_changed: Generated<number>;
  subscriptions_unmatched: Generated<number>;
  subscriptions_quarantined: Generated<number>;
  subscriptions_missing: Generated<number>;
  subscriptions_failed: Generated<number>;
  trouble: string | null;
}
interface StripeReconciliationChanges {
  run_id: Fixed<string>;
  id: Fixed<string>;
  change: FixedJson;
}
interface CutoverRuns {
  id: Fixed<string>;
  created_before: Fixed<Date>;
  plan: Fixed<string>;
  until: Fixed<Date | null>;
  reason: Fixed<string>;
  state: "running" | "done" | "undoing" | "undone";
  looked_at_last: string | null;
  counts: Json;
  ended: Generated<number>;
  started_at: Fixed<Date>;
  finished_at: Date | null;
  undone_at: Date | null;
}

/** What billing at Stripe keeps, beside the facts that decide access. */
export interface BillingTables {
  billing_customers: BillingCustomers;
  stripe_events: StripeEvents;
  stripe_observations: StripeObservations;
  duplicate_subscriptions: DuplicateSubscriptions;
  billing_notices: BillingNotices;
  plan_billing: PlanBilling;
  former_prices: FormerPrices;
  stripe_reconciliations: StripeReconciliations;
  stripe_reconciliation_changes: StripeReconciliationChanges;
  cutover_runs: CutoverRuns;
}
