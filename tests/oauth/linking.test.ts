import { nextEmail, type Person, registerPerson, registerVerified, signIn, TEST_PASSWORD, tokenIn } from "@gatehouse/testkit";
import {
  type Browser,
  CONTOSO,
  googlePerson,
  keepCookies,
  microsoftPerson,
  newBrowser,
  type OauthServer,
  openOauthServer,
} from "@gatehouse/testkit/oauth-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

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

  test("PH-13: where the account of the provider cannot be stored, no user remains", async () => {
    const email = nextEmail();
    await server.database.query("alter table oauth_identities add constraint never check (subject <> 'never')");
    expect((await google(email, "never")).status).toBe(500);
    await server.database.query("alter table oauth_identities drop constraint never");
    expect(await server.database.query("select id from users where email_normalised = $1", [email])).toEqual([]);
    expect((await google(email, "never")).body).toMatchObject({ outcome: "signed_up" });
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
    const answers = await Promise.all(Array.from({ length: 8 }, () => confirm(email, browser)));
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

  test("a password and a Google sign-up for one address at once make one user, whoever is first", async () => {
    const email = nextEmail();
    const body = { email, password: TEST_PASSWORD, name: "Ada", transport: "body" };
    const [byPassword, byGoogle] = await Promise.all([server.request("POST", "/auth/register", { body }), google(email)]);
    expect([201, 409]).toContain(byPassword.status);
    expect(byGoogle.status, byGoogle.text).toBe(200);
    expect(await server.database.query("select id from users where email_normalised = $1", [email])).toHaveLength(1);
  });
});

describe("one's own ways in", () => {
  const connect = async (person: Person, browser: Browser, body: object = { password: TEST_PASSWORD }) => {
    const answer = await server.request<{ authorization_url: string; code: string }>("POST", "/auth/google/connect", {
      token: person.accessToken,
      body,
      cookies: browser.cookies,
    });
    keepCookies(browser, answer);
    return answer;
  };

  test("another account is connected while signed in, whatever its address, and taken away again with the other sessions", async () => {
    const person = await registerVerified(server);
    const phone = await signIn(server, person);
    const [browser, sub] = [newBrowser(), nextSubject()];
    expect((await connect(person, browser, {})).body.code).toBe("fresh_sign_in_required");
    expect((await connect(person, browser, { password: "wrong" })).body.code).toBe("fresh_sign_in_required");
    const { authorization_url: url } = (await connect(person, browser)).body;
    const answer = await server.finish("google", browser, server.google.consent(url, googlePerson(sub, "elsewhere@example.org")));
    expect(answer.body, answer.text).toMatchObject({ outcome: "connected", user: { id: person.user.id } });
    expect((await server.comes("google", googlePerson(sub, "elsewhere@example.org"))).body.user?.id).toBe(person.user.id);
    const { body } = await identitiesOf(person.accessToken);
    expect(body).toMatchObject({
      has_password: true,
      items: [{ provider: "google", provider_name: "Google", email: "elsewhere@example.org" }],
    });
    const path = `/me/identities/${body.items[0]?.id}`;
    expect((await server.request("DELETE", path, { token: person.accessToken, body: { password: "wrong" } })).body["code"]).toBe(
      "fresh_sign_in_required",
    );
    expect((await server.request("DELETE", path, { token: person.accessToken, body: { password: TEST_PASSWORD } })).status).toBe(204);
    expect((await me(phone.accessToken)).status).toBe(401);
    expect((await me(person.accessToken)).status).toBe(200);
    expect((await mailsTo(person.email)).join("\n")).toMatch(/Google now signs you in to (.|\n)*Google no longer signs you in to /);
  });

  test("an account of somebody else is not connected, and a session that ended meanwhile connects nothing", async () => {
    const [email, sub] = [nextEmail(), nextSubject()];
    await google(email, sub);
    const person = await registerVerified(server);
    const browser = newBrowser();
    const { authorization_url: url } = (await connect(person, browser)).body;
    const taken = await server.finish("google", browser, server.google.consent(url, googlePerson(sub, email)));
    expect(taken).toMatchObject({ status: 409, body: { code: "identity_taken" } });
    const second = (await connect(person, browser)).body.authorization_url;
    await server.request("POST", "/auth/logout", { body: { refresh_token: person.refreshToken } });
    const ended = await server.finish("google", browser, server.google.consent(second, googlePerson(nextSubject(), nextEmail())));
    expect(ended).toMatchObject({ status: 401, body: { code: "session_ended" } });
  });

  test("PH-11: the last way in stays, also when both of two are taken away at once", async () => {
    const email = nextEmail();
    const answer = await google(email);
    const token = answer.body.access_token ?? "";
    const [only] = (await identitiesOf(token)).body.items;
    const remove = (id: string | undefined) => server.request("DELETE", `/me/identities/${id}`, { token, body: {} });
    expect(await remove(only?.id)).toMatchObject({ status: 409, body: { code: "last_way_in" } });
    await server.comes("microsoft", microsoftPerson(server.microsoft, CONTOSO, nextSubject(), email, { xms_edov: true }));
    const both = (await identitiesOf(token)).body.items;
    expect(both).toHaveLength(2);
    const answers = await Promise.all(both.map(({ id }) => remove(id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  });

  test("who never had a password sets one soon after signing in, and then may take the account away", async () => {
    const email = nextEmail();
    const answer = await google(email);
    const token = answer.body.access_token ?? "";
    const body = { new_password: TEST_PASSWORD };
    server.clock.advanceSeconds(599);
    expect((await server.request("POST", "/auth/password/change", { token, body })).status).toBe(204);
    expect((await login(email)).body.user.id).toBe(answer.body.user?.id);
    const [only] = (await identitiesOf(token)).body.items;
    expect((await server.request("DELETE", `/me/identities/${only?.id}`, { token, body: { password: TEST_PASSWORD } })).status).toBe(204);
  });

  test("RT-6: a session that began at a provider refreshes and rotates like any other, and theft ends it", async () => {
    const answer = await google(nextEmail());
    const first = String(answer.body["refresh_token"]);
    const refresh = (token: string) =>
      server.request<{ refresh_token: string }>("POST", "/auth/refresh", { body: { refresh_token: token } });
    const second = (await refresh(first)).body.refresh_token;
    expect(second).not.toBe(first);
    const third = await refresh(second);
    expect(third.status).toBe(200);
    server.clock.advanceSeconds(60);
    expect(await refresh(first)).toMatchObject({ status: 401, body: { code: "refresh_reused" } });
    expect((await refresh(third.body.refresh_token)).status).toBe(401);
  });

  test("LG-4: signing up, in, linking and a refusal each leave an audit row with where from", async () => {
    const email = nextEmail();
    const sub = nextSubject();
    const { body } = await google(email, sub);
    await google(email, sub);
    await google(email);
    const rows = await server.database.query<{ action: string }>(
      "select action from audit_events where (actor_user_id = $1 and action like 'user.%') or (action = 'user.sign_in_failed' and details->>'code' = 'identity_conflict') order by id",
      [body.user?.id],
    );
    expect(rows.map(({ action }) => action)).toEqual(expect.arrayContaining(["user.registered", "user.signed_in", "user.sign_in_failed"]));
  });
});
