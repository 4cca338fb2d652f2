import { describe, expect, test } from "vitest";
import {
  hasEnded,
  knownStatus,
  type OpenInvoice,
  type PriceBook,
  recordOf,
  STRIPE_STATUSES,
  type SubscriptionRecord,
} from "./stripe-record.ts";

const day = (n: number) => new Date(Date.UTC(2026, 0, 1 + n));
const at = (n: number) => day(n).getTime() / 1000;
const SEEN = day(20);

const sold = { planRank: 1, lookupKey: null, productId: null, isPerSeat: true };
const book: PriceBook = [
  { ...sold, plan: "pro", priceId: "price_pro" },
  { ...sold, plan: "team", planRank: 2, priceId: "price_team" },
];

const price = (key: string, change: object = {}) => ({
  id: `price_${key}`,
  lookup_key: null,
  product: `prod_of_${key}`,
  recurring: { interval: "month" },
  ...change,
});
const item = (key: string, quantity: unknown = 3, end: unknown = at(31), change: object = {}) => ({
  id: `si_${key}`,
  price: price(key, change),
  quantity,
  current_period_end: end,
});
const items = (...data: unknown[]) => ({ items: { object: "list", data } });
const subscription = (change: object = {}) => ({
  id: "sub_1",
  status: "active",
  customer: "cus_1",
  created: at(1),
  start_date: at(2),
  ...items(item("pro")),
  ...change,
});
const invoice = (change: object = {}) => ({
  id: "in_1",
  status: "open",
  amount_remaining: 2900,
  currency: "usd",
  attempt_count: 1,
  next_payment_attempt: at(13),
  hosted_invoice_url: "https://invoice.example.com/in_1",
  created: at(9),
  status_transitions: { finalized_at: at(10) },
  ...change,
});
const openInvoice: OpenInvoice = {
  id: "in_1",
  amountMinor: 2900,
  currency: "usd",
  attemptCount: 1,
  nextAttemptAt: day(13),
  url: "https://invoice.example.com/in_1",
  needsAction: false,
};
const plain: SubscriptionRecord = {
  id: "sub_1",
  customerId: "cus_1",
  status: "active",
  plan: "pro",
  itemId: "si_pro",
  priceId: "price_pro",
  interval: "month",
  seats: 3,
  currentPeriodEnd: day(31),
  trialEndsAt: null,
  cancelAtPeriodEnd: false,
  endsAt: null,
  startedAt: day(2),
  endedAt: null,
  pastDueSince: null,
  pausedReason: null,
  collectionPaused: null,
  hasPaymentMethod: false,
  openInvoice: null,
  changedAt: day(2),
};
type Previous = Parameters<typeof recordOf>[2];
const read = (change: object = {}, invoices: readonly unknown[] = [], previous: Previous = null) =>
  recordOf({ subscription: subscription(change), openInvoices: invoices }, book, previous, SEEN);

describe("what we keep of a subscription", () => {
  test.each<[string, object, Partial<SubscriptionRecord>]>([
    ["as it is", {}, {}],
    ["a card on file", { default_payment_method: "pm_1" }, { hasPaymentMethod: true }],
    ["no customer", { customer: null }, { customerId: null }],
    ["L1: a trial", { status: "trialing", trial_start: at(2), trial_end: at(16) }, { status: "trialing", trialEndsAt: day(16) }],
    ["L1: a trial that was taken away leaves no end behind", { trial_start: null, trial_end: null }, { trialEndsAt: null }],
    ["L1: a trial that was never told of", {}, { trialEndsAt: null }],
    [
      "L6: cancelled at the end of its period",
      { cancel_at_period_end: true, canceled_at: at(5) },
      { cancelAtPeriodEnd: true, endsAt: day(31) },
    ],
    [
      "L6: cancelled in the portal of a flexible subscription: an instant, and no flag",
      { cancel_at: at(31), cancel_at_period_end: false, canceled_at: at(5), billing_mode: { type: "flexible" } },
      { cancelAtPeriodEnd: true, endsAt: day(31) },
    ],
    ["L6: an own instant before the period's end", { cancel_at: at(25) }, { cancelAtPeriodEnd: true, endsAt: day(25) }],
    [
      "L6: an own instant beside the flag: the instant",
      { cancel_at: at(25), cancel_at_period_end: true },
      { cancelAtPeriodEnd: true, endsAt: day(25) },
    ],
    ["L6: the cancellation was undone", { cancel_at: null, cancel_at_period_end: false, canceled_at: null }, {}],
    [
      "L6: cancelled at the end of a period that nobody told",
      { cancel_at_period_end: true, ...items(item("pro", 3, null)) },
      { cancelAtPeriodEnd: true, endsAt: null, currentPeriodEnd: null },
    ],
    ["L7: renewed: the newer period of the item", items(item("pro", 3, at(62))), { currentPeriodEnd: day(62) }],
    [
      "L11: an upgrade that is not paid for yet gives nothing",
      { pending_update: { expires_at: at(3), subscription_items: [item("team", 9)] } },
      {},
    ],
    [
      "L12: a downgrade that is to come changes nothing until its phase begins",
      { schedule: { id: "sub_sched_1", phases: [{ items: [{ price: "price_pro" }] }] }, ...items(item("team")) },
      { plan: "team", itemId: "si_team", priceId: "price_team" },
    ],
    ["L24: all of it is a gift: it is as good as paid", { discounts: ["di_1"], discount: null, latest_invoice: "in_0" }, {}],
    ["pause_collection: the status stays, and it is told", { pause_collection: { behavior: "void" } }, { collectionPaused: "void" }],
    ["L18: payments go on", { pause_collection: "" }, { collectionPaused: null }],
    ["a reason to be paused, left from before", { status_details: { paused: { subscription: { type: "system" } } } }, {}],
  ])("%s", (_, change, expected) => expect(read(change)).toEqual({ record: { ...plain, ...expected }, alarms: [] }));

  test.each<[string, unknown]>([
    ["nothing", null],
    ["an error of Stripe", { error: { code: "resource_missing" } }],
    ["a list", []],
    ["a page of a proxy", "<html>"],
  ])("%s is no subscription, and nothing is kept of it", (_, value) =>
    expect(recordOf({ subscription: value, openInvoices: [] }, book, plain, SEEN)).toBeNull(),
  );
});

