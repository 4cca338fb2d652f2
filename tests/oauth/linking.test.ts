import { nextEmail, registerPerson, registerVerified, signIn, TEST_PASSWORD, tokenIn } from "@gatehouse/testkit";
import {
  type Browser,
  CONTOSO,
  googlePerson,
  microsoftPerson,
  newBrowser,
  type OauthServer,
  openOauthServer,
} from "@gatehouse/testkit/oauth-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contentsOf } from "../laws/every-table.ts";

let server: OauthServer;
let people = 0;
const nextSubject = (): string => {
  people += 1;
  return `subject-${people}`;
};
beforeAll(async () => {
  server = await openOauthServer();
});
afterAll(() => server.close());

const google = (email: string, sub = nextSubject(), browser = newBrowser()) =>
  server.comes("google", googlePerson(sub, email), { browser });
/** An account of a tenant that somebody wrote this address into. */
const claimant = (email: string, sub = nextSubject(), browser = newBrowser()) =>
  server.comes("microsoft", microsoftPerson(server.microsoft, CONTOSO, sub, email), { browser });
const me = (token: string | undefined) => server.request("GET", "/me", { token: token ?? "" });
const login = (email: string, password = TEST_PASSWORD) =>
  server.request<{ code: string; user: { id: string } }>("POST", "/auth/login", { body: { email, password, transport: "body" } });
const confirm = async (email: string, browser: Browser, password?: string) => {
  const token = tokenIn(await server.mailTo(email));
  const body = { token, transport: "body", ...(password ? { password } : {}) };
  return server.request<{ code: string; outcome: string; user: { id: string } }>("POST", "/auth/email/confirm", {
    body,
    cookies: browser.cookies,
  });
};
const identitiesOf = (token: string | undefined) =>
  server.request<{ items: { id: string; provider: string; email: string }[]; has_password: boolean }>("GET", "/me/identities", {
    token: token ?? "",
  });
const mailsTo = async (email: string) => (await server.mailsTo(email)).map(({ subject }) => subject);

