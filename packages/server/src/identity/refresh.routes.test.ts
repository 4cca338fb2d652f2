import { nextEmail, openTestServer, registerPerson, signIn, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

interface Refreshed {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly account: { readonly id: string };
}
const refresh = (token: string, more: Record<string, unknown> = {}) =>
  server.request<Refreshed>("POST", "/auth/refresh", { body: { refresh_token: token, ...more } });
const me = (token: string) => server.request("GET", "/me", { token });
const logout = (token: string) => server.request<Refreshed>("POST", "/auth/logout", { body: { refresh_token: token } });

test("a refresh token is exchanged for another one of the same session", async () => {
  const person = await registerPerson(server);
  server.clock.advanceSeconds(599);
  expect((await me(person.accessToken)).status).toBe(200);
  server.clock.advanceSeconds(1);
  expect(await me(person.accessToken)).toMatchObject({ status: 401, body: { code: "access_token_expired" } });
  const answer = await refresh(person.refreshToken);
  expect(answer).toMatchObject({ status: 200, body: { expires_in: 600, user: { id: person.user.id } } });
  expect(answer.body.refresh_token).not.toBe(person.refreshToken);
  expect((await me(answer.body.access_token)).status).toBe(200);
  expect(await server.request("GET", "/auth/sessions", { token: answer.body.access_token })).toMatchObject({
    body: { items: [{ is_current: true, last_seen_at: server.clock.now().toISOString() }] },
  });
});

test("two tabs that refresh at once get the same token, and neither is signed out", async () => {
  const { refreshToken, user } = await registerPerson(server);
  const tabs = Array.from({ length: 8 }, () => () => refresh(refreshToken));
  const answers = await server.database.race("select 1 from sessions where user_id = $1 for update", [user.id], tabs);
  expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
  expect(new Set(answers.map((answer) => answer.body.refresh_token)).size).toBe(1);
  server.clock.advanceMilliseconds(9_999);
  const late = await refresh(refreshToken);
  expect(late.body.refresh_token).toBe(answers[0]?.body.refresh_token);
  expect((await refresh(late.body.refresh_token)).status).toBe(200);
});

test("a token whose successor is in use is superseded, and the session lives", async () => {
  const { refreshToken } = await registerPerson(server);
  const second = (await refresh(refreshToken)).body.refresh_token;
  const third = (await refresh(second)).body.refresh_token;
  expect(await refresh(refreshToken)).toMatchObject({ status: 409, body: { code: "refresh_superseded" } });
  expect((await refresh(third)).status).toBe(200);
});

test("a stolen token that comes back after ten seconds ends the session for thief and owner, who hears of it; other devices stay", async () => {
  const person = await registerPerson(server);
  const otherDevice = await signIn(server, person);
  const next = await refresh(person.refreshToken);
  server.clock.advanceSeconds(10);
  const mails = (await server.mailsTo(person.email)).length;

  const thieves = await server.database.race(
    "select 1 from sessions where user_id = $1 for update",
    [person.user.id],
    [() => refresh(person.refreshToken), () => refresh(person.refreshToken)],
  );
  expect(thieves.map((answer) => answer.status)).toEqual([401, 401]);
  expect(thieves).toContainEqual(expect.objectContaining({ body: expect.objectContaining({ code: "refresh_reused" }) }));
  expect(await refresh(next.body.refresh_token)).toMatchObject({ status: 401, body: { code: "session_ended" } });
  expect(await me(next.body.access_token)).toMatchObject({ status: 401, body: { code: "session_ended" } });
  expect((await me(otherDevice.accessToken)).status).toBe(200);

  const told = (await server.mailsTo(person.email)).slice(mails);
  expect(told).toHaveLength(1);
  expect(told[0]?.links.join()).not.toContain("token=");
  const audited = await server.database.query("select 1 from audit_events where action = 'session.refresh_reused' and actor_user_id = $1", [
    person.user.id,
  ]);
  expect(audited).toHaveLength(1);
});

test("a session that nobody refreshed for thirty days has ended, not a millisecond before", async () => {
  const [first, second] = [await registerPerson(server), await registerPerson(server)];
  server.clock.advanceDays(30);
  server.clock.advanceMilliseconds(-1);
  expect((await refresh(first.refreshToken)).status).toBe(200);
  server.clock.advanceMilliseconds(1);
  expect(await refresh(second.refreshToken)).toMatchObject({ status: 401, body: { code: "refresh_token_invalid" } });
});

test("no refresh prolongs a session beyond ninety days", async () => {
  let { refreshToken } = await registerPerson(server);
  let accessToken = "";
  for (let day = 29; day <= 87; day += 29) {
    server.clock.advanceDays(29);
    const { body } = await refresh(refreshToken);
    refreshToken = body.refresh_token;
  }
  server.clock.advanceDays(3);
  server.clock.advanceMilliseconds(-1);
  const last = await refresh(refreshToken);
  expect(last.status).toBe(200);
  accessToken = last.body.access_token;
  server.clock.advanceMilliseconds(1);
  expect((await refresh(last.body.refresh_token)).status).toBe(401);
  expect(await me(accessToken)).toMatchObject({ status: 401, body: { code: "session_ended" } });
});

test("a session that was ended elsewhere cannot be refreshed, nor while it is being ended", async () => {
  const person = await registerPerson(server);
  await logout(person.refreshToken);
  expect(await refresh(person.refreshToken)).toMatchObject({ status: 401, body: { code: "session_ended" } });

  const raced = await registerPerson(server);
  const hold = "select 1 from sessions where user_id = $1 for update";
  const [answer] = await server.database.race(hold, [raced.user.id], [() => refresh(raced.refreshToken), () => logout(raced.refreshToken)]);
  expect((await me(raced.accessToken)).status).toBe(401);
  expect((await refresh(answer?.status === 200 ? answer.body.refresh_token : raced.refreshToken)).status).toBe(401);
});

test("tokens that are unknown, altered or of another kind are refused", async () => {
  const person = await registerPerson(server);
  const last = person.refreshToken.endsWith("A") ? "B" : "A";
  expect(await refresh("x".repeat(43))).toMatchObject({ status: 401, body: { code: "refresh_token_invalid" } });
  expect(await refresh(person.refreshToken.slice(0, -1) + last)).toMatchObject({ status: 401 });
  expect(await refresh(person.accessToken)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  expect(await server.request("POST", "/auth/refresh")).toMatchObject({ status: 401, body: { code: "refresh_token_invalid" } });
  expect((await refresh(person.refreshToken)).status).toBe(200);
});

test("each tab may be in an account of its own; a foreign account is unknown, and asking for it costs no token", async () => {
  const [person, owner, stranger] = [await registerPerson(server), await registerPerson(server), await registerPerson(server)];
  await server.database.query(
    "insert into memberships (account_id, id, user_id, role, created_at) values ($1, gen_random_uuid(), $2, 'viewer', $3)",
    [owner.account.id, person.user.id, server.clock.now()],
  );
  const there = await refresh(person.refreshToken, { account_id: owner.account.id });
  expect(there).toMatchObject({ status: 200, body: { account: { id: owner.account.id, role: "viewer" } } });
  const here = await refresh(there.body.refresh_token, { account_id: person.account.id });
  expect(here.body.account.id).toBe(person.account.id);
  expect((await server.request("GET", "/things", { token: there.body.access_token })).body).toEqual({ account_id: owner.account.id });

  const foreign = await refresh(here.body.refresh_token, { account_id: stranger.account.id });
  expect(foreign).toMatchObject({ status: 404, body: { code: "account_not_found" } });
  expect((await refresh(here.body.refresh_token)).status).toBe(200);
});

test("only hashes of refresh tokens are stored", async () => {
  const person = await registerPerson(server, { email: nextEmail() });
  const next = (await refresh(person.refreshToken)).body.refresh_token;
  const rows = await server.database.query(
    "select row_to_json(t)::text as row from refresh_tokens t union all select row_to_json(s)::text from sessions s",
  );
  const stored = rows.map((row) => row["row"]).join("\n");
  for (const token of [person.refreshToken, next]) {
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(Buffer.from(token).toString("hex"));
    expect(stored).not.toContain(Buffer.from(token, "base64url").toString("hex"));
  }
});
