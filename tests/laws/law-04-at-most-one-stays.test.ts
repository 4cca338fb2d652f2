import { setImmediate } from "node:timers/promises";
import { access } from "@gatehouse/contract";
import { cancelDuplicate } from "@gatehouse/server/billing/cancel-duplicate";
import { openTestServer } from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openStage, type Stage } from "../stripe/billing-stage.ts";

const GOOD = "4242424242424242";
const FAILS_LATER = "4000000000000341";
type Customer = Awaited<ReturnType<Stage["customer"]>>;
let stage: Stage;
let ada: Customer;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.server.close());
/** Nothing opens Pro but what is at Stripe. */
beforeEach(async () => {
  ada = await stage.customer();
  await plantFacts(stage.server, ada.person.account.id, {});
});
afterEach(() => {
  stage.server.stripe.engine.settings.afterRetries = "cancel";
});

const engine = () => stage.server.stripe.engine;
const accountId = () => ada.person.account.id;
const mark = () => ({ account_id: accountId() });
const ask = async (method: string, path: string, body?: object) =>
  stage.server.request<{ code?: string; reason?: string; mend?: { action: string } }>(method, path, {
    token: await stage.token(ada.person),
    ...(body ? { body } : {}),
  });
const door = async () => (await ask("GET", "/things")).status;
const living = () =>
  engine()
    .listOf("subscription", ada.customerId)
    .filter((one) => one["status"] !== "canceled");
const flags = () =>
  stage.server.database.query(
    "select id, kept_id, canceled_at is not null as canceled, withdrawn_at is not null as withdrawn from duplicate_subscriptions where account_id = $1",
    [accountId()],
  );

/** By hand, as in Stripe's dashboard: nothing of ours is asked. */
async function make(card = GOOD): Promise<string> {
  engine().setCard(ada.customerId, card);
  const items = [{ price: await stage.price("pro") }];
  return (await stage.sdk.subscriptions.create({ customer: ada.customerId, items, metadata: mark() })).id;
}
/** Each event of the customer that has not come yet, one after the other. @returns what the door said after each */
async function hearAll(heard: Set<string>): Promise<number[]> {
  const doors: number[] = [];
  for (const event of stage.eventsOf(ada.customerId)) {
    if (heard.has(event)) continue;
    heard.add(event);
    await stage.deliver(event);
    doors.push(await door());
  }
  return doors;
}
/** Stripe does what falls due; nobody hears of it before a test says so. */
async function forward(days: number): Promise<void> {
  stage.server.clock.advanceDays(days);
  await stage.server.stripe.settle();
}

describe("the eight statuses: the door, a second checkout, the portal, a change of seats", () => {
  const failRenewal = async (days: number, afterRetries: "past_due" | "unpaid") => {
    engine().settings.afterRetries = afterRetries;
    await make();
    engine().setCard(ada.customerId, FAILS_LATER);
    await forward(days);
  };
  const incomplete = async () => {
    const items = [{ price: await stage.price("pro") }];
    const wish = { customer: ada.customerId, items, metadata: mark(), payment_behavior: "default_incomplete" as const };
    await stage.sdk.subscriptions.create(wish);
  };
  const withTrial = async () => {
    const items = [{ price: await stage.price("pro") }];
    await stage.sdk.subscriptions.create({ customer: ada.customerId, items, metadata: mark(), trial_end: engine().now() + 9 * 86_400 });
  };
  type Row = readonly [
    when: string,
    status: string,
    bring: () => Promise<unknown>,
    door: number,
    checkout: number,
    mend: string | null,
    portal: number,
    change: number,
  ];
  test.each<Row>([
    ["a trial at Stripe", "trialing", withTrial, 200, 409, "manage_plan", 200, 200],
    ["paid", "active", () => make(), 200, 409, "manage_plan", 200, 200],
    ["a renewal failed, in its grace", "past_due", () => failRenewal(32, "past_due"), 200, 409, "manage_plan", 200, 409],
    ["a renewal failed, after its grace", "past_due", () => failRenewal(50, "past_due"), 402, 409, "manage_plan", 200, 409],
    ["retries are over", "unpaid", () => failRenewal(50, "unpaid"), 402, 409, "manage_plan", 200, 409],
    ["put on hold", "paused", async () => engine().pause(await make()), 402, 409, "manage_plan", 200, 409],
    ["the first payment waits", "incomplete", incomplete, 402, 409, "pay_invoice", 200, 409],
    ["the first payment never came", "incomplete_expired", () => incomplete().then(() => forward(1)), 402, 200, null, 200, 409],
    ["it has ended", "canceled", async () => engine().cancelNow(await make()), 402, 200, null, 200, 409],
  ])("%s: %s", async (_, status, bring, opens, checkout, mend, portal, change) => {
    await bring();
    await hearAll(new Set());
    expect(await stage.row(ada.person)).toMatchObject([{ status }]);
    expect(await door()).toBe(opens);
    expect((await ask("POST", "/billing/portal-session", {})).status).toBe(portal);
    const second = await ask("POST", "/billing/checkout-session", { plan: "pro" });
    const refusal = { code: "subscription_exists", reason: status, mend: { action: mend } };
    expect(second).toMatchObject({ status: checkout, body: mend === null ? {} : refusal });
    const changed = await ask("PATCH", "/billing/subscription", { seats: 4 });
    expect(changed.status, JSON.stringify(changed.body)).toBe(change);
    expect(living().filter((one) => one["status"] !== "incomplete_expired").length).toBe(checkout === 409 ? 1 : 0);
  });
});

