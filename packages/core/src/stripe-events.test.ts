import { describe, expect, test } from "vitest";
import { hintOf, hintOfObject, readEvent, STRIPE_EVENTS, type StripeHint, type ThinObject } from "./stripe-events.ts";

const event = (type: string, object: object, change: object = {}) => ({
  id: "evt_1",
  object: "event",
  api_version: "2026-10-28.endive",
  created: 1_767_225_600,
  livemode: false,
  type,
  data: { object },
  ...change,
});
const hint = (value: unknown, livemode = false): StripeHint | null => {
  const read = readEvent(value);
  return read && hintOf(read, livemode);
};

const subscription = { id: "sub_1", object: "subscription", customer: "cus_1", metadata: { account_id: "0198" } };
const ofSubscription: StripeHint = { kind: "subscription", subscriptionId: "sub_1", customerId: "cus_1", accountId: "0198" };
const invoice = {
  id: "in_1",
  object: "invoice",
  customer: "cus_1",
  parent: { type: "subscription_details", subscription_details: { subscription: "sub_1", metadata: { account_id: "0198" } } },
};
const schedule = { id: "sub_sched_1", object: "subscription_schedule", customer: "cus_1", subscription: "sub_1" };
const released = { ...schedule, subscription: null, released_subscription: "sub_1" };
const ofSchedule: StripeHint = { ...ofSubscription, accountId: null };
const session = {
  id: "cs_1",
  object: "checkout.session",
  mode: "subscription",
  customer: "cus_1",
  subscription: "sub_1",
  client_reference_id: "0198",
};
const ofSession: StripeHint = { kind: "checkout", sessionId: "cs_1", subscriptionId: "sub_1", customerId: "cus_1", accountId: "0198" };
const unsold: StripeHint = { ...ofSession, subscriptionId: null };
const customer = { id: "cus_1", object: "customer" };
const ofCustomer: StripeHint = { kind: "customer", customerId: "cus_1" };
const charge = { id: "ch_1", object: "charge", customer: "cus_1", invoice: null };
const money = (objectId: string, customerId: string | null, chargeId: string | null, alarm: boolean): StripeHint => ({
  kind: "money",
  customerId,
  chargeId,
  objectId,
  alarm,
});

const rows: readonly [type: string, object: object, expected: StripeHint][] = [
  ["customer.subscription.created", subscription, ofSubscription],
  ["customer.subscription.updated", subscription, ofSubscription],
  ["customer.subscription.deleted", subscription, ofSubscription],
  ["customer.subscription.paused", subscription, ofSubscription],
  ["customer.subscription.resumed", subscription, ofSubscription],
  ["customer.subscription.trial_will_end", subscription, ofSubscription],
  ["customer.subscription.pending_update_applied", subscription, ofSubscription],
  ["customer.subscription.pending_update_expired", subscription, ofSubscription],
  ["subscription_schedule.updated", schedule, ofSchedule],
  ["subscription_schedule.released", released, ofSchedule],
  ["subscription_schedule.canceled", schedule, ofSchedule],
  ["invoice.finalized", invoice, ofSubscription],
  ["invoice.updated", invoice, ofSubscription],
  ["invoice.paid", invoice, ofSubscription],
  ["invoice.payment_succeeded", invoice, ofSubscription],
  ["invoice.payment_failed", invoice, ofSubscription],
  ["invoice.payment_action_required", invoice, ofSubscription],
  ["invoice.voided", invoice, ofSubscription],
  ["invoice.marked_uncollectible", invoice, ofSubscription],
  ["checkout.session.completed", session, ofSession],
  ["checkout.session.async_payment_succeeded", session, ofSession],
  ["checkout.session.async_payment_failed", session, ofSession],
  ["checkout.session.expired", { ...session, subscription: null }, unsold],
  ["customer.updated", customer, ofCustomer],
  ["customer.deleted", { ...customer, deleted: true }, ofCustomer],
  ["payment_method.attached", { id: "pm_1", customer: "cus_1" }, ofCustomer],
  ["charge.refunded", charge, money("ch_1", "cus_1", null, false)],
  ["charge.dispute.created", { id: "du_1", charge: "ch_1" }, money("du_1", null, "ch_1", true)],
  ["charge.dispute.closed", { id: "du_1", charge: "ch_1" }, money("du_1", null, "ch_1", true)],
];

