import { openTestServer, TEST_PASSWORD, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ env: { TRUST_PROXY: "10.0.0.0/8" } });
});
afterAll(() => server.close());

const KIB = 1024;
const newcomer = (name: string) =>
  JSON.stringify({ email: `${name}@example.com`, password: TEST_PASSWORD, name: "Ada", transport: "body" });
const register = (body: string | Buffer, headers: Record<string, string> = {}) =>
  server.request("POST", "/auth/register", { body, headers });
const users = async () => (await server.database.query<{ count: number }>("select count(*)::int as count from users"))[0]?.count;

/** What every refusal has, and what none may have. */
function expectProblem(answer: Awaited<ReturnType<typeof register>>, status: number, code: string): void {
  expect(answer).toMatchObject({ status, body: { status, code, type: expect.stringContaining(`/api/docs/errors/${code}`) } });
  expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  expect(answer.body["request_id"]).toBe(answer.headers["x-request-id"]);
  expect(answer.headers).toMatchObject({ "x-content-type-options": "nosniff", "cache-control": "no-store" });
  expect(answer.text).not.toMatch(/\bat \/|node_modules|\.ts:|select |insert |FST_|SyntaxError|postgres/i);
}

test.each<[string, string | Buffer]>([
  ["half an object", '{"email":'],
  ["a word", "hello"],
  ["NaN", '{"email":NaN}'],
  ["invalid UTF-8", Buffer.from(newcomer("x").replace("Ada", "\u00e9"), "latin1")],
  ["__proto__", newcomer("x").replace("{", '{"__proto__":{"is_operator":true},')],
  ["constructor.prototype", newcomer("x").replace("{", '{"constructor":{"prototype":{"is_operator":true}},')],
  ["a name twice", newcomer("x").replace("{", '{"name":"Grace",')],
  ["a quarter of an array", "[".repeat(30 * KIB)],
])("a body that cannot be read as JSON is malformed: %s", async (_, body) => {
  const before = await users();
  expectProblem(await register(body), 400, "malformed_request");
  expect(await users()).toBe(before);
});

test.each<[string, string]>([
  ["nothing", ""],
  ["null", "null"],
  ["a text", '"hello"'],
  ["an array", `[${newcomer("x")}]`],
  ["an array 10,000 deep", "[".repeat(10_000) + "]".repeat(10_000)],
  ["an object 5,000 deep", `${'{"email":'.repeat(5000)}1${"}".repeat(5000)}`],
  ["a constructor that is a text", newcomer("x").replace("{", '{"constructor":"x",')],
  ["a number as a text", newcomer("x").replace('"Ada"', "7")],
  ["a NUL", newcomer("x").replace("Ada", "A\\u0000da")],
  ["half a surrogate pair", newcomer("x").replace("Ada", "A\\ud800da")],
  ["a field that is not declared", newcomer("x").replace("{", '{"role":"owner",')],
  ["ten thousand characters of a name", newcomer("x").replace("Ada", "a".repeat(10_000))],
])("a body that is JSON but not as the schema says is invalid: %s", async (_, body) => {
  const before = await users();
  expectProblem(await register(body), 422, "invalid_request");
  expect(await users()).toBe(before);
});

test.each<[string, string]>([
  ["a form", "application/x-www-form-urlencoded"],
  ["multipart", "multipart/form-data; boundary=x"],
  ["plain text, which a foreign page may send without asking", "text/plain"],
  ["a leading space", " application/json/"],
  ["a tab after it", "application/json\ta"],
  ["a longer name", "application/jsonx"],
  ["a problem", "application/problem+json"],
  ["an empty header", ""],
  ["only parameters", "; charset=utf-8"],
])("only application/json is taken: %s", async (_, contentType) => {
  expectProblem(await register(newcomer("type"), { "content-type": contentType }), 415, "unsupported_media_type");
});

test.each<string>([
  "Application/JSON",
  " application/json",
  "application/json ",
  "application/json; charset=utf-7",
  "application/json;charset=UTF-8",
  "application/json; a=b; c",
])("another spelling of the content type does not pass by the schema: %j", async (contentType) => {
  const smuggled = newcomer("smuggler").replace("{", '{"is_operator":true,');
  const answer = await register(smuggled, { "content-type": contentType });
  expect([415, 422]).toContain(answer.status);
  expect(await server.database.query("select id from users where email = 'smuggler@example.com'")).toEqual([]);
});