describe("C5: two that are both paid", () => {
  const heard = new Set<string>();

  test("one stays and one is cancelled; at no moment is the door shut, and each is told once", async () => {
    const first = await make();
    await hearAll(heard);
    const second = await make();
    expect(new Set(await hearAll(heard))).toEqual(new Set([200]));
    const flagged = (await flags())[0]?.["id"];
    expect([first, second]).toContain(flagged);
    expect(await flags()).toMatchObject([{ canceled: false, withdrawn: false }]);

    let isDone = false;
    const token = await stage.token(ada.person);
    const doors: number[] = [];
    const watch = async (): Promise<void> => {
      while (!isDone) {
        doors.push((await stage.server.request("GET", "/things", { token })).status);
        // Where the answer comes from memory, others must have their turn.
        await setImmediate();
      }
    };
    const watching = watch();
    await cancelDuplicate(stage.server.app, accountId(), String(flagged));
    isDone = true;
    await watching;
    expect(new Set([...doors, ...(await hearAll(heard))])).toEqual(new Set([200]));

    expect(await flags()).toMatchObject([{ id: flagged, canceled: true, withdrawn: false }]);
    expect(living().map(({ id }) => id)).toEqual([first, second].filter((id) => id !== flagged));
    const told = await stage.server.database.query(
      "select kind, count(*)::int as times from billing_notices where account_id = $1 and kind in ('duplicate_subscription', 'operator_duplicate') group by kind order by kind",
      [accountId()],
    );
    expect(told).toEqual([
      { kind: "duplicate_subscription", times: 1 },
      { kind: "operator_duplicate", times: 1 },
    ]);
  });

  type Ending = readonly [how: string, end: (kept: string) => unknown, isToldFirst: boolean, left: number];
  test.each<Ending>([
    ["ended at once, and nobody has told us", (kept) => engine().cancelNow(kept), false, 1],
    ["ended at once, and we have heard of it", (kept) => engine().cancelNow(kept), true, 1],
    ["was cancelled to the end of its period", (kept) => engine().cancelAtPeriodEnd(kept), false, 2],
    ["was paused, and is the one too many now", (kept) => engine().pause(kept), false, 1],
  ])("the one that was to stay %s before the job: then the other stays, and the door was never shut", async (_, end, isToldFirst, left) => {
    await make();
    await make();
    const doors = await hearAll(heard);
    const [flag] = await flags();
    expect(flag).toMatchObject({ canceled: false, withdrawn: false });
    end(String(flag?.["kept_id"]));
    if (isToldFirst) doors.push(...(await hearAll(heard)));
    for (let time = 0; time < 2; time += 1) {
      await cancelDuplicate(stage.server.app, accountId(), String(flag?.["id"]));
      doors.push(await door());
    }
    doors.push(...(await hearAll(heard)));
    for (const { id, withdrawn } of await flags()) {
      if (!withdrawn) await cancelDuplicate(stage.server.app, accountId(), String(id));
    }
    doors.push(await door(), ...(await hearAll(heard)));
    expect(new Set(doors.slice(doors.indexOf(200)))).toEqual(new Set([200]));
    expect((await flags()).find(({ id }) => id === flag?.["id"])).toMatchObject({ canceled: false, withdrawn: true });
    expect(living().map(({ id }) => id)).toContain(flag?.["id"]);
    expect(living()).toHaveLength(left);
  });
});

test("C1, C3: twenty first checkouts in two processes make one customer and one session", async () => {
  const { server } = stage;
  await server.database.query("delete from billing_customers where account_id = $1", [accountId()]);
  const { apiBase, secretKey } = server.stripe;
  const beside = await openTestServer({ beside: server, role: "api", env: { STRIPE_API_BASE: apiBase, STRIPE_SECRET_KEY: secretKey } });
  try {
    const token = await stage.token(ada.person);
    const wish = { token, body: { plan: "pro" } };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? server : beside).request<{ session_id: string }>("POST", "/billing/checkout-session", wish),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(new Set(answers.map(({ body }) => body.session_id)).size).toBe(1);
    const made = engine()
      .list("customer")
      .filter((one) => Object(one["metadata"]).account_id === accountId() && one["id"] !== ada.customerId);
    expect(made).toHaveLength(1);
    expect(engine().listOf("checkout.session", String(made[0]?.["id"]))).toHaveLength(1);
    expect((await beside.client(token).call(access.billingState, {})).plan_billing.has_customer).toBe(true);
  } finally {
    await beside.close();
  }
});
