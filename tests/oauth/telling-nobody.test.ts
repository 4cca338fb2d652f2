import { nextEmail, registerPerson, registerVerified, TEST_PASSWORD, tokenIn } from "@gatehouse/testkit";
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

/** Two processes of one product, one that hints and one that does not. */
let helpful: OauthServer;
let strict: OauthServer;
beforeAll(async () => {
  helpful = await openOauthServer();
  strict = await openOauthServer({ env: { LOGIN_HINTS: "strict", SIGNUP_ANSWER: "mail" } });
});
afterAll(async () => {
  await helpful.close();
  await strict.close();
});
let people = 0;
/** Somebody who has Google and no password. */
async function withoutPassword(server: OauthServer): Promise<string> {
  people += 1;
  const email = nextEmail();
  const answer = await server.comes("google", googlePerson(`no-password-${people}`, email));
  expect(answer.body).toMatchObject({ outcome: "signed_up" });
  return email;
}
const login = (server: OauthServer, email: string) =>
  server.request("POST", "/auth/login", { body: { email, password: "not-it-at-all-22" } });
const told = ({ status, text, headers }: { status: number; text: string; headers: Readonly<Record<string, string | undefined>> }) => {
  const { "x-request-id": _, date: __, ...rest } = headers;
  return { status, text: text.replace(/"request_id":"[^"]*"/, ""), rest };
};

describe("LOGIN_HINTS", () => {
  test("helpful: who has no password is told which button to use, so that they are not stuck", async () => {
    const email = await withoutPassword(helpful);
    expect(await login(helpful, email)).toMatchObject({ status: 401, body: { code: "use_oauth_provider", providers: ["google"] } });
    const { email: other } = await registerPerson(helpful);
    expect(await login(helpful, other)).toMatchObject({ status: 401, body: { code: "invalid_credentials" } });
  });
  test("helpful: asking is limited for an address and a source as any login is", async () => {
    const limited = await openOauthServer({ env: { RATE_LIMIT_FACTOR: "1" } });
    const email = await withoutPassword(limited);
    const answers = [];
    for (let time = 0; time < 11; time += 1) answers.push((await login(limited, email)).status);
    expect(answers).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    await limited.close();
  });
  test("EN-1 strict: unknown, wrong and without a password are answered to the letter alike", async () => {
    const email = await withoutPassword(strict);
    const gone = nextEmail();
    const known = await finishedByMail();
    const answers = [await login(strict, email), await login(strict, gone), await login(strict, known)].map(told);
    expect(answers[0]).toMatchObject({ status: 401 });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });
  test.each(["helpful", "strict"] as const)(
    "EN-2 %s: forgot answers everybody alike, and the mail says which button to use",
    async (mode) => {
      const server = mode === "strict" ? strict : helpful;
      const email = await withoutPassword(server);
      const ask = (address: string) => server.request("POST", "/auth/password/forgot", { body: { email: address } });
      const [one, other] = [told(await ask(email)), told(await ask(nextEmail()))];
      expect(one).toEqual(other);
      expect(one.status).toBe(202);
      const mail = await server.mailTo(email);
      expect(mail.subject).toMatch(/^You sign in to .* with Google$/);
      expect(mail.text).toContain('"Continue with Google"');
      // Who lost that account has a way out all the same.
      const reset = await server.request("POST", "/auth/password/reset", { body: { token: tokenIn(mail), password: TEST_PASSWORD } });
      expect(reset.status).toBe(204);
      expect((await server.request("POST", "/auth/login", { body: { email, password: TEST_PASSWORD } })).status).toBe(200);
    },
  );
});

const register = async (email: string, browser: Browser = newBrowser(), password = TEST_PASSWORD) => {
  const answer = await strict.request("POST", "/auth/register", { body: { email, password, name: "Ada" }, cookies: browser.cookies });
  keepCookies(browser, answer);
  return answer;
};
const confirm = (token: string, browser: Browser, more: object = {}) =>
  strict.request<{ code: string; user: { id: string; has_password: boolean }; outcome: string }>("POST", "/auth/email/confirm", {
    body: { token, transport: "body", ...more },
    cookies: browser.cookies,
  });
async function finishedByMail(): Promise<string> {
  const [email, browser] = [nextEmail(), newBrowser()];
  await register(email, browser);
  expect((await confirm(tokenIn(await strict.mailTo(email)), browser)).status).toBe(200);
  return email;
}

/** Without what names this one request: its id, and the mark of its browser. */
const unnamed = (answer: Parameters<typeof told>[0]) => {
  const { rest, ...others } = told(answer);
  const { "set-cookie": cookie, ...headers } = rest;
  return { ...others, headers, cookie: cookie?.replace(/=[\w-]{43};/, "=mark;") };
};

describe("SIGNUP_ANSWER=mail", () => {
  test("EN-3: a new and a taken address are answered alike, and only the mail tells", async () => {
    const taken = await finishedByMail();
    const fresh = nextEmail();
    const [one, other] = [unnamed(await register(fresh)), unnamed(await register(taken))];
    expect(one).toEqual(other);
    expect(one).toMatchObject({ status: 202, text: '{"status":"check_your_email"}' });
    expect((await strict.mailTo(fresh)).subject).toMatch(/^Finish your sign-up/);
    expect((await strict.mailTo(taken)).subject).toMatch(/^You already have a sign-in/);
    expect(await strict.database.query("select id from users where email = $1", [fresh])).toEqual([]);
  });
  test("the link goes on in the same browser: verified, on trial, with the password that was chosen", async () => {
    const [email, browser] = [nextEmail(), newBrowser()];
    await register(email, browser);
    const token = tokenIn(await strict.mailTo(email));
    const answer = await confirm(token, browser);
    expect(answer.body, answer.text).toMatchObject({
      outcome: "signed_up",
      user: { has_password: true, email_verified_at: expect.any(String) },
    });
    const trials = await strict.database.query("select t.plan from trials t join memberships m using (account_id) where m.user_id = $1", [
      answer.body.user.id,
    ]);
    expect(trials).toHaveLength(1);
    expect((await strict.request("POST", "/auth/login", { body: { email, password: TEST_PASSWORD } })).status).toBe(200);
    expect(await confirm(token, browser)).toMatchObject({ status: 410, body: { code: "token_used" } });
  });
  test("PH-6: in another browser the password counts only when it is given again; without it the account begins with none", async () => {
    const email = nextEmail();
    await register(email, newBrowser(), "of-the-attacker-22-lantern");
    const token = tokenIn(await strict.mailTo(email));
    expect(await confirm(token, newBrowser(), { password: TEST_PASSWORD })).toMatchObject({
      status: 401,
      body: { code: "invalid_credentials" },
    });
    expect((await confirm(token, newBrowser())).body).toMatchObject({ outcome: "signed_up", user: { has_password: false } });
    const attack = { email, password: "of-the-attacker-22-lantern" };
    expect((await strict.request("POST", "/auth/login", { body: attack })).status).toBe(401);
  });
  test("two who register one address: whoever holds the mailbox and goes on ends what the other began", async () => {
    const [email, one, other] = [nextEmail(), newBrowser(), newBrowser()];
    await register(email, other, "of-the-attacker-22-lantern");
    const theirs = tokenIn(await strict.mailTo(email));
    await register(email, one);
    expect((await confirm(tokenIn(await strict.mailTo(email)), one)).status).toBe(200);
    expect(await confirm(theirs, other)).toMatchObject({ status: 410, body: { code: "token_used" } });
  });
  test("an account of a provider that does not prove its address is answered like any other, and signs up by the mail", async () => {
    const taken = await finishedByMail();
    const [fresh, browser] = [nextEmail(), newBrowser()];
    const claim = (sub: string, email: string, at = newBrowser()) =>
      strict.comes("microsoft", microsoftPerson(strict.microsoft, CONTOSO, sub, email), { browser: at });
    const [one, other] = [await claim("mail-1", fresh, browser), await claim("mail-2", taken)];
    expect([one.status, one.text]).toEqual([other.status, other.text]);
    expect(one.status).toBe(202);
    const answer = await confirm(tokenIn(await strict.mailTo(fresh)), browser);
    expect(answer.body).toMatchObject({ outcome: "signed_up", user: { email_verified_at: expect.any(String) } });
    expect((await claim("mail-1", fresh)).body).toMatchObject({ outcome: "signed_in", user: { id: answer.body.user.id } });
  });
  test("who comes with a proven address signs up at once: there is nobody to hide it from", async () => {
    expect((await strict.comes("google", googlePerson("proven", nextEmail()))).body).toMatchObject({ outcome: "signed_up" });
  });
  test("without mail nobody can register, and is told so", async () => {
    const dark = await openOauthServer({ env: { SIGNUP_ANSWER: "mail", SMTP_URL: "" } });
    const answer = await dark.request("POST", "/auth/register", { body: { email: nextEmail(), password: TEST_PASSWORD, name: "Ada" } });
    expect(answer).toMatchObject({ status: 503, body: { code: "mail_not_configured" } });
    await dark.close();
  });
});

test("PW-7: a stranger who claims an address again and again is slowed, and does not lock out who is known by it", async () => {
  const limited = await openOauthServer({ env: { RATE_LIMIT_FACTOR: "1" } });
  const email = nextEmail();
  const claim = (sub: string) => limited.comes("microsoft", microsoftPerson(limited.microsoft, CONTOSO, sub, email));
  expect((await claim("known")).body).toMatchObject({ outcome: "signed_up" });
  const statuses = [];
  for (let time = 0; time < 10; time += 1) statuses.push((await claim(`stranger-${time}`)).status);
  expect(statuses).toEqual([...Array.from({ length: 9 }, () => 202), 429]);
  expect((await claim("known")).body).toMatchObject({ outcome: "signed_in" });
  await limited.close();
});

test("in the default mode a verified person's password keeps working beside Google", async () => {
  const person = await registerVerified(helpful);
  people += 1;
  await helpful.comes("google", googlePerson(`beside-${people}`, person.email));
  const body = { email: person.email, password: TEST_PASSWORD };
  expect((await helpful.request("POST", "/auth/login", { body })).status).toBe(200);
});
