import { type Catalogue, lookupKey, type Plan } from "@gatehouse/core";
import { openTestServer, type TestServer, testProduct } from "@gatehouse/testkit";
import { type Call, callsOf, changePrice, emptyShelf, refusalOf, type Shelf } from "@gatehouse/testkit/stripe-shelf";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Refusal } from "../platform/refuse.ts";
import { applyCatalogue, type CatalogueApp, type CatalogueCalls, surveyCatalogue } from "./catalogue-at-stripe.ts";
import { findPrice, listUnarchived, loadPriceBook } from "./prices.store.ts";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
const forgetPrices = async (): Promise<void> => {
  for (const table of ["plan_billing", "former_prices"]) await server.database.query(`delete from ${table}`);
};
beforeEach(forgetPrices);

const PRO_MONTH = "testproduct_pro_month";
const amountChanged: Catalogue = {
  ...testProduct.catalogue,
  plans: testProduct.catalogue.plans.map((plan) => ({
    ...plan,
    prices: plan.prices.map((price) => (plan.key === "pro" && price.interval === "month" ? { ...price, amountMinor: 39_00 } : price)),
  })),
};
const withoutTeam: Catalogue = { ...testProduct.catalogue, plans: testProduct.catalogue.plans.filter((plan) => plan.key !== "team") };

function appOf(shelf: Shelf, catalogue: Catalogue = testProduct.catalogue): CatalogueApp {
  const calls = callsOf(shelf);
  const { db, clock } = server.app;
  return { db, clock, catalogue, stripe: { configured: true, livemode: false, calls: () => Promise.resolve(calls) } };
}
async function apply(app: CatalogueApp): Promise<string[]> {
  const made: string[] = [];
  await applyCatalogue(app, 5, (one) => made.push(one.kind));
  return made;
}
const read = <T>(work: Parameters<typeof server.app.db.asSystem<T>>[1]): Promise<T> => server.app.db.asSystem("a test", work);
const soldAt = async (plan: string, interval: "month" | "year") => (await read((tx) => findPrice(tx, false, plan, interval)))?.priceId;
const holderOf = (shelf: Shelf, key: string) => shelf.prices.filter((price) => price.lookupKey === key).map((price) => price.id);

/** Nothing is left to do; what is sold is active at Stripe and has the lookup key; what is not sold is archived. */
async function expectConverged(shelf: Shelf, catalogue: Catalogue): Promise<void> {
  expect(await surveyCatalogue(appOf(shelf, catalogue), 5)).toEqual([]);
  const sold: string[] = [];
  for (const plan of catalogue.plans)
    for (const { interval, amountMinor } of plan.prices) {
      const id = await soldAt(plan.key, interval);
      expect(holderOf(shelf, lookupKey(catalogue.key, plan.key, interval))).toEqual([id]);
      expect(shelf.prices.find((price) => price.id === id)).toMatchObject({
        active: true,
        amountMinor,
        productId: `testproduct_${plan.key}`,
      });
      sold.push(String(id));
    }
  expect(
    shelf.prices
      .filter((price) => price.active)
      .map((price) => price.id)
      .sort(),
  ).toEqual(sold.sort());
  expect(await read((tx) => listUnarchived(tx, false))).toEqual([]);
}

test("applied twice is applied once", async () => {
  const shelf = emptyShelf();
  expect(await apply(appOf(shelf))).toEqual(["make_product", "make_product", "make_price", "make_price", "make_price"]);
  await expectConverged(shelf, testProduct.catalogue);
  expect(await apply(appOf(shelf))).toEqual([]);
  expect([shelf.products.size, shelf.prices.length]).toEqual([2, 3]);
});

test("L9: another amount is sold at once, and who pays the amount before is still on the plan", async () => {
  const shelf = emptyShelf();
  await apply(appOf(shelf));
  const before = await soldAt("pro", "month");
  expect(await apply(appOf(shelf, amountChanged))).toEqual(["make_price", "archive_price"]);
  await expectConverged(shelf, amountChanged);

  expect(await soldAt("pro", "month")).not.toBe(before);
  expect(holderOf(shelf, PRO_MONTH)).toEqual([await soldAt("pro", "month")]);
  const book = await read((tx) => loadPriceBook(tx, false, amountChanged));
  expect(book.find((entry) => entry.priceId === before)).toMatchObject({ plan: "pro", isPerSeat: true });
});

