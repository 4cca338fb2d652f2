import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { type PayingAccount, plantPayingAccounts, priceOf } from "@gatehouse/testkit/paying-accounts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { beginDueReconciliation, openReconciliation } from "./begin-reconciliation.ts";
import { previewReconciliation } from "./preview-reconciliation.ts";
import { takePage } from "./reconcile.ts";
import { runReconciliation } from "./run-reconciliation.ts";

let server: BillingServer;
beforeAll(async () => {
  server = await openBillingServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  server.stripe.faults.set("none");
  server.stripe.webhooks.setMode({ kind: "prompt" });
  await reconcile();
});

const reconcile = (scope: "events" | "all" = "all") => runReconciliation(server.app, scope, () => undefined);
const plant = async (count = 1, interval: "month" | "year" = "month"): Promise<PayingAccount[]> => {
  const planted = await plantPayingAccounts(server, count, { interval });
  await reconcile();
  return planted;
};
const one = async (): Promise<PayingAccount> => (await plant())[0] ?? Promise.reject(new Error("none was planted"));
const row = async ({ subscriptionId }: PayingAccount) =>
  (await server.database.query("select status, seats, ended_at, last_ticket from stripe_subscriptions where id = $1", [subscriptionId]))[0];
const history = ({ accountId }: PayingAccount) =>
  server.database.query("select cause, value->>'status' as status from access_history where account_id = $1 order by id", [accountId]);
const drop = (): void => server.stripe.webhooks.setMode({ kind: "dropped" });
const seatsAtStripe = async ({ subscriptionId }: PayingAccount, seats: number): Promise<void> =>
  void server.stripe.engine.changePlan(subscriptionId, await priceOf(server, "pro"), seats);

/** All that billing keeps, but for the time of the last look. */
const everything = () =>
  server.database.query(`
    select (select json_agg(s order by s.id) from stripe_subscriptions s)::text as subscriptions,
           (select json_agg(e order by e.id) from stripe_events e)::text as events,
           (select json_agg(o order by o.id) from stripe_observations o)::text as observations,
           (select json_agg(c order by c.account_id) from billing_customers c)::text as customers,
           (select json_agg(r order by r.id) from stripe_reconciliations r)::text as runs,
           (select count(*) from access_history) as history, (select count(*) from pgboss.job) as jobs,
           (select count(*) from billing_notices) as notices, (select count(*) from stripe_reconciliation_changes) as changes`);

test("B2: events that were never delivered are brought in, and go through the same handler", async () => {
  const account = await one();
  drop();
  server.stripe.engine.cancelNow(account.subscriptionId);
  await server.settle();
  expect(await row(account)).toMatchObject({ status: "active" });

  const { run, events } = await reconcile("events");
  expect(run).toMatchObject({ stage: "done", counts: { seen: 0 } });
  expect(events.find((event) => event.type === "customer.subscription.deleted")).toMatchObject({
    outcome: "applied",
    accountId: account.accountId,
  });
  expect(await row(account)).toMatchObject({ status: "canceled" });
  expect((await history(account)).at(-1)).toEqual({ cause: "stripe.customer.subscription.deleted", status: "canceled" });
  const origins = await server.database.query("select distinct origin from stripe_events where id = any($1)", [events.map(({ id }) => id)]);
  expect(origins).toEqual([{ origin: "reconciliation" }]);

  // And once more: nothing is new, and nothing is done.
  expect(await reconcile("events")).toMatchObject({ run: { counts: { eventsNew: 0 } }, events: [] });
});

test("B2: an event that is lost before one that came is found, however late the next run is", async () => {
  const [early, late] = await plant(2);
  if (!early || !late) throw new Error("two were planted");
  drop();
  server.stripe.engine.cancelNow(early.subscriptionId);
  server.clock.advanceSeconds(3600);
  server.stripe.webhooks.setMode({ kind: "prompt" });
  server.stripe.engine.cancelNow(late.subscriptionId);
  await server.settle();
  expect([(await row(early))?.["status"], (await row(late))?.["status"]]).toEqual(["active", "canceled"]);
  server.clock.advanceSeconds(3600);
  await reconcile("events");
  expect((await row(early))?.["status"]).toBe("canceled");
});

