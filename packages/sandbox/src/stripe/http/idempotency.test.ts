import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestShop, type TestShop } from "../open-test-shop.ts";

let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
});
afterEach(() => shop.stop());

const customers = (): number => shop.standIn.engine.list("customer").length;

test("C2: the same key and the same parameters give the saved answer, and nothing is made twice", async () => {
  const first = await shop.stripe.customers.create({ name: "Ada" }, { idempotencyKey: "one" });
  const again = await shop.stripe.customers.create({ name: "Ada" }, { idempotencyKey: "one" });
  expect(again.id).toBe(first.id);
  expect(again.lastResponse.headers["idempotent-replayed"]).toBe("true");
  expect(customers()).toBe(1);
});

test("C2: the same key with other parameters is refused", async () => {
  await shop.stripe.customers.create({ name: "Ada" }, { idempotencyKey: "one" });
  const other = shop.stripe.customers.create({ name: "Grace" }, { idempotencyKey: "one" });
  await expect(other).rejects.toMatchObject({ statusCode: 400, type: "StripeIdempotencyError" });
  expect(customers()).toBe(1);
});

test("C2: a 500 is saved too", async () => {
  shop.standIn.faults.set("500", 1);
  await expect(shop.stripe.customers.create({}, { idempotencyKey: "one" })).rejects.toMatchObject({ statusCode: 500 });
  await expect(shop.stripe.customers.create({}, { idempotencyKey: "one" })).rejects.toMatchObject({ statusCode: 500 });
  await expect(shop.stripe.customers.create({}, { idempotencyKey: "two" })).resolves.toMatchObject({ object: "customer" });
});

test("C3: an answer that was lost is given to the retry, and there is one customer", async () => {
  // The client tries a broken connection once more by itself.
  shop.standIn.faults.set("lost_answer", 2);
  await expect(shop.stripe.customers.create({ name: "Ada" }, { idempotencyKey: "one" })).rejects.toThrow();
  expect(customers()).toBe(1);
  const retried = await shop.stripe.customers.create({ name: "Ada" }, { idempotencyKey: "one" });
  expect(shop.standIn.engine.list("customer")).toMatchObject([{ id: retried.id }]);
});

test("a request that is refused for its form may be mended under the same key", async () => {
  const wrong = shop.stripe.rawRequest("POST", "/v1/customers", { emial: "x" }, { idempotencyKey: "one" });
  await expect(wrong).rejects.toMatchObject({ statusCode: 400 });
  await expect(shop.stripe.customers.create({ email: "ada@example.com" }, { idempotencyKey: "one" })).resolves.toBeDefined();
});

test("while the first request runs, a second with its key is told so", async () => {
  shop.standIn.faults.set("slow", 1);
  const slow = shop.stripe.customers.create({ name: "Ada" }, { idempotencyKey: "one", timeout: 60_000 });
  const ended = expect(slow).rejects.toThrow();
  await expect.poll(() => shop.standIn.requests.at(-1)?.idempotencyKey).toBe("one");
  const second = shop.stripe.customers.create({ name: "Ada" }, { idempotencyKey: "one" });
  await expect(second).rejects.toMatchObject({ statusCode: 409, code: "idempotency_key_in_use" });
  await shop.stop();
  await ended;
});

test("a key is forgotten after a day", async () => {
  await shop.stripe.customers.create({ name: "Ada" }, { idempotencyKey: "one" });
  await shop.passDays(1);
  await shop.stripe.customers.create({ name: "Grace" }, { idempotencyKey: "one" });
  expect(customers()).toBe(2);
});
