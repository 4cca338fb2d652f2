import { expect, test } from "vitest";
import { hintOf, readEvent } from "./stripe-events.ts";
import { type PriceBook, recordOf, type SubscriptionRecord } from "./stripe-record.ts";

const day = (n: number) => new Date(Date.UTC(2026, 0, 1 + n));
const at = (n: number) => day(n).getTime() / 1000;
const SEEN = day(50);
const book: PriceBook = [{ plan: "pro", planRank: 1, priceId: "price_pro", lookupKey: null, productId: "prod_pro", isPerSeat: true }];

/** What is so, whatever version tells it. */
interface Facts {
  readonly status: string;
  readonly trialEnd?: number;
  readonly cancelAt?: number;
  readonly endedAt?: number;
  /** An invoice that waits for money, and whether the bank asks. */
  readonly owes?: { readonly needsAction: boolean };
  readonly card?: boolean;
}
/** How a version tells them. */
interface Teller {
  readonly version: string;
  readonly subscription: (facts: Facts) => object;
  readonly invoice: (facts: Facts) => object;
}

const recurring = { interval: "month", interval_count: 1, usage_type: "licensed" };
const price = { id: "price_pro", object: "price", lookup_key: null, product: "prod_pro", recurring, unit_amount: 2900 };
const plan = { id: "price_pro", object: "plan", product: "prod_pro", interval: "month", amount: 2900 };
const item = { id: "si_1", object: "subscription_item", price, plan, quantity: 3 };
const period = { current_period_start: at(17), current_period_end: at(48) };
const list = (...data: object[]) => ({ object: "list", has_more: false, data });
const intent = (facts: Facts) => ({ id: "pi_1", status: facts.owes?.needsAction ? "requires_action" : "requires_payment_method" });

const everySubscription = ({ status, trialEnd, cancelAt, endedAt, card }: Facts) => ({
  id: "sub_1",
  object: "subscription",
  livemode: false,
  status,
  customer: "cus_1",
  metadata: { account_id: "0198" },
  created: at(2),
  start_date: at(3),
  trial_start: trialEnd === undefined ? null : at(3),
  trial_end: trialEnd === undefined ? null : at(trialEnd),
  cancel_at: cancelAt === undefined ? null : at(cancelAt),
  cancel_at_period_end: cancelAt !== undefined,
  canceled_at: cancelAt === undefined && endedAt === undefined ? null : at(4),
  ended_at: endedAt === undefined ? null : at(endedAt),
  collection_method: "charge_automatically",
  default_payment_method: card ? "pm_1" : null,
  pause_collection: null,
  pending_update: null,
  schedule: null,
});
const everyInvoice = () => ({
  id: "in_1",
  object: "invoice",
  livemode: false,
  status: "open",
  amount_due: 8700,
  amount_remaining: 8700,
  currency: "usd",
  customer: "cus_1",
  attempt_count: 2,
  next_payment_attempt: at(24),
  hosted_invoice_url: "https://invoice.example.com/in_1",
  created: at(17),
  status_transitions: { finalized_at: at(18) },
});

const old: Teller = {
  version: "2020-08-27",
  subscription: (facts) => ({ ...everySubscription(facts), ...period, plan, quantity: 3, discount: null, items: list(item) }),
  invoice: (facts) => ({ ...everyInvoice(), subscription: "sub_1", payment_intent: intent(facts), charge: "ch_1", discount: null }),
};
const beforeBasil: Teller = {
  version: "2024-06-20",
  subscription: (facts) => ({ ...everySubscription(facts), ...period, discounts: [], items: list(item) }),
  invoice: (facts) => ({
    ...old.invoice(facts),
    subscription_details: { metadata: { account_id: "0198" } },
  }),
};
const basil: Teller = {
  version: "2025-04-30.basil",
  subscription: (facts) => ({ ...everySubscription(facts), discounts: [], items: list({ ...item, ...period }) }),
  invoice: (facts) => ({
    ...everyInvoice(),
    parent: {
      type: "subscription_details",
      quote_details: null,
      subscription_details: { subscription: "sub_1", metadata: { account_id: "0198" } },
    },
    payments: list({
      object: "invoice_payment",
      status: "open",
      payment: { type: "payment_intent", payment_intent: intent(facts) },
    }),
  }),
};
const dahlia: Teller = {
  version: "2026-06-24.dahlia",
  // Flexible billing: the portal's cancellation is an instant and not the flag.
  subscription: (facts) => ({
    ...basil.subscription(facts),
    billing_mode: { type: "flexible" },
    billing_schedules: [],
    customer_account: null,
    cancel_at_period_end: false,
  }),
  invoice: (facts) => ({ ...basil.invoice(facts), customer_account: null }),
};
const endive: Teller = {
  version: "2026-10-28.endive",
  subscription: (facts) => ({
    ...dahlia.subscription(facts),
    status_details: facts.status === "paused" ? { paused: { subscription: { type: "pause_requested" } } } : {},
  }),
  invoice: dahlia.invoice,
};
const tellers = [old, beforeBasil, basil, dahlia, endive];

