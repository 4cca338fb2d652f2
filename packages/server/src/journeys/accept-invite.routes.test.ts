import {
  invite,
  nextEmail,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  signIn,
  TEST_PASSWORD,
  TEST_START,
  type TestServer,
  tokenIn,
} from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: TestServer;
let owner: Person;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  server.clock.set(TEST_START);
  owner = await registerVerified(server, { accountName: "Analytical Engines" });
});

interface Accepted {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly account: { id: string; role: string };
  readonly user: { email_verified_at: string | null };
  readonly invite?: { accepted: boolean; code: string | null };
  readonly password_removed: boolean;
  readonly code?: string;
}
const accept = (token: string, by: Pick<Person, "accessToken">, body: object = { transport: "body" }, at = server) =>
  at.request<Accepted>("POST", `/invites/${token}/accept`, { token: by.accessToken, body });
const login = (email: string, body: object) =>
  server.request<Accepted>("POST", "/auth/login", { body: { email, password: TEST_PASSWORD, transport: "body", ...body } });
const me = (token: string) => server.request("GET", "/me", { token });
const memberships = (person: Person) =>
  server.database.query("select account_id, role from memberships where user_id = $1 order by created_at, account_id", [person.user.id]);

test("a person with a sign-in joins: the tokens are for the joined account, nothing of their own is lost, and no trial is made", async () => {
  const grace = await registerVerified(server);
  const token = await invite(server, owner, grace.email, { role: "admin" });
  const trials = await server.database.query("select count(*)::int from trials");
  const answer = await accept(token, grace);
  expect(answer).toMatchObject({
    status: 200,
    body: { account: { id: owner.account.id, role: "admin" }, invite: { accepted: true, code: null }, password_removed: false },
  });
  expect(answer.body.refresh_token).toBeUndefined();
  expect((await me(answer.body.access_token)).body).toMatchObject({ account: { id: owner.account.id, role: "admin" } });
  expect((await me(grace.accessToken)).body).toMatchObject({ account: { id: grace.account.id, role: "owner" } });
  expect(await memberships(grace)).toHaveLength(2);
  expect(await server.database.query("select count(*)::int from trials")).toEqual(trials);
  await signIn(server, grace);
});

test("who sent the invite is told, and the account's audit and history have it", async () => {
  const grace = await registerVerified(server, { name: "Grace Hopper" });
  await accept(await invite(server, owner, grace.email), grace);
  const mails = await server.mailsTo(owner.email);
  expect(mails.at(-1)?.text).toContain("Grace Hopper");
  const audit = await server.request<{ items: { action: string; actor: { name: string } }[] }>("GET", "/accounts/me/audit", {
    token: owner.accessToken,
  });
  expect(audit.body.items[0]).toMatchObject({ action: "member.joined", actor: { name: "Grace Hopper" } });
  const history = await server.database.query(
    "select kind from access_history where account_id = $1 and cause = 'invite.accepted' order by kind",
    [owner.account.id],
  );
  expect(history.map(({ kind }) => kind)).toEqual(["email_verification", "membership"]);
});

test("signing in with the invite in hand joins too, and proves address and password", async () => {
  const grace = await registerPerson(server);
  const token = await invite(server, owner, grace.email);
  const answer = await login(grace.email, { invite_token: token });
  expect(answer).toMatchObject({
    status: 200,
    body: { account: { id: owner.account.id, role: "member" }, invite: { accepted: true, code: null } },
  });
  expect(answer.body.user.email_verified_at).toBe(TEST_START.toISOString());
  const [row] = await server.database.query("select password_proven_at from users where id = $1", [grace.user.id]);
  expect(row).toEqual({ password_proven_at: TEST_START });
  expect((await me(grace.accessToken)).status).toBe(200);
});

test("who was removed from their only account comes back by an invite", async () => {
  const grace = await registerMember(server, owner);
  await server.database.query("delete from memberships where user_id = $1", [grace.user.id]);
  expect(await login(grace.email, {})).toMatchObject({ status: 403, body: { code: "no_account" } });
  const token = await invite(server, owner, grace.email, { role: "viewer" });
  expect(await login(grace.email, { invite_token: token })).toMatchObject({ status: 200, body: { account: { role: "viewer" } } });
});

test("an invite that is dead or for another leaves a sign-in as it is, and the answer says why", async () => {
  const grace = await registerVerified(server);
  const foreign = await invite(server, owner, nextEmail());
  const cases: [string, string][] = [
    [foreign, "invite_wrong_email"],
    ["A".repeat(43), "invite_not_found"],
  ];
  for (const [token, code] of cases) {
    expect(await login(grace.email, { invite_token: token })).toMatchObject({
      status: 200,
      body: { account: { id: grace.account.id }, invite: { accepted: false, code } },
    });
  }
  expect(await memberships(grace)).toHaveLength(1);
});

