import { addDays } from "@gatehouse/core";
import { eraseAccount } from "@gatehouse/server/journeys/erase-account";
import { eraseRecords } from "@gatehouse/server/platform/erase-records.store";
import { invite, nextEmail, type Person, registerMember, registerVerified, signIn } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { plantOverrides } from "@gatehouse/testkit/overrides";
import { subscribe } from "@gatehouse/testkit/paying-accounts";
import { resolutionFlow } from "@resolutionflow/api";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { treeBody } from "../laws/tree-of-tests.ts";

let server: BillingServer;
let owner: Person;
/** Stripe does not go back in time: each test begins where the one before ended. */
let start: Date;
beforeAll(async () => {
  server = await openBillingServer({ product: resolutionFlow });
});
afterAll(() => server.close());
beforeEach(async () => {
  start = server.clock.now();
  owner = await registerVerified(server, {
    email: nextEmail().replace("person", "erased"),
    name: "Ada Erasmus",
    accountName: "Erased Engines",
  });
});
afterEach(() => server.stripe.faults.set("none"));

const remove = (by = owner, confirm = "Erased Engines") =>
  server.request("DELETE", "/accounts/me", { token: by.accessToken, body: { confirm } });
const restore = async () => server.request("POST", "/accounts/me/restore", { token: (await signIn(server, owner)).accessToken });
const goTo = async (days: number) => {
  await server.advance((addDays(start, days).getTime() - server.clock.now().getTime()) / 86_400_000);
  await server.settle();
};
const account = async () =>
  (await server.database.query("select name, erased_at is not null as gone from accounts where id = $1", [owner.account.id]))[0];
const atStripe = (id: string) => {
  const { status, cancel_at_period_end } = Object(server.stripe.engine.object(id));
  return { status, cancel_at_period_end };
};

/** What is kept of an erased account: that it was one, and what Stripe's events are known by. */
const KEPT = [
  "account_deletions",
  // Hashes with the server\'s key, so that deleting and coming back is no second trial.
  "trial_claims",
  "billing_customers",
  "stripe_subscriptions",
  "stripe_observations",
  "duplicate_subscriptions",
];

test("everything of the account is erased, in every table that has one; and no word of its people is left anywhere", async () => {
  owner = await registerVerified(server, {
    email: nextEmail().replace("person", "vanishing"),
    name: "Ada Evanescent",
    accountName: "Vanishing Engines",
  });
  const member = await registerMember(server, owner);
  const both = await registerVerified(server, { name: "Grace Stays" });
  await server.request("POST", `/invites/${await invite(server, owner, both.email)}/accept`, { token: both.accessToken, body: {} });
  await invite(server, owner, nextEmail().replace("person", "vanishing"));
  const made = await server.request<{ id: string }>("POST", "/trees", {
    token: owner.accessToken,
    body: treeBody(),
    headers: { "idempotency-key": "1" },
  });
  expect((await server.request("POST", `/trees/${made.body.id}/sessions`, { token: owner.accessToken, body: {} })).status).toBe(201);
  await subscribe(server, owner);
  await server.database.query('update stripe_events set payload = \'{"email": "vanishing-"}\' where matched_account_id = $1', [
    owner.account.id,
  ]);
  await server.database.query(
    "insert into guard_refusals (account_id, guard, reason, day, count, first_at, last_at) values ($1, 'a guard', 'a reason', '2026-01-01', 1, $2, $2)",
    [owner.account.id, start],
  );
  await plantOverrides(server, owner.account.id, {
    features: { sso: { value: true, reason: "for Ada Evanescent" } },
    limits: { max_trees: { value: 9, reason: "for Ada Evanescent" } },
  });
  await remove(owner, "Vanishing Engines");
  await goTo(14);
  expect(await account()).toEqual({ name: "Deleted account", gone: true });

  const tables = await server.database.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'account_id'
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  );
  const left: string[] = [];
  for (const { name } of tables) {
    const rows = await server.database.query(`select 1 from "${name}" where account_id = $1`, [owner.account.id]);
    if (rows.length > 0) left.push(name);
  }
  expect(left.filter((name) => !KEPT.includes(name))).toEqual([]);

  const all = await server.database.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
  );
  for (const { name } of all) {
    const found = await server.database.query(
      `select 1 from "${name}" t where t::text ilike '%vanishing%' or t::text ilike '%Evanescent%'`,
    );
    expect(found, name).toEqual([]);
  }
  const people = await server.database.query("select id, deleted_at is null as lives from users where id = any($1)", [
    [owner.user.id, member.user.id, both.user.id],
  ]);
  expect(new Map(people.map(({ id, lives }) => [id, lives]))).toEqual(
    new Map([
      [owner.user.id, false],
      [member.user.id, false],
      [both.user.id, true],
    ]),
  );
  expect((await signIn(server, both)).account.id).toBe(both.account.id);
});

test("no further period is charged while the account waits, and the subscription is cancelled before anything is erased", async () => {
  const { subscriptionId } = await subscribe(server, owner);
  await remove();
  await server.settle();
  expect(atStripe(subscriptionId)).toEqual({ status: "active", cancel_at_period_end: true });
  await goTo(14);
  expect(atStripe(subscriptionId)).toMatchObject({ status: "canceled" });
  expect(await account()).toMatchObject({ gone: true });
});

