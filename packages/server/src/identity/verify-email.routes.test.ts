import { openTestServer, type Person, registerMember, registerPerson, signIn, type TestServer, tokenIn } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const verify = (token: string, more: { password?: string; session?: string } = {}) =>
  server.request<{ code: string; email: string; email_verified_at: string }>("POST", "/auth/email/verify", {
    body: { token, ...(more.password === undefined ? {} : { password: more.password }) },
    ...(more.session === undefined ? {} : { token: more.session }),
  });
const linkOf = async (person: Pick<Person, "email">) => tokenIn(await server.mailTo(person.email));
/** [is the address proven?, is the password proven?] */
const proofs = async (person: Person) => {
  const [row] = await server.database.query(
    "select email_verified_at is not null as address, password_proven_at is not null as password from users where id = $1",
    [person.user.id],
  );
  return [row?.["address"], row?.["password"]];
};

test("the link, followed where the person is signed in, proves address and password", async () => {
  const person = await registerPerson(server);
  expect(await proofs(person)).toEqual([false, false]);
  const answer = await verify(await linkOf(person), { session: person.accessToken });
  expect(answer).toMatchObject({ status: 200, body: { email: person.email, email_verified_at: server.clock.now().toISOString() } });
  expect(await proofs(person)).toEqual([true, true]);
  expect(await server.request("GET", "/me", { token: person.accessToken })).toMatchObject({
    body: { user: { email_verified_at: server.clock.now().toISOString() } },
  });
});

test("the link with the password, on another device, proves both too", async () => {
  const person = await registerPerson(server);
  expect((await verify(await linkOf(person), { password: person.password })).status).toBe(200);
  expect(await proofs(person)).toEqual([true, true]);
});

test("the link alone proves the address and not who set the password: a stranger may have registered it", async () => {
  const person = await registerPerson(server);
  expect((await verify(await linkOf(person))).status).toBe(200);
  expect(await proofs(person)).toEqual([true, false]);
});

test("the link, followed in somebody else's session or one that has ended, proves the address alone", async () => {
  const [person, other, gone] = [await registerPerson(server), await registerPerson(server), await registerPerson(server)];
  expect((await verify(await linkOf(person), { session: other.accessToken })).status).toBe(200);
  expect(await proofs(person)).toEqual([true, false]);
  expect(await proofs(other)).toEqual([false, false]);

  await server.request("POST", "/auth/logout", { body: { refresh_token: gone.refreshToken } });
  expect((await verify(await linkOf(gone), { session: gone.accessToken })).status).toBe(200);
  expect(await proofs(gone)).toEqual([true, false]);
});

test("a wrong password with the link is refused, and the link stays good", async () => {
  const person = await registerPerson(server);
  const token = await linkOf(person);
  expect(await verify(token, { password: "not-the-password-at-all" })).toMatchObject({
    status: 401,
    body: { code: "invalid_credentials" },
  });
  expect(await proofs(person)).toEqual([false, false]);
  expect((await verify(token, { password: person.password })).status).toBe(200);
});

test("a link that was followed says so the second time, and changes nothing", async () => {
  const person = await registerPerson(server);
  const token = await linkOf(person);
  await verify(token);
  server.clock.advanceSeconds(60);
  expect(await verify(token, { session: person.accessToken })).toMatchObject({ status: 410, body: { code: "token_used" } });
  expect(await proofs(person)).toEqual([true, false]);
});

test("two clicks on one link at once verify once", async () => {
  const person = await registerPerson(server);
  const token = await linkOf(person);
  const clicks = Array.from({ length: 6 }, () => () => verify(token));
  const answers = await server.database.race("select 1 from users where id = $1 for update", [person.user.id], clicks);
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
  expect(answers.filter((answer) => answer.body.code === "token_used")).toHaveLength(5);
  const history = await server.database.query(
    "select 1 from access_history where account_id = $1 and kind = 'email_verification' and cause = 'user.email_verified'",
    [person.account.id],
  );
  expect(history).toHaveLength(1);
});

