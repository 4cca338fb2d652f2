import { type AnswerOf, access, type billing } from "@gatehouse/contract";
import { cancelDuplicate } from "@gatehouse/server/billing/cancel-duplicate";
import { type Person, registerMember, registerVerified } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { plantFacts } from "@gatehouse/testkit/facts";
import Stripe from "stripe";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

const GOOD = "4242424242424242";
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

type Checkout = AnswerOf<typeof billing.createCheckoutSession>;
const ask = (body: object = { plan: "pro" }, person = ada) =>
  server.request<Checkout & { code: string; reason?: string; mend?: { action: string; url: string } }>(
    "POST",
    "/billing/checkout-session",
    {
      token: person.accessToken,
      body,
    },
  );
const stateOf = (person = ada) => server.client(person.accessToken).call(access.billingState, {});
const customerOf = async (person = ada): Promise<string> => {
  const rows = await server.database.query<{ customer_id: string }>("select customer_id from billing_customers where account_id = $1", [
    person.account.id,
  ]);
  return rows[0]?.customer_id ?? "none";
};

const openSessions = async () =>
  server.stripe.engine.listOf("checkout.session", await customerOf()).filter((session) => session["status"] === "open");
const customersMade = () =>
  server.stripe.engine.list("customer").filter((customer) => Object(customer["metadata"]).account_id === ada.account.id);
const living = async () => server.stripe.engine.listOf("subscription", await customerOf()).filter((one) => one["status"] !== "canceled");
async function buy(body: object = { plan: "pro" }) {
  const { body: checkout } = await ask(body);
  expect(server.stripe.engine.payCheckout(checkout.session_id, GOOD)).toEqual({ outcome: "paid" });
  await server.settle();
}

describe("one customer, one open checkout, whatever runs at once", () => {
  test("C1, CO-4: twenty first checkouts at once make one customer and one session", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(new Set(answers.map(({ body }) => body.session_id)).size).toBe(1);
    expect(customersMade()).toHaveLength(1);
    expect(await openSessions()).toHaveLength(1);
  });

  test("C4: a second tab gets the same session; another plan ends the first", async () => {
    const [first, second] = [await ask(), await ask()];
    expect(second.body.session_id).toBe(first.body.session_id);
    const other = await ask({ plan: "pro", interval: "year" });
    expect(other.status).toBe(200);
    expect((await openSessions()).map((session) => session["id"])).toEqual([other.body.session_id]);
  });

  test("two who want different plans at once end with one open session", async () => {
    const wishes = Array.from({ length: 8 }, (_, index) => ask({ plan: "pro", interval: index % 2 === 0 ? "month" : "year" }));
    const answers = await Promise.all(wishes);
    expect(answers.every(({ status, body }) => status === 200 || (status === 409 && body.code === "checkout_superseded"))).toBe(true);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    const last = await ask();
    expect((await openSessions()).map((session) => session["id"])).toEqual([last.body.session_id]);
  });

  test.each(["/v1/customers", "/v1/checkout/sessions"])(
    "C3: an answer of %s that is lost leaves one customer and one session",
    async (pathPrefix) => {
      server.stripe.faults.set("lost_answer", 2, { method: "POST", pathPrefix });
      expect((await ask()).status).toBe(503);
      server.stripe.faults.set("none");
      expect((await ask()).status).toBe(200);
      expect(customersMade()).toHaveLength(1);
      expect(await openSessions()).toHaveLength(1);
    },
  );

  test.each(["/v1/customers", "/v1/checkout/sessions"])(
    "C2: a 500 that Stripe repeats for the key of %s does not stick",
    async (pathPrefix) => {
      server.stripe.faults.set("500", 2, { method: "POST", pathPrefix });
      expect((await ask()).status).toBe(503);
      server.stripe.faults.set("none");
      expect((await ask()).status).toBe(200);
      expect(await openSessions()).toHaveLength(1);
    },
  );

  test("C12: a session that expired frees the account, and nothing else has changed", async () => {
    const { body } = await ask();
    await sdk.checkout.sessions.expire(body.session_id);
    await server.settle();
    const rows = await server.database.query("select checkout_session_id from billing_customers where account_id = $1", [ada.account.id]);
    expect(rows).toEqual([{ checkout_session_id: null }]);
    const again = await ask();
    expect(again.body.session_id).not.toBe(body.session_id);
    expect((await stateOf()).subscription).toMatchObject({ status: "trialing", seats: null });
  });

  test("L19: a customer that was deleted at Stripe is forgotten, and the next checkout makes another", async () => {
    await ask();
    const gone = await customerOf();
    await sdk.customers.del(gone);
    expect((await ask()).status).toBe(200);
    expect(await customerOf()).not.toBe(gone);
  });
});

