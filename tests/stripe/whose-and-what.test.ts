import { plantFacts } from "@gatehouse/testkit/facts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStage, type Stage } from "./billing-stage.ts";

const FAILS_LATER = "4000000000000341";
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.server.close());

const engine = () => stage.server.stripe.engine;
const seed = async (customerId: string, accountId: string | null, more: object = {}) =>
  engine().seedSubscription({
    customerId,
    priceId: await stage.price("pro"),
    events: true,
    ...(accountId === null ? {} : { metadata: { account_id: accountId } }),
    ...more,
  }).subscriptionId;
const deliverAll = async (customerId: string) => {
  for (const event of stage.eventsOf(customerId)) await stage.deliver(event);
};
const outcomes = async (customerId: string) => new Set(await Promise.all(stage.eventsOf(customerId).map((event) => stage.outcome(event))));

describe("SW-6: whose subscription it is", () => {
  test("one of a customer of ours that is marked for another account is quarantined, and opens nothing for either", async () => {
    const [ada, grace] = [await stage.customer(), await stage.customer()];
    await seed(ada.customerId, grace.person.account.id);
    await deliverAll(ada.customerId);
    expect(await outcomes(ada.customerId)).toContain("quarantined");
    expect([...(await stage.row(ada.person)), ...(await stage.row(grace.person))]).toEqual([]);
  });

  test("one of a customer that nobody has, marked for an account with another customer, is quarantined", async () => {
    const grace = await stage.customer();
    const stranger = await stage.sdk.customers.create({});
    await seed(stranger.id, grace.person.account.id);
    await deliverAll(stranger.id);
    expect(await outcomes(stranger.id)).toContain("quarantined");
    expect(await stage.row(grace.person)).toEqual([]);
  });

  test("one that nobody's mark is on is unmatched, and no address is looked at", async () => {
    const grace = await stage.customer();
    const stranger = await stage.sdk.customers.create({ email: grace.person.email });
    await seed(stranger.id, null);
    await deliverAll(stranger.id);
    expect(await outcomes(stranger.id)).toContain("unmatched");
    expect(await stage.row(grace.person)).toEqual([]);
  });

  test("a reference on a session that we did not reserve gives nobody a customer", async () => {
    const grace = await stage.customer();
    await stage.server.database.query("update billing_customers set customer_id = null where account_id = $1", [grace.person.account.id]);
    const payer = await stage.sdk.customers.create({});
    const session = await stage.sdk.checkout.sessions.create({
      mode: "subscription",
      customer: payer.id,
      client_reference_id: grace.person.account.id,
      line_items: [{ price: await stage.price("pro"), quantity: 1 }],
      success_url: "https://example.com",
    });
    engine().payCheckout(session.id, "4242424242424242");
    await deliverAll(payer.id);
    expect(await stage.row(grace.person)).toEqual([]);
    expect(
      await stage.server.database.query("select customer_id from billing_customers where account_id = $1", [grace.person.account.id]),
    ).toEqual([{ customer_id: null }]);
  });

  test("a customer that was made and not stored, as after a crash, is found by our own mark", async () => {
    const ada = await stage.customer();
    await stage.server.database.query("update billing_customers set customer_id = null where account_id = $1", [ada.person.account.id]);
    await seed(ada.customerId, ada.person.account.id);
    await deliverAll(ada.customerId);
    expect(await stage.row(ada.person)).toMatchObject([{ status: "active", plan: "pro" }]);
  });
});

test("SW-7: a customer of one account cannot be stored for another", async () => {
  const [ada, grace] = [await stage.customer(), await stage.customer()];
  const steal = stage.server.database.query("update billing_customers set customer_id = $1 where account_id = $2", [
    ada.customerId,
    grace.person.account.id,
  ]);
  await expect(steal).rejects.toThrow("billing_customers_customer");
});

test("SW-8: an event of the other mode or of another Stripe account is kept, and does nothing", async () => {
  const ada = await stage.customer();
  await seed(ada.customerId, ada.person.account.id);
  const [event = ""] = stage.eventsOf(ada.customerId);
  for (const change of [{ livemode: true }, { account: "acct_1" }, { type: "nothing.we.know" }]) {
    const body = JSON.stringify({
      ...JSON.parse(stage.server.stripe.webhooks.body(event)),
      ...change,
      id: `${event}${Object.keys(change)}`,
    });
    const headers = { "stripe-signature": stage.server.stripe.webhooks.sign(body), "content-type": "application/json" };
    const answer = await stage.server.http.inject({ method: "POST", url: "/api/v1/webhooks/stripe", payload: body, headers });
    expect(answer.statusCode).toBe(200);
    expect(await stage.outcome(`${event}${Object.keys(change)}`)).toBe("ignored");
  }
  expect(await stage.row(ada.person)).toEqual([]);
});

test("SW-11, L9: a price that is none of ours entitles to nothing, and is told", async () => {
  const ada = await stage.customer();
  await plantFacts(stage.server, ada.person.account.id, {});
  const product = await stage.sdk.products.create({ name: "Something else" });
  const price = await stage.sdk.prices.create({ product: product.id, currency: "usd", unit_amount: 1, recurring: { interval: "month" } });
  await seed(ada.customerId, ada.person.account.id, { priceId: price.id });
  await deliverAll(ada.customerId);
  const state = await stage.server.request("GET", "/billing/state", { token: await stage.token(ada.person) });
  expect(state.body).toMatchObject({ subscription: { plan: null, status: "active" }, access: { mode: "locked", reason: "unknown_plan" } });
  const told = await stage.server.database.query("select kind from billing_notices where account_id = $1", [ada.person.account.id]);
  expect(told).toContainEqual({ kind: "operator_unknown_price" });
});

