import {
  nextEmail,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  signIn,
  TEST_PASSWORD,
  type TestServer,
} from "@gatehouse/testkit";
import { hash } from "@node-rs/argon2";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const login = (email: string, password = TEST_PASSWORD, more: Record<string, unknown> = {}) =>
  server.request("POST", "/auth/login", { body: { email, password, transport: "body", ...more } });
const auditOf = (person: Person, action: string) =>
  server.database.query("select account_id, ip from audit_events where action = $1 and (actor_user_id = $2 or target_id = $2::text)", [
    action,
    person.user.id,
  ]);

test("the right password opens a session of its own, beside those there are", async () => {
  const person = await registerPerson(server);
  const answer = await login(person.email);
  expect(answer).toMatchObject({ status: 200, body: { user: { id: person.user.id }, account: { id: person.account.id, role: "owner" } } });
  expect(await server.request("GET", "/auth/sessions", { token: person.accessToken })).toMatchObject({ body: { items: [{}, {}] } });
  expect(await auditOf(person, "user.signed_in")).toEqual([{ account_id: person.account.id, ip: "127.0.0.1" }]);
});

test("a wrong password, an unknown address and a user without a password are told apart by nobody", async () => {
  const person = await registerPerson(server);
  const withoutPassword = await registerPerson(server);
  await server.database.query("update users set password_hash = null where id = $1", [withoutPassword.user.id]);
  const answers = [
    await login(person.email, "not-the-password-at-all"),
    await login(nextEmail()),
    await login(withoutPassword.email),
    await login("no address"),
    await login(person.email, ""),
  ];
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 401, body: { code: "invalid_credentials" } });
    expect({ ...answer.body, request_id: "" }).toEqual({ ...answers[0]?.body, request_id: "" });
    expect(Object.keys(answer.headers)).toEqual(Object.keys(answers[0]?.headers ?? {}));
  }
  expect(await auditOf(person, "user.sign_in_failed")).toHaveLength(2);
});

test("the password is taken to the letter: no case, space or form is mended", async () => {
  const password = " Pássword–für 村上 ";
  const person = await registerPerson(server, { password });
  expect((await login(person.email, password)).status).toBe(200);
  for (const close of [password.trim(), password.toLowerCase(), password.normalize("NFD")])
    expect((await login(person.email, close)).status).toBe(401);
});

test("a password of ten thousand characters is refused before it is hashed", async () => {
  const person = await registerPerson(server);
  expect(await login(person.email, "x".repeat(10_000))).toMatchObject({ status: 422, body: { code: "invalid_request" } });
});

test("who is in two accounts signs in to the newer one, or to the one that they name, and to no other", async () => {
  const owner = await registerPerson(server);
  const stranger = await registerPerson(server);
  const person = await registerPerson(server);
  server.clock.advanceSeconds(1);
  await server.database.query(
    "insert into memberships (account_id, id, user_id, role, created_at) values ($1, gen_random_uuid(), $2, 'viewer', $3)",
    [owner.account.id, person.user.id, server.clock.now()],
  );
  expect(await login(person.email)).toMatchObject({ body: { account: { id: owner.account.id, role: "viewer" } } });
  const named = await login(person.email, TEST_PASSWORD, { account_id: person.account.id });
  expect(named).toMatchObject({ status: 200, body: { account: { id: person.account.id, role: "owner" } } });
  const foreign = await login(person.email, TEST_PASSWORD, { account_id: stranger.account.id });
  expect(foreign).toMatchObject({ status: 404, body: { code: "account_not_found" } });
});

test("who was removed from their only account is told so, and gets no session", async () => {
  const member = await registerMember(server, await registerPerson(server));
  await server.database.query("delete from memberships where user_id = $1", [member.user.id]);
  expect(await login(member.email)).toMatchObject({ status: 403, body: { code: "no_account" } });
});

test("a password hashed with older parameters is hashed anew when its owner comes by", async () => {
  const person = await registerPerson(server);
  const old = await hash(TEST_PASSWORD, { algorithm: 2, memoryCost: 8192, timeCost: 1, parallelism: 1 });
  await server.database.query("update users set password_hash = $1 where id = $2", [old, person.user.id]);
  expect((await login(person.email)).status).toBe(200);
  const [row] = await server.database.query("select password_hash from users where id = $1", [person.user.id]);
  expect(row?.["password_hash"]).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect((await login(person.email)).status).toBe(200);
});

test("ten sign-ins of one person at once give ten sessions with ten tokens", async () => {
  const person = await registerPerson(server);
  const people = await Promise.all(Array.from({ length: 10 }, () => signIn(server, person)));
  expect(new Set(people.map((one) => one.refreshToken)).size).toBe(10);
});

test("fields that nobody knows are refused", async () => {
  const person = await registerPerson(server);
  expect(await login(person.email, TEST_PASSWORD, { role: "owner" })).toMatchObject({ status: 422, body: { code: "invalid_request" } });
});

test("EN-1: with LOGIN_HINTS=strict an unknown address, a wrong password and a user without one cost the same statements", async () => {
  const strict = await openTestServer({ beside: server, env: { LOGIN_HINTS: "strict" } });
  const person = await registerPerson(server);
  const withoutPassword = await registerPerson(server);
  await server.database.query("update users set password_hash = null where id = $1", [withoutPassword.user.id]);
  // The mails of those two go out beside, with statements of their own.
  await server.settle();
  const query = vi.spyOn(pg.Client.prototype, "query");
  const statementsOf = async (email: string): Promise<string[]> => {
    query.mockClear();
    const answer = await strict.request("POST", "/auth/login", { body: { email, password: "not the password at all" } });
    expect(answer).toMatchObject({ status: 401, body: { code: "invalid_credentials" } });
    // The queue's own look-outs go on beside.
    return query.mock.calls.map(([statement]) => textOf(statement)).filter((text) => !text.includes("pgboss"));
  };
  const known = await statementsOf(person.email);
  expect(known.length).toBeGreaterThan(4);
  expect(await statementsOf("nobody.at.all@example.com")).toEqual(known);
  expect(await statementsOf(withoutPassword.email)).toEqual(known);
  query.mockRestore();
  await strict.close();
});

/** pg takes a text or an object that holds one. */
const textOf = (statement: unknown): string => (typeof statement === "string" ? statement : String(Object(statement).text));
