import { type AnswerOf, access } from "@gatehouse/contract";
import { addDays, addMilliseconds } from "@gatehouse/core";
import {
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  signIn,
  type TestServer,
  verifyPerson,
} from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordFact } from "./history.store.ts";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

type Explained = AnswerOf<typeof access.explainAccess>;
/** A day may be long after a sign-in: each question is asked in a session of its own. */
async function explain(person: Person, at?: Date, by = server): Promise<Explained> {
  const { accessToken } = await signIn(by, person);
  return by.client(accessToken).call(access.explainAccess, { query: at === undefined ? {} : { at: at.toISOString() } });
}
const mode = (answer: Pick<Explained, "access">) => [answer.access.mode, answer.access.reason];

test("what was answered on a day is answered again later: verification, trial, and what decided", async () => {
  const ada = await registerPerson(server);
  const start = server.clock.now();
  server.clock.advanceDays(9);
  await verifyPerson(server, await signIn(server, ada));
  server.clock.advanceDays(30);
  const [trial] = await server.database.query<{ id: string }>("select id from trials where account_id = $1", [ada.account.id]);

  const shut = (await explain(ada, addDays(start, 8))).as_recorded;
  expect(shut.guards).toMatchObject([
    {
      guard: "requireVerifiedEmailAfterGrace",
      passes: false,
      code: "email_verification_required",
      since: addDays(start, 7).toISOString(),
      until: null,
      decided_by: { fact: "email_verification", id: ada.user.id, since: addDays(start, 7).toISOString() },
    },
    {
      guard: "requireActiveSubscription",
      passes: true,
      until: addDays(start, 14).toISOString(),
      decided_by: { fact: "trial", id: trial?.id, since: start.toISOString() },
    },
  ]);
  expect(shut).toMatchObject({ incomplete: false, role: "owner", subscription: { plan: "pro", status: "trialing" } });
  expect((await explain(ada, addDays(start, 9))).as_recorded.guards).toMatchObject([{ passes: true }, { passes: true }]);
  expect((await explain(ada, addDays(start, 14))).as_recorded.guards).toMatchObject([
    { passes: true },
    { passes: false, reason: "trial_ended", since: addDays(start, 14).toISOString(), decided_by: { fact: "trial", id: trial?.id } },
  ]);
  // A verification is a proof of today too: what stands now is another answer to the same question.
  expect((await explain(ada, addDays(start, 8))).guards).toMatchObject([{ passes: true }, { passes: true }]);
});

test("before somebody came there was nothing, and nothing decided", async () => {
  // The policy is kept from the start of the server on.
  server.clock.advanceDays(1);
  const ada = await registerVerified(server);
  const start = server.clock.now();
  const before = (await explain(ada, addMilliseconds(start, -1))).as_recorded;
  expect(before).toMatchObject({ incomplete: false, role: null, access: { reason: "no_subscription" } });
  expect(before.guards[1]?.decided_by).toBeNull();
  expect((await explain(ada, start)).as_recorded).toMatchObject({ role: "owner", access: { mode: "full" } });
});

test("before any policy was kept, today's is taken, and that is said", async () => {
  const answer = await explain(await registerVerified(server), new Date("2020-02-29T00:00:00Z"));
  expect(answer.as_recorded).toMatchObject({ incomplete: true, policy_in_force_from: null });
});

test("what was learnt late is told apart from what was answered", async () => {
  const ada = await registerVerified(server);
  const start = server.clock.now();
  const learn = (status: string, changedAt: Date, validFrom: Date) =>
    server.app.db.forAccount(ada.account.id, (tx) =>
      recordFact(server.app, tx, {
        accountId: ada.account.id,
        kind: "stripe_subscription",
        subjectId: `sub_${ada.account.id}`,
        value: {
          status,
          plan: "pro",
          seats: 1,
          current_period_end: null,
          cancel_at_period_end: false,
          ends_at: null,
          trial_ends_at: null,
          past_due_since: status === "past_due" ? changedAt.toISOString() : null,
          collection_paused: null,
          changed_at: changedAt.toISOString(),
        },
        validFrom,
        cause: "a test",
      }),
    );
  server.clock.advanceDays(20);
  await learn("active", addDays(start, 20), addDays(start, 20));
  server.clock.advanceDays(20);
  // Stripe had let it run out on day 25, and nothing had told us until day 40.
  await learn("canceled", addDays(start, 25), addDays(start, 25));
  const then = await explain(ada, addDays(start, 30));
  expect([mode(then.as_recorded), mode(then.as_known_today)]).toEqual([
    ["full", null],
    ["locked", "canceled"],
  ]);
  const earlier = await explain(ada, addDays(start, 24));
  expect([mode(earlier.as_recorded), mode(earlier.as_known_today)]).toEqual([
    ["full", null],
    ["full", null],
  ]);
  expect(mode((await explain(ada, addDays(start, 40))).as_recorded)).toEqual(["locked", "canceled"]);
});

