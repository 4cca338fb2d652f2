import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerVerified, signIn, type TestServer, testProduct } from "@gatehouse/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

const product: typeof testProduct = {
  ...testProduct,
  catalogue: {
    ...testProduct.catalogue,
    flags: [
      { key: "sso", description: "Single sign-on", default: false },
      { key: "support_hours", description: "Hours until support answers", default: 72 },
      { key: "theme", description: "Colours", default: "plain" },
    ],
    plans: testProduct.catalogue.plans.map((plan) => (plan.key === "pro" ? { ...plan, features: { support_hours: 24 } } : plan)),
  },
};
const NOBODYS = "01890000-0000-7000-8000-000000000000";

let server: TestServer;
let operator: Person;
let customer: Person;
beforeAll(async () => {
  server = await openTestServer({ product });
  operator = await registerVerified(server, { name: "Grace Hopper" });
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
});
afterAll(() => server.close());
beforeEach(async () => {
  customer = await registerVerified(server, { name: "Ada Lovelace" });
});

interface Setting {
  readonly version?: number | null;
  readonly override: { readonly version: number } | null;
}
type Kind = "features" | "limits";
const path = (kind: Kind, key: string, accountId = customer.account.id) => `/admin/accounts/${accountId}/${kind}/${key}`;
const token = async () => (await signIn(server, operator)).accessToken;
const get = async (kind: Kind, key: string) => server.request("GET", path(kind, key), { token: await token() });
const put = async (kind: Kind, key: string, body: object, accountId = customer.account.id) =>
  server.request<Setting>("PUT", path(kind, key, accountId), { token: await token(), body: { reason: "a pilot", ...body } });
const remove = async (kind: Kind, key: string, body: object) =>
  server.request<Setting>("DELETE", path(kind, key), { token: await token(), body: { reason: "the pilot is over", ...body } });
const state = async () =>
  (
    await server.request<{ features: object; limits: object }>("GET", "/billing/state", {
      token: (await signIn(server, customer)).accessToken,
    })
  ).body;

/** Of a flag that the catalogue has no more; straight into the table, and no process hears of it. */
const plantGone = () =>
  server.database.query(
    "insert into account_feature_overrides (account_id, flag, value, reason, set_at) values ($1, 'gone', 'true', 'a test', $2)",
    [customer.account.id, server.clock.now()],
  );

test("before anything is set, an account has what its plan says", async () => {
  expect(await get("features", "support_hours")).toMatchObject({ status: 200, body: { value: 24, layer: "plan_default", override: null } });
  expect(await get("features", "sso")).toMatchObject({ body: { value: false, layer: "flag_default", until: null } });
  expect(await get("limits", "seats")).toMatchObject({ status: 200, body: { value: 10, layer: "plan_default", override: null } });
});

test("what an operator sets is had at once, by the customer too, and until its end", async () => {
  const end = addDays(server.clock.now(), 3).toISOString();
  const set = await put("features", "sso", { value: true, expires_at: end });
  expect(set).toMatchObject({ status: 200, body: { account_id: customer.account.id, value: true, layer: "account_override", until: end } });
  expect(set.body.override).toEqual({
    value: true,
    reason: "a pilot",
    set_by: operator.user.id,
    set_at: server.clock.now().toISOString(),
    expires_at: end,
    is_expired: false,
    version: 1,
  });
  await put("limits", "seats", { value: 25 });
  expect(await state()).toMatchObject({ features: { sso: true }, limits: { seats: { limit: 25 } } });
  const start = server.clock.now();
  server.clock.set(new Date(Date.parse(end) - 1));
  expect(await get("features", "sso")).toMatchObject({ body: { value: true, override: { is_expired: false } } });
  server.clock.set(new Date(end));
  expect(await get("features", "sso")).toMatchObject({ body: { value: false, layer: "flag_default", override: { is_expired: true } } });
  server.clock.set(start);
});

