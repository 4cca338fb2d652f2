import { addDays } from "@gatehouse/core";
import {
  invite,
  nextEmail,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  signIn,
  TEST_START,
  type TestServer,
} from "@gatehouse/testkit";
import { plantFacts, plantSilently } from "@gatehouse/testkit/facts";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
beforeEach(() => server.clock.set(TEST_START));

const stateOf = async (person: Person, at = server) => (await at.request("GET", "/billing/state", { token: person.accessToken })).body;
const day = (days: number) => addDays(TEST_START, days).toISOString();
const toBilling = { action: "choose_plan", url: "http://gatehouse.localhost:4000/billing" };

test("on the first day: a trial of Pro, open, its limits, and a week to verify", async () => {
  expect(await stateOf(await registerPerson(server))).toEqual({
    subscription: {
      plan: "pro",
      status: "trialing",
      has_pro_entitlement: true,
      trial_ends_at: day(14),
      current_period_end: null,
      cancel_at_period_end: false,
      ends_at: null,
      complimentary_until: null,
      seats: null,
      interval: null,
      collection_paused: false,
      payment_problem: null,
    },
    access: { mode: "full", reason: null, since: day(0), until: day(14), mend: null },
    trial: { granted: true, reason: null, text: null, mend: null },
    limits: expect.objectContaining({ seats: { limit: 10, used: 1, resets_at: null } }),
    plan_billing: { configured: false, plan: "pro", display_name: "Pro", prices: [], offers: [], has_customer: false, actions: [] },
    features: {},
    verification: {
      verified: false,
      grace_ends_at: day(7),
      mend: { action: "verify_email", url: "http://gatehouse.localhost:4000/verify-email" },
    },
  });
});

test("a life, read on the days that matter", async () => {
  const person = await registerVerified(server);
  expect(await stateOf(person)).toMatchObject({ verification: { verified: true, grace_ends_at: null, mend: null } });
  server.clock.advanceDays(13);
  expect(await stateOf(await signIn(server, person))).toMatchObject({ subscription: { status: "trialing" }, access: { mode: "full" } });
  server.clock.advanceDays(1);
  const lapsed = await signIn(server, person);
  expect(await stateOf(lapsed)).toMatchObject({
    subscription: { plan: "pro", status: "trial_ended", has_pro_entitlement: false, trial_ends_at: day(14) },
    access: { mode: "locked", reason: "trial_ended", since: day(14), until: null, mend: toBilling },
  });
});

test("an account with nothing is on the plan to fall back to, with its limits, and no door is open", async () => {
  const person = await registerPerson(server);
  await plantFacts(server, person.account.id, {});
  expect(await stateOf(person)).toMatchObject({
    subscription: { plan: "free", status: "none", has_pro_entitlement: false },
    access: { mode: "locked", reason: "no_subscription", since: null, until: null, mend: toBilling },
    limits: { seats: { limit: 2, used: 1, resets_at: null } },
    plan_billing: { plan: "free", display_name: "Free" },
  });
});

test("what Stripe says of a subscription is told field by field", async () => {
  const person = await registerPerson(server);
  const subscription = {
    id: "sub_1",
    status: "past_due",
    plan: "pro",
    currentPeriodEnd: addDays(TEST_START, 20),
    cancelAtPeriodEnd: true,
    endsAt: null,
    trialEndsAt: null,
    collectionPaused: null,
    seats: 7,
    pastDueSince: addDays(TEST_START, -4),
    changedAt: TEST_START,
  };
  await plantFacts(server, person.account.id, { stripe: [subscription] });
  expect(await stateOf(person)).toMatchObject({
    subscription: {
      status: "past_due",
      has_pro_entitlement: true,
      current_period_end: day(20),
      cancel_at_period_end: true,
      seats: 7,
      trial_ends_at: null,
    },
    access: { mode: "grace", reason: null, since: day(-4), until: day(10), mend: { action: "update_payment" } },
  });
});

test("a grant shows until when it runs", async () => {
  const person = await registerPerson(server);
  const grant = { plan: "pro", startsAt: TEST_START, until: addDays(TEST_START, 90), reason: "a design partner" };
  await plantFacts(server, person.account.id, { grants: [grant] });
  const state = await stateOf(person);
  expect(state).toMatchObject({ subscription: { status: "complimentary", complimentary_until: day(90) }, access: { until: day(90) } });
  expect(JSON.stringify(state)).not.toContain("design partner");
});

test("a seat is taken by each member and by each invite that may still be accepted", async () => {
  const owner = await registerPerson(server);
  const seats = async () => Object(Object(await stateOf(owner))["limits"]).seats;
  await registerMember(server, owner, { role: "viewer" });
  expect(await seats()).toEqual({ limit: 10, used: 2, resets_at: null });
  await invite(server, owner, nextEmail(), { lifeDays: 1 });
  expect((await seats()).used).toBe(3);
  const revoked = nextEmail();
  await invite(server, owner, revoked);
  await server.database.query("update account_invites set revoked_at = $2 where email = $1", [revoked, TEST_START]);
  expect((await seats()).used).toBe(3);
  server.clock.set(addDays(TEST_START, 1));
  expect(await stateOf(await signIn(server, owner))).toMatchObject({ limits: { seats: { used: 2 } } });
});

test("another account's members and invites take no seat here", async () => {
  const [one, two] = [await registerPerson(server), await registerPerson(server)];
  await registerMember(server, two);
  await invite(server, two, nextEmail());
  expect(await stateOf(one)).toMatchObject({ limits: { seats: { used: 1 } } });
});

test("it is read from the database and not from the cache, so that who has just paid sees it", async () => {
  const person = await registerPerson(server);
  await stateOf(person);
  await plantSilently(server, person.account.id, {});
  expect(await stateOf(person)).toMatchObject({ subscription: { status: "none" }, access: { mode: "locked" } });
});

test("it is one statement in one transaction, for the account alone", async () => {
  const person = await registerPerson(server);
  await stateOf(person);
  const said = await statementsDuring(() => stateOf(person), person.account.id);
  expect(said).toHaveLength(3);
  expect(said[0]).toBe(`begin; set local role gatehouse_app; set local app.account_id = '${person.account.id}'`);
  expect(said[1]).toMatch(/^\s*select [\s\S]* from accounts /);
  expect(said[2]).toBe("commit");
});

/** What is said to PostgreSQL while `work` runs, on the connections that work for the account: a sweep may be under way on another. */
async function statementsDuring(work: () => Promise<unknown>, accountId: string): Promise<string[]> {
  const said = new Map<unknown, string[]>();
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const [config] = given;
    said.set(this, [...(said.get(this) ?? []), typeof config === "string" ? config : String(Object(config).text)]);
    return Reflect.apply(query, this, given);
  };
  try {
    await work();
  } finally {
    pg.Client.prototype.query = query;
  }
  return [...said.values()].filter(([first]) => first?.includes(accountId)).flat();
}