test("B3: what changed longer ago than Stripe remembers its events is healed from the subscriptions themselves", async () => {
  // By the year: nothing else happens to it meanwhile.
  const [account] = await plant(1, "year");
  if (!account) throw new Error("one was planted");
  drop();
  server.stripe.engine.changePlan(account.subscriptionId, await priceOf(server, "pro", "year"), 7);
  server.clock.advanceDays(31);
  const { events } = await reconcile("events");
  expect(events.filter((event) => event.accountId === account.accountId)).toEqual([]);
  expect(await row(account)).toMatchObject({ seats: 1 });

  const { changes } = await reconcile();
  const mine = changes.find((change) => change.subscriptionId === account.subscriptionId);
  expect(mine).toMatchObject({ what: "changed", accountId: account.accountId, why: "Stripe has it differently, and no event had told us" });
  expect(mine?.differences).toContainEqual({ field: "seats", was: 1, is: 7 });
  expect(await row(account)).toMatchObject({ seats: 7 });
  expect((await history(account)).at(-1)).toMatchObject({ cause: "reconciliation" });
});

test("B3: a subscription that we never heard of is taken in by its mark, and its customer with it", async () => {
  const account = await one();
  const [fresh] = await plantPayingAccounts(server, 1);
  if (!fresh) throw new Error("one was planted");
  await server.database.query("delete from billing_customers where account_id = $1", [fresh.accountId]);
  const changes = (await reconcile()).changes.filter((change) => change.accountId === fresh.accountId);
  expect(changes).toMatchObject([{ what: "new", accountId: fresh.accountId, subscriptionId: fresh.subscriptionId }]);
  const [customer] = await server.database.query("select customer_id from billing_customers where account_id = $1", [fresh.accountId]);
  expect(customer).toEqual({ customer_id: fresh.customerId });
  expect(await row(account)).toMatchObject({ status: "active" });
});

test("B4: a canceled one heals too: Stripe is asked for all, not for those that run", async () => {
  const account = await one();
  drop();
  server.stripe.engine.cancelNow(account.subscriptionId);
  server.clock.advanceDays(31);
  await reconcile();
  expect(await row(account)).toMatchObject({ status: "canceled" });
  const asked = server.stripe.requests.filter(({ path }) => path === "/v1/subscriptions");
  expect(new Set(asked.map(({ params }) => params["status"]))).toEqual(new Set(["all"]));
});

test("B5: 250 subscriptions are read to the end, a hundred a page, and what stands costs nothing but the reading", async () => {
  const planted = await plant(250, "year");
  const before = server.stripe.requests.length;
  const { run } = await reconcile();
  const asked = server.stripe.requests.slice(before).map(({ path }) => path);
  const total = server.stripe.engine.list("subscription").length;
  expect(run.counts).toMatchObject({ seen: total, changed: 0 });
  expect(asked.filter((path) => path === "/v1/subscriptions")).toHaveLength(Math.ceil(total / 100));
  expect(asked.filter((path) => path !== "/v1/subscriptions" && path !== "/v1/events")).toEqual([]);
  const stored = await server.database.query<{ last_ticket: string }>("select last_ticket from stripe_subscriptions where id = any($1)", [
    planted.map(({ subscriptionId }) => subscriptionId),
  ]);
  expect(stored).toHaveLength(250);
  expect(stored.every((each) => Number(each.last_ticket) >= Number(run.firstTicket))).toBe(true);
});

test("B5: with Stripe too busy the run stands where it stood, and its job goes on with it", async () => {
  const account = await one();
  drop();
  await seatsAtStripe(account, 5);
  const { run } = await openReconciliation(server.app, "all");
  const { run: stood } = await takePage(server.app, run.id);
  await server.app.jobs.drain();
  // Both tries of the client.
  server.stripe.faults.set("429", 2);
  await expect(takePage(server.app, run.id)).rejects.toMatchObject({ code: "billing_unavailable" });
  expect(await server.database.query("select stage, page, trouble from stripe_reconciliations where finished_at is null")).toEqual([
    { stage: stood?.stage, page: 1, trouble: "billing_unavailable" },
  ]);
  server.stripe.faults.set("500", 1);
  await server.app.db.asSystem("test", (tx) => server.app.jobs.enqueue(tx, "stripe.reconcile", { runId: run.id }));
  await server.app.jobs.drain();
  expect(await server.database.query("select stage, trouble from stripe_reconciliations where id = $1", [run.id])).toEqual([
    { stage: "done", trouble: null },
  ]);
  expect(await row(account)).toMatchObject({ seats: 5 });
});