describe("the server alone decides what is bought", () => {
  const smuggled = {
    price: "price_1",
    amount: 1,
    quantity: 2,
    currency: "eur",
    coupon: "FREE",
    trial_days: 99,
    customer: "cus_1",
    mode: "payment",
  };
  test.each(Object.entries({ ...smuggled, success_url: "https://example.com", cancel_url: "https://example.com" }))(
    "C13, CO-1, CO-2: %s is not taken from a request",
    async (name, value) => {
      expect(await ask({ plan: "pro", [name]: value })).toMatchObject({ status: 422, body: { code: "invalid_request" } });
      expect(customersMade()).toEqual([]);
    },
  );

  test.each<[object, string]>([
    [{ plan: "free" }, "plan_not_for_sale"],
    [{ plan: "enterprise" }, "plan_not_for_sale"],
    [{ plan: "constructor" }, "plan_not_for_sale"],
    [{ plan: "pro", seats: 0 }, "invalid_request"],
    [{ plan: "pro", seats: -1 }, "invalid_request"],
    [{ plan: "pro", seats: 1.5 }, "invalid_request"],
    [{ plan: "pro", seats: 11 }, "seats_above_limit"],
    [{ plan: "pro", interval: "week" }, "invalid_request"],
  ])("%j is refused with %s", async (body, code) => expect(await ask(body)).toMatchObject({ status: 422, body: { code } }));

  test("L13: fewer seats than are in use are refused", async () => {
    await registerMember(server, ada);
    expect(await ask({ plan: "pro", seats: 1 })).toMatchObject({ status: 422, body: { code: "seats_below_use", used: 2 } });
    expect((await ask({ plan: "pro" })).body).toMatchObject({ seats: 2 });
  });

  test("CO-3: another account's session is unknown; an open one that nobody paid gives nothing", async () => {
    const { body } = await ask();
    const grace = await registerVerified(server);
    const sync = (person: Person) =>
      server.request("POST", "/billing/sync", { token: person.accessToken, body: { session_id: body.session_id } });
    expect(await sync(grace)).toMatchObject({ status: 404, body: { code: "checkout_not_found" } });
    expect(await sync(ada)).toMatchObject({ status: 200, body: { subscription: { status: "trialing", seats: null } } });
  });

  test("C11: what was paid is there at once when the page asks, before any webhook", async () => {
    server.stripe.webhooks.setMode({ kind: "held" });
    const { body } = await ask();
    server.stripe.engine.payCheckout(body.session_id, GOOD);
    const answer = await server.request("POST", "/billing/sync", { token: ada.accessToken, body: { session_id: body.session_id } });
    server.stripe.webhooks.setMode({ kind: "prompt" });
    expect(answer).toMatchObject({ status: 200, body: { subscription: { plan: "pro", status: "trialing", seats: 1 } } });
    await server.stripe.webhooks.release();
    await server.settle();
  });

  test("C14, CO-5: without a customer there is no portal", async () => {
    const portal = await server.request("POST", "/billing/portal-session", { token: ada.accessToken, body: {} });
    expect(portal).toMatchObject({ status: 409, body: { code: "no_billing_customer" } });
  });

  test("a checkout repeated with its Idempotency-Key gets the first answer; with another body it is refused", async () => {
    const send = (body: object) =>
      server.request<Checkout>("POST", "/billing/checkout-session", { token: ada.accessToken, body, headers: { "idempotency-key": "k" } });
    const [first, second] = [await send({ plan: "pro" }), await send({ plan: "pro" })];
    expect(second.body).toEqual(first.body);
    expect(await send({ plan: "pro", interval: "year" })).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
    expect((await openSessions()).map((session) => session["id"])).toEqual([first.body.session_id]);
  });
});

