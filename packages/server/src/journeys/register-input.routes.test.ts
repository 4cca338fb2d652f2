import { nextEmail, openTestServer, registerPerson, TEST_PASSWORD, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const form = (over: Record<string, unknown> = {}) => ({ email: nextEmail(), password: TEST_PASSWORD, name: "Ada Lovelace", ...over });
const send = (body: unknown, headers: Record<string, string> = {}) => server.request("POST", "/auth/register", { body, headers });

/** A refusal has a stable code and a request id, shows nothing of the house, and leaves nothing behind. */
async function expectRefused(request: () => ReturnType<typeof send>, status: number, code: string) {
  const count = async () => (await server.database.query("select count(*) as n from users"))[0];
  const before = await count();
  const answer = await request();
  expect(answer).toMatchObject({ status, body: { status, code } });
  expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  expect(answer.body["request_id"]).toBe(answer.headers["x-request-id"]);
  expect(answer.text).not.toMatch(/node_modules|\.ts:|select |insert |argon2/);
  expect(await count()).toEqual(before);
  return answer;
}

test.each<[string, Record<string, unknown>]>([
  ["a role that is smuggled in", { role: "owner" }],
  ["an account that is smuggled in", { account_id: "018f0000-0000-7000-8000-000000000000" }],
  ["an operator who makes himself one", { is_operator: true }],
  ["an address that calls itself verified", { email_verified_at: "2026-01-01T00:00:00.000Z" }],
  ["a name that is a mail header", { name: "Ada\r\nBcc: everybody@example.com" }],
  ["a name with a NUL byte", { name: "Ada\u0000Lovelace" }],
  ["a name with a terminal's escape", { name: "Ada\u001b[31m" }],
  ["a name of ten thousand characters", { name: "a".repeat(10_000) }],
  ["a name of spaces", { name: "   " }],
  ["a name of half a character", { name: "Ada \ud83d" }],
  ["an account name that is a mail header", { account_name: "Engines\nSubject: win" }],
  ["a name that is a number", { name: 7 }],
  ["an address that is a mail header", { email: "ada@example.com\r\nBcc: eve@example.com" }],
  ["two addresses in one", { email: "ada@example.com,eve@example.com" }],
  ["an address within a name", { email: "Ada <ada@example.com>" }],
  ["an address that hides another before a NUL", { email: "eve@example.com\u0000@example.org" }],
  ["an address with spaces around it", { email: " ada@example.com " }],
  ["an address with a dotless i", { email: "lın@example.com" }],
  ["an address with a Kelvin sign", { email: "\u212aurt@example.com" }],
  ["an address in full width", { email: "ａｄａ@example.com" }],
  ["an address with an invisible character", { email: "ada\u200b@example.com" }],
  ["an address of ten thousand characters", { email: `${"a".repeat(10_000)}@example.com` }],
  ["an address that is a list", { email: ["ada@example.com"] }],
  ["no address", { email: undefined }],
  ["a password of a megabyte's beginning", { password: "x".repeat(2000) }],
  ["a password with a NUL byte", { password: "lantern\u0000orbit-mosaic" }],
  ["an invite token that is none", { invite_token: "../../etc/passwd" }],
  ["a transport that nobody knows", { transport: "header" }],
])("%s is refused with 422, and nothing is written", async (_, over) => {
  const answer = await expectRefused(() => send(form(over)), 422, "invalid_request");
  expect(answer.text).toContain('"problems":[{"at":"body');
});

test.each<[string, Record<string, unknown>, string]>([
  ["a password of seven characters", { password: "k7!xQ2z" }, "too_short"],
  ["a password that attackers try first", { password: "password123" }, "common"],
  ["a password that is the address", { email: "grace.hopper@example.com", password: "grace.hopper@example.com" }, "contains_identity"],
  ["a password that is the name and a year", { name: "Grace Hopper", password: "gracehopper1906" }, "contains_identity"],
  ["a password that is the product's name", { password: "Testproduct!1" }, "contains_identity"],
  ["a password that is one pattern", { password: "xyxyxyxyxyxy" }, "trivial"],
])("%s is refused, and the reason is told", async (_, over, reason) => {
  const answer = await expectRefused(() => send(form(over)), 422, "password_weak");
  expect(answer.body).toMatchObject({ reason, problems: [{ at: "body.password" }] });
});

test.each<[string, unknown, number, string]>([
  ["half a JSON", '{"email": "ada@exam', 400, "malformed_request"],
  ["invalid UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400, "malformed_request"],
  ["a prototype that is smuggled in", '{"__proto__": {"role": "owner"}, "email": "ada@example.com"}', 400, "malformed_request"],
  ["a megabyte", JSON.stringify({ name: "x".repeat(1_048_576) }), 413, "request_too_large"],
  ["ten thousand open brackets", "[".repeat(10_000), 400, "malformed_request"],
  ["an array", "[]", 422, "invalid_request"],
  ["null", "null", 422, "invalid_request"],
  ["nothing at all", "", 422, "invalid_request"],
])("%s as the body is refused, and nothing is written", async (_, body, status, code) => {
  await expectRefused(() => send(body), status, code);
});

test("a form post, which a foreign page could send without asking, is refused", async () => {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  await expectRefused(() => send("email=ada@example.com", headers), 415, "unsupported_media_type");
  await expectRefused(() => send(JSON.stringify(form()), { "content-type": "text/plain" }), 415, "unsupported_media_type");
});

test("a domain that only looks like another, letters of two scripts in one word, is refused", async () => {
  const genuine = await registerPerson(server);
  const lookAlike = genuine.email.replace("example", "ex\u0430mple");
  await expectRefused(() => send(form({ email: lookAlike })), 422, "invalid_request");
});

test("what a person calls themself arrives to the letter, trimmed", async () => {
  const answer = await send(form({ name: "  Ægir O’Brien-村上 🦊 <b>'; drop table users;-- " }));
  expect(answer).toMatchObject({ status: 201, body: { user: { name: "Ægir O’Brien-村上 🦊 <b>'; drop table users;--" } } });
});
