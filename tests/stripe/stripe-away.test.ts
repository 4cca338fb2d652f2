import { access } from "@gatehouse/contract";
import { type Person, registerVerified } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { priceOf } from "@gatehouse/testkit/paying-accounts";
import Stripe from "stripe";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

let server: BillingServer;
let sdk: Stripe;
let ada: Person;
beforeAll(async () => {
  server = await openBillingServer();
  const { hostname, port } = new URL(server.stripe.apiBase);
  sdk = new Stripe(server.stripe.secretKey, { host: hostname, port, protocol: "http" });
});
afterAll(() => server.close());
beforeEach(async () => {
  ada = await registerVerified(server);
});
afterEach(() => server.stripe.faults.set("none"));

const ask = (body: object = { plan: "pro" }) => server.request("POST", "/billing/checkout-session", { token: ada.accessToken, body });
const customersMade = () =>
  server.stripe.engine.list("customer").filter((customer) => Object(customer["metadata"]).account_id === ada.account.id);
const openSessions = () =>
  customersMade().flatMap(({ id }) =>
    server.stripe.engine.listOf("checkout.session", String(id)).filter((session) => session["status"] === "open"),
  );

/** Every route that asks Stripe. */
const REQUESTS = [
  ["POST", "/billing/checkout-session", { plan: "pro", interval: "year" }],
  ["POST", "/billing/portal-session", {}],
  ["GET", "/billing/invoices", undefined],
  ["POST", "/billing/sync", {}],
  ["PATCH", "/billing/subscription", { seats: 3 }],
] as const;
const send = ([method, path, body]: (typeof REQUESTS)[number]) =>
  server.request<{ code: string }>(method, path, { token: ada.accessToken, ...(body ? { body } : {}) });

describe("when Stripe is away", () => {
  test.each(["down", "429", "500", "garbage"] as const)(
    "%s: every billing request ends with a code, nothing is half done, and later it works",
    async (fault) => {
      await ask();
      server.stripe.faults.set(fault);
      for (const request of REQUESTS) {
        const answer = await send(request);
        expect([502, 503], `${request[1]} ${JSON.stringify(answer.body)}`).toContain(answer.status);
        expect(["billing_unavailable", "billing_failed"]).toContain(answer.body.code);
      }
      server.stripe.faults.set("none");
      expect((await ask()).status).toBe(200);
      expect(openSessions()).toHaveLength(1);
      expect(customersMade()).toHaveLength(1);
    },
  );

  test("slow: nobody waits for it, and nothing is half done", async () => {
    await ask();
    server.stripe.faults.set("slow", 4);
    expect(await ask({ plan: "pro", interval: "year" })).toMatchObject({ status: 503, body: { code: "billing_unavailable" } });
    server.stripe.faults.set("none");
    expect((await ask({ plan: "pro", interval: "year" })).status).toBe(200);
    expect(openSessions()).toHaveLength(1);
  });

  test("slow: every billing request ends with a code, without waiting for Stripe", async () => {
    await ask();
    server.stripe.faults.set("slow");
    for (const { status, body } of await Promise.all(REQUESTS.map(send)))
      expect({ status, code: body.code }).toEqual({ status: 503, code: "billing_unavailable" });
  });

  test.each(["lost_answer", "500", "down", "garbage"] as const)(
    "L10: %s in the midst of a change: it is made once or not at all, and asking again makes it, charged once",
    async (fault) => {
      const { body } = await ask();
      await sdk.checkout.sessions.expire(String(body["session_id"]));
      const [customer] = customersMade();
      const seed = { customerId: String(customer?.id), priceId: await priceOf(server, "pro"), metadata: { account_id: ada.account.id } };
      const { subscriptionId } = server.stripe.engine.seedSubscription({ ...seed, events: true });
      await server.settle();
      server.stripe.faults.set(fault, 2, { method: "POST", pathPrefix: "/v1/subscriptions" });
      const change = () => server.request("PATCH", "/billing/subscription", { token: ada.accessToken, body: { seats: 3 } });
      expect((await change()).status).toBe(503);
      server.stripe.faults.set("none");
      await server.settle();
      const before = await server.client(ada.accessToken).call(access.billingState, {});
      expect([1, 3]).toContain(before.subscription.seats);
      for (let time = 0; time < 2; time += 1) expect(await change()).toMatchObject({ status: 200, body: { subscription: { seats: 3 } } });
      const ofChange = server.stripe.engine
        .listOf("invoice", seed.customerId)
        .filter((invoice) => invoice["billing_reason"] === "subscription_update");
      expect(ofChange).toHaveLength(1);
      expect(server.stripe.engine.listOf("subscription", seed.customerId)).toMatchObject([{ id: subscriptionId }]);
    },
  );
});