describe("pre-hijacking", () => {
  test("PH-1: who registered the owner's address with a password loses all of it when the owner comes with Google", async () => {
    const email = nextEmail();
    const attacker = await registerPerson(server, { email });
    const phone = await signIn(server, attacker);
    await server.request("POST", "/auth/password/forgot", { body: { email } });
    await server.settle();
    const owner = await google(email);
    expect(owner.body, owner.text).toMatchObject({ outcome: "linked", user: { id: attacker.user.id, has_password: false } });
    for (const { accessToken, refreshToken } of [attacker, phone]) {
      expect((await me(accessToken)).status).toBe(401);
      expect((await server.request("POST", "/auth/refresh", { body: { refresh_token: refreshToken } })).status).toBe(401);
    }
    expect((await login(email)).status).toBe(401);
    expect((await me(owner.body.access_token)).body).toMatchObject({ user: { email_verified_at: expect.any(String) } });
    // The reset link that was under way is dead too.
    const open = await server.database.query("select id from password_reset_tokens where user_id = $1 and consumed_at is null", [
      attacker.user.id,
    ]);
    expect(open).toEqual([]);
  });

  test("PH-1: also where the owner once followed the link that the attacker's sign-up had sent", async () => {
    const email = nextEmail();
    const attacker = await registerPerson(server, { email });
    await server.request("POST", "/auth/email/verify", { body: { token: tokenIn(await server.mailTo(email)) } });
    const owner = await google(email);
    expect(owner.body).toMatchObject({ outcome: "linked", user: { has_password: false } });
    expect((await me(attacker.accessToken)).status).toBe(401);
    expect((await login(email)).status).toBe(401);
  });

  test("PH-3: an account of a provider that came before the proof goes when the owner comes", async () => {
    const email = nextEmail();
    const trojan = nextSubject();
    const attacker = await claimant(email, trojan);
    expect(attacker.body).toMatchObject({ outcome: "signed_up", user: { email_verified_at: null } });
    const owner = await google(email);
    expect(owner.body).toMatchObject({ outcome: "linked" });
    expect((await me(attacker.body.access_token)).status).toBe(401);
    expect((await identitiesOf(owner.body.access_token)).body.items.map(({ provider }) => provider)).toEqual(["google"]);
    const again = await claimant(email, trojan);
    expect({ status: again.status, body: again.body }).toEqual({ status: 202, body: { status: "check_your_email" } });
  });

  test("PH-3: nobody connects an account before the address is proven", async () => {
    const attacker = await registerPerson(server);
    const body = { password: TEST_PASSWORD };
    const answer = await server.request("POST", "/auth/google/connect", { token: attacker.accessToken, body });
    expect(answer).toMatchObject({ status: 403, body: { code: "email_not_verified" } });
  });

  test("PH-5: a provider that does not prove the address links in neither order", async () => {
    const email = nextEmail();
    const victim = await registerVerified(server, { email });
    const after = await claimant(email);
    expect({ status: after.status, body: after.body }).toEqual({ status: 202, body: { status: "check_your_email" } });
    expect((await identitiesOf(victim.accessToken)).body.items).toEqual([]);
    const other = nextEmail();
    await claimant(other);
    expect(await server.request("POST", "/auth/register", { body: { email: other, password: TEST_PASSWORD, name: "Ada" } })).toMatchObject({
      status: 409,
    });
  });

  test("PH-7: the owner who follows the link that a stranger caused lets nobody in", async () => {
    const email = nextEmail();
    const victim = await registerVerified(server, { email });
    const attackers = newBrowser();
    await claimant(email, nextSubject(), attackers);
    const victims = newBrowser();
    await server.begin("microsoft", victims);
    for (const browser of [victims, newBrowser()])
      expect(await confirm(email, browser)).toMatchObject({ status: 403, body: { code: "other_browser" } });
    expect((await identitiesOf(victim.accessToken)).body.items).toEqual([]);
  });

  test("PH-9, PH-10: who deleted themself comes back as somebody new; an account whose user is gone is refused", async () => {
    const [email, sub] = [nextEmail(), nextSubject()];
    const first = await google(email, sub);
    const token = first.body.access_token ?? "";
    expect((await server.request("DELETE", "/me", { token, body: {} })).status).toBe(204);
    const second = await google(email, sub);
    expect(second.body).toMatchObject({ outcome: "signed_up" });
    expect(second.body.user?.id).not.toBe(first.body.user?.id);
    await server.database.query("update users set deleted_at = now(), email_normalised = null where id = $1", [second.body.user?.id]);
    expect(await google(email, sub)).toMatchObject({ status: 401, body: { code: "oauth_failed" } });
  });

  test.each([
    "users",
    "oauth_identities",
    "accounts",
    "memberships",
    "trials",
    "access_history",
    "sessions",
    "refresh_tokens",
    "audit_events",
  ])("PH-13, law 1: where the row of %s cannot be stored, nothing of the sign-up remains", async (table) => {
    const [email, sub] = [nextEmail(), nextSubject()];
    // What earlier sign-ups left to the queue is done first.
    await server.settle();
    const before = await contentsOf(server.database);
    await server.database.query(`alter table ${table} add constraint never check (false) not valid`);
    expect((await google(email, sub)).status).toBe(500);
    await server.database.query(`alter table ${table} drop constraint never`);
    // Only the state was used up, before any of it.
    const { oauth_states_used: _, ...after } = await contentsOf(server.database);
    expect(before).toMatchObject(after);
    expect((await google(email, sub)).body).toMatchObject({ outcome: "signed_up" });
  });
});