describe("a payment problem is the oldest invoice that waits for money", () => {
  const second = invoice({ id: "in_2", created: at(40), status_transitions: { finalized_at: at(41) } });
  const oldestOf = (...invoices: unknown[]) => read({ status: "past_due" }, invoices)?.record.openInvoice?.id ?? null;

  test.each<[string, readonly unknown[], string | null]>([
    ["none", [], null],
    ["one", [invoice()], "in_1"],
    ["the older of two", [second, invoice()], "in_1"],
    ["in whatever order", [invoice(), second], "in_1"],
    ["L16: an invoice of nothing is none", [invoice({ amount_remaining: 0 }), second], "in_2"],
    ["a credit is none", [invoice({ amount_remaining: -500 })], null],
    ["a draft is none", [invoice({ status: "draft" })], null],
    ["L16: a voided one is none", [invoice({ status: "void" })], null],
    ["one that was given up is none", [invoice({ status: "uncollectible" })], null],
    ["L15: a paid one is none any more", [invoice({ status: "paid", amount_remaining: 0 })], null],
    ["of two at one second, always the same", [invoice({ id: "in_b" }), invoice({ id: "in_a" })], "in_a"],
    ["and in the other order", [invoice({ id: "in_a" }), invoice({ id: "in_b" })], "in_a"],
    ["what is no invoice is none", [null, [], "in_9", {}, invoice()], "in_1"],
  ])("%s", (_, invoices, expected) => expect(oldestOf(...invoices)).toBe(expected));

  test.each<[string, object, Partial<OpenInvoice>]>([
    ["as it is", {}, {}],
    ["with another attempt", { attempt_count: 2, next_payment_attempt: null }, { attemptCount: 2, nextAttemptAt: null }],
    [
      "with a question of the bank",
      { payments: { data: [{ payment: { payment_intent: { status: "requires_action" } } }] } },
      { needsAction: true },
    ],
    ["in whole yen", { currency: "jpy", amount_remaining: 4000 }, { currency: "jpy", amountMinor: 4000 }],
  ])("it is kept %s", (_, change, expected) =>
    expect(read({ status: "past_due" }, [invoice(change)])?.record.openInvoice).toEqual({ ...openInvoice, ...expected }),
  );

  test.each<[string, Date | null]>([
    ["past_due", day(10)],
    ["unpaid", day(10)],
    ["active", null],
    ["trialing", null],
    ["incomplete", null],
    ["paused", null],
    ["canceled", null],
    ["incomplete_expired", null],
    ["hibernating", null],
  ])("L15: %s: the grace counts from %s, and the invoice stays known until it is paid", (status, since) => {
    const record = read({ status }, [invoice()])?.record;
    expect([record?.pastDueSince, record?.openInvoice]).toEqual([since, openInvoice]);
  });

  test.each<[string, readonly unknown[], Date | null]>([
    ["since the invoice was made final", [invoice()], day(10)],
    ["of the oldest", [second, invoice()], day(10)],
    ["since it was made, where it was never made final", [invoice({ status_transitions: {} })], day(9)],
    ["since nobody knows when", [invoice({ status_transitions: {}, created: null })], null],
    ["without an invoice", [], null],
  ])("past due %s", (_, invoices, since) => expect(read({ status: "past_due" }, invoices)?.record.pastDueSince).toEqual(since));
});

