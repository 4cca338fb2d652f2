import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { nextEmail, openTestServer, type TestServer } from "@gatehouse/testkit";
import { sendJson } from "@gatehouse/testkit/hostile-provider";
import { type Browser, keepCookies, newBrowser } from "@gatehouse/testkit/oauth-server";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

/** A provider that speaks OAuth 2 alone: it checks client, code, proof and redirect URI, and its API tells who has the token. */
const codes = new Map<string, { challenge: string; redirectUri: string }>();
let profile: { user: unknown; emails: unknown; status: number };
const plain = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://plain");
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  if (pathname === "/login/oauth/access_token") {
    const asked = new URLSearchParams(Buffer.concat(parts).toString());
    const granted = codes.get(asked.get("code") ?? "");
    codes.delete(asked.get("code") ?? "");
    const proof = createHash("sha256")
      .update(asked.get("code_verifier") ?? "")
      .digest("base64url");
    const isRight = granted?.challenge === proof && granted.redirectUri === asked.get("redirect_uri");
    const isClient = request.headers.authorization === `Basic ${btoa("plain:secret")}`;
    if (!isRight || !isClient) return sendJson(response, 400, { error: "bad_verification_code" });
    return sendJson(response, 200, { access_token: "of-plain", token_type: "bearer", scope: "read:user" });
  }
  if (request.headers.authorization !== "Bearer of-plain") return sendJson(response, 401, {});
  return sendJson(response, profile.status, Object(pathname === "/api/v3/user" ? profile.user : profile.emails));
});

let server: TestServer;
beforeAll(async () => {
  await new Promise<void>((done) => plain.listen(0, "127.0.0.1", done));
  const issuer = `http://127.0.0.1:${Object(plain.address())["port"]}`;
  server = await openTestServer({ env: { GITHUB_ISSUER: issuer, GITHUB_CLIENT_ID: "plain", GITHUB_CLIENT_SECRET: "secret" } });
});
afterAll(async () => {
  await server.close();
  plain.closeAllConnections();
  plain.close();
});
let email: string;
let id = 100;
beforeEach(() => {
  email = nextEmail();
  id += 1;
  profile = { user: { id, login: "ada", name: "Ada" }, emails: [{ email, primary: true, verified: true }], status: 200 };
});

async function comes(browser: Browser = newBrowser(), code = `code-${id}`) {
  const start = await server.request<{ authorization_url: string }>("GET", "/auth/github/start", { cookies: browser.cookies });
  keepCookies(browser, start);
  const asked = new URL(start.body.authorization_url).searchParams;
  codes.set(`code-${id}`, { challenge: asked.get("code_challenge") ?? "", redirectUri: asked.get("redirect_uri") ?? "" });
  return server.request<{ code: string; outcome: string; user: { id: string; email_verified_at: string | null } }>(
    "POST",
    "/auth/github/callback",
    { body: { code, state: asked.get("state"), transport: "body" }, cookies: browser.cookies },
  );
}

test("a provider of one file and one line signs people up and in, and has a button", async () => {
  expect((await server.request("GET", "/auth/providers")).body).toMatchObject({ items: [{ id: "github", name: "GitHub" }] });
  const first = await comes();
  expect(first.body, first.text).toMatchObject({ outcome: "signed_up", user: { email_verified_at: null } });
  expect(await server.mailsTo(email)).toHaveLength(1);
  expect((await comes()).body).toMatchObject({ outcome: "signed_in", user: { id: first.body.user.id } });
});

test.each<[string, () => void, string | undefined, number, string]>([
  ["a code that it did not give", () => undefined, "made-up", 401, "oauth_failed"],
  ["a profile without a number", () => Object.assign(profile, { user: { login: "ada" } }), undefined, 401, "oauth_failed"],
  ["an API that fails", () => Object.assign(profile, { status: 500 }), undefined, 502, "oauth_provider_failed"],
  ["an API that refuses", () => Object.assign(profile, { status: 404 }), undefined, 502, "oauth_provider_failed"],
  ["no address", () => Object.assign(profile, { emails: [] }), undefined, 422, "email_required"],
])("%s lets nobody in and leaves no user", async (_, spoil, code, status, expected) => {
  spoil();
  const answer = await comes(newBrowser(), code);
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code: expected });
  expect(await server.database.query("select id from users where email_normalised = $1", [email])).toEqual([]);
});
