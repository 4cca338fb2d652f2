import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerPerson, signIn, TEST_START, type TestServer, testProduct } from "@gatehouse/testkit";
import { plantFacts, tell } from "@gatehouse/testkit/facts";
import { plantOverrides } from "@gatehouse/testkit/overrides";
import { catalogueWithFlags } from "@gatehouse/testkit/product-with-flags";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { consumeLimit } from "./consume-limit.ts";

let server: TestServer;
let ada: Person;
beforeAll(async () => {
  const liveCounts = { notes: () => sql<number>`2` };
  server = await openTestServer({ product: { ...testProduct, catalogue: catalogueWithFlags, liveCounts } });
});
afterAll(() => server.close());
beforeEach(async () => {
  server.clock.set(TEST_START);
  ada = await registerPerson(server);
});

const get = async (path: string, person = ada) => (await server.request("GET", path, { token: person.accessToken })).body;
const state = (person = ada) => get("/billing/state", person);
const consume = (key: string, amount: number) =>
  server.app.db.forAccount(ada.account.id, (tx) => consumeLimit(server.app, tx, ada.account.id, key, amount));
const day = (days: number) => addDays(TEST_START, days).toISOString();

test("the state tells what each flag is, and of each limit how much is used and when it begins anew", async () => {
  await consume("exports", 4);
  await consume("searches", 1);
  expect(await state()).toMatchObject({
    features: { search: true, copilot: true, sso: false, hours: 24, theme: "plain" },
    limits: {
      seats: { limit: 10, used: 1, resets_at: null },
      notes: { limit: 3, used: 2, resets_at: null },
      exports: { limit: 10, used: 4, resets_at: "2026-02-01T00:00:00.000Z" },
      searches: { limit: 5, used: 1, resets_at: null },
    },
  });
});

test("a new month is told as unused, and a lifetime goes on", async () => {
  await consume("exports", 4);
  await consume("searches", 1);
  server.clock.set(new Date("2026-02-01T00:00:00.000Z"));
  expect(await state(await signIn(server, ada))).toMatchObject({
    limits: { exports: { used: 0, resets_at: "2026-03-01T00:00:00.000Z" }, searches: { used: 1 } },
  });
});

test("when the door shuts, the plan's flags go and its limits are still shown", async () => {
  server.clock.set(addDays(TEST_START, 14));
  expect(await state(await signIn(server, ada))).toMatchObject({
    features: { search: true, copilot: false, sso: false, hours: 72, theme: "plain" },
    limits: { exports: { limit: 10 } },
  });
});

test("an operator's word is in the state as soon as it is given, for this account alone, and nobody is told why", async () => {
  const grace = await registerPerson(server);
  await plantOverrides(server, ada.account.id, {
    features: { sso: { value: true, reason: "promised by sales" }, gone: { value: true } },
    limits: { seats: { value: 70 }, exports: { value: null }, gone: { value: 5 } },
  });
  const told = await state();
  expect(told).toMatchObject({ features: { sso: true }, limits: { seats: { limit: 70 }, exports: { limit: null, used: 0 } } });
  expect(JSON.stringify(told)).not.toMatch(/promised|gone/);
  expect(await get("/accounts/me")).toMatchObject({ seats: { limit: 70, used: 1 } });
  expect(await state(grace)).toMatchObject({ features: { sso: false }, limits: { seats: { limit: 10 }, exports: { limit: 10 } } });
});

test("an operator's seats win over those that are paid for", async () => {
  const active = { id: "sub_1", status: "active", plan: "pro", seats: 7, changedAt: TEST_START };
  const rest = {
    currentPeriodEnd: null,
    cancelAtPeriodEnd: false,
    endsAt: null,
    trialEndsAt: null,
    collectionPaused: null,
    pastDueSince: null,
  };
  await server.database.query(
    `insert into plan_billing (plan, livemode, billing_interval, currency, amount_minor, is_per_seat, product_id, price_id, lookup_key)
     values ('pro', $1, 'month', 'usd', 2900, true, 'prod', 'price', 'key') on conflict do nothing`,
    [server.app.stripe.livemode],
  );
  await plantFacts(server, ada.account.id, { stripe: [{ ...active, ...rest }] });
  expect(await state()).toMatchObject({ limits: { seats: { limit: 7 } } });
  expect(await get("/accounts/me")).toMatchObject({ seats: { limit: 7 } });
  await plantOverrides(server, ada.account.id, { limits: { seats: { value: 3, expiresAt: addDays(TEST_START, 1) } } });
  expect(await state()).toMatchObject({ limits: { seats: { limit: 3 } } });
  expect(await get("/accounts/me")).toMatchObject({ seats: { limit: 3 } });
});

test("where an operator gave a single seat, nobody else is invited", async () => {
  await plantOverrides(server, ada.account.id, { limits: { seats: { value: 1 } } });
  const body = { email: "grace@example.com", role: "member" };
  expect(await server.request("POST", "/accounts/me/invites", { token: ada.accessToken, body })).toMatchObject({
    status: 402,
    body: { code: "plan_limit_reached", limit_key: "seats", limit: 1, used: 1, resets_at: null, mend: { action: "add_seats" } },
  });
});

const resolved = (key: string, value: unknown, layer: string, more: object = {}) => ({
  key,
  value,
  layer,
  reason: null,
  since: null,
  until: null,
  ...more,
});

test("explain names the layer that decided each flag and limit, since when, and what ends it", async () => {
  await plantOverrides(server, ada.account.id, {
    features: { sso: { value: true, expiresAt: addDays(TEST_START, 3) }, theme: { value: "red" } },
    limits: { notes: { value: 9, expiresAt: addDays(TEST_START, 5) } },
  });
  const { features, limits } = await get("/access/explain");
  expect(features).toEqual([
    resolved("search", true, "flag_default"),
    resolved("copilot", true, "plan_default", { until: day(14) }),
    resolved("sso", true, "account_override", { since: day(0), until: day(3) }),
    resolved("hours", 24, "plan_default", { until: day(14) }),
    resolved("theme", "red", "account_override", { since: day(0) }),
  ]);
  expect(limits).toEqual(
    expect.arrayContaining([
      resolved("notes", 9, "account_override", { since: day(0), until: day(5) }),
      resolved("exports", 10, "plan_default"),
    ]),
  );
});

test("explain answers for a day to come, and for one before an operator's word", async () => {
  server.clock.set(addDays(TEST_START, 1));
  ada = await signIn(server, ada);
  await plantOverrides(server, ada.account.id, { features: { sso: { value: true, expiresAt: addDays(TEST_START, 3) } } });
  const sso = async (at: string) => Object((await get(`/access/explain?at=${at}`))["features"])[2];
  expect(await sso(day(2))).toMatchObject({ value: true, layer: "account_override" });
  expect(await sso(day(3))).toMatchObject({ value: false, layer: "flag_default" });
  expect(await sso(day(0))).toMatchObject({ value: false, layer: "flag_default", until: null });
});

test("only an operator reads why an override was set", async () => {
  await plantOverrides(server, ada.account.id, { features: { sso: { value: true, reason: "promised by sales" } } });
  const sso = async () => Object((await get("/access/explain"))["features"])[2];
  expect(await sso()).toMatchObject({ value: true, reason: null });
  await server.database.query("update users set is_operator = true where id = $1", [ada.user.id]);
  await tell(server, `user:${ada.user.id}`);
  expect(await sso()).toMatchObject({ value: true, reason: "promised by sales" });
});
