import {
  invite,
  nextEmail,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  signIn,
  type TestServer,
  tokenIn,
} from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const deleteMe = (person: Person, password = person.password) =>
  server.request<{ code: string }>("DELETE", "/me", { token: person.accessToken, body: { password } });
const me = (person: Person) => server.request("GET", "/me", { token: person.accessToken });
const rowsOf = (sql: string, ...parameters: unknown[]) => server.database.query(sql, parameters);

test("a person alone in their account is deleted with it: every device is out, and nobody signs in any more", async () => {
  const person = await registerPerson(server);
  const phone = await signIn(server, person);
  expect(await deleteMe(person)).toMatchObject({ status: 204, text: "" });
  for (const device of [person, phone]) {
    expect(await me(device)).toMatchObject({ status: 401, body: { code: "session_ended" } });
    const refresh = await server.request("POST", "/auth/refresh", { body: { refresh_token: device.refreshToken } });
    expect(refresh).toMatchObject({ status: 401, body: { code: "session_ended" } });
  }
  await expect(signIn(server, person)).rejects.toMatchObject({ problem: { code: "invalid_credentials" } });
  expect(await rowsOf("select deleted_at from accounts where id = $1", person.account.id)).toEqual([{ deleted_at: server.clock.now() }]);
  const history = await rowsOf("select value from access_history where account_id = $1 and kind = 'account'", person.account.id);
  expect(history).toEqual([{ value: { deleted_at: server.clock.now().toISOString() } }]);
});

test("what the row said of the person is gone, and what was audited stays", async () => {
  const person = await registerPerson(server, { name: "Grace Hopper" });
  await server.request("PATCH", "/me", { token: person.accessToken, body: { role_at_signup: "Admiral" } });
  await deleteMe(person);
  const [row] = await rowsOf("select row_to_json(u)::text as text from users u where id = $1", person.user.id);
  expect(row?.["text"]).not.toMatch(new RegExp(`Grace|Admiral|argon2|${person.email}`));
  const audited = await rowsOf("select action from audit_events where actor_user_id = $1", person.user.id);
  expect(audited.map((event) => event["action"])).toEqual(
    expect.arrayContaining(["user.registered", "account.deleted", "session.ended", "user.deleted"]),
  );
});

test("the address is free again: it registers a new person with an account and a trial of its own", async () => {
  const person = await registerPerson(server);
  await deleteMe(person);
  const again = await registerPerson(server, { email: person.email });
  expect(again.user.id).not.toBe(person.user.id);
  expect(again.account.id).not.toBe(person.account.id);
  expect((await me(again)).status).toBe(200);
  expect((await me(person)).status).toBe(401);
});

test("a stolen session cannot delete the person without the password", async () => {
  const person = await registerPerson(server);
  expect(await deleteMe(person, "not-the-password-at-all")).toMatchObject({ status: 403, body: { code: "fresh_sign_in_required" } });
  expect(await server.request("DELETE", "/me", { token: person.accessToken })).toMatchObject({ status: 422 });
  expect((await me(person)).status).toBe(200);
});

test("the only owner of an account with others in it cannot leave them without one", async () => {
  const owner = await registerPerson(server);
  const admin = await registerMember(server, owner, { role: "admin" });
  expect(await deleteMe(owner)).toMatchObject({ status: 409, body: { code: "last_owner" } });
  expect((await me(owner)).status).toBe(200);
  expect((await signIn(server, owner)).account.role).toBe("owner");
  expect((await me(admin)).status).toBe(200);
});

test("a member who is deleted leaves the account to the others", async () => {
  const owner = await registerPerson(server);
  const member = await registerMember(server, owner);
  expect(await deleteMe(member)).toMatchObject({ status: 204 });
  expect((await me(owner)).status).toBe(200);
  expect(await rowsOf("select user_id from memberships where account_id = $1", owner.account.id)).toEqual([{ user_id: owner.user.id }]);
  const history = await rowsOf(
    "select value from access_history where account_id = $1 and kind = 'membership' and cause = 'user.deleted'",
    owner.account.id,
  );
  expect(history).toEqual([{ value: null }]);
});

test("of two owners who leave at once, one must stay", async () => {
  const first = await registerPerson(server);
  const second = await registerMember(server, first, { role: "admin" });
  const bystander = await registerMember(server, first);
  await server.database.query("update memberships set role = 'owner' where user_id = $1", [second.user.id]);
  const hold = "select 1 from memberships where account_id = $1 for update";
  const answers = await server.database.race(hold, [first.account.id], [() => deleteMe(first), () => deleteMe(second)]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([204, 409]);
  expect(await rowsOf("select 1 from memberships where account_id = $1 and role = 'owner'", first.account.id)).toHaveLength(1);
  expect((await me(bystander)).status).toBe(200);
});

test("links and invites that the person left behind are dead", async () => {
  const owner = await registerPerson(server);
  const admin = await registerMember(server, owner, { role: "admin" });
  await server.request("POST", "/auth/password/forgot", { body: { email: admin.email } });
  const reset = tokenIn(await server.mailTo(admin.email));
  const email = nextEmail();
  const inviteToken = await invite(server, admin, email);
  await deleteMe(admin);
  const answer = await server.request("POST", "/auth/password/reset", { body: { token: reset, password: "harbour-violet-cinder-9" } });
  expect(answer).toMatchObject({ status: 404, body: { code: "token_invalid" } });
  await expect(registerPerson(server, { email, inviteToken })).rejects.toMatchObject({ problem: { code: "invite_revoked" } });
});

test("a mail that was still waiting for a deleted person is not sent", async () => {
  const person = await registerPerson(server);
  await server.settle();
  server.mailbox.pause();
  await server.request("POST", "/auth/email/resend", { body: { email: person.email } });
  await server.settle();
  await deleteMe(person);
  server.mailbox.resume();
  const before = server.mailbox.summaries(person.email).length;
  await server.database.query("update pgboss.job set start_after = now() where state = 'retry'");
  await server.request("POST", "/auth/password/forgot", { body: { email: nextEmail() } });
  expect(await server.mailsTo(person.email)).toHaveLength(before);
});

test("deleting oneself twice at once is done once", async () => {
  const person = await registerPerson(server);
  const hold = "select 1 from users where id = $1 for update";
  const answers = await server.database.race(hold, [person.user.id], [() => deleteMe(person), () => deleteMe(person)]);
  expect(answers.map((answer) => answer.status)).toContain(204);
  expect(answers.every((answer) => [204, 401, 403].includes(answer.status))).toBe(true);
  expect(await rowsOf("select 1 from audit_events where action = 'user.deleted' and target_id = $1", person.user.id)).toHaveLength(1);
});
