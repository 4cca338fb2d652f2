import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { type CommandRun, environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { type PayingAccount, plantPayingAccounts, priceOf } from "@gatehouse/testkit/paying-accounts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: BillingServer;
let env: Record<string, string>;
beforeAll(async () => {
  server = await openBillingServer();
  const { apiBase, secretKey, webhookSecret } = server.stripe;
  env = { ...environmentOf(server.database), STRIPE_API_BASE: apiBase, STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret };
  // A command's clock is the world's, and the stand-in's the test's.
  server.clock.set(await now());
});
afterAll(() => server.close());
beforeEach(async () => {
  server.stripe.faults.set("none");
  server.stripe.webhooks.setMode({ kind: "prompt" });
  await run("billing reconcile");
});

const now = async (): Promise<Date> => (await server.database.query<{ now: Date }>("select now() as now"))[0]?.now ?? new Date(0);
const run = (words: string): Promise<CommandRun> => runCommand(words, env);
const json = async (words: string) => {
  const { code, stdout } = await run(`${words} --json`);
  return { code, data: JSON.parse(stdout) };
};
const one = async (): Promise<PayingAccount> => {
  const [planted] = await plantPayingAccounts(server, 1, { interval: "year" });
  if (!planted) throw new Error("one was planted");
  await run("billing reconcile");
  return planted;
};
const moreSeats = async ({ subscriptionId }: PayingAccount, seats: number): Promise<void> =>
  void server.stripe.engine.changePlan(subscriptionId, await priceOf(server, "pro", "year"), seats);
const rows = () => server.database.query("select s::text as row from stripe_subscriptions s order by id");
const audited = (target: string) =>
  server.database.query("select action, account_id, user_agent from audit_events where target_id = $1 order by at, id", [target]);

test.each(["status", "reconcile", "rebuild", "replay", "refunds"])("billing %s says what it does", async (name) => {
  const help = await run(`billing ${name} --help`);
  expect([help.code, help.stdout]).toEqual([0, expect.stringContaining(`gatehouse billing ${name}`)]);
  expect((await run(`billing ${name} too many words`)).code).toBe(2);
});

test("reconcile prints what it healed, and why, and finds nothing the second time", async () => {
  const account = await one();
  server.stripe.webhooks.setMode({ kind: "dropped" });
  await server.database.query("update stripe_subscriptions set seats = 40 where id = $1", [account.subscriptionId]);
  const healed = await run("billing reconcile");
  expect(healed.code).toBe(0);
  expect(healed.stdout).toContain(
    `changed ${account.subscriptionId} of account ${account.accountId} (Stripe has it differently, and no event had told us)`,
  );
  expect(healed.stdout).toContain("seats: 40 -> 1");
  expect(healed.stderr).toContain("subscriptions looked at");
  const again = await json("billing reconcile");
  expect(again).toMatchObject({ code: 0, data: { run: { subscriptions_changed: 0, events_new: 0 }, changes: [], events: [] } });
});

test("reconcile --events-only brings what was never delivered, says what became of it, and looks at no subscription", async () => {
  const account = await one();
  server.stripe.webhooks.setMode({ kind: "dropped" });
  await moreSeats(account, 5);
  const { data } = await json("billing reconcile --events-only");
  expect(data).toMatchObject({ run: { scope: "events", subscriptions_seen: 0 }, changes: [] });
  const mine = data.events.filter((event: { account_id: string }) => event.account_id === account.accountId);
  expect(mine.map((event: { type: string }) => event.type)).toContain("customer.subscription.updated");
  // All tell of one change: whichever was done first made it.
  expect(mine.filter((event: { outcome: string }) => event.outcome === "applied")).toHaveLength(1);
});

test("reconcile --dry-run says what it would do, and does nothing", async () => {
  const account = await one();
  await server.database.query("update stripe_subscriptions set seats = 40 where id = $1", [account.subscriptionId]);
  const before = await rows();
  const dry = await run("billing reconcile --dry-run");
  expect([dry.code, await rows()]).toEqual([0, before]);
  expect(dry.stdout).toContain("A dry run: nothing was changed.");
  expect(dry.stdout).toContain(`changed ${account.subscriptionId}`);
  expect((await json("billing reconcile")).data.run).toMatchObject({ subscriptions_changed: 1 });
});

test("B5: with Stripe away reconcile says so in one sentence, keeps what was done, and a worker goes on with it", async () => {
  server.stripe.faults.set("500");
  const failed = await run("billing reconcile");
  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/^Stripe did not do as asked: .*What was done is kept, and the workers go on with the rest\.\n$/);
  server.stripe.faults.set("none");
  await server.database.query("update pgboss.job set start_after = created_on where state = 'retry'");
  await server.app.jobs.drain();
  expect(await server.database.query("select stage from stripe_reconciliations where finished_at is null")).toEqual([]);
});

