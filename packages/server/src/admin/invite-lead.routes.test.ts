import { addDays, addMilliseconds } from "@gatehouse/core";
import {
  nextEmail,
  openTestServer,
  type Person,
  registerVerified,
  signIn,
  TEST_PASSWORD,
  type TestServer,
  writeLead,
} from "@gatehouse/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

interface Lead {
  readonly version: number;
  readonly state: string;
  readonly account_id: string | null;
  readonly invitation: Readonly<Record<string, unknown>> | null;
}
interface Conversion {
  readonly outcome: string;
  readonly lead: Lead;
  readonly account_id: string | null;
}

let server: TestServer;
/** A second process. */
let other: TestServer;
let operator: Person;
let email: string;
let leadId: string;
beforeAll(async () => {
  server = await openTestServer();
  other = await openTestServer({ beside: server, role: "api" });
  operator = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
});
afterAll(async () => {
  await other.close();
  await server.close();
});
beforeEach(async () => {
  // Another test may have moved the clock past what their token lives.
  operator = await signIn(server, operator);
  email = nextEmail();
  leadId = await writeLead(server, email);
});

const convert = (more: object = {}, at: TestServer = server, id = leadId) =>
  at.request<Conversion>("POST", `/admin/leads/${id}/convert`, {
    token: operator.accessToken,
    body: { plan: "team", until: null, reason: "contract 17", ...more },
  });
const resend = (version: number, id = leadId) =>
  server.request<Lead>("POST", `/admin/leads/${id}/invitation/resend`, {
    token: operator.accessToken,
    body: { version, reason: "the mail was lost" },
  });
const takeBack = (version: number, id = leadId) =>
  server.request<Lead>("DELETE", `/admin/leads/${id}/invitation`, {
    token: operator.accessToken,
    body: { version, reason: "no contract after all" },
  });
const shown = async () =>
  (await server.request<{ lead: Lead }>("GET", `/admin/leads/${leadId}`, { token: operator.accessToken })).body.lead;
const invitations = async () => (await server.mailsTo(email)).filter(({ subject }) => subject === "Your Team plan at Testproduct is ready");
const tokens = async () =>
  (await invitations()).map(({ links }) => new URL(links[0] ?? "").searchParams.get("token") ?? "").filter((token) => token !== "");
const ticket = (token: string) => server.request("GET", `/waitlist/tickets/${token}`);
const entries = () => server.database.query("select asked_at, ticket_hash, invited_at from waitlist_entries where email = $1", [email]);
const trail = async () =>
  (
    await server.database.query<{ action: string }>(
      "select action from audit_events where target_id = $1 and account_id = $2 order by id",
      [leadId, "00000000-0000-0000-0000-000000000000"],
    )
  ).map(({ action }) => action);

test("who has no account is invited: the lead says so and until when, the mail what they get, and no account is made", async () => {
  const now = server.clock.now();
  const until = addDays(now, 365);
  const answer = await convert({ until: until.toISOString() });
  const invitation = {
    state: "waiting",
    plan: "team",
    until: until.toISOString(),
    invited_at: now.toISOString(),
    invited_by: operator.user.id,
    expires_at: addDays(now, 14).toISOString(),
    email_sent_at: null,
  };
  expect(answer).toMatchObject({
    status: 200,
    body: { outcome: "invited", account_id: null, grant_id: null, lead: { state: "new", version: 2, account_id: null, invitation } },
  });
  const [mail, ...more] = await invitations();
  expect(more).toEqual([]);
  expect(mail?.text).toContain("Plan: Team");
  expect(await shown()).toMatchObject({ invitation: { ...invitation, email_sent_at: now.toISOString() } });
  const [token = ""] = await tokens();
  expect((await ticket(token)).body).toEqual({
    email_hint: expect.stringContaining("@example.com"),
    expires_at: addDays(now, 14).toISOString(),
    has_sign_in: false,
    offer: { plan: "team", plan_name: "Team", until: until.toISOString() },
  });
  expect(await server.database.query("select id from users where email = $1", [email])).toEqual([]);
  expect(await trail()).toEqual(["lead.invited"]);
});

test("the link never outlives what it brings", async () => {
  const until = addDays(server.clock.now(), 3);
  await convert({ until: until.toISOString() });
  expect(await shown()).toMatchObject({ invitation: { expires_at: until.toISOString() } });
  server.clock.set(addMilliseconds(until, -1));
  const [token = ""] = await tokens();
  expect((await ticket(token)).status).toBe(200);
  server.clock.set(until);
  operator = await signIn(server, operator);
  expect(await ticket(token)).toMatchObject({ status: 410, body: { code: "waitlist_ticket_expired" } });
  expect(await resend(2)).toMatchObject({ status: 422, body: { code: "grant_in_the_past" } });
  expect(await takeBack(2)).toMatchObject({ status: 200, body: { invitation: null } });
});

