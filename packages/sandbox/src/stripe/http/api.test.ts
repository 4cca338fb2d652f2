import Stripe from "stripe";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clientOf, openTestShop, type TestShop } from "../open-test-shop.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.stop());

const refusalOf = async (work: Promise<unknown>): Promise<Stripe.errors.StripeError> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error("It was not refused.");
};

test("a wrong key is refused as Stripe refuses it", async () => {
  const stranger = clientOf({ apiBase: shop.standIn.apiBase, secretKey: "sk_test_of_somebody_else" });
  const refusal = await refusalOf(stranger.customers.list());
  expect(refusal).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
  expect(refusal.statusCode).toBe(401);
  expect(refusal.message).not.toContain("somebody");
});

test("the key may come as a user name", async () => {
  const authorization = `Basic ${Buffer.from(`${shop.standIn.secretKey}:`).toString("base64")}`;
  const answer = await fetch(`${shop.standIn.apiBase}/v1/customers`, { headers: { authorization } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("request-id")).toMatch(/^req_/);
});

test("the client's pinned version is echoed", async () => {
  const answer = await shop.stripe.customers.list();
  expect(answer.lastResponse.apiVersion).toBe("2026-10-28.endive");
});

test.each<[string, string, string, string, object]>([
  ["an unknown parameter", "customers", "emial=x", "parameter_unknown", { param: "emial" }],
  ["an unknown nested parameter", "customers", "address[street]=x", "parameter_unknown", { param: "address[street]" }],
  ["a missing parameter", "prices", "unit_amount=1", "parameter_missing", { param: "currency" }],
  ["no integer", "prices", "unit_amount=1.5&currency=usd", "parameter_invalid_integer", { param: "unit_amount" }],
  ["an empty text", "products", "name=", "parameter_invalid_empty", { param: "name" }],
  ["an unknown id", "subscriptions", "customer=cus_none&items[0][price]=p", "resource_missing", { param: "customer" }],
])("%s is a 400 that names it", async (_, path, body, code, more) => {
  const answer = await fetch(`${shop.standIn.apiBase}/v1/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${shop.standIn.secretKey}`, "content-type": "application/x-www-form-urlencoded" },
    body,
  });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { type: "invalid_request_error", code, ...more } });
});

test("an unknown id in the path is a 404", async () => {
  const refusal = await refusalOf(shop.stripe.subscriptions.retrieve("sub_none"));
  expect(refusal).toMatchObject({ statusCode: 404, code: "resource_missing", param: "id", message: "No such subscription: 'sub_none'" });
});

test("an unknown route is a 404 that says so", async () => {
  const refusal = await refusalOf(shop.stripe.rawRequest("GET", "/v1/unicorns"));
  expect(refusal).toMatchObject({ statusCode: 404 });
  expect(refusal.message).toContain("Unrecognized request URL");
});

test("metadata is merged, an empty value takes a key away, an empty text all", async () => {
  const id = await shop.customer({ metadata: { one: "1", two: "2" } });
  const merged = await shop.stripe.customers.update(id, { metadata: { two: "", three: "3" } });
  expect(merged.metadata).toEqual({ one: "1", three: "3" });
  const cleared = await shop.stripe.customers.update(id, { metadata: "" });
  expect(cleared.metadata).toEqual({});
});

test("an empty text clears a field, and an absent one leaves it", async () => {
  const id = await shop.customer({ name: "Ada", phone: "1" });
  const changed = await shop.stripe.customers.update(id, { name: "" });
  expect(changed).toMatchObject({ name: null, phone: "1" });
});

test("a lookup key names one price, and moves where that is asked for", async () => {
  const { stripe, pro } = shop;
  const product = String((await stripe.prices.retrieve(pro)).product);
  const wish = { product, currency: "usd", unit_amount: 100, recurring: { interval: "month" as const }, lookup_key: "moving" };
  const first = await stripe.prices.create(wish);
  expect(await refusalOf(stripe.prices.create(wish))).toMatchObject({ statusCode: 400, param: "lookup_key" });
  const second = await stripe.prices.create({ ...wish, transfer_lookup_key: true });
  const { data } = await stripe.prices.list({ lookup_keys: ["moving"] });
  expect(data.map(({ id }) => id)).toEqual([second.id]);
  expect((await stripe.prices.retrieve(first.id)).lookup_key).toBeNull();
});

test("a price that is archived is left out of the active ones", async () => {
  const { stripe, team } = shop;
  const product = String((await stripe.prices.retrieve(team)).product);
  const price = await stripe.prices.create({ product, currency: "usd", unit_amount: 1, recurring: { interval: "month" } });
  await stripe.prices.update(price.id, { active: false });
  const active = await stripe.prices.list({ active: true, product });
  expect(active.data.map(({ id }) => id)).toEqual([team]);
  const of = await shop.customer();
  expect(await refusalOf(shop.checkout(of, { line_items: [{ price: price.id, quantity: 1 }] }))).toMatchObject({ statusCode: 400 });
});

test("a deleted customer is told as such, and is in no list", async () => {
  const id = await shop.customer();
  await shop.stripe.customers.del(id);
  expect(await shop.stripe.customers.retrieve(id)).toMatchObject({ id, deleted: true });
  const all = await shop.stripe.customers.list({ limit: 100 });
  expect(all.data.map((each) => each.id)).not.toContain(id);
  expect(await refusalOf(shop.stripe.customers.update(id, { name: "x" }))).toMatchObject({ statusCode: 404 });
});

test("ids go to objects where that is asked for, through lists and several levels", async () => {
  const { subscription } = await shop.subscribed();
  const found = await shop.stripe.subscriptions.retrieve(subscription, {
    expand: ["customer", "latest_invoice.payments.data.payment.payment_intent", "items.data.price.product"],
  });
  expect(found).toMatchObject({
    customer: { object: "customer" },
    items: { data: [{ price: { product: { object: "product", name: "Pro" } } }] },
    latest_invoice: { payments: { data: [{ payment: { payment_intent: { object: "payment_intent" } } }] } },
  });
  const listed = await shop.stripe.subscriptions.list({ limit: 1, expand: ["data.customer"] });
  expect(listed.data[0]?.customer).toMatchObject({ object: "customer" });
});

test("what is no id cannot be expanded", async () => {
  const { subscription } = await shop.subscribed();
  expect(await refusalOf(shop.stripe.subscriptions.retrieve(subscription, { expand: ["status"] }))).toMatchObject({ statusCode: 400 });
  expect(await refusalOf(shop.stripe.subscriptions.retrieve(subscription, { expand: ["a.b.c.d.e"] }))).toMatchObject({ statusCode: 400 });
});