const plain: SubscriptionRecord = {
  id: "sub_1",
  customerId: "cus_1",
  status: "active",
  plan: "pro",
  itemId: "si_1",
  priceId: "price_pro",
  interval: "month",
  seats: 3,
  currentPeriodEnd: day(48),
  trialEndsAt: null,
  cancelAtPeriodEnd: false,
  endsAt: null,
  startedAt: day(3),
  endedAt: null,
  pastDueSince: null,
  pausedReason: null,
  collectionPaused: null,
  hasPaymentMethod: false,
  openInvoice: null,
  changedAt: day(3),
};
const openInvoice = {
  id: "in_1",
  amountMinor: 8700,
  currency: "usd",
  attemptCount: 2,
  nextAttemptAt: day(24),
  url: "https://invoice.example.com/in_1",
  needsAction: false,
};
const lives: readonly [string, Facts, Partial<SubscriptionRecord>][] = [
  ["paid for", { status: "active" }, {}],
  ["paid for, with a card", { status: "active", card: true }, { hasPaymentMethod: true }],
  ["in a trial", { status: "trialing", trialEnd: 17 }, { status: "trialing", trialEndsAt: day(17) }],
  ["paid for after a trial", { status: "active", trialEnd: 17 }, { trialEndsAt: day(17), changedAt: day(17) }],
  ["cancelled to the end of its period", { status: "active", cancelAt: 48 }, { cancelAtPeriodEnd: true, endsAt: day(48) }],
  [
    "late with a payment",
    { status: "past_due", owes: { needsAction: false } },
    { status: "past_due", pastDueSince: day(18), changedAt: day(18), openInvoice },
  ],
  [
    "waiting for an answer to the bank",
    { status: "incomplete", owes: { needsAction: true } },
    { status: "incomplete", changedAt: day(2), openInvoice: { ...openInvoice, needsAction: true } },
  ],
  ["ended", { status: "canceled", endedAt: 30 }, { status: "canceled", endedAt: day(30), changedAt: day(30) }],
];

const told = lives.flatMap(([life, facts, expected]) =>
  tellers.map((teller) => ({ life, facts, expected, teller, version: teller.version })),
);
test.each(told)("R13: a subscription $life is the same record, told in $version", ({ facts, expected, teller }) => {
  const openInvoices = facts.owes ? [teller.invoice(facts)] : [];
  const result = recordOf({ subscription: teller.subscription(facts), openInvoices }, book, null, SEEN);
  expect(result).toEqual({ record: { ...plain, ...expected }, alarms: [] });
});

test.each(tellers)("R13: an event about a subscription is the same hint, told in $version", ({ version, subscription, invoice }) => {
  const facts: Facts = { status: "past_due", owes: { needsAction: false } };
  const hint = (type: string, object: object) => {
    const event = readEvent({
      id: "evt_1",
      object: "event",
      api_version: version,
      created: at(1),
      livemode: false,
      type,
      data: { object },
    });
    expect(event?.apiVersion).toBe(version);
    return event && hintOf(event, false);
  };
  const expected = { kind: "subscription", subscriptionId: "sub_1", customerId: "cus_1", accountId: "0198" };
  expect(hint("customer.subscription.updated", subscription(facts))).toEqual(expected);
  // The invoices of 2020 carry nothing of their subscription; the customer tells whose it is.
  expect(hint("invoice.payment_failed", invoice(facts))).toEqual({ ...expected, accountId: version === "2020-08-27" ? null : "0198" });
});
