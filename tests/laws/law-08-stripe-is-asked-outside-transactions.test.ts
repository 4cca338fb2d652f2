import { applyCatalogue } from "@gatehouse/server/billing/catalogue-at-stripe";
import { previewReconciliation } from "@gatehouse/server/billing/preview-reconciliation";
import { replayEvent } from "@gatehouse/server/billing/replay-event";
import { runReconciliation } from "@gatehouse/server/billing/run-reconciliation";
import { registerVerified } from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { plantPayingAccounts, priceOf } from "@gatehouse/testkit/paying-accounts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openWatchedBilling, type WatchedBilling } from "./watched-stripe.ts";

const GOOD = "4242424242424242";
let watched: WatchedBilling;
let server: WatchedBilling["server"];
beforeAll(async () => {
  watched = await openWatchedBilling();
  server = watched.server;
});
afterAll(() => watched.close());
afterEach(() => server.stripe.webhooks.setMode({ kind: "prompt" }));

/** @returns what Stripe was asked meanwhile, each kind once; that no transaction was open is held here */
async function askedDuring(work: () => Promise<unknown>): Promise<string[]> {
  const before = watched.requests.length;
  await work();
  const asked = watched.requests.slice(before);
  expect(asked.filter(({ openTransactions }) => openTransactions.length > 0)).toEqual([]);
  return [...new Set(asked.map(({ what }) => what))].sort();
}

type Registered = Awaited<ReturnType<typeof registerVerified>>;
const send = (person: Registered, method: string, path: string, body?: object) =>
  server.request<{ session_id: string }>(method, path, { token: person.accessToken, ...(body ? { body } : {}) });
const checkout = (person: Registered, interval = "month") => send(person, "POST", "/billing/checkout-session", { plan: "pro", interval });
/** Paid at Stripe; the product hears of it when it settles. */
async function pay(person: Registered): Promise<string> {
  const { body } = await checkout(person);
  expect(server.stripe.engine.payCheckout(body.session_id, GOOD)).toEqual({ outcome: "paid" });
  return body.session_id;
}
async function customerOf(person: Registered): Promise<string> {
  const rows = await server.database.query<{ id: string }>("select customer_id as id from billing_customers where account_id = $1", [
    person.account.id,
  ]);
  return rows[0]?.id ?? "";
}

test("a request that is made within a transaction is seen: so an empty list below says something", async () => {
  const before = watched.requests.length;
  const calls = await server.app.stripe.calls(10);
  await server.app.db.asSystem("a test does what nobody may", () => calls.readCheckout("cs_test_none"));
  expect(watched.requests.slice(before)).toMatchObject([
    { what: "GET /v1/checkout/sessions/ID", openTransactions: [expect.stringContaining("begin")] },
  ]);
});

test("checkout: the first, the same again, another one in its place, and eight at once", async () => {
  const [ada, grace] = [await registerVerified(server), await registerVerified(server)];
  const asked = await askedDuring(async () => {
    for (const interval of ["month", "month", "year"]) expect((await checkout(ada, interval)).status).toBe(200);
    await Promise.all(Array.from({ length: 8 }, () => checkout(grace)));
  });
  expect(asked).toEqual([
    "GET /v1/checkout/sessions/ID",
    "GET /v1/customers/ID",
    "GET /v1/subscriptions",
    "POST /v1/checkout/sessions",
    "POST /v1/checkout/sessions/ID/expire",
    "POST /v1/customers",
  ]);
});

test("the return page, a change of seats, the portal and the invoices", async () => {
  const ada = await registerVerified(server);
  server.stripe.webhooks.setMode({ kind: "dropped" });
  const sessionId = await pay(ada);
  const asked = await askedDuring(async () => {
    const requests = [
      ["POST", "/billing/sync", { session_id: sessionId }],
      ["PATCH", "/billing/subscription", { seats: 3 }],
      ["POST", "/billing/portal-session", {}],
      ["GET", "/billing/invoices"],
    ] as const;
    for (const [method, path, body] of requests) expect((await send(ada, method, path, body)).status, path).toBe(200);
  });
  expect(asked).toEqual([
    "GET /v1/checkout/sessions/ID",
    "GET /v1/invoices",
    "GET /v1/subscriptions",
    "POST /v1/billing_portal/sessions",
    "POST /v1/subscriptions/ID",
  ]);
});

test("the jobs of events: of a checkout and its subscription, of a dispute, of a customer that is deleted", async () => {
  const ada = await registerVerified(server);
  await pay(ada);
  const customerId = await customerOf(ada);
  const asked = await askedDuring(async () => {
    await server.settle();
    server.stripe.engine.emitEvent("charge.dispute.created", { id: "dp_1", object: "dispute", charge: "ch_nobodys" });
    await server.settle();
    server.stripe.engine.deleteCustomer(customerId);
    await server.settle();
  });
  expect(asked).toEqual(
    expect.arrayContaining([
      "GET /v1/charges/ID",
      "GET /v1/checkout/sessions/ID",
      "GET /v1/customers/ID",
      "GET /v1/subscriptions",
      "GET /v1/subscriptions/ID",
    ]),
  );
});

test("the job that cancels a subscription too many", async () => {
  const ada = await registerVerified(server);
  await pay(ada);
  await server.settle();
  const [customerId, priceId] = [await customerOf(ada), await priceOf(server, "pro")];
  const metadata = { account_id: ada.account.id };
  const asked = await askedDuring(async () => {
    server.stripe.engine.seedSubscription({ customerId, priceId, metadata, events: true });
    await server.settle();
  });
  expect(asked).toContain("DELETE /v1/subscriptions/ID");
});

test("a reconciliation, its dry run, a replayed event and the catalogue", async () => {
  server.stripe.webhooks.setMode({ kind: "dropped" });
  const [planted] = await plantPayingAccounts(server, 3, { events: true });
  const ada = await registerVerified(server);
  const at = server.clock.now();
  const gone = { id: "sub_unlisted", status: "active", plan: "pro", currentPeriodEnd: null, cancelAtPeriodEnd: false, endsAt: null };
  const rest = { trialEndsAt: null, collectionPaused: null, seats: 1, pastDueSince: null, changedAt: at };
  await plantFacts(server, ada.account.id, { stripe: [{ ...gone, ...rest }] });
  const event = server.stripe.engine.events().find(({ data: { object } }) => object["id"] === planted?.subscriptionId);
  const by = { userId: null, origin: { ip: null, userAgent: "a test" }, reason: null };
  const asked = await askedDuring(async () => {
    await previewReconciliation(server.app, "all");
    expect(await replayEvent(server.app, event?.id ?? "", by)).toBe("fetched");
    const { run } = await runReconciliation(server.app, "all", () => undefined);
    expect(run.counts).toMatchObject({ missing: 1 });
    await applyCatalogue(server.app, 30, () => undefined);
    await server.settle();
  });
  expect(asked).toEqual(
    expect.arrayContaining([
      "GET /v1/events",
      "GET /v1/events/ID",
      "GET /v1/prices",
      "GET /v1/products/testproduct_pro",
      "GET /v1/subscriptions",
      "GET /v1/subscriptions/ID",
    ]),
  );
});