test("L10: an upgrade that the card does not pay for changes nothing", async () => {
  const ada = await stage.customer();
  await seed(ada.customerId, ada.person.account.id);
  await deliverAll(ada.customerId);
  engine().setCard(ada.customerId, FAILS_LATER);
  const token = await stage.token(ada.person);
  const refused = await stage.server.request("PATCH", "/billing/subscription", { token, body: { plan: "team" } });
  expect(refused).toMatchObject({ status: 402, body: { code: "payment_declined" } });
  engine().setCard(ada.customerId, "4242424242424242");
  const state = await stage.server.request("GET", "/billing/state", { token });
  expect(state.body).toMatchObject({ subscription: { plan: "pro", status: "active" } });
  const paid = await stage.server.request("PATCH", "/billing/subscription", { token, body: { plan: "team" } });
  expect(paid).toMatchObject({ status: 200, body: { subscription: { plan: "team", status: "active" } } });
  expect(engine().listOf("subscription", ada.customerId)).toHaveLength(1);
});

test("C10: a first payment that is not made yet opens nothing by itself", async () => {
  const ada = await stage.customer();
  await plantFacts(stage.server, ada.person.account.id, {});
  await stage.sdk.subscriptions.create({
    customer: ada.customerId,
    items: [{ price: await stage.price("pro") }],
    payment_behavior: "default_incomplete",
    metadata: { account_id: ada.person.account.id },
  });
  await deliverAll(ada.customerId);
  const state = await stage.server.request("GET", "/billing/state", { token: await stage.token(ada.person) });
  expect(state.body).toMatchObject({ subscription: { status: "incomplete" }, access: { mode: "locked", reason: "incomplete" } });
});

test("L3, L27, TR-5: a grant is left alone by everything but a paid subscription; trial and grant do not come back after it", async () => {
  const ada = await stage.customer();
  const id = await seed(ada.customerId, ada.person.account.id, { trialEnd: engine().now() + 5 * 86_400 });
  await plantFacts(stage.server, ada.person.account.id, {
    grants: [{ plan: "team", startsAt: new Date(0), until: null, reason: "pilot" }],
  });
  await deliverAll(ada.customerId);
  const grants = () =>
    stage.server.database.query("select until is null as runs from complimentary_grants where account_id = $1", [ada.person.account.id]);
  expect(await grants()).toEqual([{ runs: true }]);
  await stage.sdk.subscriptions.update(id, { trial_end: "now" });
  await deliverAll(ada.customerId);
  expect(await grants()).toEqual([{ runs: false }]);
  engine().cancelNow(id);
  await deliverAll(ada.customerId);
  const token = await stage.token(ada.person);
  expect((await stage.server.request("GET", "/billing/state", { token })).body).toMatchObject({
    access: { mode: "locked", reason: "canceled" },
  });
  const again = await stage.server.request("POST", "/billing/checkout-session", { token, body: { plan: "pro" } });
  expect(again).toMatchObject({ status: 200, body: { trial_ends_at: null } });
});

test("L20: after the account was deleted with us, what comes of its subscription is worked off, and opens nothing", async () => {
  const ada = await stage.customer();
  const id = await seed(ada.customerId, ada.person.account.id);
  await stage.server.database.query("update accounts set deleted_at = $2 where id = $1", [ada.person.account.id, stage.server.clock.now()]);
  await stage.server.database.query("delete from memberships where account_id = $1", [ada.person.account.id]);
  engine().cancelNow(id);
  await deliverAll(ada.customerId);
  expect(await outcomes(ada.customerId)).not.toContain("failed");
});

test("L21, L22: a refund ends no subscription; a dispute neither, and an operator is told of it once", async () => {
  const ada = await stage.customer();
  await seed(ada.customerId, ada.person.account.id);
  const [charge] = engine().listOf("charge", ada.customerId);
  const [dispute] = [engine().dispute(String(charge?.["id"]))];
  await stage.sdk.refunds.create({ charge: String(charge?.["id"]), amount: 100 }).catch(() => undefined);
  await deliverAll(ada.customerId);
  const about = engine()
    .events()
    .filter(({ type, data }) => type.startsWith("charge.dispute") && data.object["id"] === dispute);
  for (const { id } of [...about, ...about]) await stage.deliver(id);
  expect(await stage.row(ada.person)).toMatchObject([{ status: "active" }]);
  const told = await stage.server.database.query("select kind from billing_notices where account_id = $1 and kind = 'operator_dispute'", [
    ada.person.account.id,
  ]);
  expect(told).toHaveLength(1);
});

test("C9: a trial is carried over with what happens when it ends without a card", async () => {
  const ada = await stage.customer();
  await stage.server.request("POST", "/billing/checkout-session", { token: await stage.token(ada.person), body: { plan: "pro" } });
  const asked = stage.server.stripe.requests.findLast(({ method, path }) => method === "POST" && path === "/v1/checkout/sessions");
  expect(asked?.params).toMatchObject({
    payment_method_collection: "always",
    subscription_data: { trial_settings: { end_behavior: { missing_payment_method: "cancel" } } },
  });
});