test("without a key there is nothing to reconcile with", async () => {
  const { code, stderr } = await runCommand("billing reconcile", environmentOf(server.database));
  expect([code, stderr]).toEqual([1, "Stripe is not configured (STRIPE_SECRET_KEY): there is nothing to compare with.\n"]);
});

test("rebuild tells of a difference, with exit code 1 when it may not write, and mends it when it may", async () => {
  const account = await one();
  expect(await run("billing rebuild --dry-run")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+ subscriptions of \d+ accounts are as they were read\.\n$/),
  });
  await server.database.query("update stripe_subscriptions set seats = 40 where id = $1", [account.subscriptionId]);
  const before = await rows();
  const dry = await run("billing rebuild --dry-run");
  expect([dry.code, await rows()]).toEqual([1, before]);
  expect(dry.stdout).toContain(
    `${account.subscriptionId} of account ${account.accountId} is stored differently from what was read\n  seats: 40 -> 1\n`,
  );
  expect(await json("billing rebuild")).toMatchObject({
    code: 0,
    data: { written: 1, findings: [{ kind: "differs", subscription_id: account.subscriptionId }] },
  });
  expect(await json("billing rebuild")).toMatchObject({ code: 0, data: { written: 0, findings: [] } });
});

test("B6: status shows the last event, what is not done and for how long, what is nobody's, and the last reconciliations", async () => {
  await one();
  const [oldest] = await server.database.query<{ id: string }>(
    `insert into stripe_events (id, type, created_at, livemode, payload, received_at, origin, outcome, reason)
     values ('evt_stuck', 'customer.subscription.updated', now() - interval '2 days', false, '{}', now() - interval '2 days', 'webhook', 'failed', 'billing_unavailable'),
            ('evt_foreign', 'invoice.paid', now() - interval '90 days', false, '{}', now() - interval '90 days', 'webhook', 'unmatched', 'no account has this customer')
     returning id`,
  );
  expect(oldest).toEqual({ id: "evt_stuck" });
  const { code, data } = await json("billing status");
  expect(code).toBe(0);
  expect(data.oldest_unprocessed).toMatchObject({ id: "evt_stuck", outcome: "failed", reason: "billing_unavailable" });
  expect(Math.round(data.oldest_unprocessed.age_seconds / 3600)).toBe(48);
  expect(data.outcomes).toMatchObject({ failed: 1, unmatched: expect.any(Number) });
  expect(data.to_look_at.map((event: { id: string }) => event.id)).toEqual(expect.arrayContaining(["evt_stuck"]));
  expect(data.last_event).toMatchObject({ id: expect.stringMatching(/^evt_/) });
  expect(data.reconciliations[0]).toMatchObject({ scope: "all", stage: "done" });
  const { stdout } = await run("billing status");
  expect(stdout).toContain("Oldest not done   2 days: evt_stuck customer.subscription.updated: failed (billing_unavailable)");
  await server.database.query("delete from stripe_events where id in ('evt_stuck', 'evt_foreign')");
});

test("an event is shown with its payload, for people and for machines, and one that there is not is not found", async () => {
  const account = await one();
  await moreSeats(account, 7);
  await server.settle();
  const [event] = (await json(`events list --account ${account.accountId} --limit 1`)).data.items;
  const { data } = await json(`events show ${event.id}`);
  expect(data).toMatchObject({ ...event, payload: { id: event.id, type: event.type } });
  const { stdout } = await run(`events show ${event.id}`);
  expect(stdout).toContain(`account id  ${account.accountId}\n`);
  expect(stdout).toContain(`"id": "${event.id}"`);
  expect(await run("events show evt_of_nobody")).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("There is no such event."),
  });
  expect(await run("events show ../../v1/customers")).toMatchObject({ code: 1, stderr: '"../../v1/customers" is no id of an event.\n' });
});

test("what strangers typed into a payload moves no cursor", async () => {
  const account = await one();
  await moreSeats(account, 8);
  await server.settle();
  const [event] = (await json(`events list --account ${account.accountId} --limit 1`)).data.items;
  const payload = JSON.stringify({ id: event.id, name: "\u009b2J\u001b[2J\u2028" });
  await server.database.query("update stripe_events set payload = $2 where id = $1", [event.id, payload]);
  const { stdout } = await run(`events show ${event.id}`);
  expect(stdout).toContain('"name": "\\u009b2J\\u001b[2J\\u2028"');
});