test("an amount that goes up and down again within a day is a third price, not the first one out of Stripe's memory", async () => {
  const shelf = emptyShelf();
  const [one, other] = [appOf(shelf), appOf(shelf, amountChanged)];
  // One memory of idempotency keys, as at Stripe.
  const both = { ...other, stripe: one.stripe };
  await apply(one);
  await apply(both);
  expect(await apply(one)).toEqual(["make_price", "archive_price"]);
  await expectConverged(shelf, testProduct.catalogue);
});

test("a plan that left the catalogue is no longer sold, and its subscribers keep it", async () => {
  const shelf = emptyShelf();
  await apply(appOf(shelf));
  const before = await soldAt("team", "month");
  expect(await apply(appOf(shelf, withoutTeam))).toEqual(["stop_selling", "archive_price"]);
  expect(await soldAt("team", "month")).toBeUndefined();
  await expectConverged(shelf, withoutTeam);
  const book = await read((tx) => loadPriceBook(tx, false, withoutTeam));
  expect(book.find((entry) => entry.priceId === before)).toMatchObject({ plan: "team", planRank: 2, isPerSeat: false });

  await apply(appOf(shelf));
  await expectConverged(shelf, testProduct.catalogue);
});

test("what was edited by hand at Stripe is shown, and mended", async () => {
  const shelf = emptyShelf();
  await apply(appOf(shelf));
  shelf.products.set("testproduct_pro", { id: "testproduct_pro", name: "Renamed", active: false });
  changePrice(shelf, String(await soldAt("pro", "year")), { active: false });
  const month = String(await soldAt("pro", "month"));
  changePrice(shelf, month, { lookupKey: null });
  shelf.prices.push({
    ...shelf.prices[0],
    id: "price_by_hand",
    productId: "testproduct_pro",
    lookupKey: PRO_MONTH,
    currency: "usd",
    amountMinor: 1,
    interval: "month",
    active: true,
  });

  expect((await surveyCatalogue(appOf(shelf), 5)).map((one) => `${one.what}: ${one.why}`)).toEqual([
    expect.stringContaining('mend product testproduct_pro: its name is "Renamed"'),
    expect.stringContaining(`make price ${PRO_MONTH}, $29.00 a seat a month: price_by_hand is $0.01`),
    expect.stringContaining("make price testproduct_pro_year"),
    expect.stringContaining(`archive price ${month} of pro`),
    expect.stringContaining("archive price price_by_hand of pro"),
    expect.stringContaining("archive price"),
  ]);
  await apply(appOf(shelf));
  await expectConverged(shelf, testProduct.catalogue);
});

const onlyByTheMonth: Catalogue = {
  ...amountChanged,
  plans: amountChanged.plans.map((plan) => ({ ...plan, prices: plan.prices.filter((price) => price.interval === "month") })),
};

/** @returns what was asked, when it was not broken off */
async function applyBrokenOff(shelf: Shelf, catalogue: Catalogue, when: "before" | "after", fatal: number): Promise<Set<Call> | null> {
  shelf.asked.length = 0;
  let isBroken = false;
  shelf.disturb = (now, _, count) => {
    if (now !== when || count !== fatal) return;
    isBroken = true;
    throw new Refusal("billing_unavailable");
  };
  await apply(appOf(shelf, catalogue)).catch((error: unknown) => expect(error).toMatchObject({ code: "billing_unavailable" }));
  shelf.disturb = () => undefined;
  return isBroken ? null : new Set(shelf.asked);
}

test.each([
  ["before", "an empty Stripe"],
  ["after", "an empty Stripe"],
  ["before", "another catalogue"],
  ["after", "another catalogue"],
] as const)("a run that breaks off %s any one of its calls, at %s, is completed by the next", async (when, from) => {
  for (let fatal = 1, asked: Set<Call> | null = null; asked === null; fatal += 1) {
    await forgetPrices();
    const shelf = emptyShelf();
    if (from === "another catalogue") {
      await apply(appOf(shelf));
      shelf.products.set("testproduct_pro", { id: "testproduct_pro", name: "Renamed", active: true });
    }
    asked = await applyBrokenOff(shelf, onlyByTheMonth, when, fatal);
    if (asked !== null)
      expect([...asked].sort()).toEqual(
        from === "another catalogue"
          ? ["archivePrice", "createPrice", "readPrices", "readProduct", "updateProduct"]
          : ["createPrice", "createProduct", "readPrices", "readProduct"],
      );
    // Whatever is for sale meanwhile can be bought.
    const sold = await soldAt("pro", "month");
    if (sold !== undefined) expect(shelf.prices.find((price) => price.id === sold)?.active).toBe(true);

    await apply(appOf(shelf, onlyByTheMonth));
    await expectConverged(shelf, onlyByTheMonth);
    expect(shelf.prices.filter((price) => price.amountMinor === 39_00)).toHaveLength(1);
  }
});

