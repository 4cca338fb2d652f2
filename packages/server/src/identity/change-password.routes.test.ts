import { openTestServer, type Person, registerPerson, registerVerified, signIn, type TestServer, tokenIn } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const NEW_PASSWORD = "harbour-violet-cinder-9";
const change = (person: Person, next = NEW_PASSWORD, current = person.password) =>
  server.request<{ code: string }>("POST", "/auth/password/change", {
    token: person.accessToken,
    body: { current_password: current, new_password: next },
  });
const me = (person: Person) => server.request("GET", "/me", { token: person.accessToken });

test("a new password ends every other session and keeps the one in hand", async () => {
  const person = await registerPerson(server);
  const phone = await signIn(server, person);
  expect(await change(person)).toMatchObject({ status: 204 });
  expect((await me(person)).status).toBe(200);
  expect(await me(phone)).toMatchObject({ status: 401, body: { code: "session_ended" } });
  await expect(signIn(server, person)).rejects.toMatchObject({ problem: { code: "invalid_credentials" } });
  await signIn(server, { email: person.email, password: NEW_PASSWORD });
});

test("a stolen session cannot change the password without knowing it", async () => {
  const person = await registerPerson(server);
  expect(await change(person, NEW_PASSWORD, "not-the-password-at-all")).toMatchObject({
    status: 403,
    body: { code: "fresh_sign_in_required" },
  });
  await signIn(server, person);
});

test("a weak password is refused by name of its field, and nothing changes", async () => {
  const person = await registerPerson(server);
  const phone = await signIn(server, person);
  expect(await change(person, "password123")).toMatchObject({
    status: 422,
    body: { code: "password_weak", reason: "common", problems: [{ at: "body.new_password" }] },
  });
  expect((await me(phone)).status).toBe(200);
});

test("of two changes at once, one is made, and the other must know the new password", async () => {
  const person = await registerPerson(server);
  const passwords = ["harbour-violet-cinder-1", "harbour-violet-cinder-2"];
  const changes = passwords.map((password) => () => change(person, password));
  const answers = await server.database.race("select 1 from users where id = $1 for update", [person.user.id], changes);
  expect(answers.map((answer) => answer.status).sort()).toEqual([204, 403]);
  const winner = passwords[answers.findIndex((answer) => answer.status === 204)] ?? "";
  await signIn(server, { email: person.email, password: winner });
});

test("the owner is told by mail, and links of before are dead", async () => {
  const person = await registerVerified(server);
  await server.request("POST", "/auth/password/forgot", { body: { email: person.email } });
  const token = tokenIn(await server.mailTo(person.email));
  await change(person);
  const mail = await server.mailTo(person.email);
  expect(mail.subject).toMatch(/password/i);
  expect(mail.links.join()).not.toContain("token=");
  const late = await server.request("POST", "/auth/password/reset", { body: { token, password: "another-lantern-mosaic-3" } });
  expect(late).toMatchObject({ status: 410, body: { code: "token_used" } });
});

test("changing the password proves nothing about the address: a squatter could do it too", async () => {
  const person = await registerPerson(server);
  await change(person);
  const rows = await server.database.query("select email_verified_at, password_proven_at from users where id = $1", [person.user.id]);
  expect(rows).toEqual([{ email_verified_at: null, password_proven_at: null }]);
});

test("a person without a password sets the first one soon after signing in, and not later", async () => {
  const person = await registerPerson(server);
  await server.database.query("update users set password_hash = null where id = $1", [person.user.id]);
  const refresh = { body: { refresh_token: person.refreshToken } };
  server.clock.advanceSeconds(600);
  const { body } = await server.request<{ access_token: string }>("POST", "/auth/refresh", refresh);
  const later = { ...person, accessToken: body.access_token };
  expect(await change(later)).toMatchObject({ status: 403, body: { code: "fresh_sign_in_required" } });
  server.clock.advanceMilliseconds(-1);
  expect((await change(later)).status).toBe(204);
  const again = await server.request("POST", "/auth/login", { body: { email: person.email, password: NEW_PASSWORD } });
  expect(again.status).toBe(200);
});
