import fc from "fast-check";
import { expect, test } from "vitest";
import { noticesOf } from "./billing-notices.ts";
import { type EventEnvelope, hintOf, readEvent, STRIPE_EVENTS } from "./stripe-events.ts";
import { type PriceBook, recordOf, STRIPE_STATUSES } from "./stripe-record.ts";
import { readInvoice, readSubscription, subscriptionOfInvoice } from "./stripe-subscription.ts";

const SEEN = new Date(Date.UTC(2026, 0, 1));
const SECOND = SEEN.getTime() / 1000;
const book: PriceBook = [
  { plan: "pro", planRank: 1, priceId: "price_pro", lookupKey: "acme_pro", productId: "prod_pro", isPerSeat: true },
  { plan: "team", planRank: 2, priceId: "price_team", lookupKey: null, productId: "prod_pro", isPerSeat: false },
];
const runs = { numRuns: 1000 };

/** What the field should be, now and then anything else. */
const mostly = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> => fc.oneof({ weight: 4, arbitrary: right }, fc.jsonValue());
const some = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> => fc.record(fields, { requiredKeys: [] });
const numbers = fc.oneof(fc.constantFrom(0, -0, -1, 0.5, 1e-9, 1e18, 1e308, Number.NaN, Number.POSITIVE_INFINITY), fc.double());
const seconds = mostly(fc.oneof(fc.integer({ min: SECOND - 1e7, max: SECOND + 1e7 }), numbers));
const list = (one: fc.Arbitrary<unknown>) => mostly(fc.array(one, { maxLength: 3 }).map((data) => ({ object: "list", data })));
const text = (...known: string[]) => mostly(fc.constantFrom(...known));

const prices = some({
  id: text("price_pro", "price_team", "price_odd"),
  lookup_key: text("acme_pro"),
  product: text("prod_pro", "prod_odd"),
  recurring: some({ interval: text("month", "year") }),
});
const items = some({
  id: text("si_1", "si_2"),
  price: mostly(prices),
  plan: mostly(prices),
  quantity: mostly(numbers),
  current_period_end: seconds,
});
const customers = some({
  id: text("cus_1"),
  deleted: mostly(fc.boolean()),
  invoice_settings: mostly(some({ default_payment_method: text("pm_1") })),
});
const subscriptions = some({
  id: text("sub_1"),
  status: text(...STRIPE_STATUSES, "hibernating"),
  customer: mostly(customers),
  metadata: mostly(some({ account_id: text("0198") })),
  items: list(mostly(items)),
  created: seconds,
  start_date: seconds,
  trial_start: seconds,
  trial_end: seconds,
  cancel_at: seconds,
  canceled_at: seconds,
  ended_at: seconds,
  cancel_at_period_end: mostly(fc.boolean()),
  current_period_end: seconds,
  pause_collection: mostly(some({ behavior: text("void") })),
  status_details: mostly(some({ paused: mostly(some({ subscription: mostly(some({ type: text("system") })) })) })),
});
const invoices = some({
  id: text("in_1", "in_2"),
  status: text("open", "paid"),
  amount_remaining: mostly(numbers),
  attempt_count: mostly(numbers),
  currency: text("usd"),
  created: seconds,
  next_payment_attempt: seconds,
  status_transitions: mostly(some({ finalized_at: seconds })),
  payments: list(mostly(some({ payment: mostly(some({ payment_intent: mostly(some({ status: text("requires_action") })) })) }))),
  parent: mostly(some({ type: text("subscription_details"), subscription_details: mostly(some({ subscription: text("sub_1") })) })),
});
const events = some({
  id: text("evt_1"),
  object: text("event", "v2.core.event"),
  type: text(...Object.keys(STRIPE_EVENTS), "v1.invoice.paid"),
  livemode: mostly(fc.boolean()),
  account: text("acct_1"),
  data: mostly(some({ object: mostly(fc.oneof(subscriptions, invoices)) })),
  related_object: mostly(some({ id: text("sub_1") })),
});

/** Every date in it is one, and none of it is the zero that somebody left. */
function expectSoundDates(value: unknown): void {
  if (value instanceof Date) expect(value.getTime()).toBeGreaterThan(0);
  else if (typeof value === "object" && value !== null) for (const one of Object.values(value)) expectSoundDates(one);
}

test("whatever Stripe or a proxy before it answers, reading it never throws and never makes a date that is none", () => {
  fc.assert(
    fc.property(
      mostly(subscriptions),
      fc.array(mostly(invoices), { maxLength: 3 }),
      fc.boolean(),
      (subscription, openInvoices, isKnown) => {
        expectSoundDates([readSubscription(subscription), openInvoices.map(readInvoice)]);
        const previous = isKnown ? { status: "active", plan: "team", changedAt: SEEN } : null;
        const result = recordOf({ subscription, openInvoices }, book, previous, SEEN);
        expect(result === null).toBe(readSubscription(subscription) === null);
        if (result === null) return;
        const { record } = result;
        expectSoundDates([record, noticesOf(record, SEEN)]);
        // What its column cannot hold would stop everything that comes after it.
        expect(Number.isInteger(record.seats) && record.seats >= 0 && record.seats <= 2_147_483_647).toBe(true);
        expect([null, "pro", "team"]).toContain(record.plan);
        if (isKnown) expect(record.plan).not.toBeNull();
        if (record.openInvoice !== null) expect(record.openInvoice.amountMinor).toBeGreaterThan(0);
        expect(recordOf({ subscription, openInvoices: openInvoices.toReversed() }, book, previous, SEEN)?.record.status).toBe(
          record.status,
        );
      },
    ),
    runs,
  );
});

test("whatever comes with a signature is an event or none, and gives a hint", () => {
  fc.assert(
    fc.property(mostly(events), fc.boolean(), (value, livemode) => {
      const event = readEvent(value);
      if (event === null) return;
      const hint = hintOf(event, livemode);
      expect(["subscription", "checkout", "customer", "money", "object", "ignored"]).toContain(hint.kind);
      if (hint.kind === "ignored") expect(hint.reason).not.toBe("");
    }),
    runs,
  );
});

const OWN = { kind: "event", connectedAccount: null, livemode: false, isThin: false };
test.each(Object.keys(STRIPE_EVENTS))("%s of anything gives a hint, and never an empty id to read by", (type) => {
  const objects = fc
    .oneof(subscriptions, invoices)
    .filter((value): value is EventEnvelope["object"] => typeof value === "object" && value !== null);
  fc.assert(
    fc.property(objects, (object) => {
      const hint = hintOf({ ...OWN, type, object }, false);
      if (hint.kind === "subscription") expect(hint.subscriptionId).toMatch(/./);
      if (hint.kind === "checkout") expect(hint.sessionId).toMatch(/./);
      if (hint.kind === "customer") expect(hint.customerId).toMatch(/./);
    }),
    { numRuns: 100 },
  );
});

test.each<[string, unknown]>([
  ["nothing", null],
  ["an absent value", undefined],
  ["an empty object", {}],
  ["a list", []],
  ["a text", "sub_1"],
  ["a number", 7],
  ["a truth", true],
])("%s is read as nothing, by everything that reads", (_, value) => {
  expect([readSubscription(value), readInvoice(value), readEvent(value)]).toEqual([null, null, null]);
  expect(recordOf({ subscription: value, openInvoices: [value] }, book, null, SEEN)).toBeNull();
  expect(subscriptionOfInvoice({ subscription: value === "sub_1" ? null : value, parent: value })).toBeNull();
});
