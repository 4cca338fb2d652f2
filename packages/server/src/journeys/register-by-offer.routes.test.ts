import { addDays } from "@gatehouse/core";
import {
  invite,
  nextEmail,
  offerTo,
  openTestServer,
  registerPerson,
  registerVerified,
  TEST_PASSWORD,
  type TestServer,
} from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let closed: TestServer;
let capped: TestServer;
let byMail: TestServer;
beforeAll(async () => {
  server = await openTestServer();
  closed = await openTestServer({ beside: server, role: "api", env: { SIGNUP_MODE: "closed" } });
  capped = await openTestServer({ beside: server, role: "api", env: { SELF_SERVE_ENABLED: "false" } });
  byMail = await openTestServer({ beside: server, role: "api", env: { SIGNUP_ANSWER: "mail" } });
});
afterAll(async () => {
  for (const one of [closed, capped, byMail, server]) await one.close();
});

const forever = { plan: "team", until: null };
interface Registered {
  readonly access_token: string;
  readonly user: { readonly id: string };
  readonly account: { readonly id: string };
  readonly trial?: object;
}
const register = (email: string, waitlistToken: string, at: TestServer = server, more: object = {}) =>
  at.request<Registered>("POST", "/auth/register", {
    body: { email, password: TEST_PASSWORD, name: "Grace Hopper", transport: "body", waitlist_token: waitlistToken, ...more },
  });
const leadOf = async (id: string) => {
  const [row] = await server.database.query(
    `select state, linked_account_id as account, converted_at, version,
       (select count(*)::int from ticket_offers o where o.lead_id = l.id) as offers from sales_leads l where id = $1`,
    [id],
  );
  return row;
};
const state = async (token: string) =>
  (await server.request<{ subscription: object; verification: object }>("GET", "/billing/state", { token })).body;

test("who comes in by the ticket has the plan from the first moment, the address proven, no trial; and the lead is won", async () => {
  const email = nextEmail();
  const until = addDays(server.clock.now(), 365);
  const { leadId, token } = await offerTo(server, email, { plan: "team", until });
  const { status, body } = await register(email, token);
  expect([status, body.trial]).toEqual([201, undefined]);
  expect(await state(body.access_token)).toMatchObject({
    subscription: { plan: "team", status: "complimentary", complimentary_until: until.toISOString(), trial_ends_at: null },
    verification: { verified: true },
  });
  const accountId = body.account.id;
  for (const table of ["trials", "trial_claims"])
    expect(await server.database.query(`select from ${table} where account_id = $1`, [accountId]), table).toEqual([]);
  const now = server.clock.now();
  expect(await leadOf(leadId)).toEqual({ state: "won", account: accountId, converted_at: now, version: 2, offers: 0 });
  const facts = await server.database.query("select kind, value, cause from access_history where account_id = $1 and kind = 'grant'", [
    accountId,
  ]);
  expect(facts).toEqual([
    { kind: "grant", value: { plan: "team", starts_at: now.toISOString(), until: until.toISOString() }, cause: "grant.given" },
  ]);
  const trail = await server.database.query(
    "select actor_user_id, action, details from audit_events where account_id = $1 and action in ('grant.given', 'lead.converted') order by id",
    [accountId],
  );
  // What was given is the operator's act, and coming in is the person's.
  expect(trail).toMatchObject([
    { actor_user_id: null, action: "grant.given", details: { plan: "team", reason: "contract 17", by: "operator" } },
    { actor_user_id: body.user.id, action: "lead.converted", details: { grant_id: expect.any(String) } },
  ]);
});

test("a short gift is not hidden by a trial that would last longer", async () => {
  const email = nextEmail();
  const until = addDays(server.clock.now(), 3);
  const { token } = await offerTo(server, email, { plan: "team", until });
  const { body } = await register(email, token);
  expect((await state(body.access_token)).subscription).toMatchObject({ plan: "team", status: "complimentary" });
});

test.each<[string, () => TestServer]>([
  ["closed", () => closed],
  ["not public yet", () => capped],
  ["answering by mail", () => byMail],
])("it lets in at once where sign-up is %s", async (_, at) => {
  const email = nextEmail();
  const { leadId, token } = await offerTo(server, email, forever);
  expect((await register(email, token, at())).status).toBe(201);
  expect(await leadOf(leadId)).toMatchObject({ state: "won", offers: 0 });
});

test("used twice, and twice at once, it lets in once and gives once", async () => {
  const email = nextEmail();
  const { token } = await offerTo(server, email, forever);
  const answers = await Promise.all([register(email, token), register(email, token), register(email, token, closed)]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 410, 410]);
  expect(await register(email, token)).toMatchObject({ status: 410, body: { code: "waitlist_ticket_used" } });
  const grants = await server.database.query(
    "select g.id from complimentary_grants g join memberships m using (account_id) join users u on u.id = m.user_id where u.email = $1",
    [email],
  );
  expect(grants).toHaveLength(1);
});

test("another address is not let in by it, and leaves it good", async () => {
  const email = nextEmail();
  const { leadId, token } = await offerTo(server, email, forever);
  expect(await register(nextEmail(), token)).toMatchObject({ status: 403, body: { code: "waitlist_ticket_wrong_email" } });
  expect(await leadOf(leadId)).toMatchObject({ state: "new", offers: 1 });
  expect((await register(email, token)).status).toBe(201);
});

test("expired, it lets nobody in and gives nothing", async () => {
  const email = nextEmail();
  const { leadId, token } = await offerTo(server, email, forever);
  server.clock.set(addDays(server.clock.now(), 14));
  expect(await register(email, token)).toMatchObject({ status: 410, body: { code: "waitlist_ticket_expired" } });
  expect(await leadOf(leadId)).toMatchObject({ state: "new", account: null, offers: 1 });
});

test("with an invite to a team beside it the invite counts, and what was offered stays to be taken", async () => {
  const owner = await registerVerified(server);
  const email = nextEmail();
  const { leadId, token } = await offerTo(server, email, forever);
  const answer = await register(email, token, server, { invite_token: await invite(server, owner, email) });
  expect(answer.body).toMatchObject({ account: { id: owner.account.id } });
  expect(await leadOf(leadId)).toMatchObject({ state: "new", offers: 1 });
  expect((await server.request("GET", `/waitlist/tickets/${token}`)).body).toMatchObject({ has_sign_in: true, offer: { plan: "team" } });
});

test("law 6: what is offered to an address that a stranger registered before goes to nobody but its owner", async () => {
  const thief = await registerPerson(server);
  const { leadId, token } = await offerTo(server, thief.email, forever);
  expect(await register(thief.email, token)).toMatchObject({ status: 409, body: { code: "email_taken" } });
  expect((await state(thief.accessToken)).subscription).toMatchObject({ status: "trialing" });
  expect(await leadOf(leadId)).toMatchObject({ state: "new", offers: 1 });
});

test("law 1: where the account cannot be given the plan, nobody was registered", async () => {
  const email = nextEmail();
  const { leadId, token } = await offerTo(server, email, forever);
  // It breaks at what is written last of it.
  await server.database.query(`alter table sales_leads add constraint broken check (id <> '${leadId}' or state <> 'won')`);
  expect((await register(email, token)).status).toBe(500);
  expect(await server.database.query("select id from users where email = $1", [email])).toEqual([]);
  await server.database.query("alter table sales_leads drop constraint broken");
  expect((await register(email, token)).status).toBe(201);
});