test("twice is refused, and says what to do; also by another lead of the same address", async () => {
  await convert();
  expect(await convert()).toMatchObject({ status: 409, body: { code: "lead_invited", lead_id: leadId } });
  const second = await writeLead(server, email.toUpperCase());
  expect(await convert({}, server, second)).toMatchObject({ status: 409, body: { code: "lead_invited", lead_id: leadId } });
  expect((await shown()).version).toBe(2);
  expect(await invitations()).toHaveLength(1);
});

test("two operators at once, on two processes: one invites, the other is told of the newer version", async () => {
  const answers = await Promise.all([convert({ version: 1 }), convert({ version: 1 }, other)]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: "edited_meanwhile", version: 2 });
  expect(await invitations()).toHaveLength(1);
});

test("without a version too, of many at once one invites", async () => {
  const answers = await Promise.all([convert(), convert({}, other), convert(), convert({}, other)]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409]);
  expect(await invitations()).toHaveLength(1);
});

test("the same request with its key invites once", async () => {
  const send = () =>
    server.request("POST", `/admin/leads/${leadId}/convert`, {
      token: operator.accessToken,
      headers: { "idempotency-key": `invite ${leadId}` },
      body: { plan: "team", until: null, reason: "contract 17" },
    });
  const first = await send();
  expect(await send()).toMatchObject({ status: 200, text: first.text });
  expect(await invitations()).toHaveLength(1);
});

test("sent again, the older link ends; one that has expired lets in again by it", async () => {
  await convert();
  const [old = ""] = await tokens();
  server.clock.set(addDays(server.clock.now(), 14));
  operator = await signIn(server, operator);
  expect(await shown()).toMatchObject({ version: 2, invitation: { state: "expired" } });
  const mend = { action: "ask_for_ticket", url: "http://gatehouse.localhost:4000/waitlist" };
  expect(await ticket(old)).toMatchObject({ status: 410, body: { code: "waitlist_ticket_expired", mend } });
  expect(await resend(1)).toMatchObject({ status: 409, body: { code: "edited_meanwhile", version: 2 } });
  const end = addDays(server.clock.now(), 14).toISOString();
  expect(await resend(2)).toMatchObject({ status: 200, body: { version: 3, invitation: { state: "waiting", expires_at: end } } });
  expect(await ticket(old)).toMatchObject({ status: 404, body: { code: "waitlist_ticket_not_found" } });
  const fresh = (await tokens()).filter((token) => token !== old);
  expect(fresh).toHaveLength(1);
  expect((await ticket(fresh[0] ?? "")).status).toBe(200);
  expect(await trail()).toEqual(["lead.invited", "lead.invited_again"]);
});

test("who asks at the waitlist after their link expired is sent a new one, and not back to the end of a list", async () => {
  await convert();
  const before = await tokens();
  await server.request("POST", "/waitlist", { body: { email } });
  await server.settle();
  expect(await tokens()).toEqual(before);
  server.clock.set(addDays(server.clock.now(), 14));
  operator = await signIn(server, operator);
  await server.request("POST", "/waitlist", { body: { email } });
  await server.settle();
  expect(await tokens()).toHaveLength(2);
  expect(await shown()).toMatchObject({ invitation: { state: "waiting" } });
  expect((await server.mailsTo(email)).map(({ subject }) => subject)).not.toContain("You are on the waitlist of Testproduct");
});

test("taken back, the link lets nobody in, nothing is kept of who never asked for the waitlist, and the lead can be converted anew", async () => {
  await convert();
  const [token = ""] = await tokens();
  expect(await takeBack(1)).toMatchObject({ status: 409, body: { code: "edited_meanwhile", version: 2 } });
  expect(await takeBack(2)).toMatchObject({ status: 200, body: { version: 3, state: "new", invitation: null } });
  expect(await ticket(token)).toMatchObject({ status: 404, body: { code: "waitlist_ticket_not_found" } });
  expect(await entries()).toEqual([]);
  expect(await takeBack(3)).toMatchObject({ status: 409, body: { code: "lead_not_invited" } });
  expect(await resend(3)).toMatchObject({ status: 409, body: { code: "lead_not_invited" } });
  expect(await convert({ version: 3 })).toMatchObject({ status: 200, body: { outcome: "invited", lead: { version: 4 } } });
  expect(await trail()).toEqual(["lead.invited", "lead.invitation_taken_back", "lead.invited"]);
});

test("taken back from who waited on the waitlist, they wait again at their place", async () => {
  await server.request("POST", "/waitlist", { body: { email } });
  await server.settle();
  const [before] = await entries();
  await convert();
  expect(await entries()).toMatchObject([{ asked_at: before?.["asked_at"], invited_at: server.clock.now() }]);
  await takeBack(2);
  expect(await entries()).toEqual([before]);
});