/** Nobody goes on before `count` have read Stripe: so all of them decide on the same. */
function readTogether(calls: CatalogueCalls, count: number): CatalogueCalls {
  let come = 0;
  let goOn: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  return {
    ...calls,
    async readPrices(keys) {
      const prices = await calls.readPrices(keys);
      come += 1;
      if (come === count) goOn();
      await all;
      return prices;
    },
  };
}

test.each<[string, Catalogue | null, Catalogue, number]>([
  ["make what is missing once", null, testProduct.catalogue, 3],
  ["replace a price once", testProduct.catalogue, amountChanged, 4],
])("three at once %s", async (_, before, catalogue, prices) => {
  const shelf = emptyShelf();
  if (before) await apply(appOf(shelf, before));
  const calls = readTogether(callsOf(shelf), 3);
  const app: CatalogueApp = { ...appOf(shelf, catalogue), stripe: { ...appOf(shelf).stripe, calls: () => Promise.resolve(calls) } };
  await Promise.all([apply(app), apply(app), apply(app)]);
  await expectConverged(shelf, catalogue);
  expect(shelf.prices).toHaveLength(prices);
});

test("C2: a failure that Stripe remembers by its key stands in the way for ten minutes only", async () => {
  const shelf = emptyShelf();
  const keys: string[] = [];
  const calls = callsOf(shelf);
  const stuck: CatalogueCalls = {
    ...calls,
    createPrice: (price, key) => {
      keys.push(key);
      return key === keys[0] ? Promise.reject(new Refusal("billing_unavailable")) : calls.createPrice(price, key);
    },
  };
  const app: CatalogueApp = { ...appOf(shelf), stripe: { ...appOf(shelf).stripe, calls: () => Promise.resolve(stuck) } };
  await expect(apply(app)).rejects.toMatchObject({ code: "billing_unavailable" });
  await expect(apply(app)).rejects.toMatchObject({ code: "billing_unavailable" });
  await apply({ ...app, clock: { ...app.clock, now: () => new Date(server.clock.now().getTime() + 600_000) } });
  await expectConverged(shelf, testProduct.catalogue);
});

test("each mode has its own prices", async () => {
  const [tried, live] = [emptyShelf(), emptyShelf()];
  await apply(appOf(tried));
  const before = await soldAt("pro", "month");
  const app = appOf(live);
  for (const price of tried.prices) live.prices.push({ ...price, id: `live_${price.id}` });
  await apply({ ...app, stripe: { ...app.stripe, livemode: true } });
  expect(await soldAt("pro", "month")).toBe(before);
  expect((await read((tx) => findPrice(tx, true, "pro", "month")))?.priceId).toBe(`live_${before}`);
});

test("another refusal of Stripe's is told, with what was made before it", async () => {
  const shelf = emptyShelf();
  shelf.disturb = (when, call) => {
    if (when === "before" && call === "createPrice") throw refusalOf("currency_not_supported");
  };
  const made: string[] = [];
  await expect(applyCatalogue(appOf(shelf), 5, (one) => made.push(one.what))).rejects.toMatchObject({ code: "billing_failed" });
  expect(made).toEqual(["make product testproduct_pro", "make product testproduct_team"]);
});

test("without Stripe the database's plans are made, and nothing is for sale", async () => {
  const { db, clock } = server.app;
  const late: Plan = { key: "late", name: "Late", public: false, order: 9, limits: { seats: null }, features: {}, prices: [] };
  const catalogue = { ...testProduct.catalogue, plans: [...testProduct.catalogue.plans, late] };
  const stripe = { configured: false, livemode: false, calls: () => Promise.reject(new Error("asked")) };
  expect(await apply({ db, clock, stripe, catalogue })).toEqual(["store_plan"]);
  expect(await apply({ db, clock, stripe, catalogue })).toEqual([]);
  expect(await soldAt("pro", "month")).toBeUndefined();
});
