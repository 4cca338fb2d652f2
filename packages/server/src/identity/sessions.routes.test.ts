import { openTestServer, registerPerson, signIn, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

interface Listed {
  readonly items: readonly { readonly id: string; readonly user_agent: string | null; readonly ip: string; readonly is_current: boolean }[];
}
const list = async (token: string) => (await server.request<Listed>("GET", "/auth/sessions", { token })).body.items;
const me = (token: string) => server.request("GET", "/me", { token });
const revoke = (token: string, id: string) => server.request("DELETE", `/auth/sessions/${id}`, { token });

test("signing out ends the session at once, and again changes nothing", async () => {
  const person = await registerPerson(server);
  for (const _ of [1, 2]) {
    const answer = await server.request("POST", "/auth/logout", { body: { refresh_token: person.refreshToken } });
    expect(answer).toMatchObject({ status: 204, text: "" });
  }
  expect(await me(person.accessToken)).toMatchObject({ status: 401, body: { code: "session_ended" } });
  const audited = await server.database.query("select details from audit_events where action = 'session.ended' and actor_user_id = $1", [
    person.user.id,
  ]);
  expect(audited).toEqual([{ details: { reason: "signed_out", ended: 1 } }]);
});

test("signing out without a session, or with a token that nobody knows, is fine", async () => {
  expect((await server.request("POST", "/auth/logout")).status).toBe(204);
  expect((await server.request("POST", "/auth/logout", { body: { refresh_token: "x".repeat(43) } })).status).toBe(204);
});

test("signing out in a browser takes the cookie away", async () => {
  const answer = await server.request("POST", "/auth/logout", { cookies: { gatehouse_refresh: "x".repeat(43) } });
  expect(answer).toMatchObject({ status: 204, cookies: { gatehouse_refresh: { value: "", path: "/api/v1/auth" } } });
});

test("a person sees their own devices, which one is in their hand, and nobody else's", async () => {
  const person = await registerPerson(server);
  await registerPerson(server);
  const body = { email: person.email, password: person.password };
  await server.request("POST", "/auth/login", { body, ip: "203.0.113.7", headers: { "user-agent": "Phone/1.0" } });
  const sessions = await list(person.accessToken);
  expect(sessions).toHaveLength(2);
  expect(sessions.filter((session) => session.is_current)).toHaveLength(1);
  expect(sessions).toContainEqual(expect.objectContaining({ user_agent: "Phone/1.0", ip: "203.0.113.7", is_current: false }));
});

test("a device that is signed out from another one is out at once, in every process", async () => {
  const person = await registerPerson(server);
  const phone = await signIn(server, person);
  const other = await openTestServer({ beside: server, role: "api" });
  expect((await other.request("GET", "/me", { token: phone.accessToken })).status).toBe(200);
  const phoneSession = (await list(phone.accessToken)).find((session) => session.is_current)?.id ?? "";

  expect((await revoke(person.accessToken, phoneSession)).status).toBe(204);
  expect(await me(phone.accessToken)).toMatchObject({ status: 401, body: { code: "session_ended" } });
  await expect.poll(async () => (await other.request("GET", "/me", { token: phone.accessToken })).status, { timeout: 4000 }).toBe(401);
  await other.close();
  expect(await list(person.accessToken)).toHaveLength(1);
  expect((await revoke(person.accessToken, phoneSession)).status).toBe(204);
  expect((await me(person.accessToken)).status).toBe(200);
});

test("another person's session, an unknown one and no id at all are equally unknown, and stay as they are", async () => {
  const [person, stranger] = [await registerPerson(server), await registerPerson(server)];
  const foreign = (await list(stranger.accessToken))[0]?.id ?? "";
  for (const id of [foreign, "018f0000-0000-7000-8000-000000000000", "me", "%00", `${foreign}'--`]) {
    expect(await revoke(person.accessToken, id)).toMatchObject({ status: 404, body: { code: "session_not_found" } });
  }
  expect((await me(stranger.accessToken)).status).toBe(200);
});

test("sessions that have ended are not listed", async () => {
  const person = await registerPerson(server);
  server.clock.advanceDays(60);
  await signIn(server, person);
  server.clock.advanceDays(30);
  const { accessToken } = await signIn(server, person);
  expect(await list(accessToken)).toHaveLength(2);
});

test("whoever is not signed in sees and ends nothing", async () => {
  for (const [method, path] of [
    ["GET", "/auth/sessions"],
    ["DELETE", "/auth/sessions/018f0000-0000-7000-8000-000000000000"],
    ["GET", "/me"],
    ["PATCH", "/me"],
    ["DELETE", "/me"],
    ["POST", "/auth/password/change"],
  ] as const) {
    expect(await server.request(method, path)).toMatchObject({ status: 401, body: { code: "authentication_required" } });
  }
});
