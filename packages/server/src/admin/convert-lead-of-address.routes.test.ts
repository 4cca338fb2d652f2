import { nextEmail, openTestServer, type Person, registerPerson, registerVerified, type TestServer, writeLead } from "@gatehouse/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

interface Conversion {
  readonly outcome: string;
  readonly lead: object;
  readonly account_id: string | null;
}

let server: TestServer;
let operator: Person;
let email: string;
let leadId: string;
beforeAll(async () => {
  server = await openTestServer();
  operator = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
});
afterAll(() => server.close());
beforeEach(async () => {
  email = nextEmail();
  leadId = await writeLead(server, email);
});

const convert = (more: object = {}) =>
  server.request<Conversion>("POST", `/admin/leads/${leadId}/convert`, {
    token: operator.accessToken,
    body: { plan: "team", until: null, reason: "contract 17", ...more },
  });
const shown = async () =>
  (await server.request<{ lead: object }>("GET", `/admin/leads/${leadId}`, { token: operator.accessToken })).body.lead;
const invitations = async () => (await server.mailsTo(email)).filter(({ subject }) => subject === "Your Team plan at Testproduct is ready");
const tokens = async () => (await invitations()).map(({ links }) => new URL(links[0] ?? "").searchParams.get("token") ?? "");
const ticket = (token: string) => server.request("GET", `/waitlist/tickets/${token}`);
const grantsOf = (person: Person) =>
  server.database.query("select plan, granted_by from complimentary_grants where account_id = $1", [person.account.id]);

test("whoever proved the lead's address and owns one account is given the plan there, at once", async () => {
  const person = await registerVerified(server, { email });
  const answer = await convert();
  expect(answer.body).toMatchObject({ outcome: "converted", account_id: person.account.id, lead: { state: "won", invitation: null } });
  expect(await grantsOf(person)).toEqual([{ plan: "team", granted_by: operator.user.id }]);
  expect(await invitations()).toEqual([]);
  expect(await convert()).toMatchObject({ status: 409, body: { code: "lead_converted", account_id: person.account.id } });
});

test("somebody who only typed the address is given nothing: its owner is invited", async () => {
  const thief = await registerPerson(server, { email });
  expect((await convert()).body).toMatchObject({ outcome: "invited", lead: { invitation: { state: "waiting" } } });
  expect(await grantsOf(thief)).toEqual([]);
});

test.each(["is in somebody else's account alone", "owns two accounts", "owns one that is being deleted"])(
  "who %s is invited to say which it is for",
  async (how) => {
    const person = await registerVerified(server, { email });
    const host = await registerVerified(server);
    const join = (role: string) =>
      server.database.query("insert into memberships (account_id, id, user_id, role, created_at) values ($1, $2, $3, $4, $5)", [
        host.account.id,
        server.app.ids.next(),
        person.user.id,
        role,
        server.clock.now(),
      ]);
    if (how === "owns two accounts") await join("owner");
    else if (how === "is in somebody else's account alone") {
      await join("admin");
      await server.database.query("delete from memberships where account_id = $1", [person.account.id]);
    } else await server.request("DELETE", "/accounts/me", { token: person.accessToken, body: { confirm: person.account.name } });
    expect((await convert()).body).toMatchObject({ outcome: "invited", lead: { invitation: { state: "has_sign_in" } } });
    const [token = ""] = await tokens();
    expect((await ticket(token)).body).toMatchObject({ has_sign_in: true });
  },
);

test("who registered without the ticket meanwhile is given the plan by converting again, and the ticket brings nothing more", async () => {
  await convert();
  const [token = ""] = await tokens();
  const person = await registerVerified(server, { email });
  expect(await shown()).toMatchObject({ invitation: { state: "has_sign_in" } });
  expect((await convert()).body).toMatchObject({ outcome: "converted", account_id: person.account.id, lead: { invitation: null } });
  expect(await grantsOf(person)).toHaveLength(1);
  expect((await ticket(token)).status).toBe(404);
});

test("a lead whose person was erased has nobody to invite, but an account can be named", async () => {
  await server.database.query("update sales_leads set email = null, email_normalised = null, name = null where id = $1", [leadId]);
  expect(await convert()).toMatchObject({ status: 409, body: { code: "lead_without_account" } });
  const person = await registerVerified(server);
  expect((await convert({ account_id: person.account.id })).body).toMatchObject({ outcome: "converted" });
});