test("taken back, what was held renews again; what its people had cancelled themselves stays cancelled", async () => {
  const { subscriptionId } = await subscribe(server, owner);
  await remove();
  await server.settle();
  await restore();
  await server.settle();
  expect(atStripe(subscriptionId)).toEqual({ status: "active", cancel_at_period_end: false });

  const second = await registerVerified(server, { accountName: "Erased Engines" });
  const theirs = await subscribe(server, second);
  const calls = await server.app.stripe.calls(8);
  await calls.setRenewal(theirs.subscriptionId, false, "by the customer");
  await remove(second);
  await server.settle();
  await server.request("POST", "/accounts/me/restore", { token: second.accessToken });
  await server.settle();
  expect(atStripe(theirs.subscriptionId)).toMatchObject({ cancel_at_period_end: true });
});

test("while Stripe cannot be reached nothing is erased; when it is back, the job goes on", async () => {
  const { subscriptionId } = await subscribe(server, owner);
  await remove();
  await server.settle();
  server.stripe.faults.set("down");
  server.clock.set(addDays(start, 14));
  await expect(eraseAccount(server.app, resolutionFlow, owner.account.id)).rejects.toMatchObject({ code: "billing_unavailable" });
  expect(await account()).toEqual({ name: "Erased Engines", gone: false });
  expect(await server.database.query("select 1 from memberships where account_id = $1", [owner.account.id])).toHaveLength(1);
  server.stripe.faults.set("none");
  await eraseAccount(server.app, resolutionFlow, owner.account.id);
  expect(atStripe(subscriptionId)).toMatchObject({ status: "canceled" });
  expect(await account()).toMatchObject({ gone: true });
});

test("a Stripe that says yes to a cancellation and does not cancel is not believed", async () => {
  const { subscriptionId } = await subscribe(server, owner);
  await remove();
  await server.settle();
  server.clock.set(addDays(start, 14));
  const { stripe } = server.app;
  const calls = async (seconds: number) => ({ ...(await stripe.calls(seconds)), cancelSubscription: () => Promise.resolve() });
  const deceived = { ...server.app, stripe: { ...stripe, calls } };
  await expect(eraseAccount(deceived, resolutionFlow, owner.account.id)).rejects.toThrow("still lives at Stripe");
  expect(await account()).toMatchObject({ gone: false });
  await eraseAccount(server.app, resolutionFlow, owner.account.id);
  expect(atStripe(subscriptionId)).toMatchObject({ status: "canceled" });
});

test("an event that comes after the account was erased is known for what it is, and brings nothing back", async () => {
  const { subscriptionId } = await subscribe(server, owner);
  await remove();
  await goTo(14);
  await server.settle();
  const odd = await server.database.query(
    "select type, outcome from stripe_events where outcome in ('unmatched', 'quarantined', 'failed')",
  );
  expect(odd).toEqual([]);
  const [row] = await server.database.query("select status from stripe_subscriptions where id = $1", [subscriptionId]);
  expect(row).toEqual({ status: "canceled" });
});

test("a job that comes twice, too early, or of an account that lives erases nothing more", async () => {
  await eraseAccount(server.app, resolutionFlow, owner.account.id);
  await remove();
  await eraseAccount(server.app, resolutionFlow, owner.account.id);
  expect(await account()).toMatchObject({ gone: false });
  server.clock.set(addDays(start, 14));
  await Promise.all([1, 2].map(() => eraseAccount(server.app, resolutionFlow, owner.account.id)));
  const erased = await server.database.query("select 1 from audit_events where action = 'account.erased' and target_id = $1", [
    owner.account.id,
  ]);
  expect(erased).toHaveLength(1);
});

test("the function that erases what is only appended does so for nobody whose deletion is not due", async () => {
  const erase = () => server.app.db.asSystem("a test", (tx) => eraseRecords(tx, owner.account.id, server.clock.now()));
  await expect(erase()).rejects.toThrow("no deletion of this account is due");
  await remove();
  await expect(erase()).rejects.toThrow("no deletion of this account is due");
  expect(await server.database.query("select 1 from audit_events where account_id = $1", [owner.account.id])).not.toEqual([]);
});

test("an operator who is in no other account stays a user", async () => {
  await server.database.query("update users set is_operator = true where id = $1", [owner.user.id]);
  await remove();
  await goTo(14);
  expect(await account()).toMatchObject({ gone: true });
  const [user] = await server.database.query("select deleted_at from users where id = $1", [owner.user.id]);
  expect(user).toEqual({ deleted_at: null });
});

test("a checkout that was open is ended, and none is begun for an account that is to be deleted", async () => {
  const begin = () =>
    server.request<{ code?: string }>("POST", "/billing/checkout-session", { token: owner.accessToken, body: { plan: "pro" } });
  expect((await begin()).status).toBe(200);
  await remove();
  await server.settle();
  const [customer] = await server.database.query<{ customer_id: string }>(
    "select customer_id from billing_customers where account_id = $1",
    [owner.account.id],
  );
  const sessions = server.stripe.engine.listOf("checkout.session", customer?.customer_id ?? "");
  expect(sessions.map((session) => session["status"])).toEqual(["expired"]);
  expect(await begin()).toMatchObject({ status: 409, body: { code: "account_deleted" } });
});