test("why an event is done again stands in the audit, where it is said", async () => {
  const account = await one();
  await moreSeats(account, 9);
  await server.settle();
  const [event] = (await json(`events list --account ${account.accountId} --limit 1`)).data.items;
  expect((await run(`events replay ${event.id} --reason ticket17`)).code).toBe(0);
  expect(
    await server.database.query("select account_id, actor_user_id, user_agent, details from audit_events where target_id = $1", [event.id]),
  ).toEqual([
    {
      account_id: account.accountId,
      actor_user_id: null,
      user_agent: "gatehouse command line",
      details: { reason: "ticket17", by: "operator" },
    },
  ]);
  expect((await run(`events replay ${event.id} --reason `)).stderr).toBe("--reason has 1 to 500 characters.\n");
});

test("R8: an event that failed is done again by its id, and its replay is in the audit", async () => {
  const account = await one();
  await moreSeats(account, 6);
  await server.settle();
  const [event] = await server.database.query<{ id: string }>(
    "select id from stripe_events where type = 'customer.subscription.updated' and matched_account_id = $1",
    [account.accountId],
  );
  const id = event?.id ?? "";
  await server.database.query("update stripe_events set outcome = 'failed', processed_at = null where id = $1", [id]);
  await server.database.query("update stripe_subscriptions set seats = 1, last_ticket = 1 where id = $1", [account.subscriptionId]);
  const replayed = await run(`billing replay ${id}`);
  expect(replayed).toMatchObject({ code: 0, stdout: `${id} is queued again. gatehouse billing status shows what is not done.\n` });
  await server.app.jobs.drain();
  expect(await server.database.query("select outcome from stripe_events where id = $1", [id])).toEqual([{ outcome: "applied" }]);
  expect(await server.database.query("select seats from stripe_subscriptions where id = $1", [account.subscriptionId])).toEqual([
    { seats: 6 },
  ]);
  // In the audit of whose it is.
  const whose = { account_id: account.accountId, user_agent: "gatehouse command line" };
  expect(await audited(id)).toEqual([{ action: "billing.event_replayed", ...whose }]);
});

test("R8: an event that never came is fetched from Stripe, and one that nobody has is refused", async () => {
  const account = await one();
  server.stripe.webhooks.setMode({ kind: "dropped" });
  await moreSeats(account, 7);
  const lost = server.stripe.engine.events().findLast((event) => event.type === "customer.subscription.updated");
  expect(await json(`billing replay ${lost?.id}`)).toMatchObject({ code: 0, data: { event_id: lost?.id, replayed: "fetched" } });
  await server.app.jobs.drain();
  expect(await server.database.query("select seats from stripe_subscriptions where id = $1", [account.subscriptionId])).toEqual([
    { seats: 7 },
  ]);

  expect(await run("billing replay evt_of_nobody")).toMatchObject({
    code: 1,
    stderr: "Neither we nor Stripe have an event evt_of_nobody.\n",
  });
  expect(await audited("evt_of_nobody")).toEqual([]);
  const dark = await runCommand("billing replay evt_of_nobody", environmentOf(server.database));
  expect(dark).toMatchObject({ code: 1, stderr: expect.stringContaining("Stripe cannot be asked for it") });
  expect(await run("billing replay ../../v1/customers")).toMatchObject({ code: 1, stderr: '"../../v1/customers" is no id of an event.\n' });
});

test("C5: what is to be refunded is listed until an operator says that it is paid back, which is in the audit", async () => {
  const account = await one();
  const flag = (id: string, canceled: boolean) =>
    server.database.query(
      `insert into duplicate_subscriptions (account_id, id, kept_id, flagged_at, canceled_at) values ($1, $2, $3, $4, $5)`,
      [account.accountId, id, account.subscriptionId, server.clock.now(), canceled ? server.clock.now() : null],
    );
  expect(await run("billing refunds")).toMatchObject({ code: 0, stdout: "Nothing is to be refunded.\n" });
  await flag("sub_one_too_many", true);
  await flag("sub_still_billing", false);
  const { data } = await json("billing refunds");
  expect(data.refunds).toMatchObject([
    { subscription_id: "sub_one_too_many", kept_subscription_id: account.subscriptionId, account_id: account.accountId },
    { subscription_id: "sub_still_billing", canceled_at: null },
  ]);
  expect((await json("billing status")).data.refunds).toHaveLength(2);

  expect(await run("billing refunds --done sub_one_too_many")).toMatchObject({ code: 0, stdout: "sub_one_too_many is off the list.\n" });
  expect(await run("billing refunds --done sub_one_too_many")).toMatchObject({
    code: 1,
    stderr: "sub_one_too_many is not to be refunded.\n",
  });
  expect(await run("billing refunds --done sub_still_billing")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("it may still bill"),
  });
  expect(await audited("sub_one_too_many")).toEqual([
    { action: "billing.duplicate_refunded", account_id: account.accountId, user_agent: "gatehouse command line" },
  ]);
  expect(await audited("sub_still_billing")).toEqual([]);
  await server.database.query("delete from duplicate_subscriptions");
});