test("two operators who send again and take back at once: one does, the other is told of the newer version", async () => {
  await convert();
  const answers = await Promise.all([resend(2), takeBack(2)]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: "edited_meanwhile", version: 3 });
});

test.each(["takes it back", "sends it again"])(
  "who comes in while an operator %s: one of the two happens, and neither breaks the other",
  async (what) => {
    await convert();
    const [token = ""] = await tokens();
    const body = { email, password: TEST_PASSWORD, name: "Grace Hopper", waitlist_token: token };
    const [coming, acting] = await Promise.all([
      server.request("POST", "/auth/register", { body }),
      what === "takes it back" ? takeBack(2) : resend(2),
    ]);
    expect([`${coming.status} ${acting.status}`]).toEqual([expect.toBeOneOf(["201 409", "404 200"])]);
    expect(await shown()).toMatchObject(coming.status === 201 ? { state: "won" } : { state: "new", account_id: null });
  },
);

test("who is invited is not given up before the invitation is taken back", async () => {
  await convert();
  const lose = (version: number) =>
    server.request("PATCH", `/admin/leads/${leadId}`, { token: operator.accessToken, body: { state: "lost", version, reason: "silence" } });
  expect(await lose(2)).toMatchObject({ status: 409, body: { code: "lead_invited", lead_id: leadId } });
  await takeBack(2);
  expect(await lose(3)).toMatchObject({ status: 200, body: { state: "lost" } });
  expect(await convert()).toMatchObject({ status: 409, body: { code: "lead_state_unreachable" } });
});

test.each<[string, object, number, string]>([
  ["a plan that there is not", { plan: "gold" }, 422, "plan_unknown"],
  ["an end that is now", { until: "now" }, 422, "grant_in_the_past"],
  ["without a reason", { reason: " " }, 422, "invalid_request"],
  ["a version that is none", { version: 0 }, 422, "invalid_request"],
])("%s is refused, and nobody is invited", async (_, more, status, code) => {
  const body = "until" in more ? { until: server.clock.now().toISOString() } : more;
  expect(await convert(body)).toMatchObject({ status, body: { code } });
  expect([await entries(), await invitations()]).toEqual([[], []]);
});

test("404: a lead that there is not; 401 and 404: nobody but operators sends or takes back", async () => {
  const nobodys = "01890000-0000-7000-8000-000000000000";
  for (const act of [resend, takeBack]) expect(await act(1, nobodys)).toMatchObject({ status: 404, body: { code: "lead_not_found" } });
  await convert();
  const stranger = await registerVerified(server);
  for (const [method, path] of [
    ["POST", `/admin/leads/${leadId}/invitation/resend`],
    ["DELETE", `/admin/leads/${leadId}/invitation`],
  ] as const) {
    const body = { version: 2, reason: "mine" };
    expect(await server.request(method, path, { token: stranger.accessToken, body })).toMatchObject({
      status: 404,
      body: { code: "route_not_found" },
    });
    expect(await server.request(method, path, { body })).toMatchObject({ status: 401 });
  }
  expect(await shown()).toMatchObject({ version: 2, invitation: { state: "waiting" } });
});

test("503 where no mail is set up: nobody is invited who would hear nothing of it, and an account that is known is given its plan", async () => {
  const dark = await openTestServer({ beside: server, role: "api", env: { SMTP_URL: "", SANDBOX: "off" } });
  expect(await convert({}, dark)).toMatchObject({ status: 503, body: { code: "mail_not_configured" } });
  expect(await entries()).toEqual([]);
  const person = await registerVerified(server);
  expect((await convert({ account_id: person.account.id }, dark)).body).toMatchObject({ outcome: "converted" });
  await dark.close();
});

test("the list and the CSV tell of the invitation, and the waitlist's own resend sends it with what it brings", async () => {
  await convert();
  await server.settle();
  const { body } = await server.request<{ items: Lead[] }>("GET", `/admin/leads?query=${email}`, { token: operator.accessToken });
  expect(body.items).toMatchObject([{ invitation: { state: "waiting" } }]);
  const csv = await server.request("GET", `/admin/leads/export?query=${email}`, { token: operator.accessToken });
  expect(csv.text.split("\r\n")[0]).toMatch(/,"invited_at","invitation_expires_at"$/);
  expect(csv.text).toContain(`"${addDays(server.clock.now(), 14).toISOString()}"\r\n`);
  const [entry] = await server.database.query<{ id: string }>("select id from waitlist_entries where email = $1", [email]);
  await server.request("POST", `/admin/waitlist/${entry?.id}/resend`, { token: operator.accessToken, body: { reason: "lost" } });
  await server.settle();
  expect(await invitations()).toHaveLength(2);
});
