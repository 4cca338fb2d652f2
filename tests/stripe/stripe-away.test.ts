import { type Person, registerVerified } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

let server: BillingServer;
let ada: Person;
beforeAll(async () => {
  server = await openBillingServer();
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

describe("when Stripe is away", () => {
  test.each(["down", "429", "500", "garbage"] as const)(
    "%s: every billing request ends with a code, nothing is half done, and later it works",
    async (fault) => {
      await ask();
      server.stripe.faults.set(fault);
      const requests = [
        ["POST", "/billing/checkout-session", { plan: "pro", interval: "year" }],
        ["POST", "/billing/portal-session", {}],
        ["GET", "/billing/invoices", undefined],
        ["POST", "/billing/sync", {}],
        ["PATCH", "/billing/subscription", { seats: 3 }],
      ] as const;
      for (const [method, path, body] of requests) {
        const answer = await server.request<{ code: string }>(method, path, { token: ada.accessToken, ...(body ? { body } : {}) });
        expect([502, 503], `${path} ${JSON.stringify(answer.body)}`).toContain(answer.status);
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
});
