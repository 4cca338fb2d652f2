import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestShop, type TestShop } from "./open-test-shop.ts";

let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
});
afterEach(() => shop.stop());

test("down: the connection breaks, and nothing was done", async () => {
  shop.standIn.faults.set("down");
  await expect(shop.stripe.customers.create({})).rejects.toMatchObject({ type: "StripeConnectionError" });
  shop.standIn.faults.set("none");
  expect((await shop.stripe.customers.list()).data).toEqual([]);
});

test("slow: no answer comes within the client's time", async () => {
  shop.standIn.faults.set("slow");
  await expect(shop.stripe.customers.list({}, { timeout: 50 })).rejects.toMatchObject({ type: "StripeConnectionError" });
});

test("429: says when to come again", async () => {
  shop.standIn.faults.set("429", 1);
  const refused = shop.stripe.customers.list();
  await expect(refused).rejects.toMatchObject({ type: "StripeRateLimitError", headers: { "retry-after": "1" } });
  await expect(shop.stripe.customers.list()).resolves.toBeDefined();
});

test("garbage: what comes is no JSON", async () => {
  shop.standIn.faults.set("garbage", 1);
  await expect(shop.stripe.customers.list()).rejects.toMatchObject({ message: expect.stringContaining("Invalid JSON") });
});

test("a fault may be for some requests only, and for a number of them", async () => {
  shop.standIn.faults.set("500", 2, { method: "POST", pathPrefix: "/v1/customers" });
  await expect(shop.stripe.customers.list()).resolves.toBeDefined();
  await expect(shop.stripe.products.create({ name: "x" })).resolves.toBeDefined();
  await expect(shop.stripe.customers.create({})).rejects.toMatchObject({ statusCode: 500 });
  await expect(shop.stripe.customers.create({})).rejects.toMatchObject({ statusCode: 500 });
  await expect(shop.stripe.customers.create({})).resolves.toBeDefined();
});

test("requests are remembered with what they asked and how they ended", async () => {
  // The client tries a broken connection once more by itself.
  shop.standIn.faults.set("lost_answer", 2);
  await expect(shop.stripe.customers.create({ metadata: { account: "1" } }, { idempotencyKey: "k" })).rejects.toThrow();
  expect(shop.standIn.requests.at(-1)).toEqual({
    method: "POST",
    path: "/v1/customers",
    params: { metadata: { account: "1" } },
    idempotencyKey: "k",
    apiVersion: "2026-10-28.endive",
    status: 0,
  });
});
