import { nextEmail, openTestServer, registerPerson, TEST_PASSWORD, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

/** As in production: every limit counts. */
let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ env: { RATE_LIMIT_FACTOR: "1" } });
});
afterAll(() => server.close());

let sources = 0;
/** A source that no other test uses. */
const nextIp = (): string => {
  sources += 1;
  return `10.${sources >> 16}.${(sources >> 8) & 255}.${sources & 255}`;
};
/** Somebody who registered from a place of their own. */
async function resident() {
  const [email, ip] = [nextEmail(), nextIp()];
  const body = { email, password: TEST_PASSWORD, name: "Ada Lovelace", transport: "body" };
  const answer = await server.request<{ access_token: string }>("POST", "/auth/register", { body, ip });
  expect(answer.status).toBe(201);
  return { email, ip, accessToken: answer.body.access_token };
}
const login = (email: string, ip: string, password = "not-the-password-at-all", headers: Record<string, string> = {}) =>
  server.request("POST", "/auth/login", { body: { email, password }, ip, headers });
/** How many were answered with which status. */
function statuses(answers: readonly { status: number }[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

test("of twenty guesses at one password at once, exactly ten are looked at", async () => {
  const [{ email }, ip] = [await resident(), nextIp()];
  const answers = await Promise.all(Array.from({ length: 20 }, () => login(email, ip)));
  expect(statuses(answers)).toEqual({ 401: 10, 429: 10 });
  const refused = answers.find((answer) => answer.status === 429);
  expect(refused).toMatchObject({ body: { code: "rate_limited" } });
  expect(refused?.headers["retry-after"]).toBe("900");
});

test("the right password does not help a source that has used up its tries, until the window ends", async () => {
  const [{ email }, ip] = [await resident(), nextIp()];
  for (let guess = 0; guess < 10; guess += 1) await login(email, ip);
  server.clock.advanceSeconds(899);
  const refused = await login(email, ip, TEST_PASSWORD);
  expect([refused.status, refused.headers["retry-after"]]).toEqual([429, "1"]);
  server.clock.advanceSeconds(1);
  expect((await login(email, ip, TEST_PASSWORD)).status).toBe(200);
});

test("who knows the password may come as often as they like, and mistypes of before are forgiven", async () => {
  const [{ email }, ip] = [await resident(), nextIp()];
  for (let round = 0; round < 3; round += 1) {
    for (let guess = 0; guess < 9; guess += 1) expect((await login(email, ip)).status).toBe(401);
    expect((await login(email, ip, TEST_PASSWORD)).status).toBe(200);
  }
});

test("an address that has no user uses up its tries like one that has", async () => {
  const [{ email }, stranger] = [await resident(), nextEmail()];
  const [here, there] = [nextIp(), nextIp()];
  const known = [];
  const unknown = [];
  for (let guess = 0; guess < 12; guess += 1) {
    known.push((await login(email, here)).status);
    unknown.push((await login(stranger, there)).status);
  }
  expect(known).toEqual(unknown);
});

test("guesses from everywhere shut strangers out, and the owner still gets in from where they always were", async () => {
  const owner = await resident();
  for (let round = 0; round < 5; round += 1) {
    const ip = nextIp();
    for (let guess = 0; guess < 10; guess += 1) expect((await login(owner.email, ip)).status).toBe(401);
  }
  expect(await login(owner.email, nextIp(), TEST_PASSWORD)).toMatchObject({ status: 429 });
  expect((await login(owner.email, owner.ip, TEST_PASSWORD)).status).toBe(200);
});

test("all addresses of one IPv6 customer are one source, and X-Forwarded-For of a stranger is not believed", async () => {
  const [first, second] = [await resident(), await resident()];
  for (let guess = 0; guess < 10; guess += 1) await login(first.email, `2001:db8:1:2::${guess + 1}`);
  expect((await login(first.email, "2001:db8:1:2:ffff::1")).status).toBe(429);
  expect((await login(first.email, "2001:db8:1:3::1")).status).toBe(401);

  const ip = nextIp();
  for (let guess = 0; guess < 10; guess += 1) await login(second.email, ip, undefined, { "x-forwarded-for": `198.51.100.${guess}` });
  expect((await login(second.email, ip, undefined, { "x-forwarded-for": "198.51.100.99" })).status).toBe(429);
});

test("one address can be asked for sign-up five times an hour, from wherever, and its owner gets no more mails than that", async () => {
  const { email } = await resident();
  const register = () =>
    server.request("POST", "/auth/register", { body: { email: email.toUpperCase(), password: TEST_PASSWORD, name: "Eve" }, ip: nextIp() });
  const answers = [];
  for (let attempt = 0; attempt < 6; attempt += 1) answers.push(await register());
  expect(statuses(answers)).toEqual({ 409: 4, 429: 2 });
});

test.each(["/auth/password/forgot", "/auth/email/resend"])(
  "%s fills nobody's mailbox: five an hour, also for a stranger's address",
  async (path) => {
    const [{ email }, stranger] = [await resident(), nextEmail()];
    for (const address of [email, stranger]) {
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => server.request("POST", path, { body: { email: address }, ip: nextIp() })),
      );
      expect(statuses(answers)).toEqual({ 202: 5, 429: 3 });
    }
  },
);

test("one source can ask for thirty mails an hour, to whomever", async () => {
  const ip = nextIp();
  const ask = () => server.request("POST", "/auth/password/forgot", { body: { email: nextEmail() }, ip });
  expect(statuses(await Promise.all(Array.from({ length: 34 }, ask)))).toEqual({ 202: 30, 429: 4 });
});

test("whoever stole a session cannot guess the password by confirming it", async () => {
  const { accessToken } = await resident();
  const guess = () =>
    server.request("POST", "/auth/password/change", {
      token: accessToken,
      body: { current_password: "not-the-password-at-all", new_password: "harbour-violet-cinder-9" },
    });
  expect(statuses(await Promise.all(Array.from({ length: 13 }, guess)))).toEqual({ 403: 10, 429: 3 });
  const del = await server.request("DELETE", "/me", { token: accessToken, body: { password: TEST_PASSWORD } });
  expect(del.status).toBe(429);
});

test("a limit counts for all processes together, and no bucket tells whom it counts", async () => {
  const other = await openTestServer({ beside: server, role: "api", env: { RATE_LIMIT_FACTOR: "1" } });
  const [{ email }, ip] = [await resident(), nextIp()];
  const body = { email, password: "not-the-password-at-all" };
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, guess) => (guess % 2 === 0 ? server : other).request("POST", "/auth/login", { body, ip })),
  );
  await other.close();
  expect(statuses(answers)).toEqual({ 401: 10, 429: 6 });
  const rows = await server.database.query("select encode(bucket, 'escape') as bucket from rate_limits");
  expect(JSON.stringify(rows)).not.toContain("example.com");
});

test("with factor 0, as only outside production, nothing is counted", async () => {
  const free = await openTestServer({ beside: server, role: "api" });
  const person = await registerPerson(free);
  for (let guess = 0; guess < 12; guess += 1) {
    const body = { email: person.email, password: "not-the-password-at-all" };
    expect((await free.request("POST", "/auth/login", { body, ip: nextIp() })).status).toBe(401);
  }
  await free.close();
});
