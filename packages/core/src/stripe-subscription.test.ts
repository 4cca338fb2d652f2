import { describe, expect, test } from "vitest";
import type { StripeObject } from "./stripe-object.ts";
import {
  type ObservedItem,
  type ObservedSubscription,
  readInvoice,
  readSubscription,
  subscriptionOfInvoice,
} from "./stripe-subscription.ts";

const day = (n: number) => new Date(Date.UTC(2026, 0, 1 + n));
const at = (n: number) => day(n).getTime() / 1000;

const price = { id: "price_pro", lookup_key: "acme_pro_month", product: "prod_pro", recurring: { interval: "month" } };
const subscription = (change: object = {}) => ({
  id: "sub_1",
  object: "subscription",
  status: "active",
  customer: "cus_1",
  created: at(0),
  start_date: at(0),
  items: { object: "list", data: [{ id: "si_1", price, quantity: 3, current_period_end: at(31) }] },
  ...change,
});
const plain: ObservedSubscription = {
  id: "sub_1",
  status: "active",
  livemode: false,
  customerId: "cus_1",
  isCustomerDeleted: false,
  accountId: null,
  items: [
    {
      id: "si_1",
      priceId: "price_pro",
      lookupKey: "acme_pro_month",
      productId: "prod_pro",
      interval: "month",
      quantity: 3,
      periodEnd: day(31),
    },
  ],
  createdAt: day(0),
  startedAt: day(0),
  trialStartsAt: null,
  trialEndsAt: null,
  cancelAtPeriodEnd: false,
  cancelAt: null,
  endedAt: null,
  pausedReason: null,
  collectionPaused: null,
  hasPaymentMethod: false,
  isInvoiced: false,
};
const paused = (type: unknown) => ({ status: "paused", status_details: { paused: { subscription: { type } } } });
const cardOf = (customer: object) => ({ customer: { id: "cus_1", ...customer } });

describe("a subscription is read field by field", () => {
  test.each<[string, object, Partial<ObservedSubscription>]>([
    ["as it is", {}, {}],
    ["live", { livemode: true }, { livemode: true }],
    ["live in other words is not live", { livemode: "true" }, {}],
    ["its customer expanded", { customer: { id: "cus_1", object: "customer" } }, {}],
    ["L19: its customer deleted", { customer: { id: "cus_1", deleted: true } }, { isCustomerDeleted: true }],
    ["no customer, but an account of another kind", { customer: null, customer_account: "acct_1" }, { customerId: null }],
    ["what we wrote onto it", { metadata: { account_id: "0198" } }, { accountId: "0198" }],
    ["what others wrote onto it", { metadata: { accountId: "0198" } }, {}],
    ["created, and started earlier", { start_date: at(-5) }, { startedAt: day(-5) }],
    ["no start told: it began when it was created", { start_date: null }, {}],
    ["a trial", { trial_start: at(0), trial_end: at(14) }, { trialStartsAt: day(0), trialEndsAt: day(14) }],
    ["L1: a trial that was taken away", { trial_start: null, trial_end: null }, {}],
    ["L6: cancelled at the end of its period", { cancel_at_period_end: true }, { cancelAtPeriodEnd: true }],
    ["L6: cancelled at an own instant, as the portal does", { cancel_at: at(9) }, { cancelAt: day(9) }],
    ["ended", { ended_at: at(3), canceled_at: at(2) }, { endedAt: day(3) }],
    ["cancelled, and no end told", { ended_at: null, canceled_at: at(2) }, { endedAt: day(2) }],
    ["payments paused", { pause_collection: { behavior: "void", resumes_at: null } }, { collectionPaused: "void" }],
    ["L18: payments not paused any more", { pause_collection: null }, {}],
    ["L18: payments not paused any more, as a form would say it", { pause_collection: "" }, {}],
    ["a card of its own", { default_payment_method: "pm_1" }, { hasPaymentMethod: true }],
    ["a source of its own", { default_source: "card_1" }, { hasPaymentMethod: true }],
    ["its customer's card", cardOf({ invoice_settings: { default_payment_method: { id: "pm_1" } } }), { hasPaymentMethod: true }],
    ["its customer's source", cardOf({ default_source: "card_1" }), { hasPaymentMethod: true }],
    ["a customer without a card", cardOf({ default_source: null, invoice_settings: { default_payment_method: null } }), {}],
    ["L13: paid by invoice", { collection_method: "send_invoice" }, { isInvoiced: true }],
    ["charged", { collection_method: "charge_automatically" }, {}],
    ["no items", { items: { object: "list", data: [] } }, { items: [] }],
  ])("%s", (_, change, expected) => expect(readSubscription(subscription(change))).toEqual({ ...plain, ...expected }));

  test.each([
    "trial_end_without_payment_method",
    "pause_requested",
    "first_payment_failure",
    "final_payment_failure",
    "system",
    "what_stripe_invents_tomorrow",
  ])("paused because of %s", (reason) =>
    expect(readSubscription(subscription(paused(reason)))).toEqual({ ...plain, status: "paused", pausedReason: reason }),
  );

  test.each<[string, object, Partial<ObservedItem>]>([
    ["R13: the period of the item before that of the subscription", { current_period_end: at(31) }, {}],
    ["R13: the period of the subscription, before basil", { current_period_end: undefined }, { periodEnd: day(40) }],
    [
      "a plan, from before there were prices",
      { price: undefined, plan: { ...price, interval: "year", recurring: undefined } },
      { interval: "year" },
    ],
    ["a plan that was not expanded", { price: null, plan: "price_pro" }, { lookupKey: null, productId: null, interval: null }],
    ["its product expanded", { price: { ...price, product: { id: "prod_pro", name: "Pro" } } }, {}],
    ["no price at all", { price: null }, { priceId: null, lookupKey: null, productId: null, interval: null }],
    ["no quantity: usage is metered", { quantity: undefined }, { quantity: 1 }],
    ["a quantity of nothing", { quantity: 0 }, { quantity: 0 }],
    ["a quantity in words", { quantity: "3" }, { quantity: 1 }],
  ])("an item: %s", (_, change, expected) => {
    const item = { id: "si_1", price, quantity: 3, current_period_end: at(31), ...change };
    const read = readSubscription(subscription({ current_period_end: at(40), items: { data: [item] } }));
    expect(read?.items).toEqual([{ ...plain.items[0], ...expected }]);
  });

  test.each<[string, unknown]>([
    ["nothing", null],
    ["an empty object", {}],
    ["a list of subscriptions", [subscription()]],
    ["its id", "sub_1"],
    ["no id", subscription({ id: null })],
    ["no status", subscription({ status: null })],
    ["an empty status", subscription({ status: "" })],
    ["a status that is a number", subscription({ status: 1 })],
  ])("%s is no subscription", (_, value) => expect(readSubscription(value)).toBeNull());
});