test("a link lives seven days, to the millisecond", async () => {
  const [inTime, late] = [await registerPerson(server), await registerPerson(server)];
  const [first, second] = [await linkOf(inTime), await linkOf(late)];
  server.clock.advanceDays(7);
  server.clock.advanceMilliseconds(-1);
  expect((await verify(first)).status).toBe(200);
  server.clock.advanceMilliseconds(1);
  expect(await verify(second)).toMatchObject({ status: 410, body: { code: "token_expired" } });
  expect(await proofs(late)).toEqual([false, false]);
});

test("a token that is altered, made up, or made for another purpose verifies nothing", async () => {
  const person = await registerPerson(server);
  const token = await linkOf(person);
  const flipped = `${token.slice(0, -2)}${token.at(-2) === "A" ? "B" : "A"}${token.at(-1)}`;
  expect(await verify(flipped)).toMatchObject({ status: 404, body: { code: "token_invalid" } });
  expect(await verify("x".repeat(43))).toMatchObject({ status: 404, body: { code: "token_invalid" } });
  expect(await verify(person.refreshToken)).toMatchObject({ status: 404, body: { code: "token_invalid" } });

  await server.request("POST", "/auth/password/forgot", { body: { email: person.email } });
  const resetToken = await linkOf(person);
  expect(resetToken).not.toBe(token);
  expect(await verify(resetToken)).toMatchObject({ status: 404, body: { code: "token_invalid" } });
  expect(await proofs(person)).toEqual([false, false]);

  for (const rubbish of ["", "short", `${token}=`, `${token} `, "\u0000".repeat(43)]) {
    expect(await verify(rubbish)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  }
  expect((await verify(token)).status).toBe(200);
});

test("a new link does not kill the first one, and following either ends both", async () => {
  const person = await registerPerson(server);
  const first = await linkOf(person);
  await server.request("POST", "/auth/email/resend", { body: { email: person.email } });
  const second = await linkOf(person);
  expect(second).not.toBe(first);
  expect((await verify(first)).status).toBe(200);
  expect(await verify(second)).toMatchObject({ status: 410, body: { code: "token_used" } });
});

test("the link of a person who was deleted proves nothing to whoever has the address now", async () => {
  const person = await registerPerson(server);
  const token = await linkOf(person);
  await server.request("DELETE", "/me", { token: person.accessToken, body: { password: person.password } });
  const next = await registerPerson(server, { email: person.email });
  expect(await verify(token)).toMatchObject({ status: 404, body: { code: "token_invalid" } });
  expect(await proofs(next)).toEqual([false, false]);
});

test("verification counts in every account that the person is in", async () => {
  const owner = await registerPerson(server);
  const person = await registerPerson(server);
  await server.database.query(
    "insert into memberships (account_id, id, user_id, role, created_at) values ($1, gen_random_uuid(), $2, 'viewer', $3)",
    [owner.account.id, person.user.id, server.clock.now()],
  );
  await verify(await linkOf(person));
  const history = await server.database.query(
    "select account_id from access_history where subject_id = $1 and cause = 'user.email_verified' order by account_id",
    [person.user.id],
  );
  expect(history.map((row) => row["account_id"])).toEqual([owner.account.id, person.account.id].sort());
});

test("who verifies on the eighth day is let in again at once", async () => {
  const person = await registerPerson(server);
  server.clock.advanceDays(8);
  const { accessToken } = await signIn(server, person);
  expect(await server.request("GET", "/things", { token: accessToken })).toMatchObject({
    status: 403,
    body: { code: "email_verification_required" },
  });
  await server.request("POST", "/auth/email/resend", { body: { email: person.email } });
  await verify(await linkOf(person), { session: accessToken });
  expect((await server.request("GET", "/things", { token: accessToken })).status).toBe(200);
});

test("a member who joined by invite needs no link", async () => {
  const member = await registerMember(server, await registerPerson(server));
  expect(await proofs(member)).toEqual([true, true]);
});
