import { invite, nextEmail, type Person, registerPerson, registerVerified, TEST_PASSWORD, tokenIn } from "@gatehouse/testkit";
import { CONTOSO, googlePerson, microsoftPerson, newBrowser, type OauthServer, openOauthServer } from "@gatehouse/testkit/oauth-server";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: OauthServer;
let owner: Person;
let people = 0;
const nextSubject = (): string => {
  people += 1;
  return `invited-${people}`;
};
beforeAll(async () => {
  server = await openOauthServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  owner = await registerVerified(server);
});

const withGoogle = (email: string, sub: string, token?: string) =>
  server.comes("google", googlePerson(sub, email), token ? { query: { invite_token: token } } : {});
const rolesOf = async (email: string) =>
  (
    await server.database.query("select m.account_id, m.role from memberships m join users u on u.id = m.user_id where u.email = $1", [
      email,
    ])
  )
    .map(({ account_id, role }) => (account_id === owner.account.id ? `here ${role}` : `elsewhere ${role}`))
    .sort();

test("who has a sign-in with Google already joins by signing in with the invite in hand", async () => {
  const [email, sub] = [nextEmail(), nextSubject()];
  await withGoogle(email, sub);
  const answer = await withGoogle(email, sub, await invite(server, owner, email, { role: "admin" }));
  expect(answer).toMatchObject({
    status: 200,
    body: { outcome: "signed_in", account: { id: owner.account.id, role: "admin" }, invite: { accepted: true, code: null } },
  });
  expect(await rolesOf(email)).toEqual(["elsewhere owner", "here admin"]);
});

test("who registered with a password, and comes with Google and the invite, is linked and joins", async () => {
  const grace = await registerVerified(server);
  const answer = await withGoogle(grace.email, nextSubject(), await invite(server, owner, grace.email));
  expect(answer.body).toMatchObject({ outcome: "linked", account: { id: owner.account.id }, invite: { accepted: true } });
});

test("an invite that is for another address, used or unknown leaves the sign-in as it is", async () => {
  const [email, sub] = [nextEmail(), nextSubject()];
  const first = await withGoogle(email, sub);
  const used = await invite(server, owner, email);
  await withGoogle(email, sub, used);
  for (const [token, code] of [
    [await invite(server, owner, nextEmail()), "invite_wrong_email"],
    [used, "invite_used"],
    ["A".repeat(43), "invite_not_found"],
  ] as const) {
    const answer = await withGoogle(email, sub, token);
    expect(answer).toMatchObject({
      status: 200,
      body: { outcome: "signed_in", user: first.body["user"], invite: { accepted: false, code } },
    });
  }
});

test("an account of a provider that proves no address is proven by the invite that its person brings: nothing is taken from them", async () => {
  const [email, sub] = [nextEmail(), nextSubject()];
  const claims = microsoftPerson(server.microsoft, CONTOSO, sub, email);
  await server.comes("microsoft", claims);
  const token = await invite(server, owner, email);
  const answer = await server.comes("microsoft", claims, { query: { invite_token: token } });
  expect(answer.body).toMatchObject({ invite: { accepted: true }, user: { email_verified_at: server.clock.now().toISOString() } });
  expect((await server.comes("microsoft", claims)).status).toBe(200);
});

test("the invite waits with a sign-in that a mail must prove, and is accepted when the link is followed", async () => {
  const grace = await registerVerified(server);
  const browser = newBrowser();
  const token = await invite(server, owner, grace.email);
  const claims = microsoftPerson(server.microsoft, CONTOSO, nextSubject(), grace.email);
  expect((await server.comes("microsoft", claims, { browser, query: { invite_token: token } })).status).toBe(202);
  expect(await rolesOf(grace.email)).toEqual(["elsewhere owner"]);
  const body = { token: tokenIn(await server.mailTo(grace.email)), transport: "body" };
  expect(await server.request("POST", "/auth/email/confirm", { body, cookies: browser.cookies })).toMatchObject({
    status: 200,
    body: { outcome: "linked", account: { id: owner.account.id }, invite: { accepted: true } },
  });
});

test("an invite that was taken back while the mail was on its way is not accepted, and the sign-in goes on", async () => {
  const grace = await registerVerified(server);
  const browser = newBrowser();
  const token = await invite(server, owner, grace.email);
  const claims = microsoftPerson(server.microsoft, CONTOSO, nextSubject(), grace.email);
  await server.comes("microsoft", claims, { browser, query: { invite_token: token } });
  await server.database.query("update account_invites set revoked_at = $1 where email = $2", [server.clock.now(), grace.email]);
  const body = { token: tokenIn(await server.mailTo(grace.email)), transport: "body" };
  expect(await server.request("POST", "/auth/email/confirm", { body, cookies: browser.cookies })).toMatchObject({
    status: 200,
    body: { outcome: "linked", account: { id: grace.account.id }, invite: { accepted: false, code: "invite_revoked" } },
  });
});

test("law 6: the password of who registered the address first does not survive its owner's coming with Google and the invite", async () => {
  const squatter = await registerPerson(server);
  const answer = await withGoogle(squatter.email, nextSubject(), await invite(server, owner, squatter.email));
  expect(answer.body).toMatchObject({ outcome: "linked", user: { has_password: false }, invite: { accepted: true } });
  const login = { email: squatter.email, password: TEST_PASSWORD, transport: "body" };
  expect((await server.request("POST", "/auth/login", { body: login })).status).toBe(401);
  expect((await server.request("GET", "/me", { token: squatter.accessToken })).status).toBe(401);
});

test("who was removed from everywhere comes back with Google and an invite", async () => {
  const [email, sub] = [nextEmail(), nextSubject()];
  await withGoogle(email, sub, await invite(server, owner, email));
  await server.database.query("delete from memberships m using users u where u.id = m.user_id and u.email = $1", [email]);
  expect((await withGoogle(email, sub)).body.code).toBe("no_account");
  await server.database.query("update account_invites set revoked_at = $1 where email = $2", [server.clock.now(), email]);
  expect((await withGoogle(email, sub, await invite(server, owner, email))).body).toMatchObject({ account: { id: owner.account.id } });
});
