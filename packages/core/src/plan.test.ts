import { expect, test } from "vitest";
import { type Catalogue, lookupKey, type Plan, type PlanPrice, productId, whyNotCatalogue } from "./plan.ts";

const free: Plan = { key: "free", name: "Free", public: true, order: 0, limits: { seats: 2, max_trees: 5 }, features: {}, prices: [] };
const pro: Plan = { key: "pro", name: "Pro", public: true, order: 1, limits: { seats: 10, max_trees: null }, features: {}, prices: [] };
const flags = [
  { key: "sso", description: "Single sign-on", default: false },
  { key: "support_hours", description: "Hours until support answers", default: 72 },
];
const limits = { seats: { kind: "countable" }, max_trees: { kind: "countable" } } as const;
const sound: Catalogue = { key: "acme", productName: "Acme Desk", trialPlan: "pro", fallbackPlan: null, flags, limits, plans: [free, pro] };
const withPro = (change: Partial<Plan>): Catalogue => ({ ...sound, plans: [free, { ...pro, ...change }] });
const seats = (limit: number | null) => withPro({ limits: { seats: limit, max_trees: 1 } });
const monthly: PlanPrice = { interval: "month", currency: "usd", amountMinor: 29_00, perSeat: true };
const yearly: PlanPrice = { ...monthly, interval: "year", amountMinor: 290_00 };
const sold = (...prices: PlanPrice[]) => withPro({ prices });
const AMOUNT = "plans[1].prices[0].amountMinor: must be a whole number from 1 to 999999999999";
const CURRENCY = "plans[1].prices[0].currency: must be three small letters, such as usd";
const KEY = "must be 1 to 63 of a-z, 0-9 and _, beginning with a letter";
const LINE = "must be a line of 1 to 100 characters";
const SEATS = "plans[1].limits.seats: must be null or a whole number, 0 or more";

