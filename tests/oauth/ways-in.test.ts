import { nextEmail, type Person, registerVerified, signIn, TEST_PASSWORD } from "@gatehouse/testkit";
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
  return `own-${people}`;
};
beforeAll(async () => {
  server = await openOauthServer();
});
afterAll(() => server.close());
const google = (email: string, sub = nextSubject(), browser = newBrowser()) =>
  server.comes("google", googlePerson(sub, email), { browser });
const me = (token: string | undefined) => server.request("GET", "/me", { token: token ?? "" });
const login = (email: string, password = TEST_PASSWORD) =>
  server.request<{ code: string; user: { id: string } }>("POST", "/auth/login", { body: { email, password, transport: "body" } });
const identitiesOf = (token: string | undefined) =>
  server.request<{ items: { id: string; provider: string; email: string }[]; has_password: boolean }>("GET", "/me/identities", {
    token: token ?? "",
  });
const mailsTo = async (email: string) => (await server.mailsTo(email)).map(({ subject }) => subject);

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
    expect((await identitiesOf(token)).body.items).toHaveLength(2);
    expect((await remove(only?.id)).status).toBe(204);
  });

  test("PH-11: of two ways in that are taken away at once, one stays, for ten people at a time", async () => {
    const people = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const email = nextEmail();
        const token = (await google(email)).body.access_token ?? "";
        await server.comes("microsoft", microsoftPerson(server.microsoft, CONTOSO, nextSubject(), email, { xms_edov: true }));
        return { token, items: (await identitiesOf(token)).body.items };
      }),
    );
    const taken = await Promise.all(
      people.map(({ token, items }) =>
        Promise.all(items.map(({ id }) => server.request("DELETE", `/me/identities/${id}`, { token, body: {} }))),
      ),
    );
    for (const answers of taken) expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
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