test("every process hears of each change, so that what is kept of the account is looked up anew", async () => {
  const heard: string[] = [];
  server.app.signals.on("facts", (tag) => void heard.push(tag));
  await put("features", "sso", { value: true });
  expect(heard).toContain(`account:${customer.account.id}`);
  // Of this account nothing was said yet.
  customer = await registerVerified(server);
  heard.length = 0;
  await plantGone();
  await remove("features", "gone", { version: 1 });
  expect(heard).toContain(`account:${customer.account.id}`);
});

test("no limit is a limit, and so is nothing at all", async () => {
  expect(await put("limits", "seats", { value: null })).toMatchObject({ status: 200, body: { value: null, layer: "account_override" } });
  expect(await put("limits", "seats", { value: 0, version: 1 })).toMatchObject({ status: 200, body: { value: 0 } });
  expect(await put("limits", "seats", { value: 9_007_199_254_740_991, version: 2 })).toMatchObject({ status: 200 });
});

test("what is taken away is gone, and the account has what its plan says", async () => {
  await put("features", "support_hours", { value: 1 });
  expect(await remove("features", "support_hours", { version: 1 })).toMatchObject({ status: 204 });
  expect(await get("features", "support_hours")).toMatchObject({ body: { value: 24, override: null } });
  expect(await remove("features", "support_hours", { version: 1 })).toMatchObject({ status: 404, body: { code: "override_not_found" } });
});

test("of two operators who edit at once, the second is told of the newer version and overwrites nothing", async () => {
  const both = [1, 2].map((value) => () => put("limits", "seats", { value }));
  const answers = await server.database.race("select 1 from accounts where id = $1 for update", [customer.account.id], both);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(answers.find(({ status }) => status === 409)).toMatchObject({ body: { code: "edited_meanwhile", version: 1 } });
  expect(await put("limits", "seats", { value: 5, version: 1 })).toMatchObject({ status: 200, body: { override: { version: 2 } } });
  expect(await put("limits", "seats", { value: 6, version: 1 })).toMatchObject({ status: 409, body: { version: 2 } });
  expect(await remove("limits", "seats", { version: 1 })).toMatchObject({ status: 409, body: { version: 2 } });
  expect(await get("limits", "seats")).toMatchObject({ body: { value: 5 } });
});

test("one that was taken away meanwhile and set anew is no old version", async () => {
  const first = await put("features", "sso", { value: true });
  await remove("features", "sso", { version: 1 });
  expect(await put("features", "sso", { value: true, version: 1 })).toMatchObject({ status: 409, body: { version: null } });
  const second = await put("features", "sso", { value: true });
  expect(second.body.override?.version).toBeGreaterThan(first.body.override?.version ?? 0);
});

test.each<[string, Kind, string, object, string, RegExp]>([
  ["a negative limit", "limits", "seats", { value: -1 }, "body.value", />=0/],
  ["half a seat", "limits", "seats", { value: 0.5 }, "body.value", /int/],
  ["a limit that no number holds exactly", "limits", "seats", { value: 9_007_199_254_740_992 }, "body.value", /<=?9007199254740991/],
  ["a limit that is a text", "limits", "seats", { value: "10" }, "body.value", /number/],
  ["a limit that is left out", "limits", "seats", {}, "body.value", /./],
  ["a number for a flag that is on or off", "features", "sso", { value: 1 }, "body.value", /^must be a boolean/],
  ["a text for a flag that is a number", "features", "support_hours", { value: "1" }, "body.value", /^must be a number/],
  ["a text that is too long", "features", "theme", { value: "a".repeat(201) }, "body.value", /./],
  ["a text that PostgreSQL does not keep", "features", "theme", { value: "a\u0000" }, "body.value", /./],
  ["no reason", "features", "sso", { value: true, reason: " " }, "body.reason", /empty/],
  ["a reason of 501 characters", "features", "sso", { value: true, reason: "a".repeat(501) }, "body.reason", /./],
  ["an end that is no instant", "features", "sso", { value: true, expires_at: "tomorrow" }, "body.expires_at", /./],
  ["an end in the past", "features", "sso", { value: true, expires_at: "2020-01-01T00:00:00.000Z" }, "body.expires_at", /future/],
  ["a version of nothing", "features", "sso", { value: true, version: 0 }, "body.version", /./],
])("refused with the field that is wrong: %s", async (_, kind, key, body, at, why) => {
  const answer = await put(kind, key, body);
  expect(answer).toMatchObject({ status: 422, body: { code: "invalid_request", problems: [{ at, why: expect.stringMatching(why) }] } });
  expect(await get(kind, key)).toMatchObject({ body: { override: null } });
});