test.each<[string, Catalogue, string[]]>([
  ["a sound catalogue", sound, []],
  ["no plans at all", { ...sound, plans: [] }, ["plans: must have at least one plan", 'trialPlan: there is no plan "pro"']],
  ["a plan to fall back to that is there", { ...sound, fallbackPlan: "free" }, []],
  ["a plan to fall back to that is not there", { ...sound, fallbackPlan: "gold" }, ['fallbackPlan: there is no plan "gold"']],
  ["a trial on a plan that is not there", { ...sound, trialPlan: "gold" }, ['trialPlan: there is no plan "gold"']],
  ["a product without a name", { ...sound, productName: "" }, [`productName: ${LINE}`]],
  ["a product name of one character", { ...sound, productName: "A" }, []],
  ["a product name of 100 characters", { ...sound, productName: "a".repeat(100) }, []],
  ["a product name of 101 characters", { ...sound, productName: "a".repeat(101) }, [`productName: ${LINE}`]],
  ["a product name that would write a mail header", { ...sound, productName: "Acme\r\nBcc: x" }, [`productName: ${LINE}`]],
  ["a name with a space at its end", withPro({ name: "Pro " }), [`plans[1].name: ${LINE}`]],
  ["one key twice", withPro({ key: "free" }), ['trialPlan: there is no plan "pro"', 'plans[1].key: "free" is taken by an earlier plan']],
  ["a key that is none", { ...withPro({ key: "Pro" }), trialPlan: "Pro" }, [`plans[1].key: ${KEY}`]],
  ["a key of 63 characters", { ...withPro({ key: "p".repeat(63) }), trialPlan: "free" }, []],
  ["a key of 64 characters", { ...withPro({ key: "p".repeat(64) }), trialPlan: "free" }, [`plans[1].key: ${KEY}`]],
  ["one rank twice", withPro({ order: 0 }), ["plans[1].order: 0 is taken by an earlier plan"]],
  ["half a rank", withPro({ order: 1.5 }), ["plans[1].order: must be a whole number, 0 or more"]],
  ["a limit of nothing", seats(0), []],
  ["a limit below nothing", seats(-1), [SEATS]],
  ["half a seat", seats(0.5), [SEATS]],
  ["the largest limit that its column holds", seats(2_147_483_647), []],
  ["one more", seats(2_147_483_648), [SEATS]],
  ["a limit that is no number", seats(Number.NaN), [SEATS]],
  ["a limit without bound by mistake", seats(Number.POSITIVE_INFINITY), [SEATS]],
  [
    "a limit that one plan forgot",
    withPro({ limits: { seats: 1 } }),
    ["plans[1].limits.max_trees: is missing (another plan has it); null means unlimited"],
  ],
  [
    "a limit whose key is none, and an inherited one",
    {
      ...sound,
      plans: [
        { ...free, limits: { "Max-Trees": 1, constructor: 1 } },
        { ...pro, limits: { "Max-Trees": 1 } },
      ],
    },
    [
      "plans[1].limits.constructor: is missing (another plan has it); null means unlimited",
      "limits.Max-Trees: is missing; a plan limits it, and what it counts must be said",
      "limits.constructor: is missing; a plan limits it, and what it counts must be said",
      `limit "Max-Trees": its key ${KEY}`,
    ],
  ],
  ["a plan that says something of flags", withPro({ features: { sso: true, support_hours: 8 } }), []],
  ["a plan that says something of no flag", withPro({ features: { soo: true } }), ["plans[1].features.soo: there is no such flag"]],
  ["a plan that inherits a flag", withPro({ features: { constructor: true } }), ["plans[1].features.constructor: there is no such flag"]],
  [
    "a plan that gives a flag of numbers a text",
    withPro({ features: { support_hours: "8" } }),
    ["plans[1].features.support_hours: must be a number, as the flag's default is"],
  ],
  [
    "a number that is none",
    withPro({ features: { support_hours: Number.NaN } }),
    ["plans[1].features.support_hours: must be a finite number"],
  ],
  ["two flags of one key", { ...sound, flags: [...flags, ...flags.slice(0, 1)] }, ["flags: two have the same key"]],
  ["no flags at all", { ...sound, flags: [] }, []],
  ["a flag whose key is none", { ...sound, flags: [{ key: "SSO", description: "", default: false }] }, [`flag "SSO": its key ${KEY}`]],
  [
    "a limit of which nobody says what it counts",
    { ...sound, limits: { seats: { kind: "countable" } } },
    ["limits.max_trees: is missing; a plan limits it, and what it counts must be said"],
  ],
  ["a product key that is none", { ...sound, key: "Acme Desk" }, [`key: ${KEY}`]],
  ["a plan paid by the month or by the year", sold(monthly, yearly), []],
  [
    "two prices for one interval",
    sold(monthly, { ...monthly, amountMinor: 1 }),
    ['plans[1].prices[1].interval: "month" is taken by an earlier price of the plan'],
  ],
  [
    "L25: two currencies in one plan",
    sold(monthly, { ...yearly, currency: "eur" }),
    ["plans[1].prices[1].currency: must be usd, as of the first price"],
  ],
  [
    "L25: two currencies in two plans, between which nobody could change",
    {
      ...sound,
      plans: [
        { ...free, prices: [{ ...monthly, currency: "eur" }] },
        { ...pro, prices: [monthly] },
      ],
    },
    ["plans[1].prices[0].currency: must be eur, as of the first price"],
  ],
  ["a currency in capitals", sold({ ...monthly, currency: "USD" }), [CURRENCY]],
  ["a currency that is none", sold({ ...monthly, currency: "dollar" }), [CURRENCY]],
  ["the smallest price", sold({ ...monthly, amountMinor: 1 }), []],
  ["a price of nothing", sold({ ...monthly, amountMinor: 0 }), [AMOUNT]],
  ["half a cent", sold({ ...monthly, amountMinor: 0.5 }), [AMOUNT]],
  ["a price that is no number", sold({ ...monthly, amountMinor: Number.NaN }), [AMOUNT]],
  ["the largest price that Stripe takes", sold({ ...monthly, amountMinor: 999_999_999_999 }), []],
  ["one more", sold({ ...monthly, amountMinor: 1_000_000_000_000 }), [AMOUNT]],
  [
    "L25: a fraction that Stripe does not charge",
    sold({ ...monthly, currency: "kwd", amountMinor: 5_125 }),
    ["plans[1].prices[0].amountMinor: Stripe takes no such fraction of kwd"],
  ],
])("%s", (_, catalogue, problems) => expect(whyNotCatalogue(catalogue)).toEqual(problems));

test("ids at Stripe begin with the product's key", () => {
  expect(productId("acme", "pro")).toBe("acme_pro");
  expect(lookupKey("acme", "pro", "year")).toBe("acme_pro_year");
});