test("a wrong password joins nothing, and the invite stays good", async () => {
  const grace = await registerVerified(server);
  const token = await invite(server, owner, grace.email);
  expect(await login(grace.email, { password: "not the password", invite_token: token })).toMatchObject({ status: 401 });
  expect((await accept(token, grace)).status).toBe(200);
});

test.each([
  ["taken back", "revoked_at = $2", "invite_revoked", 410],
  ["expired", "expires_at = $2", "invite_expired", 410],
])("a link that was %s says so", async (_, change, code, status) => {
  const grace = await registerVerified(server);
  const token = await invite(server, owner, grace.email);
  await server.database.query(`update account_invites set ${change} where email = $1`, [grace.email, TEST_START]);
  expect(await accept(token, grace)).toMatchObject({ status, body: { code } });
  expect(await memberships(grace)).toHaveLength(1);
});

test("a used link says so, and to who is in by it where to go", async () => {
  const grace = await registerVerified(server);
  const token = await invite(server, owner, grace.email);
  await accept(token, grace);
  expect(await accept(token, grace)).toMatchObject({
    status: 410,
    body: { code: "invite_used", mend: { action: "open_account", url: "http://gatehouse.localhost:4000/team" } },
  });
  const stranger = await registerVerified(server);
  const told = await accept(token, stranger);
  expect(told).toMatchObject({ status: 410, body: { code: "invite_used" } });
  expect(told.body).not.toHaveProperty("mend");
});

test("a made-up token, one of another kind and one that was altered are no invite", async () => {
  const grace = await registerPerson(server);
  const token = await invite(server, owner, grace.email);
  const verification = tokenIn(await server.mailTo(grace.email));
  const altered = `${token.slice(0, -2)}${token.at(-2) === "A" ? "B" : "A"}${token.at(-1)}`;
  for (const wrong of [verification, altered, "x".repeat(43), "short"]) {
    expect(await accept(wrong, grace)).toMatchObject({ status: 404, body: { code: "invite_not_found" } });
  }
});

test("another person's session accepts nothing and is told nothing of the invited address", async () => {
  const invited = nextEmail();
  const token = await invite(server, owner, invited);
  const mallory = await registerVerified(server);
  const answer = await accept(token, mallory);
  expect(answer).toMatchObject({ status: 403, body: { code: "invite_wrong_email" } });
  expect(answer.text).not.toContain(invited);
  expect((await registerPerson(server, { email: invited, inviteToken: token })).account.id).toBe(owner.account.id);
});

test("the address is compared in its normalised form", async () => {
  const grace = await registerVerified(server, { email: "Grace.Hopper@BÜCHER.example" });
  const token = await invite(server, owner, "grace.hopper@xn--bcher-kva.example");
  expect((await accept(token, grace)).status).toBe(200);
});

test("a role or an account in the body is refused: both are the invite's", async () => {
  const grace = await registerVerified(server);
  const token = await invite(server, owner, grace.email, { role: "viewer" });
  for (const extra of [{ role: "owner" }, { account_id: grace.account.id }]) {
    expect(await accept(token, grace, extra)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  }
  expect((await accept(token, grace)).body.account.role).toBe("viewer");
});

test("of five clicks on one link at once, one joins", async () => {
  const grace = await registerVerified(server);
  const token = await invite(server, owner, grace.email);
  const clicks = Array.from({ length: 5 }, () => () => accept(token, grace));
  const answers = await server.database.race("select 1 from accounts where id = $1 for update", [owner.account.id], clicks);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ body }) => body.code === "invite_used")).toHaveLength(4);
  expect(await memberships(grace)).toHaveLength(2);
});

test("an invite that is taken back between the look and the click is not accepted", async () => {
  const grace = await registerVerified(server);
  const token = await invite(server, owner, grace.email);
  const [row] = await server.database.query<{ id: string }>("select id from account_invites where email = $1", [grace.email]);
  const [, accepted] = await server.database.race<{ status: number; body: unknown }>(
    "select 1 from accounts where id = $1 for update",
    [owner.account.id],
    [() => server.request("DELETE", `/accounts/me/invites/${row?.id}`, { token: owner.accessToken }), () => accept(token, grace)],
  );
  const isIn = (await memberships(grace)).length === 2;
  const [state] = await server.database.query(
    "select accepted_at is null as open, revoked_at is null as stands from account_invites where email = $1",
    [grace.email],
  );
  expect(isIn).toBe(accepted?.status === 200);
  expect(state).toEqual(isIn ? { open: false, stands: true } : { open: true, stands: false });
});

