import type { Catalogue, Flag, Plan, PlanPrice } from "@gatehouse/core";
import { expect, test } from "vitest";
import type { StripePrice } from "../platform/stripe-catalogue.ts";
import { type CatalogueAtStripe, planCatalogue, type StoredCatalogue } from "./plan-catalogue.ts";
import type { StoredPrice } from "./prices.store.ts";

const monthly: PlanPrice = { interval: "month", currency: "usd", amountMinor: 29_00, perSeat: true };
const catalogueOf = (prices: readonly PlanPrice[], limits: Record<string, number | null> = { seats: 10 }): Catalogue => ({
  key: "acme",
  productName: "Acme",
  trialPlan: "pro",
  fallbackPlan: null,
  flags: [],
  limits: { seats: { kind: "countable" } },
  plans: [{ key: "pro", name: "Pro", public: true, order: 1, limits, features: {}, prices }],
});
const wanted = catalogueOf([monthly]);

const row: StoredPrice = {
  plan: "pro",
  interval: "month",
  priceId: "price_1",
  productId: "acme_pro",
  currency: "usd",
  amountMinor: 29_00,
  isPerSeat: true,
  lookupKey: "acme_pro_month",
};
const unedited = { version: 1, edit: null, limitEdits: {} };
const pro = { key: "pro", name: "Pro", public: true, order: 1, limits: { seats: 10 }, features: {}, ...unedited };
const edit = { at: new Date("2026-01-01T00:00:00Z"), by: null, reason: "a fair" };
const sso: Flag = { key: "sso", description: "Single sign-on", default: false };
const asStored = (flag: Flag, overrides = 0) => ({ ...flag, overrides });
const withFlags = (flags: readonly Flag[], features: Plan["features"] = {}): Catalogue => ({
  ...wanted,
  flags,
  plans: wanted.plans.map((plan) => ({ ...plan, features })),
});
const stored = (prices: StoredPrice[], unarchived: string[] = []): StoredCatalogue => ({
  plans: [pro],
  flags: [],
  prices,
  unarchived: unarchived.map((priceId) => ({ priceId, plan: "pro" })),
});
const held: StripePrice = {
  id: "price_1",
  productId: "acme_pro",
  lookupKey: "acme_pro_month",
  currency: "usd",
  amountMinor: 29_00,
  interval: "month",
  active: true,
};
const product = { id: "acme_pro", name: "Pro", active: true };
const stripe = (...prices: StripePrice[]): CatalogueAtStripe => ({ products: [product], prices });
const known = stored([row]);

const MAKE = "make price acme_pro_month, $29.00 a seat a month";
const ARCHIVE = "archive price price_1 of pro";

