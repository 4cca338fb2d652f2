import { openTestServer, type TestServer, testProduct } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Tx } from "../platform/app.ts";
import { findPrice, listPrices, loadPriceBook } from "./prices.store.ts";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
  const query = server.database.query;
  await query("delete from plan_billing");
  await query("delete from former_prices");
  await query("insert into plans (key, name, is_public, position) values ('gone', 'Gone', false, 7)");
  await query(
    `insert into plan_billing (plan, billing_interval, livemode, currency, amount_minor, is_per_seat, lookup_key, product_id, price_id) values
      ('pro', 'year', false, 'usd', 29000, true, 'testproduct_pro_year', 'testproduct_pro', 'price_year'),
      ('pro', 'month', false, 'usd', 2900, true, 'testproduct_pro_month', 'testproduct_pro', 'price_month'),
      ('pro', 'month', true, 'usd', 2900, true, 'testproduct_pro_month', 'testproduct_pro', 'price_live')`,
  );
  await query(
    `insert into former_prices (price_id, plan, livemode, product_id, is_per_seat) values
      ('price_old', 'pro', false, 'testproduct_pro', false), ('price_gone', 'gone', false, 'testproduct_gone', true),
      ('price_old_live', 'pro', true, 'testproduct_pro', true)`,
  );
});
afterAll(() => server.close());

const read = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => server.app.db.asSystem("prices belong to no account", work);

test("C13: a price is found by plan and interval, in the mode of the key only", async () => {
  const month = { plan: "pro", interval: "month", productId: "testproduct_pro", currency: "usd", amountMinor: 2900, isPerSeat: true };
  expect(await read((tx) => findPrice(tx, false, "pro", "month"))).toMatchObject({ ...month, priceId: "price_month" });
  expect(await read((tx) => findPrice(tx, true, "pro", "month"))).toMatchObject({ ...month, priceId: "price_live" });
  expect(await read((tx) => findPrice(tx, true, "pro", "year"))).toBeNull();
  expect(await read((tx) => findPrice(tx, false, "free", "month"))).toBeNull();
});

test("what is sold is listed in order, without what was sold before", async () => {
  expect((await read((tx) => listPrices(tx, false))).map((price) => price.lookupKey)).toEqual([
    "testproduct_pro_month",
    "testproduct_pro_year",
  ]);
});

test("L8: the book knows what is sold before what was, and the rank of each plan, even of one that left the catalogue", async () => {
  const book = await read((tx) => loadPriceBook(tx, false, testProduct.catalogue));
  const former = { lookupKey: null, isPerSeat: true };
  expect(book).toHaveLength(4);
  expect(book.slice(0, 2).map((entry) => entry.lookupKey)).not.toContain(null);
  expect(book).toContainEqual({ ...former, plan: "gone", planRank: 7, priceId: "price_gone", productId: "testproduct_gone" });
  expect(book).toContainEqual({
    ...former,
    plan: "pro",
    planRank: 1,
    priceId: "price_old",
    productId: "testproduct_pro",
    isPerSeat: false,
  });
});

test("an account may read prices, and change none", async () => {
  const account = "00000000-0000-7000-8000-000000000001";
  expect(await server.app.db.forAccount(account, (tx) => findPrice(tx, false, "pro", "month"))).not.toBeNull();
  expect(await server.app.db.forAccount(account, (tx) => loadPriceBook(tx, false, testProduct.catalogue))).toHaveLength(4);
  const cheaper = server.app.db.forAccount(account, (tx) => tx.updateTable("plan_billing").set({ amount_minor: 1 }).execute());
  await expect(cheaper).rejects.toThrow(/permission denied/);
});