test("where the plan has become smaller than the team, the invite waits and says what to do", async () => {
  const grace = await registerVerified(server);
  const token = await invite(server, owner, grace.email);
  await registerMember(server, owner);
  await plantFacts(server, owner.account.id, { grants: [{ plan: "free", startsAt: TEST_START, until: null, reason: "a test" }] });
  expect(await accept(token, grace)).toMatchObject({ status: 409, body: { code: "invite_no_seat" } });
  const newcomer = nextEmail();
  const theirs = await invite(server, owner, newcomer);
  const form = { email: newcomer, password: TEST_PASSWORD, name: "Katherine", invite_token: theirs };
  expect(await server.request("POST", "/auth/register", { body: form })).toMatchObject({ status: 409, body: { code: "invite_no_seat" } });
  expect(await server.database.query("select 1 from users where email = $1", [newcomer])).toEqual([]);
  await plantFacts(server, owner.account.id, { grants: [{ plan: "pro", startsAt: TEST_START, until: null, reason: "a test" }] });
  expect((await accept(token, grace)).status).toBe(200);
});

test("law 6: whoever registered the address first is thrown out when its owner accepts, and the owner goes on in a session of their own", async () => {
  const squatter = await registerPerson(server);
  const phone = await signIn(server, squatter);
  const token = await invite(server, owner, squatter.email);
  const answer = await accept(token, squatter);
  expect(answer).toMatchObject({ status: 200, body: { password_removed: true, account: { id: owner.account.id } } });
  for (const session of [squatter, phone]) expect(await me(session.accessToken)).toMatchObject({ body: { code: "session_ended" } });
  expect((await me(answer.body.access_token)).status).toBe(200);
  expect(answer.body.refresh_token).toMatch(/^[\w-]{43}$/);
  expect(await login(squatter.email, {})).toMatchObject({ status: 401 });
  expect((await server.mailTo(squatter.email)).subject).toMatch(/password/i);
});

test("with the password sent along it is kept, and so are the sessions; a wrong one accepts nothing", async () => {
  const grace = await registerPerson(server);
  const token = await invite(server, owner, grace.email);
  expect(await accept(token, grace, { password: "not the password" })).toMatchObject({
    status: 401,
    body: { code: "invalid_credentials" },
  });
  expect(await accept(token, grace, { password: TEST_PASSWORD })).toMatchObject({ status: 200, body: { password_removed: false } });
  expect((await me(grace.accessToken)).status).toBe(200);
  await signIn(server, grace);
});

test("in a browser the new session comes as a cookie", async () => {
  const squatter = await registerPerson(server);
  const token = await invite(server, owner, squatter.email);
  const answer = await accept(token, squatter, {});
  expect(answer.body.refresh_token).toBeUndefined();
  expect(answer.cookies["gatehouse_refresh"]).toMatchObject({ httpOnly: true });
});

test("an invite is a ticket in where sign-up is closed", async () => {
  await server.database.query("insert into settings (key, value, updated_at) values ('signup_mode', '\"closed\"', $1)", [TEST_START]);
  const email = nextEmail();
  const token = await invite(server, owner, email);
  expect((await registerPerson(server, { email, inviteToken: token })).account.id).toBe(owner.account.id);
  const grace = await server.request("POST", "/auth/register", { body: { email: nextEmail(), password: TEST_PASSWORD, name: "Grace" } });
  expect(grace).toMatchObject({ status: 403, body: { code: "signup_closed" } });
  await server.database.query("delete from settings where key = 'signup_mode'");
});

test("into an account that is to be deleted nobody is let in, by whichever way; taken back, the invite is good again", async () => {
  const grace = await registerVerified(server);
  const token = await invite(server, owner, grace.email);
  const newcomer = nextEmail();
  const form = { email: newcomer, password: TEST_PASSWORD, name: "Katherine", invite_token: await invite(server, owner, newcomer) };
  await server.request("DELETE", "/accounts/me", { token: owner.accessToken, body: { confirm: "Analytical Engines" } });
  expect(await accept(token, grace)).toMatchObject({ status: 404, body: { code: "invite_not_found" } });
  expect(await login(grace.email, { invite_token: token })).toMatchObject({ body: { invite: { code: "invite_not_found" } } });
  expect(await server.request("POST", "/auth/register", { body: form })).toMatchObject({ status: 404, body: { code: "invite_not_found" } });
  await server.request("POST", "/accounts/me/restore", { token: owner.accessToken });
  expect((await accept(token, grace)).status).toBe(200);
});

test("nobody without a session accepts", async () => {
  const token = await invite(server, owner, nextEmail());
  expect(await server.request("POST", `/invites/${token}/accept`, { body: {} })).toMatchObject({ status: 401 });
});
