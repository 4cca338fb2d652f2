import { applyEvent } from "@gatehouse/server/billing/apply-event";
import { openReceiver } from "@gatehouse/server/billing/receive-event";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { hangingUntil } from "../laws/law-03/dying-worker.ts";
import { openStage, type Stage } from "./billing-stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.server.close());
afterEach(() => stage.server.stripe.faults.set("none"));

const engine = () => stage.server.stripe.engine;
async function buy(customerId: string, accountId: string, plan = "pro") {
  const { subscriptionId } = engine().seedSubscription({
    customerId,
    priceId: await stage.price(plan),
    quantity: 2,
    metadata: { account_id: accountId },
    events: true,
  });
  return subscriptionId;
}
const typed = (customerId: string, type: string) =>
  stage.eventsOf(customerId).filter((id) => JSON.parse(stage.server.stripe.webhooks.body(id)).type === type);

test("O5, SW-5: every order of five events of a life ends in the same row", async () => {
  const { person, customerId } = await stage.customer();
  const id = await buy(customerId, person.account.id);
  engine().changePlan(id, await stage.price("team"), 1);
  engine().cancelAtPeriodEnd(id);
  const events = stage.eventsOf(customerId).slice(-5);
  for (const event of events) await stage.receive(event);
  const ends = new Set<string>();
  for (const order of permutations(events)) {
    await stage.server.database.query("delete from stripe_observations where account_id = $1", [person.account.id]);
    await stage.server.database.query("delete from stripe_subscriptions where account_id = $1", [person.account.id]);
    await stage.server.database.query("update stripe_events set outcome = 'received' where id = any ($1)", [events]);
    for (const event of order) await stage.work(event);
    ends.add(JSON.stringify(await stage.row(person)));
  }
  expect([...ends]).toHaveLength(1);
  expect(await stage.row(person)).toMatchObject([{ id, status: "active", plan: "team", seats: 1, cancel_at_period_end: true }]);
});

test("O6: several changes within one second end as the last of them, whichever event comes last", async () => {
  const { person, customerId } = await stage.customer();
  const id = await buy(customerId, person.account.id);
  engine().cancelAtPeriodEnd(id);
  engine().resumeCancellation(id);
  engine().changePlan(id, await stage.price("pro", "year"), 5);
  const created = new Set(stage.eventsOf(customerId).map((one) => JSON.parse(stage.server.stripe.webhooks.body(one)).created));
  expect(created.size).toBe(1);
  for (const event of stage.eventsOf(customerId).reverse()) await stage.deliver(event);
  expect(await stage.row(person)).toMatchObject([{ seats: 5, cancel_at_period_end: false, price_id: await stage.price("pro", "year") }]);
});