test.each(rows)("%s points at what is to be read", (type, object, expected) => expect(hint(event(type, object))).toEqual(expected));

test("every event that we act on has its case here, and says for the docs what it makes us do", () => {
  expect(rows.map(([type]) => type)).toEqual(Object.keys(STRIPE_EVENTS));
  for (const { what } of Object.values(STRIPE_EVENTS)) expect(what).toMatch(/^[a-z]/);
});

const ignored = (reason: string): StripeHint => ({ kind: "ignored", reason });
describe("what is not acted on is ignored with its reason, and never thrown at", () => {
  test.each<[string, object, StripeHint]>([
    [
      "R10: an event of live mode",
      event("customer.subscription.updated", subscription, { livemode: true }),
      ignored("of live mode, and our key is not"),
    ],
    [
      "R11: an event of a connected account",
      event("customer.subscription.updated", subscription, { account: "acct_1" }),
      ignored("of a connected account"),
    ],
    ["R7: an event that we do not know", event("treasury.flow.created", { id: "x" }), ignored("nothing that we act on")],
    ["an event named like what every object has", event("constructor", subscription), ignored("nothing that we act on")],
    ["an invoice of something else", event("invoice.paid", { id: "in_1", customer: "cus_1" }), ignored("of no subscription")],
    ["an invoice of a quote", event("invoice.paid", { ...invoice, parent: { type: "quote_details" } }), ignored("of no subscription")],
    [
      "a schedule that has no subscription yet",
      event("subscription_schedule.updated", { id: "sub_sched_1" }),
      ignored("of no subscription"),
    ],
    ["a subscription without an id", event("customer.subscription.updated", { customer: "cus_1" }), ignored("of no subscription")],
    [
      "a checkout of a single payment",
      event("checkout.session.completed", { ...session, mode: "payment" }),
      ignored("a checkout of another kind"),
    ],
    [
      "a checkout that sets up a card",
      event("checkout.session.completed", { ...session, mode: "setup" }),
      ignored("a checkout of another kind"),
    ],
    ["a checkout without an id", event("checkout.session.completed", { ...session, id: null }), ignored("a checkout of another kind")],
    ["a card of nobody", event("payment_method.attached", { id: "pm_1", customer: null }), ignored("of no customer")],
    ["a customer without an id", event("customer.updated", {}), ignored("of no customer")],
  ])("%s", (_, value, expected) => expect(hint(value)).toEqual(expected));

  test("R10: and with a live key the events of test mode", () => {
    expect(hint(event("customer.updated", customer), true)).toEqual(ignored("of test mode, and our key is not"));
    expect(hint(event("customer.updated", customer, { livemode: true }), true)).toEqual(ofCustomer);
  });
});

describe("O12: an event is matched by ids, expanded or not", () => {
  test.each<[string, object, StripeHint]>([
    ["a customer that was expanded", event("customer.subscription.updated", { ...subscription, customer }), ofSubscription],
    ["a subscription that was expanded", event("checkout.session.completed", { ...session, subscription }), ofSession],
    [
      "no customer: an account stands in for it",
      event("customer.subscription.updated", { ...subscription, customer: null }),
      { ...ofSubscription, customerId: null },
    ],
    [
      "nothing of ours on it",
      event("customer.subscription.updated", { ...subscription, metadata: null }),
      { ...ofSubscription, accountId: null },
    ],
    [
      "another's metadata",
      event("customer.subscription.updated", { ...subscription, metadata: { account: "x" } }),
      { ...ofSubscription, accountId: null },
    ],
    [
      "a session without a reference",
      event("checkout.session.completed", { ...session, client_reference_id: null }),
      { ...ofSession, accountId: null },
    ],
    ["a session of before it had a mode", event("checkout.session.completed", { ...session, mode: undefined }), ofSession],
    ["a refund of nobody's charge", event("charge.refunded", { ...charge, customer: null }), money("ch_1", null, null, false)],
  ])("%s", (_, value, expected) => expect(hint(value)).toEqual(expected));
});

