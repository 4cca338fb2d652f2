import { addDays } from "@gatehouse/core";
import {
  nextEmail,
  offerTo,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  type TestServer,
  verifyPerson,
} from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const forever = { plan: "team", until: null };
interface Taken {
  readonly account: { readonly id: string; readonly name: string; readonly role: string };
  readonly grant_id: string;
}
const take = (by: Person, token: string, body: object = {}, headers: Record<string, string> = {}) =>
  server.request<Taken>("POST", `/waitlist/tickets/${token}/accept`, { token: by.accessToken, body, headers });
const subscription = async (token: string) =>
  (await server.request<{ subscription: object }>("GET", "/billing/state", { token })).body.subscription;
const grants = (accountId: string) => server.database.query("select id, plan from complimentary_grants where account_id = $1", [accountId]);
const leadOf = async (id: string) =>
  (await server.database.query("select state, linked_account_id as account from sales_leads where id = $1", [id]))[0];
/** Of an address whose person is a member in somebody else's team. */
async function memberWithOffer() {
  const member = await registerMember(server, await registerVerified(server), { role: "admin" });
  return { member, ...(await offerTo(server, member.email, forever)) };
}

test("who has a sign-in takes it for the account that they own and are in; the lead is won, and the ticket is used", async () => {
  const person = await registerVerified(server);
  const { leadId, token } = await offerTo(server, person.email, forever);
  const { status, body } = await take(person, token);
  expect([status, body.account.id]).toEqual([200, person.account.id]);
  expect(await grants(person.account.id)).toEqual([{ id: body.grant_id, plan: "team" }]);
  expect(await subscription(person.accessToken)).toMatchObject({ plan: "team", status: "complimentary" });
  expect(await leadOf(leadId)).toEqual({ state: "won", account: person.account.id });
  expect(await server.request("GET", `/waitlist/tickets/${token}`)).toMatchObject({ status: 410, body: { code: "waitlist_ticket_used" } });
});

test("who is in somebody else's team makes an account of their own by it, without a trial", async () => {
  const { member, leadId, token } = await memberWithOffer();
  expect(await take(member, token)).toMatchObject({ status: 403, body: { code: "permission_denied" } });
  const { status, body } = await take(member, token, { account_name: "Compilers" });
  expect([status, body.account]).toMatchObject([200, { name: "Compilers", role: "owner" }]);
  const switched = await server.request<{ access_token: string }>("POST", "/accounts/switch", {
    token: member.accessToken,
    body: { account_id: body.account.id },
  });
  expect(await subscription(switched.body.access_token)).toMatchObject({ plan: "team", status: "complimentary", trial_ends_at: null });
  expect(await server.database.query("select from trials where account_id = $1", [body.account.id])).toEqual([]);
  const facts = await server.database.query("select kind from access_history where account_id = $1 order by kind", [body.account.id]);
  expect(facts.map(({ kind }) => kind)).toEqual(["email_verification", "grant", "membership"]);
  expect(await leadOf(leadId)).toEqual({ state: "won", account: body.account.id });
});

test("twice, and twice at once, is once; the same request with its key gets the same answer", async () => {
  const { member, token } = await memberWithOffer();
  const key = { "idempotency-key": `take ${token}` };
  const answers = await Promise.all([1, 2, 3].map(() => take(member, token, { account_name: "Compilers" })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 410, 410]);
  const person = await registerVerified(server);
  const second = await offerTo(server, person.email, forever);
  const first = await take(person, second.token, {}, key);
  expect(await take(person, second.token, {}, key)).toMatchObject({ status: 200, text: first.text });
  expect(await grants(person.account.id)).toHaveLength(1);
});

test("law 6: who registered the address without proving it takes nothing, though they hold the link", async () => {
  const thief = await registerPerson(server);
  const { leadId, token } = await offerTo(server, thief.email, forever);
  expect(await take(thief, token)).toMatchObject({ status: 403, body: { code: "email_not_verified" } });
  expect(await leadOf(leadId)).toEqual({ state: "new", account: null });
});

test("who proves the address takes it then", async () => {
  const person = await registerPerson(server);
  await verifyPerson(server, person);
  const { token } = await offerTo(server, person.email, forever);
  expect((await take(person, token)).status).toBe(200);
});

test("nobody takes what was offered to another address, and a ticket that brings nothing gives nothing", async () => {
  const [person, other] = [await registerVerified(server), await registerVerified(server)];
  const { token } = await offerTo(server, other.email, forever);
  expect(await take(person, token)).toMatchObject({ status: 403, body: { code: "waitlist_ticket_wrong_email" } });
  await server.database.query("delete from ticket_offers o using sales_leads l where l.id = o.lead_id and l.email = $1", [other.email]);
  expect(await take(other, token)).toMatchObject({ status: 410, body: { code: "waitlist_ticket_used" } });
  expect(await take(person, "A".repeat(43))).toMatchObject({ status: 404, body: { code: "waitlist_ticket_not_found" } });
  expect([await grants(person.account.id), await grants(other.account.id)]).toEqual([[], []]);
});

test("an account that is being deleted is given nothing; what is no name makes none; 401 without a session", async () => {
  const person = await registerVerified(server);
  const { token } = await offerTo(server, person.email, forever);
  for (const body of [{ account_name: " " }, { account_id: person.account.id }])
    expect(await take(person, token, body)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  expect((await server.request("POST", `/waitlist/tickets/${token}/accept`, { body: {} })).status).toBe(401);
  await server.request("DELETE", "/accounts/me", { token: person.accessToken, body: { confirm: person.account.name } });
  expect(await take(person, token)).toMatchObject({ status: 409, body: { code: "account_deleted" } });
  expect(await grants(person.account.id)).toEqual([]);
});

test("expired, it gives nothing, also to who has a sign-in", async () => {
  const person = await registerVerified(server, { email: nextEmail() });
  const { token } = await offerTo(server, person.email, { plan: "team", until: addDays(server.clock.now(), 1) });
  await server.database.query("update waitlist_entries set expires_at = $1 where email = $2", [server.clock.now(), person.email]);
  expect(await take(person, token)).toMatchObject({ status: 410, body: { code: "waitlist_ticket_expired" } });
  expect(await grants(person.account.id)).toEqual([]);
});
