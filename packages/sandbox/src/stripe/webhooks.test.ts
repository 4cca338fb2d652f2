import Stripe from "stripe";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEndpoint, openTestShop, type TestEndpoint, type TestShop } from "./open-test-shop.ts";

const HOUR_DAYS = 1 / 24;
let shop: TestShop;
let endpoint: TestEndpoint;
beforeEach(async () => {
  [shop, endpoint] = await Promise.all([openTestShop(), openEndpoint()]);
  shop.standIn.webhooks.sendTo(endpoint.url);
});
afterEach(async () => {
  await shop.stop();
  await endpoint.stop();
});

test("events come signed, so that the official client takes them", async () => {
  await shop.customer();
  await shop.standIn.settle();
  const [body = "", signature = ""] = [endpoint.bodies[0], endpoint.signatures[0]];
  const { webhooks } = new Stripe("sk_test");
  const event = webhooks.constructEvent(body, signature, shop.standIn.webhookSecret, 300, undefined, shop.now() * 1000);
  expect(event).toMatchObject({ type: "customer.created", livemode: false, pending_webhooks: 1, api_version: "2026-10-28.endive" });
  expect(() => webhooks.constructEvent(`${body} `, signature, shop.standIn.webhookSecret)).toThrow();
});

test("an event counts as delivered when it was answered with 2xx", async () => {
  await shop.customer();
  await shop.standIn.settle();
  const [event] = (await shop.stripe.events.list()).data;
  expect(event?.pending_webhooks).toBe(0);
  expect((await shop.stripe.events.list({ delivery_success: false })).data).toEqual([]);
});

test("no answer of the API waits for a delivery", async () => {
  shop.standIn.webhooks.setMode({ kind: "held" });
  await shop.subscribed();
  expect(endpoint.bodies).toEqual([]);
  expect(shop.standIn.webhooks.pending().length).toBeGreaterThan(5);
});

test("B1: a refused one is tried again with growing pauses, for three days", async () => {
  endpoint.answerWith(500);
  await shop.customer();
  await shop.standIn.settle();
  const tries: number[] = [];
  for (let next = shop.standIn.nextDueAt(); next !== null; next = shop.standIn.nextDueAt()) {
    shop.moveDays((next.getTime() / 1000 - shop.now()) / 86_400);
    await shop.standIn.settle();
    tries.push(shop.now());
  }
  const pauses = tries.map((at, index) => at - (tries[index - 1] ?? Date.UTC(2026, 0, 1) / 1000));
  expect(pauses.slice(0, 5)).toEqual([300, 1800, 7200, 18_000, 36_000]);
  expect((tries.at(-1) ?? 0) - Date.UTC(2026, 0, 1) / 1000).toBeLessThanOrEqual(3 * 86_400);
  expect((await shop.stripe.events.list({ delivery_success: false })).data).toMatchObject([
    { type: "customer.created", pending_webhooks: 1 },
  ]);
});

test("a retry that is taken ends it", async () => {
  endpoint.answerWith(503);
  await shop.customer();
  await shop.standIn.settle();
  endpoint.answerWith(200);
  await shop.passDays(HOUR_DAYS);
  expect(endpoint.types()).toEqual(["customer.created", "customer.created"]);
  expect(shop.standIn.nextDueAt()).toBeNull();
});

test("held ones come when they are released, in the order that is named", async () => {
  const { webhooks } = shop.standIn;
  webhooks.setMode({ kind: "held" });
  await shop.customer();
  await shop.stripe.products.create({ name: "Books" });
  await shop.standIn.settle();
  expect(endpoint.bodies).toEqual([]);
  await webhooks.release(
    webhooks
      .pending()
      .map(({ id }) => id)
      .toReversed(),
  );
  expect(endpoint.types()).toEqual(["product.created", "customer.created"]);
  expect(webhooks.pending()).toEqual([]);
});

test("dropped ones never come, and are listed as not delivered", async () => {
  shop.standIn.webhooks.setMode({ kind: "dropped" });
  await shop.customer();
  await shop.passDays(1);
  expect(endpoint.bodies).toEqual([]);
  const [event] = (await shop.stripe.events.list({ delivery_success: false })).data;
  await shop.standIn.webhooks.deliver(event?.id ?? "");
  expect(endpoint.types()).toEqual(["customer.created"]);
  expect((await shop.stripe.events.list({ delivery_success: false })).data).toEqual([]);
});

test("doubled ones come twice", async () => {
  shop.standIn.webhooks.setMode({ kind: "doubled" });
  await shop.customer();
  await shop.standIn.settle();
  expect(endpoint.types()).toEqual(["customer.created", "customer.created"]);
});

test("shuffled ones all come, in another order", async () => {
  shop.standIn.webhooks.setMode({ kind: "shuffled", seed: 7 });
  const session = await shop.checkout(await shop.customer());
  await shop.standIn.settle();
  const made = await shop.eventsOf(() => shop.standIn.engine.payCheckout(session, "4242424242424242"));
  await shop.standIn.settle();
  const came = endpoint.types().slice(1);
  expect(came).not.toEqual(made);
  expect(came.toSorted()).toEqual(made.toSorted());
});

test("one that was delivered can be delivered again, and as one of the live mode", async () => {
  await shop.customer();
  await shop.standIn.settle();
  const [event] = shop.standIn.engine.events().slice(-1);
  await shop.standIn.webhooks.deliver(event?.id ?? "");
  await shop.standIn.webhooks.deliver(event?.id ?? "", { livemode: true });
  expect(endpoint.bodies.map((body) => JSON.parse(body))).toMatchObject([{ livemode: false }, { livemode: false }, { livemode: true }]);
});

test("without a URL events are kept and listed only", async () => {
  shop.standIn.webhooks.sendTo(null);
  await shop.customer();
  await shop.standIn.settle();
  expect(endpoint.bodies).toEqual([]);
  expect((await shop.stripe.events.list({ limit: 1 })).data).toMatchObject([{ type: "customer.created", pending_webhooks: 0 }]);
});

test.each(["2020-08-27", "2024-06-20"] as const)("R13: in version %s the period stands on the subscription", async (version) => {
  shop.standIn.webhooks.setApiVersion(version);
  const { subscription } = await shop.subscribed();
  shop.standIn.webhooks.setApiVersion("2026-10-28.endive");
  const [event] = (await shop.stripe.events.list({ type: "customer.subscription.created" })).data;
  expect(event).toMatchObject({
    api_version: version,
    data: { object: { id: subscription, current_period_end: Date.UTC(2026, 1, 1) / 1000, quantity: 1 } },
  });
  expect(event).not.toMatchObject({ data: { object: { items: { data: [{ current_period_end: expect.any(Number) }] } } } });
  const [invoice] = (await shop.stripe.events.list({ type: "invoice.paid" })).data;
  expect(invoice).toMatchObject({ data: { object: { subscription, paid: true } } });
  expect(invoice?.data.object).not.toHaveProperty("parent");
});

test.each(["2025-04-30.basil", "2026-06-24.dahlia"] as const)("R13: in version %s it stands on the items", async (version) => {
  shop.standIn.webhooks.setApiVersion(version);
  const { subscription } = await shop.subscribed();
  const [event] = (await shop.stripe.events.list({ type: "customer.subscription.created" })).data;
  expect(event).toMatchObject({
    api_version: version,
    data: { object: { id: subscription, items: { data: [{ current_period_end: Date.UTC(2026, 1, 1) / 1000 }] } } },
  });
  expect(event?.data.object).not.toHaveProperty("current_period_end");
});
