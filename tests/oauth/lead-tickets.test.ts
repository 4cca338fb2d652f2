import { nextEmail, offerTo, registerPerson, registerVerified } from "@gatehouse/testkit";
import { CONTOSO, googlePerson, microsoftPerson, type OauthServer, openOauthServer } from "@gatehouse/testkit/oauth-server";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: OauthServer;
let people = 0;
const nextSubject = (): string => {
  people += 1;
  return `lead-${people}`;
};
beforeAll(async () => {
  server = await openOauthServer({ env: { SIGNUP_MODE: "closed" } });
});
afterAll(() => server.close());

const forever = { plan: "team", until: null };
const leadOf = async (id: string) =>
  (await server.database.query("select state, linked_account_id as account from sales_leads where id = $1", [id]))[0];
const plansOf = async (accountId: string) =>
  (
    await server.database.query<{ what: string }>(
      "select 'given ' || plan as what from complimentary_grants where account_id = $1 union all select 'trial' from trials where account_id = $1",
      [accountId],
    )
  ).map(({ what }) => what);
const withGoogle = (email: string, sub: string, token: string) =>
  server.comes("google", googlePerson(sub, email), { query: { waitlist_token: token } });
const accountIn = (body: unknown): string => String(Object(Object(body).account).id);

test("who comes in with Google has the plan from the first moment, and no trial, though sign-up is closed", async () => {
  const [email, sub] = [nextEmail(), nextSubject()];
  const { leadId, token } = await offerTo(server, email, forever);
  const { status, body } = await withGoogle(email, sub, token);
  expect([status, body]).toMatchObject([200, { outcome: "signed_up", account: { role: "owner" } }]);
  expect(await plansOf(accountIn(body))).toEqual(["given team"]);
  expect(await leadOf(leadId)).toEqual({ state: "won", account: accountIn(body) });
  expect(await withGoogle(email, sub, token), "who is known signs in as before").toMatchObject({ body: { outcome: "signed_in" } });
  expect(await plansOf(accountIn(body))).toEqual(["given team"]);
});

test("where Microsoft does not prove the address, the ticket does, for its token came by mail", async () => {
  const email = nextEmail();
  const { leadId, token } = await offerTo(server, email, forever);
  const claims = microsoftPerson(server.microsoft, CONTOSO, nextSubject(), email);
  const { body } = await server.comes("microsoft", claims, { query: { waitlist_token: token } });
  expect(body).toMatchObject({ outcome: "signed_up", user: { email_verified_at: server.clock.now().toISOString() } });
  expect(await plansOf(accountIn(body))).toEqual(["given team"]);
  expect(await leadOf(leadId)).toMatchObject({ state: "won" });
});

test("another address does not come in by it, and what is offered stays", async () => {
  const email = nextEmail();
  const { leadId, token } = await offerTo(server, email, forever);
  expect(await withGoogle(nextEmail(), nextSubject(), token)).toMatchObject({ status: 403, body: { code: "waitlist_ticket_wrong_email" } });
  expect(await leadOf(leadId)).toEqual({ state: "new", account: null });
  expect((await withGoogle(email, nextSubject(), token)).status).toBe(200);
});

test("two who come with one ticket at once are given it once", async () => {
  const email = nextEmail();
  const { token } = await offerTo(server, email, forever);
  const answers = await Promise.all([withGoogle(email, nextSubject(), token), withGoogle(email, nextSubject(), token)]);
  const [first, ...more] = answers.filter(({ status }) => status === 200);
  expect(more).toEqual([]);
  expect(await plansOf(accountIn(first?.body))).toEqual(["given team"]);
});

test("who has a sign-in comes in as before, and takes it then, when they say for which account", async () => {
  const open = await openOauthServer({ beside: server, env: { SIGNUP_MODE: "open" } });
  const person = await registerVerified(open);
  const { leadId, token } = await offerTo(server, person.email, forever);
  const { body } = await withGoogle(person.email, nextSubject(), token);
  expect(body).toMatchObject({ outcome: "linked", account: { id: person.account.id } });
  expect(await leadOf(leadId)).toEqual({ state: "new", account: null });
  const path = `/waitlist/tickets/${token}/accept`;
  expect((await server.request("POST", path, { token: String(body["access_token"]), body: {} })).status).toBe(200);
  expect(await plansOf(person.account.id)).toContain("given team");
  await open.close();
});

test("law 6: whom a stranger forestalled comes in with Google, and it is they who take it", async () => {
  const open = await openOauthServer({ beside: server, env: { SIGNUP_MODE: "open" } });
  const thief = await registerPerson(open);
  const { token } = await offerTo(server, thief.email, forever);
  const { body } = await withGoogle(thief.email, nextSubject(), token);
  expect(body).toMatchObject({ outcome: "linked" });
  const path = `/waitlist/tickets/${token}/accept`;
  expect((await server.request("POST", path, { token: thief.accessToken, body: {} })).status).toBe(401);
  expect((await server.request("POST", path, { token: String(body["access_token"]), body: {} })).status).toBe(200);
  await open.close();
});