describe("linking", () => {
  test("both sides proven: it is linked at once, the password stays, and the owner is told", async () => {
    const email = nextEmail();
    const person = await registerVerified(server, { email });
    const answer = await google(email.toUpperCase());
    expect(answer.body).toMatchObject({ outcome: "linked", user: { id: person.user.id, has_password: true } });
    expect((await login(email)).body.user.id).toBe(person.user.id);
    expect((await me(person.accessToken)).status).toBe(200);
    expect((await mailsTo(email)).join("\n")).toMatch(/^Google now signs you in to /m);
  });

  test("by proof: the mail's link, followed in the same browser, connects that account and no other, once", async () => {
    const email = nextEmail();
    const person = await registerVerified(server, { email });
    const [browser, sub] = [newBrowser(), nextSubject()];
    await claimant(email, sub, browser);
    const mail = await server.mailTo(email);
    expect(mail.subject).toMatch(/Is this you signing in .* with Microsoft\?/);
    const answer = await confirm(email, browser);
    expect(answer.body, answer.text).toMatchObject({ outcome: "linked", user: { id: person.user.id } });
    const again = await server.request("POST", "/auth/email/confirm", { body: { token: tokenIn(mail) }, cookies: browser.cookies });
    expect(again).toMatchObject({ status: 410, body: { code: "token_used" } });
    expect((await claimant(email, sub)).body).toMatchObject({ outcome: "signed_in", user: { id: person.user.id } });
    expect((await claimant(email)).status).toBe(202);
  });

  test("by proof into an unproven address: who set the password without proof goes", async () => {
    const email = nextEmail();
    const attacker = await registerPerson(server, { email });
    await server.settle();
    const browser = newBrowser();
    await claimant(email, nextSubject(), browser);
    expect((await confirm(email, browser)).body).toMatchObject({ outcome: "linked" });
    expect((await me(attacker.accessToken)).status).toBe(401);
    expect((await login(email)).status).toBe(401);
  });

  test("the mail's link is dead after a day, and eight at once are one", async () => {
    const email = nextEmail();
    await registerVerified(server, { email });
    const browser = newBrowser();
    await claimant(email, nextSubject(), browser);
    const follow = { body: { token: tokenIn(await server.mailTo(email)) }, cookies: browser.cookies };
    const answers = await Promise.all(Array.from({ length: 8 }, () => server.request("POST", "/auth/email/confirm", follow)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 410)]);
    const late = nextEmail();
    await registerVerified(server, { email: late });
    await claimant(late, nextSubject(), browser);
    const token = tokenIn(await server.mailTo(late));
    server.clock.advanceDays(1);
    expect(await server.request("POST", "/auth/email/confirm", { body: { token }, cookies: browser.cookies })).toMatchObject({
      status: 410,
      body: { code: "token_expired" },
    });
  });

  test("two first sign-ins of one account at once make one user", async () => {
    const [email, sub] = [nextEmail(), nextSubject()];
    const answers = await Promise.all(Array.from({ length: 5 }, () => google(email, sub)));
    expect(new Set(answers.map(({ body }) => body.user?.id)).size).toBe(1);
    expect(answers.map(({ body }) => body["outcome"]).sort()).toEqual(["signed_in", "signed_in", "signed_in", "signed_in", "signed_up"]);
  });

  test("two first sign-ins of one account at once, its address changing between them, make one user too", async () => {
    const sub = nextSubject();
    const answers = await Promise.all(Array.from({ length: 5 }, () => google(nextEmail(), sub)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(answers.map(({ body }) => body.user?.id)).size).toBe(1);
  });

  test("a password and a Google sign-up for one address at once make one user, whoever is first", async () => {
    const email = nextEmail();
    const body = { email, password: TEST_PASSWORD, name: "Ada", transport: "body" };
    const [byPassword, byGoogle] = await Promise.all([server.request("POST", "/auth/register", { body }), google(email)]);
    expect([201, 409]).toContain(byPassword.status);
    expect(byGoogle.status, byGoogle.text).toBe(200);
    expect(await server.database.query("select id from users where email_normalised = $1", [email])).toHaveLength(1);
  });
});