test("O7: a worker that read before another did, and writes after it, writes nothing", async () => {
  const { person, customerId } = await stage.customer();
  const id = await buy(customerId, person.account.id);
  const [first] = typed(customerId, "customer.subscription.created");
  await stage.receive(first ?? "");
  const [reached, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = applyEvent(hangingUntil(stage.server.app, reached.resolve, gate.promise), first ?? "");
  await reached.promise;
  engine().cancelNow(id);
  const [last] = typed(customerId, "customer.subscription.deleted");
  await stage.deliver(last ?? "");
  gate.resolve();
  await slow;
  expect(await stage.row(person)).toMatchObject([{ status: "canceled" }]);
});

test("O8: with Stripe away the event waits, nobody gains or loses access, and it is done when Stripe is back", async () => {
  const { person, customerId } = await stage.customer();
  const id = await buy(customerId, person.account.id);
  for (const event of stage.eventsOf(customerId)) await stage.deliver(event);
  engine().cancelNow(id);
  const [last = ""] = typed(customerId, "customer.subscription.deleted");
  stage.server.stripe.faults.set("down");
  await stage.receive(last);
  await expect(stage.work(last)).rejects.toThrow("billing_unavailable");
  expect(await stage.outcome(last)).toBe("failed");
  expect(await stage.row(person)).toMatchObject([{ status: "active" }]);
  stage.server.stripe.faults.set("none");
  await stage.work(last);
  expect(await stage.outcome(last)).toBe("applied");
  expect(await stage.row(person)).toMatchObject([{ status: "canceled" }]);
});

test("O9: what has ended does not come back by an event that comes late", async () => {
  const { person, customerId } = await stage.customer();
  const id = await buy(customerId, person.account.id);
  const early = stage.eventsOf(customerId);
  engine().cancelNow(id);
  for (const event of [...typed(customerId, "customer.subscription.deleted"), ...early]) await stage.deliver(event);
  expect(await stage.row(person)).toMatchObject([{ id, status: "canceled" }]);
});

test("O10: the end of an old subscription takes nothing from an account that has another one", async () => {
  const { person, customerId } = await stage.customer();
  const old = await buy(customerId, person.account.id);
  engine().cancelNow(old);
  const id = await buy(customerId, person.account.id, "team");
  for (const event of stage.eventsOf(customerId).reverse()) await stage.deliver(event);
  const state = await stage.server.request<{ subscription: object }>("GET", "/billing/state", { token: await stage.token(person) });
  expect(state.body.subscription).toMatchObject({ status: "active", plan: "team" });
  expect((await stage.row(person)).map((row) => row["id"]).sort()).toEqual([old, id].sort());
});

test("O11: `updated` before `created` makes the row, and `created` changes nothing", async () => {
  const { person, customerId } = await stage.customer();
  const id = await buy(customerId, person.account.id);
  engine().changePlan(id, await stage.price("team"), 1);
  const [updated = ""] = typed(customerId, "customer.subscription.updated");
  const [created = ""] = typed(customerId, "customer.subscription.created");
  await stage.deliver(updated);
  const before = await stage.row(person);
  await stage.deliver(created);
  expect(await stage.row(person)).toEqual(before);
  expect(before).toMatchObject([{ plan: "team" }]);
  expect(await stage.outcome(created)).toBe("unchanged");
});

test("O13: three events of one payment at once make one row", async () => {
  const { person, customerId } = await stage.customer();
  await buy(customerId, person.account.id);
  const three = ["payment_intent.succeeded", "charge.succeeded", "invoice.paid"].map((type) => typed(customerId, type)[0] ?? "");
  await Promise.all(three.map((event) => stage.deliver(event)));
  expect(await stage.row(person)).toHaveLength(1);
});

describe("O12: a checkout is told of by two events, in either order, or by one of them", () => {
  test.each([
    ["checkout.session.completed", "customer.subscription.created"],
    ["customer.subscription.created", "checkout.session.completed"],
    ["checkout.session.completed"],
    ["customer.subscription.created"],
  ])("%s %s", async (...types) => {
    const { person, customerId } = await stage.customer();
    const answer = await stage.server.request<{ session_id: string }>("POST", "/billing/checkout-session", {
      token: await stage.token(person),
      body: { plan: "pro" },
    });
    engine().payCheckout(answer.body.session_id, "4242424242424242");
    for (const type of types.filter(Boolean)) await stage.deliver(typed(customerId, type)[0] ?? "");
    expect(await stage.row(person)).toMatchObject([{ status: "trialing", plan: "pro" }]);
  });
});

test("R14: whatever is asked of Stripe is asked in the version that is pinned", async () => {
  await expect(openReceiver(stage.server.app)({ body: Buffer.from("{}"), signature: undefined })).rejects.toThrow("signature_invalid");
  const ours = stage.server.stripe.requests.filter(
    ({ idempotencyKey, method }) => method === "GET" || idempotencyKey?.startsWith("gatehouse:"),
  );
  expect(new Set(ours.map(({ apiVersion }) => apiVersion))).toEqual(new Set(["2026-10-28.endive"]));
});

function permutations<T>(of: readonly T[]): T[][] {
  if (of.length <= 1) return [[...of]];
  return of.flatMap((one, index) => permutations(of.toSpliced(index, 1)).map((rest) => [one, ...rest]));
}
