import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestPages, openTestShop, PAGE, type TestPages, type TestShop } from "./open-test-pages.ts";

let pages: TestPages;
let shop: TestShop;
let endpoint: FastifyInstance;
let received: { id: string; type: string }[];
let answersWith: number;

beforeEach(async () => {
  pages = await openTestPages();
  received = [];
  answersWith = 200;
  endpoint = Fastify();
  endpoint.post<{ Body: { id: string; type: string } }>("/webhooks", (request, reply) => {
    received.push({ id: request.body.id, type: request.body.type });
    return reply.code(answersWith).send({});
  });
  pages.stripe.webhooks.sendTo(`${await endpoint.listen({ host: "127.0.0.1", port: 0 })}/webhooks`);
  shop = await openTestShop(pages);
  await pages.stripe.settle();
  received = [];
});
afterEach(async () => {
  await pages.stop();
  await endpoint.close();
});

const subscribe = async (): Promise<string> => {
  const made = pages.stripe.engine.seedSubscription({ priceId: shop.pro, customerId: shop.customer, events: true });
  await pages.stripe.settle();
  return made.subscriptionId;
};
const control = async () => (await pages.get("/control")).json();

test("the page shows customers, subscriptions, invoices and events, newest first, each with how it was delivered", async () => {
  const subscription = await subscribe();
  const { body, statusCode } = await pages.page("");
  expect(statusCode).toBe(200);
  for (const part of ["ada@example.com", subscription, "customer.subscription.created", "delivered", "Deliver again", "Cancel now"])
    expect(body).toContain(part);
  expect(body).not.toMatch(/<script|style=|\son\w+=/i);
  const events = (await pages.get("/events")).json();
  expect(events[0].created).toBeGreaterThanOrEqual(events.at(-1).created);
  expect(events.map(({ id }: { id: string }) => id)).toEqual(
    pages.stripe.engine
      .events()
      .map(({ id }) => id)
      .toReversed(),
  );
  expect(events[0]).toMatchObject({ delivery: "delivered", last_status: 200 });
  expect((await pages.get("/events?limit=1")).json()).toHaveLength(1);
});

test("held events wait, and are released in order, by name, or shuffled", async () => {
  expect((await pages.post("/control/webhooks", { mode: "held" })).json()).toMatchObject({ webhooks: { mode: "held" } });
  await subscribe();
  expect(received).toEqual([]);
  const { pending } = (await control()).webhooks;
  expect(pending.length).toBeGreaterThan(2);
  expect((await pages.get("/events")).json()[0]).toMatchObject({ delivery: "held", tries: 0 });

  const last = pending.at(-1).id;
  await pages.post("/control/webhooks/release", { ids: [last] });
  expect(received.map(({ id }) => id)).toEqual([last]);
  await pages.post("/control/webhooks/release", { order: "in_order" });
  expect(received.slice(1).map(({ id }) => id)).toEqual(pending.slice(0, -1).map(({ id }: { id: string }) => id));
  expect((await control()).webhooks.pending).toEqual([]);

  received = [];
  await pages.make("customers", { email: "one@example.com" });
  await pages.make("customers", { email: "two@example.com" });
  await pages.make("customers", { email: "three@example.com" });
  await pages.submit("/control/webhooks/release", { order: "shuffled" });
  expect(received).toHaveLength(3);
});

test.each([
  ["dropped", 0],
  ["doubled", 2],
  ["prompt", 1],
  ["shuffled", 1],
])("in the mode %s an event comes %d times", async (mode, times) => {
  await pages.submit("/control/webhooks", { mode });
  const customer = await pages.make("customers", { email: "grace@example.com" });
  await pages.stripe.settle();
  expect(received.filter(({ type }) => type === "customer.created")).toHaveLength(times);
  expect(customer).toMatch(/^cus_/);
});

test("an event is delivered again by name, and what the endpoint said is shown", async () => {
  await subscribe();
  const { id } = received[0] ?? { id: "" };
  received = [];
  answersWith = 500;
  expect((await pages.post("/control/webhooks/deliver", { id })).json()).toMatchObject({ eventId: id, status: 500 });
  expect(received.map((event) => event.id)).toEqual([id]);
  const [event] = (await pages.get("/events?limit=10000")).json().filter((one: { id: string }) => one.id === id);
  expect(event).toMatchObject({ last_status: 500, tries: 2 });
  expect((await pages.post("/control/webhooks/deliver", { id: "evt_unknown" })).json()).toMatchObject({
    status: 404,
    code: "event_not_found",
  });
  pages.stripe.webhooks.sendTo(null);
  expect((await pages.post("/control/webhooks/deliver", { id })).json()).toMatchObject({ status: 409, code: "no_endpoint" });
});

test("a fault is set for so many requests, and taken away", async () => {
  expect((await pages.post("/control/faults", { kind: "500", times: 1 })).json()).toMatchObject({ faults: { kind: "500", times_left: 1 } });
  await expect(pages.make("customers", { email: "grace@example.com" })).rejects.toThrow("api_error");
  expect(await pages.make("customers", { email: "grace@example.com" })).toMatch(/^cus_/);
  await pages.submit("/control/faults", { kind: "429", times: "" });
  expect((await control()).faults).toEqual({ kind: "429", times_left: null });
  await pages.submit("/control/faults", { kind: "none" });
  expect((await control()).faults.kind).toBe("none");
});