test("a role is as it was on that day", async () => {
  const owner = await registerVerified(server);
  const member = await registerMember(server, owner, { role: "member" });
  const start = server.clock.now();
  server.clock.advanceDays(1);
  const [row] = await server.database.query<{ id: string }>("select id from memberships where user_id = $1", [member.user.id]);
  const { accessToken } = await signIn(server, owner);
  const changed = await server.request("PATCH", `/accounts/me/members/${row?.id}`, { token: accessToken, body: { role: "admin" } });
  expect(changed.status).toBe(200);
  const roleAt = async (at: Date) => (await explain(member, at)).as_recorded.role;
  expect([await roleAt(addDays(start, -1)), await roleAt(start), await roleAt(addDays(start, 1))]).toEqual([null, "member", "admin"]);
});

test("the policy of that day decides what was answered then, and today's what would be answered", async () => {
  const ada = await registerVerified(server);
  const start = server.clock.now();
  server.clock.advanceDays(20);
  const later = await openTestServer({ beside: server, env: { ACCESS_MODES: "trial_ended=read_only", TRIAL_DAYS: "14" } });
  server.clock.advanceDays(1);
  const before = await explain(ada, addDays(start, 15), later);
  expect([mode(before.as_recorded), mode(before.as_known_today)]).toEqual([
    ["locked", "trial_ended"],
    ["read_only", "trial_ended"],
  ]);
  expect(before.as_recorded.guards[1]).toMatchObject({ passes: false, reading_passes: false });
  expect(before.as_known_today.guards[1]).toMatchObject({ passes: false, reading_passes: true });
  const after = (await explain(ada, addDays(start, 20), later)).as_recorded;
  expect([...mode(after), after.policy_in_force_from]).toEqual(["read_only", "trial_ended", addDays(start, 20).toISOString()]);
  await later.close();
  // Who starts next with the policy of before brings it into force again; the same once more keeps nothing.
  const versions = () => server.database.query("select in_force_from from policy_versions where kind = 'policy' order by in_force_from");
  const kept = (await versions()).length;
  await (await openTestServer({ beside: server })).close();
  expect(await versions()).toHaveLength(kept + 1);
  server.clock.advanceDays(1);
  await (await openTestServer({ beside: server })).close();
  expect(await versions()).toHaveLength(kept + 1);
});

test("of a moment to come both answers are what the facts lead to", async () => {
  const ada = await registerVerified(server);
  const end = addDays(server.clock.now(), 14);
  const answer = await explain(ada, end);
  for (const view of [answer.as_recorded, answer.as_known_today]) {
    expect(view).toMatchObject({ incomplete: false, role: "owner", access: { reason: "trial_ended", since: end.toISOString() } });
    expect(view.guards).toEqual(answer.guards);
  }
});

test("why an operator gave something is told to operators alone", async () => {
  const ada = await registerVerified(server);
  const { id } = ada.account;
  const now = server.clock.now();
  const value = { plan: "team", starts_at: now.toISOString(), until: null, reason: "a promise that was made on the telephone" };
  await server.app.db.forAccount(id, (tx) =>
    recordFact(server.app, tx, { accountId: id, kind: "grant", subjectId: id, value, validFrom: now, cause: "grant.given" }),
  );
  const told = await explain(ada);
  expect(JSON.stringify(told)).not.toContain("telephone");
  expect(told.timeline.find(({ fact }) => fact === "grant")?.value).toEqual({ plan: "team", starts_at: now.toISOString(), until: null });
  await server.database.query("update users set is_operator = true where id = $1", [ada.user.id]);
  expect((await explain(ada)).timeline.find(({ fact }) => fact === "grant")?.value).toEqual(value);
});

test("what is asked of one account tells nothing of another, though a person is in both", async () => {
  const owner = await registerVerified(server);
  const member = await registerMember(server, owner, { role: "viewer" });
  await registerVerified(server);
  const { as_recorded } = await explain(member);
  expect(as_recorded).toMatchObject({ role: "viewer", incomplete: false, subscription: { status: "trialing" } });
  expect(as_recorded.guards[0]?.decided_by).toMatchObject({ id: member.user.id });
});
