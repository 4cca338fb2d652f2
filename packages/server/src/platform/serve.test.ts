import { route } from "@gatehouse/contract";
import { openTestServer, type Person, registerPerson, type TestServer, testProduct } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { serve } from "./serve.ts";

const about = { auth: "session", tag: "Test", summary: "Test", status: 200, errors: [] } as const;
const response = z.object({ name: z.string(), items: z.array(z.object({ id: z.string() })).optional() });
const parts = route({
  ...about,
  method: "PUT",
  path: "/parts/{id}",
  params: z.strictObject({ id: z.uuid() }),
  query: z.strictObject({ limit: z.coerce.number<string>().int().default(5) }),
  body: z.strictObject({ name: z.string().default("nobody") }).optional(),
  response: z.object({ limit: z.int(), name: z.string(), account: z.uuid() }),
  errors: ["session_not_found"],
});
const open = route({ ...about, auth: "none", method: "POST", path: "/open", status: 204, response: z.undefined() });
const broken = route({ ...about, method: "GET", path: "/broken", response });

/** What a handler that a mistake got into would send. */
const answers = {
  right: { name: "a", items: [{ id: "1" }] },
  more: { name: "a", password_hash: "$argon2id$" },
  deeper: { name: "a", items: [{ id: "1", secret: "s" }] },
  otherwise: { items: [], name: "a" },
  mistyped: { name: 7 },
};
const product: typeof testProduct = {
  ...testProduct,
  routes(http, app) {
    for (const strictAnswers of [true, false]) {
      for (const [name, answer] of Object.entries(answers)) {
        const shape = route({ ...about, method: "GET", path: `/${strictAnswers ? "strict" : "lenient"}/${name}`, response });
        // As a driver's row: its type was only believed.
        serve({ ...http, strictAnswers }, app, shape, () => JSON.parse(JSON.stringify(answer)));
      }
    }
    serve(http, app, parts, ({ query, body, actor }) => ({ limit: query.limit, name: body?.name ?? "none", account: actor.accountId }));
    serve(http, app, open, () => undefined);
    serve(http, app, broken, () => {
      throw Object.assign(new Error("duplicate key value violates unique constraint users_email"), { code: "23505", table: "users" });
    });
  },
};

let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await openTestServer({ product });
  ada = await registerPerson(server);
});
afterAll(() => server.close());
const call = (method: string, path: string, options: { body?: unknown; headers?: Record<string, string> } = {}) =>
  server.request(method, path, { token: ada.accessToken, ...options });
const ID = "01890000-0000-7000-8000-000000000001";

test("in tests an answer that is not exactly as declared is an error: with more, deeper, in another order, of another type", async () => {
  expect(await call("GET", "/strict/right")).toMatchObject({ status: 200, body: answers.right });
  for (const name of ["more", "deeper", "otherwise", "mistyped"]) {
    expect(await call("GET", `/strict/${name}`)).toMatchObject({ status: 500, body: { code: "internal_error" } });
  }
  expect(server.logLines().join("")).toContain("GET /strict/more answers more than it declares, or in another order: password_hash");
});

test("outside tests what is not declared is cut off, and the answer is sent", async () => {
  expect(await call("GET", "/lenient/right")).toMatchObject({ status: 200, body: answers.right });
  expect((await call("GET", "/lenient/more")).text).toBe('{"name":"a"}');
  expect((await call("GET", "/lenient/deeper")).text).toBe('{"name":"a","items":[{"id":"1"}]}');
});

test("what was not foreseen is told to the log and not to the caller", async () => {
  const answer = await call("GET", "/broken");
  expect(answer).toMatchObject({ status: 500, body: { code: "internal_error" } });
  expect(answer.text).not.toMatch(/duplicate|users|23505/);
  const line = server.logLines().find((text) => text.includes("users_email"));
  expect(line).toContain(`"request_id":"${answer.body["request_id"]}"`);
});

test("every part of a request that is wrong is named at once", async () => {
  const answer = await call("PUT", `/parts/${ID}?limit=some&more=1`, { body: { name: 7, account_id: ID } });
  expect(answer).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  const at = Object(answer.body["problems"]).map((problem: { at: string }) => problem.at);
  expect(at).toEqual(["query.limit", "query", "body.name", "body"]);
});

test("at most twenty problems of one part are told", async () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`field-${index}`, 1]));
  const answer = await call("PUT", `/parts/${ID}`, { body: many });
  expect(Object(answer.body["problems"]).length).toBeLessThanOrEqual(20);
});

test("defaults are filled in, and a part that may be left out may be null", async () => {
  expect(await call("PUT", `/parts/${ID}`, { body: {} })).toMatchObject({ body: { limit: 5, name: "nobody", account: ada.account.id } });
  expect(await call("PUT", `/parts/${ID}`)).toMatchObject({ body: { name: "none" } });
  expect(await call("PUT", `/parts/${ID}`, { body: "null" })).toMatchObject({ status: 200, body: { name: "none" } });
});

test("a path's id that is none is as unknown as any other", async () => {
  expect(await call("PUT", "/parts/7")).toMatchObject({ status: 404, body: { code: "session_not_found" } });
});

test("who is nobody is told so before the request is judged", async () => {
  expect(await server.request("PUT", "/parts/7?limit=some", { body: { a: 1 } })).toMatchObject({ status: 401 });
});

test.each<[string, Record<string, string>, number]>([
  ["another program, which says nothing", {}, 204],
  ["the product's own page", { origin: "http://gatehouse.localhost:4000", cookie: "a=b" }, 204],
  ["the product's own page, as the browser puts it", { "sec-fetch-site": "same-origin", cookie: "a=b" }, 204],
  ["a bookmark", { "sec-fetch-site": "none" }, 204],
  ["another site", { origin: "https://evil.example" }, 403],
  ["a site that hides its name", { origin: "null" }, 403],
  ["our name on another port", { origin: "http://gatehouse.localhost:4001" }, 403],
  ["our name with another scheme", { origin: "https://gatehouse.localhost:4000" }, 403],
  ["our name with something behind it", { origin: "http://gatehouse.localhost:4000.evil.example" }, 403],
  ["our name with something before it", { origin: "http://evil-gatehouse.localhost:4000" }, 403],
  ["a sibling site", { "sec-fetch-site": "same-site" }, 403],
  ["another site, as the browser puts it", { "sec-fetch-site": "cross-site" }, 403],
  ["a foreign name under our fetch metadata", { origin: "https://evil.example", "sec-fetch-site": "same-origin" }, 403],
  ["a cookie from nowhere", { cookie: "a=b" }, 403],
])("a route for everybody is open to programs and to our own pages only: %s", async (_, headers, status) => {
  expect((await server.request("POST", "/open", { headers })).status).toBe(status);
});

test("no answer invites another origin to read it (CORS)", async () => {
  for (const origin of ["https://evil.example", "null", "http://gatehouse.localhost:4000.evil.example"]) {
    for (const method of ["GET", "OPTIONS"]) {
      const { headers } = await server.request(method, "/me", {
        token: ada.accessToken,
        headers: { origin, "access-control-request-method": "GET" },
      });
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
  }
});
