import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerPerson, registerVerified, TEST_START, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let operator: Person;
beforeAll(async () => {
  server = await openTestServer();
  operator = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
});
afterAll(() => server.close());

let companies = 0;
/** The second of a company: an account without a trial. */
async function refused(): Promise<{ first: Person; second: Person }> {
  companies += 1;
  const company = `waived-${companies}.com`;
  return {
    first: await registerVerified(server, { email: `ada@${company}` }),
    second: await registerVerified(server, { email: `grace@${company}` }),
  };
}
const waive = (accountId: string, body: object = { reason: "They moved to a team of their own" }, headers: Record<string, string> = {}) =>
  server.request("POST", `/admin/accounts/${accountId}/trial-waiver`, { token: operator.accessToken, body, headers });
const claims = (accountId: string) => server.request("GET", `/admin/accounts/${accountId}/trial-claims`, { token: operator.accessToken });
const at = TEST_START.toISOString();

test("an operator sees why there was no trial, by kind and date, and never a hash", async () => {
  const { first, second } = await refused();
  expect((await claims(second.account.id)).body).toEqual({
    account_id: second.account.id,
    trial_ends_at: null,
    refusal: { reason: "trial_used_by_company", at, waived_at: null, waived_by: null, waiver_reason: null },
    claims: [],
  });
  const held = await claims(first.account.id);
  expect(held.body).toEqual({
    account_id: first.account.id,
    trial_ends_at: addDays(TEST_START, 14).toISOString(),
    refusal: null,
    claims: [
      { kind: "address", at, proven_at: at },
      { kind: "company", at, proven_at: at },
    ],
  });
  const hashes = await server.database.query<{ hash: string }>("select encode(hash, 'hex') as hash from trial_claims");
  for (const { hash } of hashes) expect(held.text).not.toContain(hash);
});

test("a waiver gives a trial as long as any, opens the product at once, and stands in history and audit with its reason", async () => {
  const { first, second } = await refused();
  const things = () => server.request("GET", "/things", { token: second.accessToken });
  expect((await things()).status).toBe(402);
  const answer = await waive(second.account.id);
  expect(answer).toMatchObject({
    status: 200,
    body: {
      trial_ends_at: addDays(TEST_START, 14).toISOString(),
      refusal: { waived_at: at, waived_by: operator.user.id, waiver_reason: "They moved to a team of their own" },
      // The company stays with whoever came first.
      claims: [{ kind: "address" }],
    },
  });
  expect((await things()).status).toBe(200);
  const state = await server.request("GET", "/billing/state", { token: second.accessToken });
  expect(state.body).toMatchObject({
    subscription: { status: "trialing", plan: "pro" },
    trial: { granted: true, reason: null, mend: null },
  });
  expect((await claims(first.account.id)).body["claims"]).toHaveLength(2);
  const history = await server.database.query("select cause from access_history where account_id = $1 and kind = 'trial'", [
    second.account.id,
  ]);
  expect(history).toEqual([{ cause: "trial.waived" }]);
  const audited = await server.database.query(
    "select actor_user_id, details ->> 'reason' as reason, details ->> 'by' as by from audit_events where account_id = $1 and action = 'trial.waived'",
    [second.account.id],
  );
  expect(audited).toEqual([{ actor_user_id: operator.user.id, reason: "They moved to a team of their own", by: "operator" }]);
});

test("a trial that was given counts as any other: who had it by a waiver has no further one", async () => {
  const { second } = await refused();
  await waive(second.account.id);
  const again = await server.request<{ trial?: object }>("POST", "/auth/register", {
    body: { email: second.email.replace("@", "+again@"), password: second.password, name: "Grace Hopper" },
  });
  expect(again.body.trial).toMatchObject({ reason: "trial_used_by_person" });
});

test("no account has two: not after a trial of its own, not by a second waiver, not by two at once", async () => {
  const { first, second } = await refused();
  expect(await waive(first.account.id)).toMatchObject({ status: 409, body: { code: "trial_given_already" } });
  const answers = await Promise.all([waive(second.account.id), waive(second.account.id)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(await server.database.query("select 1 from trials where account_id = $1", [second.account.id])).toHaveLength(1);
  expect(await waive(second.account.id)).toMatchObject({ status: 409, body: { code: "trial_given_already" } });
});

test("sent again with its key it answers the same and gives nothing twice", async () => {
  const { second } = await refused();
  const send = () => waive(second.account.id, undefined, { "idempotency-key": "waiver" });
  const [answer, again] = [await send(), await send()];
  expect(again).toMatchObject({ status: 200, body: answer.body });
  expect(again.headers["idempotency-replayed"]).toBe("true");
});

test("a missing account, one that is being deleted, and a waiver without a reason", async () => {
  const nobodys = "01890000-0000-7000-8000-000000000000";
  expect(await waive(nobodys)).toMatchObject({ status: 404, body: { code: "account_not_found" } });
  expect(await claims(nobodys)).toMatchObject({ status: 404, body: { code: "account_not_found" } });
  const { second } = await refused();
  for (const body of [{}, { reason: "" }, { reason: " " }, { reason: "x".repeat(501) }]) {
    expect(await waive(second.account.id, body), JSON.stringify(body)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  }
  const body = { confirm: second.account.name };
  expect((await server.request("DELETE", "/accounts/me", { token: second.accessToken, body })).status).toBe(200);
  expect(await waive(second.account.id)).toMatchObject({ status: 409, body: { code: "account_deleted" } });
});

test("to everybody else it is not there", async () => {
  const { first, second } = await refused();
  const stranger = await registerPerson(server);
  for (const token of [first.accessToken, second.accessToken, stranger.accessToken]) {
    for (const [method, path] of [
      ["GET", "trial-claims"],
      ["POST", "trial-waiver"],
    ] as const) {
      const answer = await server.request(method, `/admin/accounts/${second.account.id}/${path}`, {
        token,
        ...(method === "POST" ? { body: { reason: "Please" } } : {}),
      });
      expect(answer).toMatchObject({ status: 404, body: { code: "route_not_found" } });
    }
  }
});
