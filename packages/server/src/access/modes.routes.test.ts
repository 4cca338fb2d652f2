import { route } from "@gatehouse/contract";
import { type AccessFacts, addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerVerified, TEST_START, type TestServer, testProduct } from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { serve } from "../platform/serve.ts";
import { requireActiveSubscription, requireVerifiedEmailAfterGrace } from "./guards.ts";

const about = { auth: "session", tag: "Test", summary: "Test", status: 200, errors: [], guarded: true } as const;
const response = z.object({ seen: z.string() });
const read = route({ ...about, method: "GET", path: "/guarded", response });
const change = route({ ...about, method: "POST", path: "/guarded", response });
const remove = route({ ...about, method: "DELETE", path: "/guarded", response });
const takeOut = route({ ...about, method: "POST", path: "/guarded/export", exports: true, response });

const product: typeof testProduct = {
  ...testProduct,
  async routes(http, app, gate) {
    await http.fastify.register((scope, _options, done) => {
      scope.addHook("onRequest", requireVerifiedEmailAfterGrace(gate, app));
      scope.addHook("onRequest", requireActiveSubscription(gate, app));
      for (const one of [read, change, remove, takeOut]) serve({ ...http, fastify: scope }, app, one, () => ({ seen: "yes" }));
      done();
    });
  },
};

let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await openTestServer({
    product,
    env: { ACCESS_MODES: "trial_ended=read_only,complimentary_ended=billing_only,no_subscription=grace" },
  });
  ada = await registerVerified(server);
});
afterAll(() => server.close());

const ago = (days: number) => addDays(TEST_START, -days);
const ask = (method: string, path = "/guarded") => server.request(method, path, { token: ada.accessToken });
const statuses = async () => [
  (await ask("GET")).status,
  // It has no body to be read as JSON.
  (await server.http.inject({ method: "HEAD", url: "/api/v1/guarded", headers: { authorization: `Bearer ${ada.accessToken}` } }))
    .statusCode,
  (await ask("POST")).status,
  (await ask("DELETE")).status,
  (await ask("POST", "/guarded/export")).status,
];
const grant = (until: Date | null) => ({ grants: [{ plan: "pro", startsAt: ago(9), until, reason: "a test" }] });
const lapsed: Partial<AccessFacts> = { trial: { plan: "pro", startsAt: ago(15), endsAt: ago(1) } };

test.each<[string, Partial<AccessFacts>, string, string | null, readonly number[]]>([
  ["a running grant", grant(null), "full", null, [200, 200, 200, 200, 200]],
  ["no subscription, which is left in grace", {}, "grace", "no_subscription", [200, 200, 200, 200, 200]],
  ["a lapsed trial, which may read and take out its own", lapsed, "read_only", "trial_ended", [200, 200, 402, 402, 200]],
  ["a grant that ended, which may only pay", grant(ago(1)), "billing_only", "complimentary_ended", [402, 402, 402, 402, 402]],
  [
    "a deleted account, which no policy reaches",
    { ...lapsed, accountDeletedAt: ago(1) },
    "locked",
    "account_deleted",
    [402, 402, 402, 402, 402],
  ],
])("what passes is what the policy leaves, and the state of billing says it: %s", async (_, facts, mode, reason, expected) => {
  await plantFacts(server, ada.account.id, facts);
  expect(await statuses()).toEqual(expected);
  expect(await ask("GET", "/billing/state")).toMatchObject({ status: 200, body: { access: { mode, reason } } });
  const readingPasses = expected[0] === 200;
  expect(await ask("GET", "/access/explain")).toMatchObject({
    body: {
      guards: [
        { passes: true, reading_passes: true },
        { passes: expected[2] === 200, reading_passes: readingPasses },
      ],
    },
  });
});

test("a refused change says what is left, why, since when, and the way out", async () => {
  await plantFacts(server, ada.account.id, lapsed);
  expect(await ask("POST")).toMatchObject({
    status: 402,
    body: {
      code: "subscription_required",
      mode: "read_only",
      reason: "trial_ended",
      since: ago(1).toISOString(),
      mend: { action: "choose_plan" },
    },
  });
});

test("reading that passes today is refused when the policy is the default", async () => {
  const strict = await openTestServer({ product, beside: server });
  await plantFacts(server, ada.account.id, lapsed);
  const answer = await strict.request("GET", "/guarded", { token: ada.accessToken });
  expect(answer).toMatchObject({ status: 402, body: { mode: "locked", reason: "trial_ended" } });
  await strict.close();
});

test("who has not verified the address is refused, whatever is left of the subscription", async () => {
  const { id } = ada.user;
  await server.database.query("update users set email_verified_at = null, created_at = $2 where id = $1", [id, ago(8)]);
  await plantFacts(server, ada.account.id, lapsed);
  await server.app.db.asSystem("a test says what it changed", (tx) => server.app.signals.publish(tx, "facts", `user:${id}`));
  expect(await ask("GET")).toMatchObject({ status: 403, body: { code: "email_verification_required" } });
  await server.database.query("update users set email_verified_at = $2, created_at = $2 where id = $1", [id, TEST_START]);
  await server.app.db.asSystem("a test says what it changed", (tx) => server.app.signals.publish(tx, "facts", `user:${id}`));
});
