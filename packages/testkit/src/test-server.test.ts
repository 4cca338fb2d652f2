import { ProblemError } from "@gatehouse/client";
import { auth, me } from "@gatehouse/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registerMember, registerPerson, registerVerified, signIn } from "./people.ts";
import { listThings } from "./test-product.ts";
import { openTestServer, type TestServer, tokenIn } from "./test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

test("a test sees a whole life: sign-up, mail, the guarded route, the end of grace and of the trial", async () => {
  const person = await registerPerson(server);
  expect(tokenIn(await server.mailTo(person.email))).toMatch(/^[\w-]{43}$/);
  expect(await server.client(person.accessToken).call(listThings, {})).toEqual({ account_id: person.account.id });

  server.clock.advanceDays(8);
  const { accessToken } = await signIn(server, person);
  await expect(server.client(accessToken).call(listThings, {})).rejects.toMatchObject({ problem: { code: "email_verification_required" } });
  expect(await server.client(accessToken).call(me.getMe, {})).toMatchObject({ user: { id: person.user.id } });

  const verified = await registerVerified(server);
  expect((await server.request("GET", "/things", { token: verified.accessToken })).status).toBe(200);
  server.clock.advanceDays(14);
  const late = await signIn(server, verified);
  expect(await server.request("GET", "/things", { token: late.accessToken })).toMatchObject({
    status: 402,
    body: { reason: "trial_ended" },
  });
});

test("a member that a test adds is in the inviter's account", async () => {
  const owner = await registerPerson(server);
  const member = await registerMember(server, owner, { role: "viewer" });
  expect(member.account).toMatchObject({ id: owner.account.id, role: "viewer" });
});

test("a refusal reaches the typed client as a problem", async () => {
  const call = server.client().call(auth.login, { body: { email: "nobody@example.com", password: "lantern-orbit-mosaic-22" } });
  await expect(call).rejects.toBeInstanceOf(ProblemError);
});

test("a second process shares data, clock and mailbox, and leaves them when it closes", async () => {
  const person = await registerPerson(server);
  const other = await openTestServer({ beside: server });
  expect((await other.request("GET", "/me", { token: person.accessToken })).status).toBe(200);
  await other.close();
  expect((await server.request("GET", "/me", { token: person.accessToken })).status).toBe(200);
});

test("rows can be looked at without a policy in the way", async () => {
  const person = await registerPerson(server);
  const rows = await server.database.query("select role from memberships where user_id = $1", [person.user.id]);
  expect(rows).toEqual([{ role: "owner" }]);
});

test("what is logged can be read, and no secret is in it", async () => {
  const person = await registerPerson(server);
  await server.settle();
  const log = server.logLines().join("");
  expect(log).toContain("/api/v1/auth/register");
  expect(log).not.toContain(person.password);
  expect(log).not.toContain(person.refreshToken);
});