test("a subscription that Stripe does not know is told of, and nobody loses anything by it", async () => {
  const account = await one();
  await server.database.query(
    `insert into stripe_subscriptions (account_id, id, status, plan, cancel_at_period_end, seats, changed_at, last_ticket)
     values ($1, 'sub_of_nowhere', 'active', 'pro', false, 1, $2, 1)`,
    [account.accountId, server.clock.now()],
  );
  const { run, changes } = await reconcile();
  expect(run.counts).toMatchObject({ missing: 1, changed: 0 });
  expect(changes.filter(({ what }) => what === "missing")).toMatchObject([
    { what: "missing", accountId: account.accountId, subscriptionId: "sub_of_nowhere" },
  ]);
  const [left] = await server.database.query("select status, last_ticket from stripe_subscriptions where id = 'sub_of_nowhere'");
  expect(left).toEqual({ status: "active", last_ticket: "1" });
  expect(server.logLines().some((line) => line.includes("alarm: Stripe knows no such subscription"))).toBe(true);
  await server.database.query("delete from stripe_subscriptions where id = 'sub_of_nowhere'");
});

test("B6: what is nobody's, and what contradicts what we know, is counted and changes nothing", async () => {
  const [ada, grace] = await plant(2);
  if (!ada || !grace) throw new Error("two were planted");
  const priceId = await priceOf(server, "pro");
  server.stripe.engine.seedSubscription({ priceId });
  const { subscriptionId } = server.stripe.engine.seedSubscription({
    priceId,
    customerId: ada.customerId,
    metadata: { account_id: grace.accountId },
  });
  const before = (await server.database.query("select id from stripe_subscriptions")).length;
  const { run, changes } = await reconcile();
  expect(run.counts).toMatchObject({ unmatched: 1, quarantined: 1, changed: 0 });
  expect(changes).toMatchObject([{ what: "quarantined", subscriptionId }]);
  expect(await server.database.query("select id from stripe_subscriptions")).toHaveLength(before);
  server.stripe.engine.cancelNow(subscriptionId);
});

test("one that cannot be settled is told of, and keeps no other from it", async () => {
  const [bad, good] = await plant(2);
  if (!bad || !good) throw new Error("two were planted");
  drop();
  for (const account of [bad, good]) await seatsAtStripe(account, 3);
  await server.database.query(
    `create function refuse_it() returns trigger language plpgsql as $$ begin raise exception 'this one will not do'; end $$`,
  );
  await server.database.query(
    `create trigger refuse_it before update on stripe_subscriptions for each row when (new.id = '${bad.subscriptionId}') execute function refuse_it()`,
  );
  const { run, changes } = await reconcile();
  await server.database.query("drop trigger refuse_it on stripe_subscriptions");
  await server.database.query("drop function refuse_it");
  expect(run.counts).toMatchObject({ failed: 1 });
  expect(changes).toContainEqual(
    expect.objectContaining({ what: "failed", subscriptionId: bad.subscriptionId, why: "this one will not do" }),
  );
  expect([await row(bad), await row(good)]).toMatchObject([{ seats: 1 }, { seats: 3 }]);
  await reconcile();
  expect(await row(bad)).toMatchObject({ seats: 3 });
});

test("a page whose beginning Stripe has forgotten meanwhile is no end: the stage is gone through again", async () => {
  const account = await one();
  drop();
  await seatsAtStripe(account, 4);
  const { run } = await openReconciliation(server.app, "all");
  await takePage(server.app, run.id);
  await server.database.query("update stripe_reconciliations set cursor_id = 'sub_that_was_purged' where id = $1", [run.id]);
  expect(await reconcile()).toMatchObject({ wasOpen: true, run: { id: run.id, stage: "done" } });
  expect(await row(account)).toMatchObject({ seats: 4 });
});

test("a dry run says what would be changed, and changes nothing at all", async () => {
  const [drifted, fresh] = [await one(), (await plantPayingAccounts(server, 1))[0]];
  if (!fresh) throw new Error("one was planted");
  drop();
  await seatsAtStripe(drifted, 9);
  const before = await everything();
  const preview = await previewReconciliation(server.app, "all");
  expect(await everything()).toEqual(before);
  expect(preview.counts).toMatchObject({ changed: 2, missing: 0 });
  expect(preview.newEvents.length).toBeGreaterThan(0);
  const wouldChange = preview.changes.filter(({ what }) => what !== "quarantined");
  expect(wouldChange.map(({ what, subscriptionId }) => `${what} ${subscriptionId}`).sort()).toEqual(
    [`changed ${drifted.subscriptionId}`, `new ${fresh.subscriptionId}`].sort(),
  );
  expect((await reconcile()).run.counts.eventsNew).toBe(preview.newEvents.length);
});

test("with no key there is nothing to reconcile, and nothing begins", async () => {
  const dark = {
    ...server.app,
    stripe: { ...server.app.stripe, configured: false },
    config: { ...server.app.config, reconcileMinutes: 15 },
  };
  const before = await everything();
  await beginDueReconciliation(dark, true);
  expect(await everything()).toEqual(before);
});
