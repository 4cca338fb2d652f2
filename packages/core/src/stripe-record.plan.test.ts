import { describe, expect, test } from "vitest";
import {
  type PriceBook,
  type PriceEntry,
  recordOf,
  STRIPE_STATUSES,
  type SubscriptionAlarm,
  type SubscriptionRecord,
} from "./stripe-record.ts";

const day = (n: number) => new Date(Date.UTC(2026, 0, 1 + n));
const at = (n: number) => day(n).getTime() / 1000;
const SEEN = day(20);

const entry = (plan: string, planRank: number, change: Partial<PriceEntry> = {}): PriceEntry => ({
  plan,
  planRank,
  priceId: `price_${plan}`,
  lookupKey: `acme_${plan}_month`,
  productId: `prod_${plan}`,
  isPerSeat: true,
  ...change,
});
// The higher plan first in one place and last in another, so that no answer comes from the order of the book.
const book: PriceBook = [
  entry("team", 2),
  entry("pro", 1),
  entry("pro", 1, { priceId: "price_pro_2024", lookupKey: null, productId: null }),
  entry("business", 3, { productId: null }),
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
const plain = {
  plan: "pro",
  itemId: "si_pro",
  priceId: "price_pro",
  interval: "month",
  seats: 3,
  currentPeriodEnd: day(31),
} satisfies Partial<SubscriptionRecord>;
type Previous = Parameters<typeof recordOf>[2];
const read = (change: object = {}, previous: Previous = null) => {
  const subscription = { id: "sub_1", status: "active", customer: "cus_1", created: at(1), ...items(item("pro")), ...change };
  return recordOf({ subscription, openInvoices: [] }, book, previous, SEEN);
};

describe("the plan is what the items say that we sell", () => {
  const usage = item("usage", undefined, at(90));
  const none = { plan: null, itemId: null, priceId: null, interval: null };
  test.each<[string, object, Partial<SubscriptionRecord>, (readonly SubscriptionAlarm[])?]>([
    ["L8: by the price's id", items(item("pro")), {}],
    ["L8: by a price that was sold before", items(item("pro_2024")), { itemId: "si_pro_2024", priceId: "price_pro_2024" }],
    [
      "L8: else by the lookup key: a price that was made anew",
      items(item("new", 3, at(31), { lookup_key: "acme_team_month" })),
      { plan: "team", itemId: "si_new", priceId: "price_new" },
    ],
    [
      "L8: else by the product: a price that was edited by hand",
      items(item("special", 3, at(31), { product: "prod_team" })),
      { plan: "team", itemId: "si_special", priceId: "price_special" },
    ],
    [
      "L8: the price before the lookup key and the product",
      items(item("pro", 3, at(31), { lookup_key: "acme_team_month", product: "prod_team" })),
      {},
    ],
    [
      "L8: the lookup key before the product",
      items(item("new", 3, at(31), { lookup_key: "acme_team_month", product: "prod_pro" })),
      { plan: "team", itemId: "si_new", priceId: "price_new" },
    ],
    [
      "L8: what has no lookup key is not what has none either",
      items(item("odd", 3, at(31), { lookup_key: null })),
      none,
      ["unknown_price"],
    ],
    ["L8: nor what has no product", items(item("odd", 3, at(31), { product: null })), none, ["unknown_price"]],
    ["L8: all items are looked at, and not the first", items(usage, item("pro")), {}],
    [
      "of two plans the higher counts: both are paid for",
      items(item("pro"), item("team")),
      { plan: "team", itemId: "si_team", priceId: "price_team" },
    ],
    ["whichever stands first", items(item("team"), item("pro")), { plan: "team", itemId: "si_team", priceId: "price_team" }],
    ["the interval of its price", items(item("pro", 3, at(31), { recurring: { interval: "year" } })), { interval: "year" }],
    ["L9: of an account that has none yet, an unknown price gives none", items(item("odd")), none, ["unknown_price"]],
    ["no items", items(), { ...none, seats: 0, currentPeriodEnd: null }, ["unknown_price"]],
  ])("%s", (_, change, expected, alarms = []) => expect(read(change)).toMatchObject({ record: { ...plain, ...expected }, alarms }));

  test("L9: an unknown price keeps the plan that was known, with the seats that are bought, and sounds an alarm", () => {
    const previous = { status: "active", plan: "team", changedAt: day(2) };
    const expected = { ...plain, plan: "team", itemId: null, priceId: null, interval: null, seats: 7 };
    expect(read(items(item("odd", 7)), previous)).toMatchObject({ record: expected, alarms: ["unknown_price"] });
  });

  test("L9: a price that is known again is the plan again, also where that is the lower one", () => {
    expect(read({}, { status: "active", plan: "team", changedAt: day(2) })).toMatchObject({ record: plain, alarms: [] });
  });

  test.each(STRIPE_STATUSES)("L9: an alarm only while there is something to mend: %s", (status) => {
    const alarms = status === "canceled" || status === "incomplete_expired" ? [] : ["unknown_price"];
    expect(read({ status, ...items(item("odd")) })?.alarms).toEqual(alarms);
  });

  test("of items with periods of their own, paid until the latest of our plan; another's counts only where none is ours", () => {
    const end = (...all: unknown[]) => read(items(...all))?.record.currentPeriodEnd;
    expect(end(item("pro", 1, at(31)), item("pro_2024", 1, at(45)), usage)).toEqual(day(45));
    expect(end(item("pro_2024", 1, at(45)), item("pro", 1, at(31)))).toEqual(day(45));
    expect(end(item("team", 1, at(31)), item("pro", 1, at(45)))).toEqual(day(31));
    expect(end(item("pro", 1, at(31)), item("pro_2024", 1, null))).toEqual(day(31));
    expect(end(item("odd", 1, at(31)), usage)).toEqual(day(90));
    expect(end(item("pro", 1, 0))).toBeNull();
  });
});

describe("L13: seats are the quantity of the plan's items", () => {
  test.each<[string, readonly unknown[], number, (readonly SubscriptionAlarm[])?]>([
    ["of one item", [item("pro", 3)], 3],
    ["of two items of one plan, together", [item("pro", 3), item("pro_2024", 2)], 5],
    ["not of another plan, and not of what is none", [item("team", 3), item("pro", 2), item("usage", 9)], 3],
    ["not told: one", [item("pro", null)], 1],
    ["none", [item("pro", 0)], 0, ["no_seats"]],
    ["half a seat is none", [item("pro", 0.5)], 0, ["no_seats"]],
    ["two and a half are two", [item("pro", 2.5)], 2],
    ["fewer than none are none, and take none from others", [item("pro", -4), item("pro_2024", 2)], 2],
    ["as many as a column holds", [item("pro", 2_147_483_647)], 2_147_483_647],
    ["more than that", [item("pro", 2_147_483_648)], 2_147_483_647],
    ["absurdly many", [item("pro", 1e308), item("pro_2024", 1e308)], 2_147_483_647],
  ])("%s", (_, bought, seats, alarms = []) => {
    const result = read(items(...bought));
    expect([result?.record.seats, result?.alarms]).toEqual([seats, alarms]);
  });

  test("no seats are an alarm only while they are paid for", () => {
    expect(read({ status: "canceled", ...items(item("pro", 0)) })?.alarms).toEqual([]);
  });
});
