import { expect, test } from "vitest";
import { differencesOf, rebuildRecord } from "./record-differences.ts";
import { type Observation, type PriceBook, recordOf, type SubscriptionRecord } from "./stripe-record.ts";
import { addDays } from "./time.ts";

const monday = new Date(Date.UTC(2026, 0, 5));
const seconds = (at: Date): number => at.getTime() / 1000;
const BOOK: PriceBook = [{ plan: "pro", planRank: 1, priceId: "price_pro", lookupKey: null, productId: null, isPerSeat: true }];
const invoice = { id: "in_1", status: "open", amount_remaining: 2900, currency: "usd", attempt_count: 1, created: seconds(monday) };

const observed = (change: object = {}, openInvoices: readonly unknown[] = []): Observation => ({
  subscription: {
    id: "sub_1",
    object: "subscription",
    status: "active",
    customer: "cus_1",
    start_date: seconds(monday),
    items: { data: [{ id: "si_1", price: { id: "price_pro" }, quantity: 3, current_period_end: seconds(addDays(monday, 30)) }] },
    ...change,
  },
  openInvoices,
});
const recordFrom = (observation: Observation): SubscriptionRecord => {
  const read = recordOf(observation, BOOK, null, monday);
  if (read === null) throw new Error("no subscription");
  return read.record;
};
const active = recordFrom(observed());

test.each<[string, SubscriptionRecord | null, SubscriptionRecord | null, string[]]>([
  ["two that say the same differ in nothing", active, { ...active }, []],
  ["two dates of one instant are the same", active, { ...active, changedAt: new Date(active.changedAt) }, []],
  ["a field that differs is named, with both", active, { ...active, seats: 4 }, ["seats: 3 -> 4"]],
  ["a time is told as everybody writes it", active, { ...active, endsAt: monday }, ["endsAt: null -> 2026-01-05T00:00:00.000Z"]],
  ["nothing differs from nothing", null, null, []],
])("%s", (_, was, is, expected) => expect(differencesOf(was, is).map((one) => `${one.field}: ${one.was} -> ${one.is}`)).toEqual(expected));

test("what an open invoice changed is told field by field", () => {
  const late = recordFrom(observed({ status: "past_due" }, [invoice]));
  const later = recordFrom(observed({ status: "past_due" }, [{ ...invoice, attempt_count: 2 }]));
  expect(differencesOf(late, later)).toEqual([{ field: "openInvoice.attemptCount", was: 1, is: 2 }]);
  expect(differencesOf(late, active).map(({ field }) => field)).toContain("openInvoice.id");
});

test("B7: a record is the same from its observations as it was from each in turn", () => {
  const seen = [
    { observation: observed(), observedAt: monday },
    { observation: observed({ status: "a_status_of_tomorrow" }), observedAt: addDays(monday, 1) },
    { observation: observed({ status: "a_status_of_tomorrow", cancel_at_period_end: true }), observedAt: addDays(monday, 2) },
  ];
  const rebuilt = rebuildRecord(seen, BOOK);
  // Since when a status holds that Stripe does not date counts from when it was first seen.
  expect(rebuilt).toMatchObject({ status: "a_status_of_tomorrow", plan: "pro", changedAt: addDays(monday, 1), cancelAtPeriodEnd: true });
});

test("a price that is sold no more keeps the plan that an earlier observation gave", () => {
  const moved = observed({ items: { data: [{ id: "si_1", price: { id: "price_by_hand" }, quantity: 3 }] } });
  const seen = [observed(), moved].map((observation) => ({ observation, observedAt: monday }));
  expect(rebuildRecord(seen, BOOK)).toMatchObject({ plan: "pro", priceId: null });
});

test("of nothing, nothing is rebuilt", () => expect(rebuildRecord([], BOOK)).toBeNull());