test("an end at this very instant is in the past, one millisecond later is not", async () => {
  const now = server.clock.now();
  expect((await put("features", "sso", { value: true, expires_at: now.toISOString() })).status).toBe(422);
  expect((await put("features", "sso", { value: true, expires_at: new Date(now.getTime() + 1).toISOString() })).status).toBe(200);
});

test("an unknown flag or limit names those that there are; an unknown account is none", async () => {
  expect(await put("features", "soo", { value: true })).toMatchObject({
    status: 404,
    body: { code: "flag_not_found", known: ["sso", "support_hours", "theme"] },
  });
  expect(await put("limits", "constructor", { value: 1 })).toMatchObject({
    status: 404,
    body: { code: "limit_not_found", known: ["seats"] },
  });
  for (const accountId of [NOBODYS, "no-id"]) {
    expect((await put("features", "sso", { value: true }, accountId)).status).toBe(404);
    expect((await put("limits", "seats", { value: 1 }, accountId)).status).toBe(404);
  }
  expect(await put("features", "sso", { value: true }, NOBODYS)).toMatchObject({ body: { code: "account_not_found" } });
});

test("what was set of a flag that has left the catalogue can be taken away", async () => {
  await plantGone();
  expect(await get("features", "gone")).toMatchObject({ status: 404, body: { code: "flag_not_found" } });
  expect((await remove("features", "gone", { version: 1 })).status).toBe(204);
  expect(await remove("features", "gone", { version: 1 })).toMatchObject({ status: 404, body: { code: "flag_not_found" } });
});

test("each change stands in the account's history and, with operator and reason, in its audit", async () => {
  await put("limits", "seats", { value: 25 });
  await remove("limits", "seats", { version: 1 });
  const history = await server.database.query(
    "select kind, subject_id, value, cause from access_history where account_id = $1 and kind = 'override' order by id",
    [customer.account.id],
  );
  const about = { kind: "override", subject_id: "limit:seats" };
  expect(history).toEqual([
    { ...about, value: { value: 25, expires_at: null }, cause: "override.set" },
    { ...about, value: null, cause: "override.removed" },
  ]);
  const audited = await server.database.query(
    "select actor_user_id, action, target_id, details from audit_events where account_id = $1 and action like 'override.%' order by id",
    [customer.account.id],
  );
  const by = { actor_user_id: operator.user.id, target_id: "limit:seats" };
  expect(audited).toEqual([
    { ...by, action: "override.set", details: { value: 25, expires_at: null, reason: "a pilot", by: "operator" } },
    { ...by, action: "override.removed", details: { reason: "the pilot is over", by: "operator" } },
  ]);
});

test("a repeat with its key sets nothing twice", async () => {
  const once = { token: await token(), headers: { "idempotency-key": "one" }, body: { value: true, reason: "a pilot" } };
  const answers = [await server.request("PUT", path("features", "sso"), once), await server.request("PUT", path("features", "sso"), once)];
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(answers[1]?.headers["idempotency-replayed"]).toBe("true");
});

test("to whoever is no operator there is nothing at these addresses", async () => {
  const asked = { token: customer.accessToken, body: { value: true, reason: "mine" } };
  expect(await server.request("PUT", path("features", "sso"), asked)).toMatchObject({ status: 404, body: { code: "route_not_found" } });
});
