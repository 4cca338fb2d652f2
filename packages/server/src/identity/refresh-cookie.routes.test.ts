import {
  nextEmail,
  openTestServer,
  type RequestOptions,
  registerPerson,
  TEST_BASE_URL,
  TEST_PASSWORD,
  type TestServer,
} from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let secure: TestServer;
beforeAll(async () => {
  server = await openTestServer();
  secure = await openTestServer({
    beside: server,
    role: "api",
    env: { BASE_URL: "https://app.example.com", ALLOWED_ORIGINS: "https://www.example.com" },
  });
});
afterAll(async () => {
  await secure.close();
  await server.close();
});

const COOKIE = "gatehouse_refresh";
/** Signs in as a browser does. @returns what the browser keeps */
async function browse(to = server, name = COOKIE) {
  const body = { email: nextEmail(), password: TEST_PASSWORD, name: "Ada Lovelace" };
  const answer = await to.request<{ access_token: string; refresh_token?: string }>("POST", "/auth/register", { body });
  return { answer, jar: { [name]: answer.cookies[name]?.value ?? "" }, ...body };
}
const refresh = (options: RequestOptions, to = server) =>
  to.request<{ code: string; refresh_token?: string }>("POST", "/auth/refresh", options);

test("a browser's refresh token is in a cookie that no script reads and no other path or site gets, and nowhere else", async () => {
  const { answer } = await browse();
  expect(answer.body.refresh_token).toBeUndefined();
  expect(answer.cookies[COOKIE]).toMatchObject({ path: "/api/v1/auth", httpOnly: true, sameSite: "Lax", maxAge: 30 * 86_400 });
  expect(answer.cookies[COOKIE]?.secure).toBeUndefined();
  expect(answer.text).not.toContain(answer.cookies[COOKIE]?.value);
});

test("over https the cookie is Secure, by name too, and the browser is told to stay on https", async () => {
  const { answer } = await browse(secure, "__Secure-gatehouse_refresh");
  expect(answer.cookies["__Secure-gatehouse_refresh"]).toMatchObject({
    secure: true,
    httpOnly: true,
    sameSite: "Lax",
    path: "/api/v1/auth",
  });
  expect(answer.headers["strict-transport-security"]).toContain("max-age=31536000");
});

test("a browser refreshes by its cookie alone, and gets the next one the same way", async () => {
  const { jar } = await browse();
  const answer = await refresh({ cookies: jar });
  expect(answer.status).toBe(200);
  expect(answer.body.refresh_token).toBeUndefined();
  expect(answer.cookies[COOKIE]?.value).toMatch(/^[\w-]{43}$/);
  expect(answer.cookies[COOKIE]?.value).not.toBe(jar[COOKIE]);
});

test("who asks for the token in the body gets no cookie", async () => {
  const person = await registerPerson(server);
  const answer = await refresh({ body: { refresh_token: person.refreshToken } });
  expect(answer.body.refresh_token).toMatch(/^[\w-]{43}$/);
  expect(answer.cookies).toEqual({});
});

test("a dead cookie is taken away; one that another tab has replaced is left to that tab", async () => {
  const dead = await refresh({ cookies: { [COOKIE]: "x".repeat(43) } });
  expect(dead).toMatchObject({ status: 401, cookies: { [COOKIE]: { value: "", path: "/api/v1/auth" } } });

  const { jar } = await browse();
  const second = (await refresh({ cookies: jar })).cookies[COOKIE]?.value ?? "";
  await refresh({ cookies: { [COOKIE]: second } });
  const superseded = await refresh({ cookies: jar });
  expect(superseded).toMatchObject({ status: 409, cookies: {} });
});

test("a tab that asks for an account which the person has left does not sign the browser out", async () => {
  const { jar } = await browse();
  const left = await refresh({ body: { account_id: "0190aaaa-0000-7000-8000-000000000001" }, cookies: jar });
  expect([left.status, left.body.code, left.cookies[COOKIE]]).toEqual([404, "account_not_found", undefined]);
  expect((await refresh({ cookies: jar })).status).toBe(200);
});

test("a cookie of rubbish is an unknown token, not an error", async () => {
  for (const value of ["", "%00", "a;b", "x".repeat(5000), "%F0%9F%A6%8A"]) {
    const answer = await refresh({ headers: { cookie: `${COOKIE}=${value}` }, origin: TEST_BASE_URL });
    expect(answer).toMatchObject({ status: 401, body: { code: "refresh_token_invalid" } });
  }
});

test.each<[string, RequestOptions]>([
  ["a foreign page", { origin: "https://evil.example" }],
  ["a page whose address only begins like ours", { origin: `${TEST_BASE_URL}.evil.example` }],
  ["our host on another port", { origin: "http://gatehouse.localhost:4001" }],
  ["a sandboxed frame or a data: page", { origin: "null" }],
  ["a browser that hides the origin but says cross-site", { origin: null, headers: { "sec-fetch-site": "cross-site" } }],
  ["a sibling's subdomain", { origin: null, headers: { "sec-fetch-site": "same-site" } }],
  ["whoever sends the cookie and does not say where from", { origin: null }],
])("%s can neither refresh, sign out, sign in nor register with the browser's cookie", async (_, from) => {
  const { jar, email } = await browse();
  const options = { ...from, cookies: jar };
  const register = { email: nextEmail(), password: TEST_PASSWORD, name: "Ada Lovelace" };
  const answers = [
    await refresh(options),
    await server.request("POST", "/auth/logout", options),
    await server.request("POST", "/auth/login", { ...options, body: { email, password: TEST_PASSWORD } }),
    await server.request("POST", "/auth/register", { ...options, body: register }),
    await server.request("POST", "/auth/password/forgot", { ...options, body: { email } }),
  ];
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 403, body: { code: "cross_site_request" } });
    expect(answer.cookies).toEqual({});
  }
  expect((await refresh({ cookies: jar })).status).toBe(200);
});

test("a foreign page cannot sign a browser in to the attacker's own account", async () => {
  const person = await registerPerson(server);
  const body = { email: person.email, password: person.password };
  const answer = await server.request("POST", "/auth/login", { body, origin: "https://evil.example" });
  expect(answer).toMatchObject({ status: 403, body: { code: "cross_site_request" }, cookies: {} });
});

test("our own pages, the pages that are allowed, and programs that carry no cookie are let through", async () => {
  const { jar } = await browse(secure, "__Secure-gatehouse_refresh");
  for (const from of [
    { origin: "https://app.example.com" },
    { origin: "https://www.example.com" },
    { origin: null, headers: { "sec-fetch-site": "same-origin" } },
  ]) {
    expect((await refresh({ ...from, cookies: jar }, secure)).status).toBe(200);
  }
  const person = await registerPerson(server);
  expect((await refresh({ body: { refresh_token: person.refreshToken }, origin: null })).status).toBe(200);
});