test("what becomes of a subscription after the last retry is chosen", async () => {
  expect((await pages.post("/control/settings", { after_retries: "unpaid" })).json()).toMatchObject({ after_retries: "unpaid" });
  expect(pages.stripe.engine.settings.afterRetries).toBe("unpaid");
});

test("a subscription is cancelled at once, a customer deleted, a payment refunded and another disputed", async () => {
  const subscription = await subscribe();
  await pages.passDays(31);
  const charges = pages.stripe.engine.list("charge").filter((charge) => charge["paid"] === true);
  const charge = charges[0]?.["id"];
  expect((await pages.submit("/control/refund", { charge: String(charge) })).statusCode).toBe(303);
  expect(pages.stripe.engine.object(String(charge))).toMatchObject({ refunded: true });
  await pages.passDays(31);
  const next = pages.stripe.engine.list("charge")[0]?.["id"];
  expect((await pages.post("/control/dispute", { charge: next })).json()).toMatchObject({ object: "dispute", charge: next });
  expect((await pages.post("/control/cancel", { subscription })).json()).toMatchObject({ id: subscription, status: "canceled" });
  const deleted = await pages.submit("/control/delete_customer", { customer: shop.customer });
  expect([deleted.statusCode, deleted.headers.location]).toEqual([303, "/stripe/"]);
  expect((await pages.page("")).body).not.toContain("ada@example.com");
  expect((await pages.post("/control/delete_customer", { customer: shop.customer })).statusCode).toBe(404);
});

test("a fault of the API does not stand in the way of the control page's own buttons", async () => {
  const subscription = await subscribe();
  await pages.post("/control/faults", { kind: "down" });
  expect((await pages.post("/control/delete_customer", { customer: shop.customer })).statusCode).toBe(200);
  expect(pages.stripe.engine.object(subscription)).toMatchObject({ status: "canceled" });
  expect((await control()).faults.kind).toBe("down");
});

test.each<[string, unknown]>([
  ["webhooks", {}],
  ["webhooks", { mode: "sometimes" }],
  ["webhooks", { mode: ["held"] }],
  ["webhooks", [1]],
  ["webhooks/release", { order: "random" }],
  ["webhooks/release", { ids: "evt_1" }],
  ["webhooks/release", { ids: [1] }],
  ["webhooks/release", { ids: Array.from({ length: 10_001 }, () => "evt_1") }],
  ["webhooks/deliver", {}],
  ["faults", { kind: "explode" }],
  ["faults", { kind: "500", times: 0 }],
  ["faults", { kind: "500", times: 1e9 }],
  ["faults", { kind: "500", times: "1" }],
  ["settings", { after_retries: "forgive" }],
  ["cancel", { subscription: 7 }],
  ["refund", { charge: "" }],
])("%s refuses %j with a code", async (action, body) => {
  const answer = await pages.post(`/control/${action}`, body);
  expect([answer.statusCode, answer.json()]).toMatchObject([422, { code: "invalid_request" }]);
  expect(await control()).toMatchObject({ webhooks: { mode: "prompt" }, faults: { kind: "none" }, after_retries: "cancel" });
});

test("an event that is not held cannot be released, and an unknown thing not be changed", async () => {
  expect((await pages.post("/control/webhooks/release", { ids: ["evt_unknown"] })).json()).toMatchObject({
    status: 422,
    code: "event_not_held",
  });
  for (const [action, field] of [
    ["cancel", "subscription"],
    ["delete_customer", "customer"],
    ["dispute", "charge"],
    ["refund", "charge"],
  ] as const) {
    const answer = await pages.post(`/control/${action}`, { [field]: "__proto__" });
    expect([action, answer.statusCode]).toEqual([action, 404]);
  }
  expect((await pages.get("/events?limit=0")).statusCode).toBe(422);
  expect((await pages.get("/events?from=1")).statusCode).toBe(422);
});

test("another site cannot reach the control page's buttons", async () => {
  const answer = await pages.post("/control/webhooks", { mode: "dropped" }, { "sec-fetch-site": "cross-site" });
  expect([answer.statusCode, (await control()).webhooks.mode]).toEqual([403, "prompt"]);
});

test("the stand-in serves the pages on its own port too, with their style", async () => {
  const alone = await openAlone();
  try {
    const page = await fetch(`${alone.apiBase}/`, { headers: PAGE });
    const text = await page.text();
    expect([page.status, text.includes("<h1>Stripe</h1>")]).toEqual([200, true]);
    const style = /<link rel="stylesheet" href="([^"]+)">/.exec(text)?.[1] ?? "";
    const sheet = await fetch(new URL(style, alone.apiBase));
    expect([sheet.status, sheet.headers.get("content-type")]).toEqual([200, "text/css; charset=utf-8"]);
    const form = { method: "POST", body: new URLSearchParams({ mode: "held" }), redirect: "manual" } as const;
    expect((await fetch(`${alone.apiBase}/control/webhooks`, form)).status).toBe(303);
    expect(alone.webhooks.mode.kind).toBe("held");
  } finally {
    await alone.stop();
  }
});

async function openAlone() {
  const { startStripe } = await import("../stripe.ts");
  return await startStripe({
    home: null,
    port: 0,
    clock: pages.stripe.clock,
    secret: "another secret of a test, long enough",
    pagesUrl: null,
  });
}