describe("a second subscription", () => {
  test("is refused while the first payment of one waits, and the way to pay it is told", async () => {
    await ask();
    const [customer, price] = [await customerOf(), await priceOf("pro")];
    await sdk.subscriptions.create({ customer, items: [{ price }], payment_behavior: "default_incomplete" });
    const refused = await ask();
    expect(refused).toMatchObject({ status: 409, body: { reason: "incomplete", mend: { action: "pay_invoice" } } });
    expect(refused.body.mend?.url).toContain("/invoice");
  });

  test("C6: is refused by what Stripe says, where our tables have not heard of the first", async () => {
    await ask();
    server.stripe.webhooks.setMode({ kind: "dropped" });
    const [row] = await server.database.query<{ price_id: string }>("select price_id from plan_billing where plan = 'pro' limit 1");
    server.stripe.engine.seedSubscription({
      customerId: await customerOf(),
      priceId: row?.price_id ?? "",
      metadata: { account_id: ada.account.id },
    });
    server.stripe.webhooks.setMode({ kind: "prompt" });
    expect(await ask()).toMatchObject({ status: 409, body: { code: "subscription_exists", reason: "active" } });
  });

  test("C5: paid all the same is cancelled at Stripe and flagged; both people are told, and the door is never shut", async () => {
    await buy();
    const [row] = await server.database.query<{ price_id: string }>("select price_id from plan_billing where plan = 'pro' limit 1");
    const seed = { customerId: await customerOf(), priceId: row?.price_id ?? "", metadata: { account_id: ada.account.id }, events: true };
    const { subscriptionId } = server.stripe.engine.seedSubscription(seed);
    await server.settle();
    expect(await living()).toHaveLength(1);
    expect((await living())[0]?.["id"]).toBe(subscriptionId); // Active is better than a trial.
    expect((await stateOf()).access.mode).toBe("full");
    const flags = await server.database.query(
      "select kept_id, canceled_at is not null as done from duplicate_subscriptions where account_id = $1",
      [ada.account.id],
    );
    expect(flags).toEqual([{ kept_id: subscriptionId, done: true }]);
    const about = async (address: string) => (await server.mailsTo(address)).map(({ subject }) => subject);
    expect((await about(ada.email)).filter((subject) => /second|twice/i.test(subject))).toHaveLength(1);
    expect((await about(server.app.config.supportEmail)).filter((subject) => /refund/i.test(subject)).length).toBeGreaterThan(0);
  });

  test("C5: is left alone when the one that was to stay has ended before the job could cancel it", async () => {
    await buy();
    server.stripe.webhooks.setMode({ kind: "held" });
    const [first] = await living();
    const customerId = await customerOf();
    const { subscriptionId } = server.stripe.engine.seedSubscription({
      customerId,
      priceId: await priceOf("pro"),
      metadata: { account_id: ada.account.id },
    });
    await server.database.query("insert into duplicate_subscriptions (account_id, id, kept_id, flagged_at) values ($1, $2, $3, $4)", [
      ada.account.id,
      subscriptionId,
      first?.["id"],
      server.clock.now(),
    ]);
    server.stripe.engine.cancelNow(String(first?.["id"]));
    await cancelDuplicate(server.app, ada.account.id, subscriptionId);
    server.stripe.webhooks.setMode({ kind: "prompt" });
    await server.stripe.webhooks.release();
    await server.settle();
    expect((await living()).map((one) => one["id"])).toEqual([subscriptionId]);
  });

  test("C5: is found again when the one that was to stay goes on after all, though nothing told that it was to end", async () => {
    await buy();
    const [trialing] = await living();
    server.stripe.engine.cancelNow(String(trialing?.["id"]));
    await server.settle();
    const seed = { customerId: await customerOf(), priceId: await priceOf("pro"), metadata: { account_id: ada.account.id }, events: true };
    const first = server.stripe.engine.seedSubscription(seed).subscriptionId;
    await server.advance(1);
    server.stripe.webhooks.setMode({ kind: "dropped" });
    await sdk.subscriptions.update(first, { cancel_at_period_end: true });
    server.stripe.webhooks.setMode({ kind: "prompt" });
    server.stripe.engine.seedSubscription(seed);
    await server.settle();
    expect(await living()).toHaveLength(2);
    await sdk.subscriptions.update(first, { cancel_at_period_end: false });
    await server.settle();
    expect((await living()).map((one) => one["id"])).toEqual([first]);
  });

  test("a complimentary account may check out, and its grant ends when the paid subscription is active", async () => {
    await plantFacts(server, ada.account.id, { grants: [{ plan: "team", startsAt: new Date(0), until: null, reason: "pilot" }] });
    expect((await stateOf()).subscription.status).toBe("complimentary");
    await buy();
    expect((await stateOf()).subscription).toMatchObject({ status: "active", plan: "pro" });
    const grants = await server.database.query("select until is not null as ended from complimentary_grants where account_id = $1", [
      ada.account.id,
    ]);
    expect(grants).toEqual([{ ended: true }]);
  });
});

const priceOf = async (plan: string): Promise<string> => {
  const [row] = await server.database.query<{ price_id: string }>("select price_id from plan_billing where plan = $1 limit 1", [plan]);
  return row?.price_id ?? "";
};