describe("R12: a thin event points at its object too", () => {
  const object = (type: ThinObject, objectId: string): StripeHint => ({ kind: "object", type, objectId });
  const thin = (type: string, id: string, change: object = {}) => ({
    id: "evt_1",
    object: "v2.core.event",
    type,
    created: "2026-10-28T00:00:00.000Z",
    livemode: false,
    related_object: { id, type: "subscription", url: `/v1/subscriptions/${id}` },
    ...change,
  });
  test.each<[string, object, StripeHint]>([
    ["a subscription", thin("v1.customer.subscription.updated", "sub_1"), { ...ofSubscription, customerId: null, accountId: null }],
    ["a customer", thin("v1.customer.deleted", "cus_1"), ofCustomer],
    ["a checkout", thin("v1.checkout.session.completed", "cs_1"), { ...unsold, customerId: null, accountId: null }],
    ["an invoice, which is read to know of which subscription", thin("v1.invoice.paid", "in_1"), object("invoice", "in_1")],
    ["a card, which is read to know whose", thin("v1.payment_method.attached", "pm_1"), object("payment_method", "pm_1")],
    ["a schedule", thin("v1.subscription_schedule.updated", "sub_sched_1"), object("subscription_schedule", "sub_sched_1")],
    ["a dispute, which is no charge", thin("v1.charge.dispute.created", "du_1"), object("charge.dispute", "du_1")],
    ["a charge", thin("v1.charge.refunded", "ch_1"), object("charge", "ch_1")],
    ["nothing is named", thin("v1.customer.deleted", "cus_1", { related_object: null }), ignored("of no customer")],
    ["an invoice that is not named", thin("v1.invoice.paid", "in_1", { related_object: null }), ignored("a thin event of nothing")],
    ["R11: of a connected account", thin("v1.customer.deleted", "cus_1", { context: "acct_1" }), ignored("of a connected account")],
    ["R10: of live mode", thin("v1.customer.deleted", "cus_1", { livemode: true }), ignored("of live mode, and our key is not")],
    ["of something new", thin("v2.core.account.created", "acct_1"), ignored("nothing that we act on")],
  ])("%s", (_, value, expected) => expect(hint(value)).toEqual(expected));
});

test("R12: once its object was read, a thin event points where the whole one would", () => {
  expect(hintOfObject("v1.invoice.paid", invoice)).toEqual(ofSubscription);
  expect(hintOfObject("v1.payment_method.attached", { id: "pm_1", customer: "cus_1" })).toEqual(ofCustomer);
  expect(hintOfObject("v1.charge.dispute.created", { id: "du_1", charge: "ch_1" })).toEqual(money("du_1", null, "ch_1", true));
  expect(hintOfObject("v1.something.else", invoice)).toEqual(ignored("nothing that we act on"));
});

describe("what is no event is none", () => {
  test.each<[string, unknown]>([
    ["no id", event("customer.updated", customer, { id: null })],
    ["no type", event("customer.updated", customer, { type: undefined })],
    ["another object", event("customer.updated", customer, { object: "customer" })],
    ["no object at all", event("customer.updated", customer, { data: undefined })],
    ["a list as its object", event("customer.updated", customer, { data: { object: [customer] } })],
    ["the object alone, without its envelope", subscription],
  ])("%s", (_, value) => expect(readEvent(value)).toBeNull());

  test("what is one is read with what the ledger keeps", () => {
    expect(readEvent(event("customer.updated", customer, { account: "acct_1", livemode: true }))).toEqual({
      id: "evt_1",
      type: "customer.updated",
      created: 1_767_225_600,
      apiVersion: "2026-10-28.endive",
      connectedAccount: "acct_1",
      livemode: true,
      object: customer,
      isThin: false,
    });
  });

  test("L17: that an invoice was paid grants nothing: the event only names the subscription that is read", () => {
    expect(hint(event("invoice.paid", { ...invoice, status: "paid", amount_paid: 2900 }))).toEqual(ofSubscription);
  });
});
