import { addDays, addMilliseconds } from "@gatehouse/core";
import { type Person, registerMember, registerVerified } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { subscribe } from "@gatehouse/testkit/paying-accounts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: BillingServer;
let operator: Person;
let ada: Person;
beforeAll(async () => {
  server = await openBillingServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  operator = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
  ada = await registerVerified(server, { accountName: "Analytical Engines" });
});

const NOBODYS = "01890000-0000-7000-8000-000000000000";
const reason = "ticket 17";
/** Of the session that they signed in with, as a refresh gives it: the clock moves further than an access token lives. */
const tokenOf = async ({ user, account }: Person): Promise<string> => {
  const [session] = await server.database.query<{ id: string }>("select id from sessions where user_id = $1", [user.id]);
  return (await server.app.tokens.issue({ userId: user.id, accountId: account.id, sessionId: session?.id ?? "" })).token;
};
const act = async (method: string, path: string, body: object, headers: Record<string, string> = {}) =>
  server.request<Record<string, unknown> & { id: string; version: number }>(method, path, {
    token: await tokenOf(operator),
    body,
    headers,
  });
const at = (suffix: string, account = ada.account.id) => `/admin/accounts/${account}${suffix}`;
const comp = (body: object, account?: string) => act("POST", at("/comp", account), { reason, ...body });
const state = async (person = ada) =>
  Object((await server.request("GET", "/billing/state", { token: await tokenOf(person) })).body["subscription"]) as Record<string, unknown>;
const detail = async () => (await server.request("GET", at(""), { token: await tokenOf(operator) })).body;
const audited = async (action: string) =>
  (
    await server.database.query("select actor_user_id, details from audit_events where account_id = $1 and action = $2 order by id", [
      ada.account.id,
      action,
    ])
  ).map((row) => ({ actor: row["actor_user_id"], reason: Object(row["details"])["reason"] }));
const facts = async () =>
  (await server.database.query("select kind, value, cause from access_history where account_id = $1 order by id", [ada.account.id])).slice(
    -1,
  );

test("a complimentary plan opens it at once, stands in history and audit, and ends by itself at its end", async () => {
  const until = addDays(server.clock.now(), 60);
  const given = await comp({ plan: "team", until: until.toISOString() });
  expect(given).toMatchObject({
    status: 201,
    body: { plan: "team", state: "running", until: until.toISOString(), granted_by: operator.user.id },
  });
  expect(await state()).toMatchObject({ status: "complimentary", plan: "team" });
  expect(await facts()).toMatchObject([{ kind: "grant", cause: "grant.given", value: { plan: "team", until: until.toISOString() } }]);
  expect(await audited("grant.given")).toEqual([{ actor: operator.user.id, reason }]);
  server.clock.set(addMilliseconds(until, -1));
  expect(await detail()).toMatchObject({ access: { mode: "full" }, grants: [{ state: "running" }] });
  server.clock.set(until);
  expect(await detail()).toMatchObject({ access: { mode: "locked", reason: "complimentary_ended" }, grants: [{ state: "ended" }] });
});

test("a plan that there is not is refused naming those that there are; an end that has passed is too, to the millisecond", async () => {
  const now = server.clock.now();
  expect(await comp({ plan: "gold", until: null })).toMatchObject({
    status: 422,
    body: { code: "plan_unknown", plans: ["free", "pro", "team"] },
  });
  expect(await comp({ plan: "pro", until: now.toISOString() })).toMatchObject({ status: 422, body: { code: "grant_in_the_past" } });
  expect((await comp({ plan: "pro", until: addMilliseconds(now, 1).toISOString() })).status).toBe(201);
  expect(await comp({ plan: "pro", until: null }, NOBODYS)).toMatchObject({ status: 404, body: { code: "account_not_found" } });
  for (const body of [
    { plan: "pro" },
    { plan: "pro", until: "tomorrow" },
    { plan: "pro", until: null, reason: "" },
    { plan: "pro", until: null, reason: "x".repeat(501) },
  ])
    expect((await comp(body)).status, JSON.stringify(body)).toBe(422);
});

