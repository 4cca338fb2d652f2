import { addDays } from "@gatehouse/core";
import { eraseAccount } from "@gatehouse/server/journeys/erase-account";
import {
  nextEmail,
  offerTo,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  TEST_PASSWORD,
  type TestServer,
  testProduct,
} from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

/** @returns the lead's id, with a note about it */
async function write(email: string, by?: Person): Promise<string> {
  const body = { name: "Grace Hopper", email, company: "Engines", message: "I am Grace", source: "pricing" };
  await server.request("POST", "/sales-leads", { body, ...(by ? { token: by.accessToken } : {}) });
  const [row] = await server.database.query<{ id: string }>("select id from sales_leads order by id desc limit 1");
  const id = row?.id ?? "";
  await server.database.query("insert into sales_lead_notes (lead_id, id, written_at, text) values ($1, $2, $3, 'Grace called')", [
    id,
    server.app.ids.next(),
    server.clock.now(),
  ]);
  return id;
}
const lead = async (id: string) => {
  const [row] = await server.database.query(
    `select name, email, email_normalised, company, message, source, linked_account_id as account, linked_user_id as "user",
       (select count(*)::int from sales_lead_notes n where n.lead_id = l.id) as notes from sales_leads l where id = $1`,
    [id],
  );
  return row;
};
const ERASED = { name: null, email: null, email_normalised: null, company: null, message: null, source: "pricing", user: null, notes: 0 };
const leave = (by: Person) => server.request("DELETE", "/me", { token: by.accessToken, body: { password: TEST_PASSWORD } });

test("who deletes themself takes with them what they told sales, signed in or not, and what was noted; that there was a lead stays", async () => {
  const owner = await registerVerified(server);
  const grace = await registerMember(server, owner);
  const [unsigned, signed] = [await write(grace.email.toUpperCase()), await write(nextEmail(), grace)];
  const others = await write(owner.email, owner);
  expect((await leave(grace)).status).toBe(204);
  expect(await lead(unsigned)).toEqual({ ...ERASED, account: null });
  expect(await lead(signed)).toEqual({ ...ERASED, account: owner.account.id });
  expect(await lead(others)).toMatchObject({ name: "Grace Hopper", email: owner.email, user: owner.user.id, notes: 1 });
});

test("whoever registers a stranger's address and leaves again erases nothing that the stranger told us", async () => {
  const victim = nextEmail();
  const id = await write(victim);
  const thief = await registerPerson(server, { email: victim });
  expect((await leave(thief)).status).toBe(204);
  expect(await lead(id)).toMatchObject({ name: "Grace Hopper", email: victim, notes: 1 });
});

const offers = (leadId: string) => server.database.query("select plan from ticket_offers where lead_id = $1", [leadId]);
const onWaitlist = (email: string) => server.database.query("select id from waitlist_entries where email = $1", [email]);

test("who deletes themself takes along what was offered to them and not taken, with the ticket that brings it", async () => {
  const grace = await registerVerified(server);
  const { leadId } = await offerTo(server, grace.email, { plan: "team", until: null });
  // Signed in, and for another address of theirs.
  const elsewhere = nextEmail();
  const second = await offerTo(server, elsewhere, { plan: "team", until: null });
  await server.database.query("update sales_leads set linked_user_id = $1 where id = $2", [grace.user.id, second.leadId]);
  expect((await leave(grace)).status).toBe(204);
  for (const id of [leadId, second.leadId]) expect([await lead(id), await offers(id)]).toMatchObject([{ email: null }, []]);
  for (const email of [grace.email, elsewhere]) expect(await onWaitlist(email)).toEqual([]);
});

test("whoever registers a stranger's address and leaves again takes nothing from the stranger of what was offered", async () => {
  const victim = nextEmail();
  const { leadId, token } = await offerTo(server, victim, { plan: "team", until: null });
  const thief = await registerPerson(server, { email: victim });
  expect((await leave(thief)).status).toBe(204);
  expect(await offers(leadId)).toHaveLength(1);
  expect((await server.request("GET", `/waitlist/tickets/${token}`)).body).toMatchObject({ offer: { plan: "team" } });
});

test("what was given by a ticket goes with the account, and the lead says no more than that there was one", async () => {
  const { leadId, token } = await offerTo(server, nextEmail(), { plan: "team", until: null });
  const [row] = await server.database.query<{ email: string }>("select email from sales_leads where id = $1", [leadId]);
  const body = { email: row?.email, name: "Grace Hopper", password: TEST_PASSWORD, transport: "body", waitlist_token: token };
  const grace = (await server.request<Person & { access_token: string }>("POST", "/auth/register", { body })).body;
  await server.request("DELETE", "/accounts/me", { token: grace.access_token, body: { confirm: grace.account.name } });
  server.clock.set(addDays(server.clock.now(), 14));
  await eraseAccount(server.app, testProduct, grace.account.id);
  expect(await lead(leadId)).toMatchObject({ name: null, email: null, account: null, user: null });
  expect(await onWaitlist(row?.email ?? "")).toEqual([]);
  expect(await server.database.query("select id from complimentary_grants where account_id = $1", [grace.account.id])).toEqual([]);
});

test("an account that is erased is named by no lead any more; what its people told us goes with them", async () => {
  const owner = await registerVerified(server);
  const stays = await registerVerified(server, { name: "Mary Jackson" });
  await server.database.query("insert into memberships (account_id, id, user_id, role, created_at) values ($1, $2, $3, 'admin', $4)", [
    owner.account.id,
    server.app.ids.next(),
    stays.user.id,
    server.clock.now(),
  ]);
  const [owners, colleagues] = [await write(owner.email, owner), await write(nextEmail(), stays)];
  await server.database.query("update sales_leads set linked_account_id = $1 where id = $2", [owner.account.id, colleagues]);
  await server.request("DELETE", "/accounts/me", { token: owner.accessToken, body: { confirm: owner.account.name } });
  server.clock.set(addDays(server.clock.now(), 14));
  await eraseAccount(server.app, testProduct, owner.account.id);
  expect(await lead(owners)).toEqual({ ...ERASED, account: null });
  expect(await lead(colleagues)).toMatchObject({ name: "Grace Hopper", account: null, user: null, notes: 1 });
});
