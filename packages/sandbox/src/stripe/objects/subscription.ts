import type { Plan, Price } from "./catalogue.ts";
import { planOf } from "./catalogue.ts";
import { type ApiList, listOf, type Metadata, NONE } from "./list.ts";

export type SubscriptionStatus =
  | "incomplete"
  | "incomplete_expired"
  | "trialing"
  | "active"
  | "past_due"
  | "canceled"
  | "unpaid"
  | "paused";
export type PauseReason =
  | "trial_end_without_payment_method"
  | "pause_requested"
  | "first_payment_failure"
  | "final_payment_failure"
  | "system";

export type MissingPaymentMethod = "cancel" | "create_invoice" | "pause";

export type SubscriptionItem = {
  readonly id: string;
  readonly object: "subscription_item";
  readonly billing_thresholds: null;
  readonly created: number;
  readonly current_period_end: number;
  readonly current_period_start: number;
  readonly current_trial: null;
  readonly discounts: readonly string[];
  readonly metadata: Metadata;
  readonly plan: Plan;
  readonly price: Price;
  readonly quantity: number;
  readonly subscription: string;
  readonly tax_rates: readonly string[];
};

const AUTOMATIC_TAX_OFF = { disabled_reason: null, enabled: false, liability: null } as const;

const SUBSCRIPTION = {
  object: "subscription",
  application: null,
  application_fee_percent: null,
  automatic_tax: AUTOMATIC_TAX_OFF,
  billing_cycle_anchor_config: null,
  billing_schedules: NONE,
  billing_thresholds: null,
  customer_account: null,
  default_source: null,
  default_tax_rates: NONE,
  invoice_settings: { account_tax_ids: null, custom_fields: null, description: null, footer: null, issuer: { type: "self" } },
  livemode: false,
  managed_payments: null,
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  pending_invoice_item_interval: null,
  pending_setup_intent: null,
  schedule: null,
  transfer_data: null,
} as const;

export type PaymentSettings = {
  readonly payment_method_options: null;
  readonly payment_method_types: null;
  readonly save_default_payment_method: string | null;
};

export type CancellationDetails = { readonly comment: string | null; readonly feedback: string | null; readonly reason: string | null };

export type PendingUpdate = {
  readonly billing_cycle_anchor: number | null;
  readonly cancel_at_period_end: null;
  readonly discount: null;
  readonly discounts: null;
  readonly expires_at: number;
  readonly metadata: null;
  readonly subscription_items: readonly SubscriptionItem[];
  readonly trial_end: null;
  readonly trial_from_plan: null;
};

export type StatusDetails = {
  readonly paused: {
    readonly subscription: { readonly type: PauseReason };
    readonly transitioned_at: number;
    readonly type: "subscription";
  };
};

export type SubscriptionFields = {
  readonly id: string;
  readonly billing_cycle_anchor: number;
  readonly billing_mode: { readonly flexible: { readonly proration_discounts: "included" } | null; readonly type: "classic" | "flexible" };
  readonly cancel_at: number | null;
  readonly cancel_at_period_end: boolean;
  readonly canceled_at: number | null;
  readonly cancellation_details: CancellationDetails;
  readonly collection_method: "charge_automatically" | "send_invoice";
  readonly created: number;
  readonly currency: string;
  readonly customer: string;
  readonly days_until_due: number | null;
  readonly default_payment_method: string | null;
  readonly description: string | null;
  readonly discounts: readonly string[];
  readonly ended_at: number | null;
  readonly items: ApiList<SubscriptionItem>;
  readonly latest_invoice: string | null;
  readonly metadata: Metadata;
  readonly pause_collection: {
    readonly behavior: "keep_as_draft" | "mark_uncollectible" | "void";
    readonly resumes_at: number | null;
  } | null;
  readonly payment_settings: PaymentSettings;
  readonly pending_update: PendingUpdate | null;
  readonly start_date: number;
  readonly status: SubscriptionStatus;
  /** Only while paused. */
  readonly status_details?: StatusDetails | undefined;
  readonly test_clock: string | null;
  readonly trial_end: number | null;
  readonly trial_settings: {
    readonly end_behavior: { readonly billing_cycle_anchor: null; readonly missing_payment_method: MissingPaymentMethod };
  };
  readonly trial_start: number | null;
};
/** https://docs.stripe.com/api/subscriptions/object */
export type Subscription = typeof SUBSCRIPTION & SubscriptionFields;

export function subscriptionOf(fields: SubscriptionFields): Subscription {
  return { ...SUBSCRIPTION, ...fields };
}

export function itemsOf(subscriptionId: string, items: readonly SubscriptionItem[]): ApiList<SubscriptionItem> {
  return listOf(items, `/v1/subscription_items?subscription=${subscriptionId}`);
}

export function itemOf(
  fields: Pick<
    SubscriptionItem,
    "id" | "created" | "current_period_end" | "current_period_start" | "metadata" | "price" | "quantity" | "subscription"
  >,
): SubscriptionItem {
  return {
    ...fields,
    object: "subscription_item",
    billing_thresholds: null,
    current_trial: null,
    discounts: NONE,
    plan: planOf(fields.price),
    tax_rates: NONE,
  };
}

export const NOT_CANCELED: CancellationDetails = { comment: null, feedback: null, reason: null };

/** The same period of all items: those of one subscription are billed together here. */
export function periodOf(subscription: Subscription): { readonly start: number; readonly end: number } {
  const [item] = subscription.items.data;
  return {
    start: item?.current_period_start ?? subscription.start_date,
    end: Math.max(...subscription.items.data.map((each) => each.current_period_end)),
  };
}

/** Nothing more happens to it. */
export function isEnded(subscription: Subscription): boolean {
  return subscription.status === "canceled" || subscription.status === "incomplete_expired";
}