test("the same wish with the same key gives one plan", async () => {
  const wish = { plan: "pro", until: null, reason };
  const [first, second] = [
    await act("POST", at("/comp"), wish, { "idempotency-key": "1" }),
    await act("POST", at("/comp"), wish, { "idempotency-key": "1" }),
  ];
  expect([second.status, second.text]).toEqual([201, first.text]);
  expect((await detail())["grants"]).toHaveLength(1);
});

test("ending it ends it now and deletes nothing; again changes nothing, and who read an older one is told of the newer", async () => {
  const { body: given } = await comp({ plan: "team", until: null });
  const end = (more: object = {}, id = given.id, account?: string) => act("DELETE", at(`/comp/${id}`, account), { reason, ...more });
  expect(await end({}, NOBODYS)).toMatchObject({ status: 404, body: { code: "grant_not_found" } });
  expect(await end({}, given.id, operator.account.id)).toMatchObject({ status: 404, body: { code: "grant_not_found" } });
  const ended = await end({ version: 1 });
  const now = server.clock.now().toISOString();
  expect(ended).toMatchObject({ status: 200, body: { state: "ended", until: now, ended_at: now, ended_by: operator.user.id, version: 2 } });
  expect(await end({ version: 1 })).toMatchObject({ status: 409, body: { code: "edited_meanwhile", version: 2 } });
  expect((await end()).text).toBe(ended.text);
  expect(await audited("grant.ended")).toHaveLength(1);
  expect(await state()).toMatchObject({ status: "trialing" });
});

test("two who end it at once end it once", async () => {
  const { body: given } = await comp({ plan: "team", until: null });
  const both = await Promise.all([1, 2].map(() => act("DELETE", at(`/comp/${given.id}`), { reason, version: 1 })));
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
});

test("who begins to pay goes on as one that pays: the plan that was given is not there any more when the subscription ends", async () => {
  await comp({ plan: "team", until: null });
  server.clock.advanceMilliseconds(1000);
  const { subscriptionId } = await subscribe(server, ada);
  expect(await state()).toMatchObject({ status: "active", plan: "pro" });
  expect(await detail()).toMatchObject({ grants: [{ state: "ended", ended_by: null, ended_at: server.clock.now().toISOString() }] });
  server.stripe.engine.cancelNow(subscriptionId);
  await server.settle();
  expect(await state()).toMatchObject({ status: "canceled" });
});

test("a plan that is given to somebody who pays stays through their renewals and their end: no webhook touches it", async () => {
  const { subscriptionId } = await subscribe(server, ada);
  await comp({ plan: "team", until: null });
  await server.advance(32);
  expect((await server.database.query("select 1 from stripe_observations where account_id = $1", [ada.account.id])).length).toBeGreaterThan(
    1,
  );
  expect(await detail()).toMatchObject({ grants: [{ state: "running", until: null }] });
  server.stripe.engine.cancelNow(subscriptionId);
  await server.settle();
  expect(await detail()).toMatchObject({ subscription: { status: "complimentary", plan: "team" } });
});

const extend = (days: unknown, more: object = {}, account?: string) =>
  act("POST", at("/trial-extension", account), { days, reason, ...more });

test("a trial is longer from its end, or from now where it has ended, and by 30 days in all", async () => {
  const endsAt = addDays(server.clock.now(), 14);
  expect(await extend(7)).toMatchObject({
    status: 200,
    body: { ends_at: addDays(endsAt, 7).toISOString(), extended_days: 7, extension_days_left: 23, version: 2 },
  });
  server.clock.set(addDays(endsAt, 8));
  expect(await state()).toMatchObject({ status: "trial_ended" });
  expect(await extend(24)).toMatchObject({ status: 422, body: { code: "trial_extension_too_long", limit: 30, days_left: 23 } });
  expect(await extend(23)).toMatchObject({ status: 200, body: { ends_at: addDays(server.clock.now(), 23).toISOString() } });
  expect(await state()).toMatchObject({ status: "trialing" });
  expect(await facts()).toMatchObject([{ kind: "trial", cause: "trial.extended" }]);
  expect(await audited("trial.extended")).toHaveLength(2);
  expect(await extend(1)).toMatchObject({ status: 422, body: { days_left: 0 } });
});