describe("an invoice is read field by field", () => {
  const invoice = (change: object = {}) => ({
    id: "in_1",
    object: "invoice",
    status: "open",
    amount_due: 2900,
    amount_remaining: 1900,
    currency: "usd",
    attempt_count: 2,
    next_payment_attempt: at(3),
    hosted_invoice_url: "https://invoice.example.com/in_1",
    created: at(0),
    status_transitions: { finalized_at: at(1) },
    ...change,
  });
  const read = {
    id: "in_1",
    status: "open",
    amountMinor: 1900,
    currency: "usd",
    attemptCount: 2,
    nextAttemptAt: day(3),
    url: "https://invoice.example.com/in_1",
    createdAt: day(0),
    finalizedAt: day(1),
    needsAction: false,
  };
  const paidBy = (...statuses: unknown[]) => ({
    payments: { object: "list", data: statuses.map((status) => ({ payment: { payment_intent: { id: "pi_1", status } } })) },
  });

  test.each<[string, object, object]>([
    ["as it is", {}, {}],
    ["what is left to pay is not told: all of it", { amount_remaining: undefined }, { amountMinor: 2900 }],
    ["nothing is left to pay", { amount_remaining: 0 }, { amountMinor: 0 }],
    ["no amount at all", { amount_remaining: null, amount_due: null }, { amountMinor: 0 }],
    ["never attempted", { attempt_count: undefined }, { attemptCount: 0 }],
    ["no attempt to come", { next_payment_attempt: null }, { nextAttemptAt: null }],
    ["a draft has neither page nor date", { hosted_invoice_url: null, status_transitions: null }, { url: null, finalizedAt: null }],
    ["L16: the bank asks the card's holder", paidBy("requires_action"), { needsAction: true }],
    ["L16: the bank asks about one of two payments", paidBy("canceled", "requires_action"), { needsAction: true }],
    ["a declined card is no question of a bank", paidBy("requires_payment_method"), {}],
    ["R13: the bank asks, before basil", { payment_intent: { id: "pi_1", status: "requires_action" } }, { needsAction: true }],
    ["an intent that was not expanded tells nothing", { payment_intent: "pi_1", ...paidBy() }, {}],
  ])("%s", (_, change, expected) => expect(readInvoice(invoice(change))).toEqual({ ...read, ...expected }));

  test.each<[string, unknown]>([
    ["nothing", null],
    ["an empty object", {}],
    ["a list", []],
    ["an id", "in_1"],
    ["no id", invoice({ id: "" })],
  ])("%s is no invoice", (_, value) => expect(readInvoice(value)).toBeNull());

  test.each<[string, StripeObject, string | null]>([
    ["from basil on", { parent: { type: "subscription_details", subscription_details: { subscription: "sub_1" } } }, "sub_1"],
    ["from basil on, expanded", { parent: { subscription_details: { subscription: { id: "sub_1" } } } }, "sub_1"],
    ["before basil", { subscription: "sub_1" }, "sub_1"],
    ["before basil, expanded", { subscription: { id: "sub_1" } }, "sub_1"],
    ["both agree while one endpoint is between two versions", { subscription: "sub_1", parent: { subscription_details: {} } }, "sub_1"],
    ["of a quote", { parent: { type: "quote_details", quote_details: { quote: "qt_1" }, subscription_details: null } }, null],
    [
      "of a quote, whatever else is filled in",
      { subscription: "sub_1", parent: { type: "quote_details", subscription_details: { subscription: "sub_1" } } },
      null,
    ],
    ["of nothing", { subscription: null, parent: null }, null],
  ])("R13: the subscription of an invoice: %s", (_, invoiced, expected) => expect(subscriptionOfInvoice(invoiced)).toBe(expected));
});
