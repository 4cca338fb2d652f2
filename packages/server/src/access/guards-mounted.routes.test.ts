import { connect } from "node:net";
import { route, routes } from "@gatehouse/contract";
import { addDays, addMilliseconds } from "@gatehouse/core";
import { openTestServer, type Person, registerPerson, registerVerified, signIn, type TestServer, testProduct } from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { serve } from "../platform/serve.ts";
import { requireActiveSubscription, requireVerifiedEmailAfterGrace } from "./guards.ts";

const about = { auth: "session", tag: "Test", summary: "Test", status: 200, errors: [] } as const;
const response = z.object({ seen: z.string() });
const write = route({ ...about, method: "POST", path: "/router/write", body: z.strictObject({ text: z.string() }), response });
const nested = route({ ...about, method: "GET", path: "/router/nested", response });
const outside = route({ ...about, method: "POST", path: "/outside", body: z.strictObject({ text: z.string() }), response });
const oneGuard = route({ ...about, method: "GET", path: "/one-guard", response });
let handled = 0;

const product: typeof testProduct = {
  ...testProduct,
  async routes(http, app, gate) {
    const see = () => {
      handled += 1;
      return { seen: "yes" };
    };
    serve(http, app, outside, see);
    await http.fastify.register(async (router) => {
      router.addHook("onRequest", requireVerifiedEmailAfterGrace(gate, app));
      router.addHook("onRequest", requireActiveSubscription(gate, app));
      serve({ ...http, fastify: router }, app, write, see);
      // Hung on it later, by somebody who has never heard of guards.
      await router.register((inner, _options, done) => {
        serve({ ...http, fastify: inner }, app, nested, see);
        done();
      });
    });
    await http.fastify.register((scope, _options, done) => {
      scope.addHook("onRequest", requireActiveSubscription(gate, app));
      serve({ ...http, fastify: scope }, app, oneGuard, see);
      done();
    });
  },
};

let server: TestServer;
let port: number;
let lapsed: Person;
let unverified: Person;
let both: Person;
beforeAll(async () => {
  server = await openTestServer({ product });
  port = Number(new URL(await server.listen()).port);
  const registered = {
    lapsed: await registerVerified(server),
    unverified: await registerPerson(server),
    both: await registerPerson(server),
  };
  server.clock.advanceDays(8);
  lapsed = await signIn(server, registered.lapsed);
  unverified = await signIn(server, registered.unverified);
  both = await signIn(server, registered.both);
  for (const person of [lapsed, both]) await plantFacts(server, person.account.id, {});
});
afterAll(() => server.close());
const ask = (method: string, path: string, person: Person, body?: unknown) =>
  server.request(method, path, { token: person.accessToken, body });

test("a guarded router guards what hangs on it, however deep, and nothing beside it", async () => {
  expect((await ask("POST", "/router/write", lapsed, { text: "a" })).status).toBe(402);
  expect((await ask("GET", "/router/nested", lapsed)).status).toBe(402);
  expect((await ask("GET", "/router/nested", unverified)).status).toBe(403);
  expect((await ask("POST", "/outside", both, { text: "a" })).status).toBe(200);
});

test("whoever lacks both is asked for the address first: that one mends at once and for nothing", async () => {
  expect(await ask("GET", "/router/nested", both)).toMatchObject({ status: 403, body: { code: "email_verification_required" } });
});

test("a guard may stand alone", async () => {
  expect((await ask("GET", "/one-guard", unverified)).status).toBe(200);
  expect((await ask("GET", "/one-guard", lapsed)).status).toBe(402);
});

test.each<[string, string | object, Record<string, string>]>([
  ["malformed", "{", {}],
  ["not as declared", { other: 1 }, {}],
  ["of another type", "a=b", { "content-type": "application/x-www-form-urlencoded" }],
  ["too large", "x".repeat(100 * 1024), {}],
])("a guard answers before the body is looked at: %s", async (_, body, headers) => {
  const before = handled;
  const answer = await server.request("POST", "/router/write", { token: lapsed.accessToken, body, headers });
  expect(answer).toMatchObject({ status: 402, body: { code: "subscription_required", reason: "no_subscription" } });
  expect(handled).toBe(before);
});

test("a guard answers before the body has been sent", async () => {
  const said = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(
        `POST /api/v1/router/write HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${lapsed.accessToken}\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n`,
      ),
    );
    let text = "";
    socket.on("data", (data) => {
      text += data;
      if (text.includes("request_id")) socket.destroy();
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
  expect(said).toMatch(/^HTTP\/1\.1 402 /);
});

test("who is nobody is told to sign in, not to pay", async () => {
  expect(await server.request("POST", "/router/write", { body: "{" })).toMatchObject({
    status: 401,
    body: { code: "authentication_required" },
  });
  expect(await server.request("GET", "/router/nested", { token: "x" })).toMatchObject({ status: 401 });
});

test.each<[string, string]>([
  ["no token", "Bearer"],
  ["an empty token", "Bearer "],
  ["two spaces", "Bearer  x"],
  ["another scheme", "Basic YTpi"],
  ["a token of 15 kB", `Bearer ${"a".repeat(15_000)}`],
  ["a token that is not ASCII", "Bearer \u00e9"],
  ["two tokens", "Bearer a b"],
  ["one odd byte", "\u00ff"],
])("a header that names nobody is 401 and never our fault: %s", async (_, authorization) => {
  const answer = await server.request("GET", "/router/nested", { headers: { authorization } });
  expect(answer).toMatchObject({ status: 401, body: { code: "authentication_required" } });
});

test("who is shut out on both counts still reaches every route that mends it", async () => {
  const unguarded = routes.filter(({ guarded, auth, method, operator }) => !guarded && !operator && auth === "session" && method === "GET");
  expect(unguarded.map(({ path }) => path)).toEqual(expect.arrayContaining(["/me", "/billing/state", "/access/explain", "/auth/sessions"]));
  // What asks Stripe answers that it is not set up here, and not that somebody is shut out.
  for (const { path, errors } of unguarded)
    expect(await ask("GET", path, both), path).toMatchObject({ status: errors.includes("billing_not_configured") ? 503 : 200 });
  expect(await ask("PATCH", "/me", both, { name: "Grace Hopper" })).toMatchObject({ status: 200 });
  expect(routes.filter(({ guarded }) => guarded)).toEqual([]);
});

test("what a guard found out holds until it changes by itself: the same facts, a millisecond later", async () => {
  const person = await registerVerified(server);
  const now = server.clock.now();
  const heard: string[] = [];
  server.app.signals.on("facts", (tag) => heard.push(tag));
  await plantFacts(server, person.account.id, { trial: { plan: "pro", startsAt: addDays(now, -14), endsAt: addMilliseconds(now, 1) } });
  // This process hears of its own change once more, from PostgreSQL; facts that are read before then are not the same after.
  await expect.poll(() => heard.filter((tag) => tag === `account:${person.account.id}`).length).toBe(2);
  const status = async () => (await ask("GET", "/router/nested", person)).status;
  expect(await status()).toBe(200);
  server.clock.advanceMilliseconds(1);
  expect(await status()).toBe(402);
  server.clock.set(now);
  expect(await status()).toBe(200);
});
