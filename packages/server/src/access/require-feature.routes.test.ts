import { route } from "@gatehouse/contract";
import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerPerson, signIn, TEST_START, type TestServer, testProduct } from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { plantOverrides } from "@gatehouse/testkit/overrides";
import { catalogueWithFlags } from "@gatehouse/testkit/product-with-flags";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { serve } from "../platform/serve.ts";
import { requireFeature } from "./require-feature.ts";

const behind = (flag: string) =>
  route({
    method: "GET",
    path: `/behind/${flag}`,
    auth: "session",
    tag: "Test",
    summary: "Test",
    status: 200,
    response: z.object({ seen: z.string() }),
    errors: ["feature_not_in_plan"],
  });
const product: typeof testProduct = {
  ...testProduct,
  catalogue: catalogueWithFlags,
  async routes(http, app, gate) {
    for (const { key } of catalogueWithFlags.flags) {
      await http.fastify.register((scope, _options, done) => {
        scope.addHook("onRequest", requireFeature(gate, app, key));
        serve({ ...http, fastify: scope }, app, behind(key), () => ({ seen: "yes" }));
        done();
      });
    }
  },
};

let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await openTestServer({ product });
  ada = await registerPerson(server);
});
afterAll(() => server.close());
beforeEach(async () => {
  server.clock.set(TEST_START);
  await plantOverrides(server, ada.account.id, {});
  await on(14);
});

const on = (days: number, plan = "pro") =>
  plantFacts(server, ada.account.id, { trial: { plan, startsAt: TEST_START, endsAt: addDays(TEST_START, days) } });
const ask = (flag: string, person: Person | null = ada) =>
  server.request("GET", `/behind/${flag}`, person ? { token: person.accessToken } : {});
const open = { status: 200, body: { seen: "yes" } };
const shut = (flag: string, plan: string | null) => ({
  status: 403,
  body: {
    code: "feature_not_in_plan",
    flag,
    plan,
    mend: plan === null ? { action: "contact_support" } : { action: "choose_plan", url: "http://gatehouse.localhost:4000/billing" },
  },
});

test.each<[string, string, object]>([
  ["what is on by default", "search", open],
  ["what the plan has", "copilot", open],
  ["a number that is not nothing", "hours", open],
  ["what no plan has, with nobody to buy it from", "sso", shut("sso", null)],
])("a flag lets pass or says which plan has it: %s", async (_, flag, expected) => expect(await ask(flag)).toMatchObject(expected));

test("a plan has its flags to the last millisecond of its door, and from then on only what everybody has", async () => {
  server.clock.set(new Date(addDays(TEST_START, 14).getTime() - 1));
  const late = await signIn(server, ada);
  expect(await ask("copilot", late)).toMatchObject(open);
  server.clock.set(addDays(TEST_START, 14));
  expect(await ask("copilot", late)).toMatchObject(shut("copilot", "pro"));
  expect(await ask("search", late)).toMatchObject(open);
});

test("a larger plan opens what a smaller one does not, as soon as the facts say so", async () => {
  await on(14, "free");
  expect(await ask("copilot")).toMatchObject(shut("copilot", "pro"));
  await on(14, "team");
  expect(await ask("copilot")).toMatchObject(open);
});

test("an override opens and shuts whatever the plan says, for this account alone", async () => {
  const grace = await registerPerson(server);
  await plantOverrides(server, ada.account.id, { features: { sso: { value: true }, copilot: { value: false } } });
  expect(await ask("sso")).toMatchObject(open);
  expect(await ask("copilot")).toMatchObject(shut("copilot", "pro"));
  expect(await ask("sso", grace)).toMatchObject(shut("sso", null));
  await plantOverrides(server, ada.account.id, {});
  expect(await ask("sso")).toMatchObject(shut("sso", null));
});

test("an override ends by itself: open to its last millisecond, shut at its end, with the same facts in the cache", async () => {
  const expiresAt = new Date(TEST_START.getTime() + 1000);
  await plantOverrides(server, ada.account.id, { features: { sso: { value: true, expiresAt } } });
  server.clock.set(new Date(expiresAt.getTime() - 1));
  expect(await ask("sso")).toMatchObject(open);
  server.clock.set(expiresAt);
  expect(await ask("sso")).toMatchObject(shut("sso", null));
});

test("the flags of some facts are resolved once, and anew when the answer can have changed", async () => {
  const { gate, app } = server.gatehouse;
  const { sessionId } = await app.tokens.verify(ada.accessToken);
  const facts = await gate.cache.get(sessionId, ada.account.id);
  if (!facts) throw new Error("there is such a session");
  const first = gate.features(facts, TEST_START);
  expect(gate.features(facts, new Date(addDays(TEST_START, 14).getTime() - 1))).toBe(first);
  expect(gate.features(facts, addDays(TEST_START, 14))).not.toBe(first);
  // Asked about a moment before the one that was kept, it does not answer with what came later.
  expect(gate.features(facts, TEST_START).byKey.get("copilot")?.value).toBe(true);
});

describe("in shadow", () => {
  let rehearsed: TestServer;
  let grace: Person;
  beforeAll(async () => {
    rehearsed = await openTestServer({ product, beside: server, env: { GUARDS_SHADOW: "requireFeature" } });
  });
  afterAll(() => rehearsed.close());
  beforeEach(async () => {
    grace = await registerPerson(server);
    await plantFacts(server, grace.account.id, { trial: { plan: "free", startsAt: TEST_START, endsAt: addDays(TEST_START, 14) } });
  });
  const rehearse = async (flag: string) => (await rehearsed.request("GET", `/behind/${flag}`, { token: grace.accessToken })).status;
  const counted = async () => {
    await rehearsed.settle();
    return server.database.query("select guard, reason, count::int from guard_refusals where account_id = $1 order by reason", [
      grace.account.id,
    ]);
  };

  test("it lets pass whom it would refuse, counts by flag, and counts nobody who has it", async () => {
    for (const flag of ["copilot", "search", "sso", "copilot"]) expect(await rehearse(flag), flag).toBe(200);
    expect(await counted()).toEqual([
      { guard: "requireFeature", reason: "feature:copilot", count: 2 },
      { guard: "requireFeature", reason: "feature:sso", count: 1 },
    ]);
    expect(await ask("copilot", grace)).toMatchObject(shut("copilot", "pro"));
  });

  test("a deleted account stays shut, and is counted nowhere", async () => {
    await plantFacts(server, grace.account.id, { accountDeletedAt: TEST_START });
    expect(await rehearse("copilot")).toBe(403);
    expect(await counted()).toEqual([]);
  });
});

test("nobody who is not signed in learns what a plan has", async () => expect(await ask("copilot", null)).toMatchObject({ status: 401 }));

test("a flag that there is not fails at the start and not at a customer", () => {
  const { gate, app } = server.gatehouse;
  expect(() => requireFeature(gate, app, "copilott")).toThrow("there is no flag copilott; there are search, copilot");
});