test.each([0, -1, 1.5, 3651, "7", null])("a trial is not extended by %s days", async (days) => {
  expect(await extend(days)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
});

test("two who extend it at once do not pass the cap between them, and who read an older one is told of the newer", async () => {
  const both = await Promise.all([1, 2].map(() => extend(20)));
  expect(both.map(({ status }) => status).sort()).toEqual([200, 422]);
  expect(await extend(1, { version: 1 })).toMatchObject({ status: 409, body: { code: "edited_meanwhile", version: 2 } });
  expect((await extend(1, { version: 2 })).status).toBe(200);
});

test("people are told of the new end, as they were of the old one", async () => {
  const subjects = async () =>
    (await server.mailsTo(ada.email)).map(({ subject }) => subject).filter((subject) => subject.includes("trial"));
  const endsAt = addDays(server.clock.now(), 14);
  server.clock.set(endsAt);
  expect(await subjects()).toHaveLength(1);
  await extend(10);
  server.clock.set(addDays(endsAt, 8));
  expect(await subjects()).toHaveLength(2);
  server.clock.set(addDays(endsAt, 10));
  expect(await subjects()).toHaveLength(3);
});

test("an account without a trial has none to extend, and one that goes is given nothing", async () => {
  await server.database.query("delete from trials where account_id = $1", [ada.account.id]);
  expect(await extend(1)).toMatchObject({ status: 404, body: { code: "trial_not_found" } });
  expect(await extend(1, {}, NOBODYS)).toMatchObject({ status: 404, body: { code: "account_not_found" } });
  await server.request("DELETE", "/accounts/me", { token: ada.accessToken, body: { confirm: "Analytical Engines" } });
  expect(await comp({ plan: "pro", until: null })).toMatchObject({ status: 409, body: { code: "account_deleted" } });
});

test("a deletion is taken back for people whose owner is gone, told to them, and not once its time is over", async () => {
  const member = await registerMember(server, ada);
  await server.request("DELETE", "/accounts/me", { token: ada.accessToken, body: { confirm: "Analytical Engines" } });
  await server.database.query("delete from memberships where account_id = $1 and user_id = $2", [ada.account.id, ada.user.id]);
  const restore = (account = ada.account.id) => act("POST", at("/restore", account), { reason });
  // The mail of the deletion goes first.
  await server.settle();
  expect(await detail()).toMatchObject({ account: { state: "deleting" }, deletion: { requested_by: ada.user.id } });
  expect(await restore()).toMatchObject({ status: 200, body: { restored: true, name: "Analytical Engines" } });
  expect(await detail()).toMatchObject({ account: { state: "trialing" }, deletion: null });
  expect(await audited("account.restored")).toEqual([{ actor: operator.user.id, reason }]);
  expect((await server.mailTo(member.email)).subject).toContain("brought back");
  expect(await restore()).toMatchObject({ status: 200, body: { restored: false } });
  expect(await restore(NOBODYS)).toMatchObject({ status: 404 });
});

test("the detail says who is in it, what it has and by which facts, and what was done last", async () => {
  await subscribe(server, ada, { plan: "team" });
  await server.database.query(
    "insert into account_limit_overrides (account_id, limit_key, value, reason, set_by, set_at) values ($1, 'seats', 99, 'a deal', $2, $3)",
    [ada.account.id, operator.user.id, server.clock.now()],
  );
  const shown = await detail();
  expect(shown).toMatchObject({
    account: { name: "Analytical Engines", state: "active" },
    members: [{ user_id: ada.user.id, email: ada.email, role: "owner" }],
    subscription: { status: "active", plan: "team" },
    access: { mode: "full" },
    stripe: { customer_id: expect.stringContaining("cus_"), subscriptions: [{ status: "active", plan: "team" }] },
    trial: { plan: "pro", extended_days: 0, extension_days_left: 30 },
    grants: [],
    overrides: { features: [], limits: [{ key: "seats", value: 99, reason: "a deal" }] },
    deletion: null,
  });
  expect(Object(shown["timeline"])[0]).toMatchObject({ cause: "user.registered" });
  expect(Object(shown["audit"]).length).toBeGreaterThan(0);
  expect(await server.request("GET", at("", NOBODYS), { token: operator.accessToken })).toMatchObject({
    status: 404,
    body: { code: "account_not_found" },
  });
});
