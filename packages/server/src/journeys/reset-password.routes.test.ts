import {
  invite,
  nextEmail,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
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

const NEW_PASSWORD = "harbour-violet-cinder-9";
const reset = (token: string, password = NEW_PASSWORD) =>
  server.request<{ code: string }>("POST", "/auth/password/reset", { body: { token, password } });
async function resetLink(person: Pick<Person, "email">): Promise<string> {
  await server.request("POST", "/auth/password/forgot", { body: { email: person.email } });
  return tokenIn(await server.mailTo(person.email));
}
const me = (person: Person) => server.request("GET", "/me", { token: person.accessToken });

test("a reset sets the password, ends every session, proves the address and signs nobody in", async () => {
  const person = await registerPerson(server);
  const phone = await signIn(server, person);
  const answer = await reset(await resetLink(person));
  expect(answer).toMatchObject({ status: 204, text: "" });
  expect(answer.cookies["gatehouse_refresh"]?.value).toBe("");
  for (const device of [person, phone]) expect(await me(device)).toMatchObject({ status: 401, body: { code: "session_ended" } });
  await expect(signIn(server, person)).rejects.toMatchObject({ problem: { code: "invalid_credentials" } });
  const back = await signIn(server, { email: person.email, password: NEW_PASSWORD });
  expect(back.user.email_verified_at).toBe(server.clock.now().toISOString());
  const [row] = await server.database.query("select password_proven_at from users where id = $1", [person.user.id]);
  expect(row).toEqual({ password_proven_at: server.clock.now() });
});

test("the owner is told by mail that the password was changed, without a link that changes it", async () => {
  const person = await registerPerson(server);
  await reset(await resetLink(person));
  const mail = await server.mailTo(person.email);
  expect(mail.subject).toMatch(/password/i);
  expect(mail.links.join()).not.toContain("token=");
});

test("of two links the newer one works and the older one is dead", async () => {
  const person = await registerPerson(server);
  const [older, newer] = [await resetLink(person), await resetLink(person)];
  expect(await reset(older)).toMatchObject({ status: 410, body: { code: "token_used" } });
  expect((await reset(newer)).status).toBe(204);
});

test("a link works once; of five at once, one sets the password", async () => {
  const person = await registerPerson(server);
  const token = await resetLink(person);
  const passwords = Array.from({ length: 5 }, (_, index) => `harbour-violet-cinder-${index}`);
  const clicks = passwords.map((password) => () => reset(token, password));
  const answers = await server.database.race("select 1 from users where id = $1 for update", [person.user.id], clicks);
  expect(answers.filter((answer) => answer.status === 204)).toHaveLength(1);
  expect(answers.filter((answer) => answer.body?.code === "token_used")).toHaveLength(4);
  const winner = passwords[answers.findIndex((answer) => answer.status === 204)] ?? "";
  await signIn(server, { email: person.email, password: winner });
});

test("a link lives an hour, to the millisecond", async () => {
  const [inTime, late] = [await registerPerson(server), await registerPerson(server)];
  const [first, second] = [await resetLink(inTime), await resetLink(late)];
  server.clock.advanceSeconds(3600);
  server.clock.advanceMilliseconds(-1);
  expect((await reset(first)).status).toBe(204);
  server.clock.advanceMilliseconds(1);
  expect(await reset(second)).toMatchObject({ status: 410, body: { code: "token_expired" } });
  await signIn(server, late);
});

test("a weak password is refused and the link stays good; a dead link is refused before the password is looked at", async () => {
  const person = await registerPerson(server);
  const token = await resetLink(person);
  expect(await reset(token, person.email)).toMatchObject({ status: 422, body: { code: "password_weak", reason: "contains_identity" } });
  expect((await reset(token)).status).toBe(204);
  expect(await reset(token, "weak")).toMatchObject({ status: 410, body: { code: "token_used" } });
});

test("a token that is altered, made up or made for verification resets nothing", async () => {
  const person = await registerPerson(server);
  const verification = tokenIn(await server.mailTo(person.email));
  const token = await resetLink(person);
  const flipped = `${token.slice(0, -2)}${token.at(-2) === "A" ? "B" : "A"}${token.at(-1)}`;
  for (const wrong of [verification, flipped, "x".repeat(43), person.refreshToken]) {
    expect(await reset(wrong)).toMatchObject({ status: 404, body: { code: "token_invalid" } });
  }
  await signIn(server, person);
});

test("changing the password or deleting the user kills links that were sent before", async () => {
  const [changed, deleted] = [await registerVerified(server), await registerPerson(server)];
  const [first, second] = [await resetLink(changed), await resetLink(deleted)];
  const body = { current_password: changed.password, new_password: NEW_PASSWORD };
  await server.request("POST", "/auth/password/change", { token: changed.accessToken, body });
  await server.request("DELETE", "/me", { token: deleted.accessToken, body: { password: deleted.password } });
  expect((await reset(first, "another-lantern-mosaic-3")).status).toBe(410);
  expect((await reset(second, "another-lantern-mosaic-3")).status).toBe(404);
  await signIn(server, { email: changed.email, password: NEW_PASSWORD });
});

test("the owner's reset throws out whoever registered the address first: sessions, identities, invites and who came by them", async () => {
  const squatter = await registerPerson(server);
  const accomplice = await registerMember(server, squatter, { role: "admin" });
  const openInvite = nextEmail();
  const inviteToken = await invite(server, squatter, openInvite);
  await server.database.query(
    "insert into oauth_identities (id, provider, issuer, subject, user_id, created_at) values (gen_random_uuid(), 'google', 'https://accounts.google.com', $2, $1, $3)",
    [squatter.user.id, squatter.user.id, server.clock.now()],
  );
  expect((await reset(await resetLink(squatter))).status).toBe(204);

  expect(await me(squatter)).toMatchObject({ status: 401, body: { code: "session_ended" } });
  expect(await me(accomplice)).toMatchObject({ status: 401, body: { code: "session_ended" } });
  expect(await server.database.query("select 1 from oauth_identities where user_id = $1", [squatter.user.id])).toEqual([]);
  const late = { email: openInvite, password: NEW_PASSWORD, name: "Grace Hopper", invite_token: inviteToken };
  expect(await server.request("POST", "/auth/register", { body: late })).toMatchObject({ status: 410, body: { code: "invite_revoked" } });
  const evicted = await server.database.query("select details from audit_events where action = 'user.evicted' and target_id = $1", [
    squatter.user.id,
  ]);
  expect(evicted).toEqual([{ details: { sessions: 1, identities: 1, invites: 1, members: 1 } }]);
});

test("a verification link that the owner followed does not make the squatter's password the owner's", async () => {
  const squatter = await registerPerson(server);
  const token = tokenIn(await server.mailTo(squatter.email));
  await server.request("POST", "/auth/email/verify", { body: { token } });
  const accomplice = await registerMember(server, squatter);
  expect((await reset(await resetLink(squatter))).status).toBe(204);
  expect((await me(accomplice)).status).toBe(401);
});

test("the reset of a person who proved their password leaves their team and their identities alone", async () => {
  const owner = await registerVerified(server);
  const member = await registerMember(server, owner);
  const email = nextEmail();
  const inviteToken = await invite(server, owner, email);
  expect((await reset(await resetLink(owner))).status).toBe(204);
  expect((await me(member)).status).toBe(200);
  expect((await registerPerson(server, { email, inviteToken })).account.id).toBe(owner.account.id);
});
