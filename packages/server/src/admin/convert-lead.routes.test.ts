import { addDays } from "@gatehouse/core";
import { nextEmail, openTestServer, type Person, registerVerified, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: TestServer;
let operator: Person;
let customer: Person;
beforeAll(async () => {
  server = await openTestServer();
  operator = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
});
afterAll(() => server.close());
beforeEach(async () => {
  customer = await registerVerified(server);
  // Their trial is over, so that what opens the product is the grant.
  await server.database.query("delete from trials where account_id = $1", [customer.account.id]);
});

async function write(by?: Person): Promise<string> {
  const body = { name: "Grace Hopper", email: nextEmail(), message: "Hello" };
  await server.request("POST", "/sales-leads", { body, ...(by ? { token: by.accessToken } : {}) });
  const [row] = await server.database.query<{ id: string }>("select id from sales_leads order by id desc limit 1");
  return row?.id ?? "";
}
const convert = (leadId: string, more: object = {}, headers: Record<string, string> = {}) =>
  server.request<{ account_id: string; grant_id: string }>("POST", `/admin/leads/${leadId}/convert`, {
    token: operator.accessToken,
    headers,
    body: { plan: "pro", until: null, reason: "contract 17", ...more },
  });
const state = async (by = customer) =>
  (await server.request<{ subscription: object; access: object }>("GET", "/billing/state", { token: by.accessToken })).body;
const grants = (accountId: string) =>
  server.database.query("select plan, until, reason, granted_by from complimentary_grants where account_id = $1", [accountId]);

test("the account that asked has the plan at once, the lead is won, and history and the account's audit say by whom and why", async () => {
  const leadId = await write(customer);
  expect((await state()).subscription).toMatchObject({ status: "none" });
  const until = addDays(server.clock.now(), 30);
  const answer = await convert(leadId, { until: until.toISOString() });
  expect(answer).toMatchObject({ status: 200, body: { lead: { state: "won", version: 2 }, account_id: customer.account.id } });
  expect((await state()).subscription).toMatchObject({ plan: "pro", status: "complimentary", complimentary_until: until.toISOString() });
  expect(await grants(customer.account.id)).toEqual([{ plan: "pro", until, reason: "contract 17", granted_by: operator.user.id }]);
  const [fact] = await server.database.query("select subject_id, cause from access_history where account_id = $1 and kind = 'grant'", [
    customer.account.id,
  ]);
  expect(fact).toEqual({ subject_id: answer.body.grant_id, cause: "grant.given" });
  const entries = await server.database.query(
    "select actor_user_id, action, target_id, details from audit_events where account_id = $1 and details ? 'reason' order by id",
    [customer.account.id],
  );
  const by = { actor_user_id: operator.user.id };
  expect(entries).toMatchObject([
    { ...by, action: "grant.given", target_id: answer.body.grant_id, details: { plan: "pro", reason: "contract 17" } },
    { ...by, action: "lead.converted", target_id: leadId, details: { grant_id: answer.body.grant_id, reason: "contract 17" } },
  ]);
});

test("one more millisecond is given, and an end that is now or past is refused and gives nothing", async () => {
  const leadId = await write(customer);
  const now = server.clock.now().getTime();
  for (const at of [now, now - 1])
    expect(await convert(leadId, { until: new Date(at).toISOString() })).toMatchObject({
      status: 422,
      body: { code: "grant_in_the_past" },
    });
  expect(await grants(customer.account.id)).toEqual([]);
  expect((await convert(leadId, { until: new Date(now + 1).toISOString() })).status).toBe(200);
});

test("twice, and twice at once, is once", async () => {
  const leadId = await write(customer);
  const answers = await Promise.all([convert(leadId), convert(leadId), convert(leadId)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  expect(await convert(leadId)).toMatchObject({ status: 409, body: { code: "lead_converted", account_id: customer.account.id } });
  expect(await grants(customer.account.id)).toHaveLength(1);
});

test("the same request with the same key gets the same answer", async () => {
  const leadId = await write(customer);
  const key = { "idempotency-key": `convert ${leadId}` };
  const first = await convert(leadId, {}, key);
  expect(await convert(leadId, {}, key)).toMatchObject({ status: 200, text: first.text });
  expect(await grants(customer.account.id)).toHaveLength(1);
});

test("an account that is named is given it, whoever asked", async () => {
  const leadId = await write();
  const answer = await convert(leadId, { account_id: customer.account.id });
  expect(answer).toMatchObject({
    status: 200,
    body: { outcome: "converted", lead: { account_id: customer.account.id, invitation: null }, account_id: customer.account.id },
  });
  expect((await state()).subscription).toMatchObject({ status: "complimentary" });
});

test.each<[string, object, number, object]>([
  [
    "a plan that there is not is refused, and says which there are",
    { plan: "gold" },
    422,
    { code: "plan_unknown", plans: ["free", "pro", "team"] },
  ],
  ["an account that there is not is not found", { account_id: "01890000-0000-7000-8000-000000000000" }, 404, { code: "account_not_found" }],
  ["without a reason nothing is given", { reason: " " }, 422, { problems: [{ at: "body.reason" }] }],
])("%s", async (_, more, status, body) => {
  const leadId = await write(customer);
  expect(await convert(leadId, more)).toMatchObject({ status, body });
  expect(await grants(customer.account.id)).toEqual([]);
});

test("an account that is to be deleted is given nothing, and a lost lead is taken up again first", async () => {
  const leadId = await write(customer);
  await server.request("PATCH", `/admin/leads/${leadId}`, {
    token: operator.accessToken,
    body: { state: "lost", version: 1, reason: "x" },
  });
  expect(await convert(leadId)).toMatchObject({ status: 409, body: { code: "lead_state_unreachable" } });
  await server.request("PATCH", `/admin/leads/${leadId}`, {
    token: operator.accessToken,
    body: { state: "qualified", version: 2, reason: "x" },
  });
  await server.request("DELETE", "/accounts/me", { token: customer.accessToken, body: { confirm: customer.account.name } });
  expect(await convert(leadId)).toMatchObject({ status: 409, body: { code: "account_deleted" } });
  expect(await grants(customer.account.id)).toEqual([]);
});