describe("since when a status holds is Stripe's word, whenever we hear of it", () => {
  const trial = { trial_start: at(3), trial_end: at(17) };
  test.each<[string, object, readonly unknown[], Date]>([
    ["trialing: since the trial began", { status: "trialing", ...trial }, [], day(3)],
    ["trialing, no begin told: since it started", { status: "trialing" }, [], day(2)],
    ["active: since it started", {}, [], day(2)],
    ["active after a trial: since the trial ended", trial, [], day(17)],
    ["past_due: since the invoice", { status: "past_due" }, [invoice()], day(10)],
    ["past_due without an invoice: since we saw it", { status: "past_due" }, [], SEEN],
    ["unpaid: since the invoice", { status: "unpaid" }, [invoice()], day(10)],
    ["canceled: since it ended", { status: "canceled", ended_at: at(18), canceled_at: at(5) }, [], day(18)],
    ["incomplete_expired: since it ended", { status: "incomplete_expired", ended_at: at(2) }, [], day(2)],
    ["incomplete: since it was made", { status: "incomplete" }, [], day(1)],
    ["paused: since we saw it", { status: "paused" }, [], SEEN],
    ["a status of tomorrow: since we saw it", { status: "hibernating" }, [], SEEN],
  ])("%s", (_, change, invoices, since) => {
    expect(read(change, invoices)?.record.changedAt).toEqual(since);
  });

  test.each(["paused", "hibernating", "past_due"])(
    "%s: seen again, it holds since it was seen first; seen after another, since now",
    (status) => {
      expect(read({ status }, [], { status, plan: "pro", changedAt: day(4) })?.record.changedAt).toEqual(day(4));
      expect(read({ status }, [], { status: "active", plan: "pro", changedAt: day(4) })?.record.changedAt).toEqual(SEEN);
    },
  );

  test("O5: where Stripe tells since when, what was kept before changes nothing", () => {
    const previous = { status: "active", plan: "pro", changedAt: day(4) };
    expect(read({}, [], previous)).toEqual(read());
    expect(read({ status: "past_due" }, [invoice()], { ...previous, status: "past_due" })).toEqual(
      read({ status: "past_due" }, [invoice()]),
    );
  });
});

describe("the end", () => {
  test.each(STRIPE_STATUSES)("O9: is terminal, and told only of what has ended: %s", (status) => {
    const ended = status === "canceled" || status === "incomplete_expired";
    expect(hasEnded(status)).toBe(ended);
    expect(read({ status, canceled_at: at(5), ended_at: at(6) })?.record.endedAt).toEqual(ended ? day(6) : null);
  });

  test("O9: a status that we do not know is not taken for an end", () => expect(hasEnded("hibernating")).toBe(false));

  test.each<[string, string, object, Partial<SubscriptionRecord>]>([
    ["cancel", "canceled", { ended_at: at(16) }, { endedAt: day(16), changedAt: day(16) }],
    [
      "pause",
      "paused",
      { status_details: { paused: { subscription: { type: "trial_end_without_payment_method" } } } },
      { pausedReason: "trial_end_without_payment_method", changedAt: SEEN },
    ],
    ["create_invoice", "past_due", {}, { pastDueSince: day(10), openInvoice, changedAt: day(10) }],
  ])("L5: a trial that ends without a card, set to %s, is %s", (_, status, change, expected) => {
    const invoices = status === "past_due" ? [invoice()] : [];
    const record = read({ status, trial_start: at(2), trial_end: at(16), ...change }, invoices)?.record;
    expect(record).toEqual({ ...plain, status, trialEndsAt: day(16), ...expected });
  });
});

describe("a status that we do not know", () => {
  test.each(["hibernating", "ACTIVE", "active ", "constructor", "complimentary"])("is kept as it is, and an alarm: %j", (status) => {
    expect(knownStatus(status)).toBeNull();
    expect(read({ status })).toMatchObject({ record: { status, plan: "pro" }, alarms: ["unknown_status"] });
  });

  test("each that we know is itself, and no alarm", () => {
    for (const status of STRIPE_STATUSES) expect([knownStatus(status), read({ status })?.alarms]).toEqual([status, []]);
    expect(STRIPE_STATUSES).toHaveLength(8);
  });

  test("two things to look at are two alarms", () => {
    expect(read({ status: "hibernating", ...items(item("odd")) })?.alarms).toEqual(["unknown_status", "unknown_price"]);
  });
});