test.each<[string, Catalogue, StoredCatalogue, CatalogueAtStripe | null, [what: string, why: RegExp][]]>([
  ["nothing is to be done where all is as it should be", wanted, known, stripe(held), []],
  [
    "an empty database and an empty Stripe get everything, in the order in which each needs the one before",
    wanted,
    { plans: [], flags: [], prices: [], unarchived: [] },
    { products: [], prices: [] },
    [
      ["store plan pro", /no such plan/],
      ["make product acme_pro", /Stripe has none/],
      [MAKE, /none with this lookup key/],
    ],
  ],
  [
    "a changed plan is told in all that has changed",
    wanted,
    { ...known, plans: [{ key: "pro", name: "Old", public: false, order: 0, limits: {}, features: {}, ...unedited }] },
    stripe(held),
    [["store plan pro", /^its name is "Old", not "Pro"; it is not public; its order is 0, not 1; its limit seats is missing, not 10$/]],
  ],
  [
    "a limit that becomes unlimited is a change",
    catalogueOf([monthly], { seats: null }),
    known,
    stripe(held),
    [["store plan pro", /^its limit seats is 10, not unlimited$/]],
  ],
  [
    "a limit that left the catalogue is told of",
    wanted,
    { ...known, plans: [{ ...pro, limits: { seats: 10, max_trees: 5 } }] },
    stripe(held),
    [["store plan pro", /^its limit max_trees is in the catalogue no more$/]],
  ],
  [
    "what an operator edited is told of as such, with the reason",
    wanted,
    { ...known, plans: [{ ...pro, name: "Gold", edit, limits: { seats: 30 }, limitEdits: { seats: edit } }] },
    stripe(held),
    [
      [
        "store plan pro",
        /^its name is "Gold", not "Pro" \(an operator's edit: "a fair"\); its limit seats is 30, not 10 \(an operator's edit: "a fair"\)$/,
      ],
    ],
  ],
  [
    "a flag that is new, one that is another, one that is the same",
    withFlags([sso, { ...sso, key: "branding" }, { ...sso, key: "copilot" }]),
    { ...known, flags: [asStored(sso), asStored({ ...sso, key: "branding", default: true, description: "Old" })] },
    stripe(held),
    [
      ["store flag branding", /^its default is true, not false; its description is another$/],
      ["store flag copilot", /no such flag/],
    ],
  ],
  [
    "a flag that left the catalogue goes, and nobody is surprised whose account had an override of it",
    wanted,
    { ...known, flags: [asStored(sso), asStored({ ...sso, key: "branding" }, 1), asStored({ ...sso, key: "copilot" }, 2)] },
    stripe(held),
    [
      ["remove flag sso", /^the catalogue no longer has it$/],
      ["remove flag branding", /; what operators set of it for 1 account says nothing from then on$/],
      ["remove flag copilot", / for 2 accounts says nothing/],
    ],
  ],
  [
    "what a plan says of a flag: said anew, said otherwise, and said no more",
    { ...withFlags([sso, { ...sso, key: "hours", default: 72 }, { ...sso, key: "branding" }], { hours: 8, branding: true }) },
    {
      ...known,
      flags: [asStored(sso), asStored({ ...sso, key: "hours", default: 72 }), asStored({ ...sso, key: "branding" })],
      plans: [{ ...pro, features: { sso: true, hours: 24 } }],
    },
    stripe(held),
    [
      [
        "store plan pro",
        /^its feature sso is true, and the catalogue says nothing of it; its feature hours is 24, not 8; its feature branding is missing, not true$/,
      ],
    ],
  ],
  ["without Stripe only the plans are looked at", wanted, { ...stored([]), plans: [] }, null, [["store plan pro", /no such plan/]]],
  [
    "L9: a changed amount is a new price; the one before is archived, and subscriptions on it go on",
    catalogueOf([{ ...monthly, amountMinor: 39_00 }]),
    known,
    stripe(held),
    [
      ["make price acme_pro_month, $39.00 a seat a month", /^price_1 is \$29\.00$/],
      [ARCHIVE, /subscriptions on it go on/],
    ],
  ],
  [
    "another currency is a new price",
    catalogueOf([{ ...monthly, currency: "jpy" }]),
    known,
    stripe(held),
    [
      ["make price acme_pro_month, ¥2,900 a seat a month", /^price_1 is \$29\.00$/],
      [ARCHIVE, /no longer sold/],
    ],
  ],
  [
    "by the account instead of by the seat is a new price: a quantity of the old one keeps its meaning",
    catalogueOf([{ ...monthly, perSeat: false }]),
    known,
    stripe(held),
    [
      ["make price acme_pro_month, $29.00 a month", /^price_1 is sold by the seat$/],
      [ARCHIVE, /no longer sold/],
    ],
  ],
  [
    "a run that broke off after the price was made is completed with that price",
    wanted,
    stored([]),
    stripe(held),
    [["sell pro at price_1, $29.00 a seat a month", /does not know it/]],
  ],
  [
    "a run that broke off after the new price was made archives the old one",
    wanted,
    stored([{ ...row, priceId: "price_0", amountMinor: 19_00 }]),
    stripe(held),
    [
      ["sell pro at price_1, $29.00 a seat a month", /the database has price_0/],
      ["archive price price_0 of pro", /no longer sold/],
    ],
  ],
  [
    "a run that broke off before it archived goes on there",
    wanted,
    stored([row], ["price_0"]),
    stripe(held),
    [["archive price price_0 of pro", /./]],
  ],
  ["what is sold again is not archived", wanted, stored([row], ["price_1"]), stripe(held), []],
  [
    "a row that was edited is mended",
    wanted,
    stored([{ ...row, amountMinor: 1 }]),
    stripe(held),
    [["sell pro at price_1, $29.00 a seat a month", /the database has \$0\.01 a seat a month/]],
  ],
  [
    "a price that was archived by hand is replaced",
    wanted,
    known,
    stripe({ ...held, active: false }),
    [
      [MAKE, /^price_1 is archived$/],
      [ARCHIVE, /./],
    ],
  ],
  [
    "a price that lost its lookup key by hand is replaced",
    wanted,
    known,
    stripe(),
    [
      [MAKE, /none with this lookup key/],
      [ARCHIVE, /./],
    ],
  ],
  [
    "a lookup key that was moved by hand to another price comes back, and both others are archived",
    wanted,
    known,
    stripe({ ...held, id: "price_9", amountMinor: null, interval: null, productId: "prod_x" }),
    [
      [MAKE, /^price_9 is of product prod_x; price_9 is paid once; price_9 is without a fixed amount$/],
      [ARCHIVE, /./],
      ["archive price price_9 of pro", /./],
    ],
  ],
  [
    "a price that is paid each week is not ours",
    wanted,
    known,
    stripe({ ...held, interval: "week" }),
    [
      [MAKE, /^price_1 is paid each week$/],
      [ARCHIVE, /./],
    ],
  ],
  [
    "a product that was renamed and archived by hand is mended",
    wanted,
    known,
    { products: [{ ...product, name: "Gold", active: false }], prices: [held] },
    [["mend product acme_pro", /^its name is "Gold", not "Pro"; it is archived$/]],
  ],
  [
    "a price that left the catalogue is no longer sold, and archived",
    catalogueOf([]),
    known,
    stripe(held),
    [
      ["stop selling pro at price_1, $29.00 a seat a month", /catalogue no longer has it/],
      [ARCHIVE, /./],
    ],
  ],
  [
    "a plan that left the catalogue stays in the database, and its price is archived",
    wanted,
    {
      ...known,
      plans: [pro, { ...pro, key: "gone", features: { sso: true } }],
      prices: [row, { ...row, plan: "gone", priceId: "price_g" }],
    },
    stripe(held),
    [
      ["store plan gone", /its limits stay, and what it says of flags goes$/],
      ["stop selling gone at price_g, $29.00 a seat a month", /./],
      ["archive price price_g of gone", /./],
    ],
  ],
])("%s", (_, catalogue, database, atStripe, expected) => {
  const changes = planCatalogue(catalogue, database, atStripe);
  expect(changes.map((change) => change.what)).toEqual(expected.map(([what]) => what));
  for (const [index, [, why]] of expected.entries()) expect(changes[index]?.why).toMatch(why);
});
