import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { type PayingAccount, plantPayingAccounts, priceOf } from "@gatehouse/testkit/paying-accounts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type RebuildFinding, rebuildSubscriptions } from "./rebuild.ts";
import { runReconciliation } from "./run-reconciliation.ts";

let server: BillingServer;
let account: PayingAccount;
beforeAll(async () => {
  server = await openBillingServer();
  await plantPayingAccounts(server, 60, { interval: "year" });
  await runReconciliation(server.app, "all", () => undefined);
});
afterAll(() => server.close());
beforeEach(async () => {
  // One with a past: more seats, cancelled to the end, brought back, failed to pay.
  const [planted] = await plantPayingAccounts(server, 1);
  if (!planted) throw new Error("one was planted");
  account = planted;
  const { engine } = server.stripe;
  engine.changePlan(account.subscriptionId, await priceOf(server, "pro"), 4);
  await server.settle();
  engine.cancelAtPeriodEnd(account.subscriptionId);
  await server.settle();
  engine.resumeCancellation(account.subscriptionId);
  engine.setCard(account.customerId, "4000000000000341");
  await server.advance(32);
});

const rebuild = async (writes: boolean) => {
  const findings: RebuildFinding[] = [];
  const sum = await rebuildSubscriptions(server.app, writes, (finding) => findings.push(finding));
  return { sum, findings };
};
const rows = () => server.database.query("select s::text as row from stripe_subscriptions s order by account_id, id");
/** The ticket of the last look is known to the row alone. */
const rowsButTickets = () =>
  server.database.query("select to_jsonb(s) - 'last_ticket' as row from stripe_subscriptions s order by account_id, id");
const mine = ({ findings }: { findings: readonly RebuildFinding[] }) => findings.filter((one) => one.accountId === account.accountId);

test("law 3: observations alone give every row back, to the last field", async () => {
  const [row] = await server.database.query("select status, seats, open_invoice from stripe_subscriptions where id = $1", [
    account.subscriptionId,
  ]);
  expect(row).toMatchObject({ status: "past_due", seats: 4, open_invoice: { attemptCount: expect.any(Number) } });
  const before = await rowsButTickets();
  await server.database.query("delete from stripe_subscriptions");
  const { sum, findings } = await rebuild(true);
  expect(await rowsButTickets()).toEqual(before);
  expect(sum).toMatchObject({ findings: before.length, written: before.length });
  expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(["no_row"]));
  expect((await rebuild(true)).findings).toEqual([]);
});

test("what stands is as it was read, and a rebuild writes nothing", async () => {
  const before = await rows();
  expect(await rebuild(true)).toMatchObject({ sum: { findings: 0, written: 0, subscriptions: before.length }, findings: [] });
  expect(await rows()).toEqual(before);
});

test("a row that was tampered with is found, told field by field, and mended under the account's lock", async () => {
  const [before] = await server.database.query("select s::text as row from stripe_subscriptions s where id = $1", [account.subscriptionId]);
  await server.database.query("update stripe_subscriptions set plan = 'team', seats = 50, status = 'active' where id = $1", [
    account.subscriptionId,
  ]);
  const tampered = await rows();
  const dry = await rebuild(false);
  expect(await rows()).toEqual(tampered);
  expect(dry.sum).toMatchObject({ findings: 1, written: 0 });
  expect(mine(dry)).toEqual([
    {
      kind: "differs",
      accountId: account.accountId,
      subscriptionId: account.subscriptionId,
      differences: [
        { field: "plan", was: "team", is: "pro" },
        { field: "seats", was: 50, is: 4 },
        { field: "status", was: "active", is: "past_due" },
      ],
    },
  ]);
  const done = await rebuild(true);
  expect(mine(done)).toEqual(mine(dry));
  const [after] = await server.database.query("select s::text as row from stripe_subscriptions s where id = $1", [account.subscriptionId]);
  expect(after).toEqual(before);
  const [last] = await server.database.query(
    "select cause, value->>'plan' as plan from access_history where account_id = $1 order by recorded_at desc, id desc limit 1",
    [account.accountId],
  );
  expect(last).toEqual({ cause: "rebuild", plan: "pro" });
});

test("a mended row keeps its ticket: no older reading that is still under way comes after it", async () => {
  const ticketOf = async () =>
    Number(
      (await server.database.query("select last_ticket from stripe_subscriptions where id = $1", [account.subscriptionId]))[0]?.[
        "last_ticket"
      ],
    );
  const before = await ticketOf();
  await server.database.query("update stripe_subscriptions set seats = 50 where id = $1", [account.subscriptionId]);
  await rebuild(true);
  expect(await ticketOf()).toBe(before);
});

test("a row that was never observed is told of, and stays", async () => {
  await server.database.query(
    `insert into stripe_subscriptions (account_id, id, status, plan, cancel_at_period_end, seats, changed_at, last_ticket)
     values ($1, 'sub_by_hand', 'active', 'pro', false, 1, $2, 1)`,
    [account.accountId, server.clock.now()],
  );
  const { sum, findings } = await rebuild(true);
  expect([sum.findings, sum.written]).toEqual([1, 0]);
  expect(findings).toEqual([{ kind: "unobserved", accountId: account.accountId, subscriptionId: "sub_by_hand", differences: [] }]);
  expect(await server.database.query("delete from stripe_subscriptions where id = 'sub_by_hand' returning status")).toEqual([
    { status: "active" },
  ]);
});

test("L9: where no price of today is known, a rebuild tells of it and takes nobody's plan away", async () => {
  const others = { ...server.app, stripe: { ...server.app.stripe, livemode: true } };
  const before = await rows();
  const findings: RebuildFinding[] = [];
  const sum = await rebuildSubscriptions(others, true, (finding) => findings.push(finding));
  expect(await rows()).toEqual(before);
  expect(sum).toMatchObject({ findings: before.length, written: 0 });
  expect(mine({ findings })).toMatchObject([{ kind: "unpriced", differences: [] }]);
});