test("a body without a content type is not taken", async () => {
  const answer = await server.http.inject({ method: "POST", url: "/api/v1/auth/register", payload: Buffer.from(newcomer("typeless")) });
  expect([415, 422]).toContain(answer.statusCode);
  expect(answer.json()).toMatchObject({ status: answer.statusCode });
});

test("64 KiB are read, one byte more is too large", async () => {
  const fill = (bytes: number) => {
    const start = '{"email":"';
    return `${start}${"a".repeat(bytes - start.length - 2)}"}`;
  };
  expectProblem(await register(fill(64 * KIB)), 422, "invalid_request");
  expectProblem(await register(fill(64 * KIB + 1)), 413, "request_too_large");
});

test("a password of a megabyte is refused before it is read to its end", async () => {
  const body = JSON.stringify({ email: "ada@example.com", password: "p".repeat(KIB * KIB) });
  expectProblem(await server.request("POST", "/auth/login", { body }), 413, "request_too_large");
});

test("a password over its bound is never hashed: with room for one hash, twenty at once are all told the same", async () => {
  const narrow = await openTestServer({ beside: server, env: { PASSWORD_HASHES_AT_ONCE: "1", PASSWORD_QUEUE_MAX: "0" } });
  const answersTo = async (password: string) => {
    const tries = Array.from({ length: 20 }, () => narrow.request("POST", "/auth/login", { body: { email: "ada@example.com", password } }));
    return new Set((await Promise.all(tries)).map((answer) => answer.status));
  };
  expect(await answersTo("p".repeat(1025))).toEqual(new Set([422]));
  expect(await answersTo("p".repeat(1024))).toContain(503);
  await narrow.close();
});

test.each([
  "/api/v1/nothing",
  "/api/v1",
  "/api/v2/me",
  "/api/v1/me/",
  "/API/v1/me",
  "/api/v1/me%2f",
  "/api/v1/../../etc/passwd",
  "/etc/passwd",
  "/api/docs/errors/nothing",
  "/api/docs/errors/__proto__",
])("what is not there is a problem too: %s", async (path) => {
  const answer = await server.http.inject({ method: "GET", url: path });
  expect(answer.json()).toMatchObject({ status: 404, code: "route_not_found" });
  expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
});

test.each(["DELETE", "PUT", "GET", "PATCH", "OPTIONS"])("a method that a route does not take is a problem: %s", async (method) => {
  expectProblem(await server.request(method, "/auth/register"), 404, "route_not_found");
});

test.each<[string, string, number, string]>([
  ["half an escape", "%", 400, "malformed_request"],
  ["no hexadecimal", "%zz", 400, "malformed_request"],
  ["invalid UTF-8", "%c3%28", 400, "malformed_request"],
  ["two hundred and one characters", "a".repeat(201), 404, "route_not_found"],
])("an address that cannot be read is a problem: %s", async (_, part, status, code) => {
  expectProblem(await server.request("DELETE", `/auth/sessions/${part}`), status, code);
});

test("who is nobody learns nothing of an id that is none", async () => {
  for (const id of ["1", "..%2f..%2fetc", "%00", "%F0%9F%98%80", "'%20or%201=1"]) {
    expectProblem(await server.request("DELETE", `/auth/sessions/${id}`), 401, "authentication_required");
  }
});

test("each request has an id of its own, and a caller cannot choose it", async () => {
  const ids = new Set<string | undefined>();
  for (let count = 0; count < 3; count += 1) {
    const answer = await server.request("GET", "/healthz", { headers: { "request-id": "mine", "x-request-id": "mine" } });
    ids.add(answer.headers["x-request-id"]);
  }
  expect(ids.size).toBe(3);
  expect(ids).not.toContain("mine");
});

test("behind a trusted proxy the address is the one it names; from anywhere else the name is not believed", async () => {
  const login = (ip: string) =>
    server.request("POST", "/auth/login", {
      body: { email: "nobody@example.com", password: "x" },
      ip,
      headers: { "x-forwarded-for": "203.0.113.9" },
    });
  await login("10.1.2.3");
  await login("198.51.100.7");
  const seen = server.logLines().flatMap((text) => {
    const line: { ip?: string; path?: string } = JSON.parse(text);
    return line.path === "/api/v1/auth/login" ? [line.ip] : [];
  });
  expect(seen.slice(-2)).toEqual(["203.0.113.9", "198.51.100.7"]);
});

test("a log line of a request names the path without its query, where a token may stand", async () => {
  await server.request("GET", "/api/v1/nothing?token=secret-of-a-link");
  expect(server.logLines().join("")).toContain("/api/v1/nothing");
  expect(server.logLines().join("")).not.toContain("secret-of-a-link");
});
