import { openTestServer } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { plantPayingAccounts } from "@gatehouse/testkit/paying-accounts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runSweeps } from "../sweeps.ts";
import { beginDueReconciliation } from "./begin-reconciliation.ts";

const QUARTER = { RECONCILE_MINUTES: "15" };
let server: BillingServer;
beforeEach(async () => {
  server = await openBillingServer({ env: QUARTER });
  await server.settle();
});
afterEach(() => server.close());

const runs = async () =>
  (await server.database.query("select scope, stage from stripe_reconciliations order by id")).map(
    (run) => `${run["scope"]} ${run["stage"]}`,
  );

test("B2: everything is looked at when the server first starts, events every quarter of an hour, and everything once a day", async () => {
  expect(await runs()).toEqual(["all done"]);
  server.clock.advanceSeconds(15 * 60 - 1);
  await server.settle();
  expect(await runs()).toEqual(["all done"]);
  server.clock.advanceSeconds(1);
  await server.settle();
  await server.settle();
  expect(await runs()).toEqual(["all done", "events done"]);
  server.clock.advanceSeconds(86_400 - 15 * 60);
  await server.settle();
  expect(await runs()).toEqual(["all done", "events done", "all done"]);
});

test("B2: a process that starts looks for events at once, for it may have been away", async () => {
  const { stripe } = server;
  const env = {
    ...QUARTER,
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
    STRIPE_API_BASE: stripe.apiBase,
  };
  const beside = await openTestServer({ beside: server, env });
  await vi.waitFor(async () => expect((await runs()).sort()).toEqual(["all done", "events done"]), { timeout: 30_000 });
  await beside.close();
});

test("what no event told of heals by itself within a day", async () => {
  const [account] = await plantPayingAccounts(server, 1, { interval: "year" });
  await server.advance(1);
  const [row] = await server.database.query("select status from stripe_subscriptions where id = $1", [account?.subscriptionId]);
  expect(row).toEqual({ status: "active" });
});

test("however many sweeps find it due at once, one run begins", async () => {
  server.clock.advanceSeconds(15 * 60);
  await Promise.all(Array.from({ length: 6 }, () => beginDueReconciliation(server.app, false)));
  await server.settle();
  expect(await runs()).toEqual(["all done", "events done"]);
});

test("a run that nobody works on any more is taken up again, and one that somebody does is left to them", async () => {
  await server.database.query(
    `insert into stripe_reconciliations (id, livemode, scope, started_at, stepped_at, stage, events_since)
     values ('01900000-0000-7000-8000-000000000001', false, 'events', $1, $1, 'events', $1)`,
    [server.clock.now()],
  );
  server.clock.advanceSeconds(75 * 60);
  await server.settle();
  expect((await runs()).sort()).toEqual(["all done", "events events"]);
  server.clock.advanceSeconds(1);
  await server.settle();
  expect((await runs()).sort()).toEqual(["all done", "events done"]);
});

test("with Stripe away a run waits, nobody begins another, and it is gone on with when Stripe is back", async () => {
  server.stripe.faults.set("down");
  server.clock.advanceSeconds(15 * 60);
  await server.app.jobs.drain();
  await beginDueReconciliation(server.app, false);
  await server.app.jobs.drain();
  server.clock.advanceSeconds(15 * 60);
  await beginDueReconciliation(server.app, false);
  await server.app.jobs.drain();
  expect(await runs()).toEqual(["all done", "events events"]);
  expect(
    await server.database.query("select state from pgboss.job where data->>'name' = 'stripe.reconcile' and state <> 'completed'"),
  ).toEqual([{ state: "retry" }]);
  server.stripe.faults.set("none");
  await server.database.query("update pgboss.job set start_after = created_on where state = 'retry'");
  await vi.waitFor(async () => expect(await runs()).toEqual(["all done", "events done"]), { timeout: 30_000 });
});

test("old runs are forgotten, but for the last one: the next goes on from it", async () => {
  server.clock.advanceDays(91);
  const keep = { ...server.app, config: { ...server.app.config, reconcileMinutes: 0 } };
  await runSweeps(keep);
  expect(await runs()).toEqual(["all done"]);
  await server.settle();
  const [last] = await server.database.query("select started_at from stripe_reconciliations");
  expect([await runs(), last]).toEqual([["all done"], { started_at: server.clock.now() }]);
});
