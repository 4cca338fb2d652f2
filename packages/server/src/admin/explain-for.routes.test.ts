import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerMember, registerPerson, registerVerified, signIn, type TestServer } from "@gatehouse/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";

const NOBODYS = "01890000-0000-7000-8000-000000000000";
let server: TestServer;
let operator: Person;
let ada: Person;
beforeEach(async () => {
  server = await openTestServer();
  operator = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
  ada = await registerPerson(server);
});
afterEach(() => server.close());

const ask = (query = "", account = ada.account.id, token = operator.accessToken) =>
  server.request<Record<string, unknown>>("GET", `/admin/accounts/${account}/explain${query}`, { token });

test("an operator is answered what the owner is, of now, of what was and of what will be, and whom it is about", async () => {
  const { user, account, email } = ada;
  const then = server.clock.now();
  server.clock.advanceDays(3);
  const { accessToken } = await signIn(server, ada);
  operator = { ...operator, accessToken: (await signIn(server, operator)).accessToken };
  for (const at of [then, server.clock.now(), addDays(then, 15)]) {
    const query = `?at=${at.toISOString()}`;
    const told = await server.request<object>("GET", `/access/explain${query}`, { token: accessToken });
    const answer = await ask(query, account.id);
    expect(answer).toMatchObject({ status: 200, body: { person: { user_id: user.id, email, role: "owner" } } });
    const { person: _, ...rest } = answer.body;
    expect(rest).toEqual(told.body);
  }
  expect((await ask()).body).toMatchObject({ at: server.clock.now().toISOString(), subscription: { status: "trialing" } });
  // Two weeks later the trial is over, and the operator sees what shut the door.
  expect((await ask(`?at=${addDays(then, 15).toISOString()}`)).body).toMatchObject({ subscription: { status: "trial_ended" } });
});

test("it is about whom the operator names, and tells operators the reasons that customers are not told", async () => {
  const member = await registerMember(server, ada, { role: "viewer" });
  const body = { value: 12, expires_at: null, reason: "they speak at our conference" };
  const set = await server.request("PUT", `/admin/accounts/${ada.account.id}/limits/seats`, { token: operator.accessToken, body });
  expect(set.status, set.text).toBe(200);
  const answer = await ask(`?user_id=${member.user.id}`);
  expect(answer.body).toMatchObject({ person: { user_id: member.user.id, role: "viewer" } });
  expect(answer.text).toContain(body.reason);
  const told = await server.request("GET", "/access/explain", { token: ada.accessToken });
  expect(told.text).not.toContain(body.reason);
});

test("in an account of hundreds the last one who came is found too", async () => {
  const last = await registerMember(server, ada);
  // So many as the page of an account does not show, all of them there before.
  await server.database.query(
    `with people as (
       insert into users (id, email, email_normalised, name, created_at, updated_at)
       select gen_random_uuid(), n || '@many.example', n || '@many.example', 'Many', $2, $2 from generate_series(1, 250) n returning id)
     insert into memberships (account_id, id, user_id, role, created_at)
     select $1, gen_random_uuid(), id, 'member', $2::timestamptz - interval '1 day' from people`,
    [ada.account.id, server.clock.now()],
  );
  expect((await ask(`?user_id=${last.user.id}`)).body).toMatchObject({ person: { user_id: last.user.id } });
  expect((await ask()).body).toMatchObject({ person: { user_id: ada.user.id } });
});

test("who is not there is not found, and whoever is no operator finds nothing at all", async () => {
  const notThere = { status: 404, body: { code: "account_not_found" } };
  expect(await ask("", NOBODYS)).toMatchObject(notThere);
  for (const stranger of [NOBODYS, operator.user.id])
    expect(await ask(`?user_id=${stranger}`)).toMatchObject({ status: 404, body: { code: "member_not_found" } });
  expect(await ask("?at=yesterday")).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  expect(await ask("", ada.account.id, ada.accessToken)).toMatchObject({ status: 404, body: { code: "route_not_found" } });
});
