import { openTestServer, type Person, registerVerified, type TestServer, testProduct } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { storeCatalogue } from "../billing/catalogue.store.ts";
import { makeOffer } from "../billing/offer.ts";

const product: typeof testProduct = {
  ...testProduct,
  catalogue: {
    ...testProduct.catalogue,
    flags: [{ key: "sso", description: "Single sign-on", default: false }],
    plans: testProduct.catalogue.plans.map((plan) => (plan.key === "team" ? { ...plan, features: { sso: true } } : plan)),
  },
};

let server: TestServer;
let operator: Person;
let customer: Person;
beforeAll(async () => {
  server = await openTestServer({ product });
  operator = await registerVerified(server, { name: "Grace Hopper" });
  customer = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
  // What the template has of another product.
  for (const [table, plan] of [
    ["plan_limits", "plan"],
    ["plan_feature_defaults", "plan"],
    ["plans", "key"],
  ])
    await server.database.query(`delete from ${table} where ${plan} not in ('free', 'pro', 'team')`);
});
afterAll(() => server.close());
beforeEach(() => store("undo"));

const store = (edits: "keep" | "undo") =>
  server.app.db.asSystem("a test stores the catalogue", (tx) => storeCatalogue(tx, product.catalogue, edits));
interface Item {
  readonly plan: string;
  readonly limit?: string;
  readonly value?: number | null;
  readonly display_name?: string;
  readonly version: number;
  readonly edit: object | null;
}
const ask = <Body = { items: readonly Item[] }>(method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  server.request<Body>(method, `/admin/${path}`, { token: operator.accessToken, headers, ...(body ? { body } : {}) });
const limitOf = async (plan: string) => (await ask("GET", "plan-limits")).body.items.find((item) => item.plan === plan);
const billingOf = async (plan: string) => (await ask("GET", "plan-billing")).body.items.find((item) => item.plan === plan);
const editLimit = async (change: object) => {
  const { version } = (await limitOf("pro")) ?? {};
  return ask<Item>("PUT", "plan-limits", { plan: "pro", limit: "seats", version, reason: "a fair", ...change });
};
const editPro = async (change: object) => {
  const { version } = (await billingOf("pro")) ?? {};
  const body = { plan: "pro", display_name: "Pro", public: true, order: 1, version, reason: "a fair", ...change };
  return ask<Item>("PUT", "plan-billing", body);
};
const audited = async (action: string) =>
  (
    await server.database.query("select account_id, actor_user_id, target_id, details from audit_events where action = $1 order by id", [
      action,
    ])
  ).at(-1);
const NO_ACCOUNT = "00000000-0000-0000-0000-000000000000";

test("operators see every limit of every plan beside what the catalogue says", async () => {
  const { body } = await ask("GET", "plan-limits");
  expect(body.items).toHaveLength(3);
  expect(await limitOf("pro")).toMatchObject({ limit: "seats", value: 10, catalogue_value: 10, is_in_catalogue: true, edit: null });
});

test("an edited limit counts at once for whoever is on the plan, with who did it and why", async () => {
  expect(await editLimit({ value: 12 })).toMatchObject({ status: 200, body: { value: 12, catalogue_value: 10 } });
  expect(await limitOf("pro")).toMatchObject({
    value: 12,
    edit: { at: server.clock.now().toISOString(), by: operator.user.id, reason: "a fair" },
  });
  const state = await server.request("GET", "/billing/state", { token: customer.accessToken });
  expect(state.body).toMatchObject({ limits: { seats: { limit: 12 } } });
  expect(await audited("plan.limit_edited")).toEqual({
    account_id: NO_ACCOUNT,
    actor_user_id: operator.user.id,
    target_id: "pro:seats",
    details: { before: 10, after: 12, reason: "a fair" },
  });
});

test("an edit outlives migrations and starts; `catalogue plan` shows it, and `catalogue apply` undoes it", async () => {
  await editLimit({ value: null });
  await editPro({ display_name: "Gold" });
  await store("keep");
  expect(await limitOf("pro")).toMatchObject({ value: null });
  expect(await billingOf("pro")).toMatchObject({ display_name: "Gold" });
  const env = environmentOf(server.database);
  const seen = (await runCommand("catalogue plan", env, { product })).stdout;
  expect(seen).toContain(
    'store plan pro (its name is "Gold", not "Pro" (an operator\'s edit: "a fair"); its limit seats is unlimited, not 10 (an operator\'s edit: "a fair"))',
  );
  await runCommand("catalogue apply", env, { product });
  expect(await limitOf("pro")).toMatchObject({ value: 10, edit: null });
  expect(await billingOf("pro")).toMatchObject({ display_name: "Pro", edit: null });
});

test("of two operators who edit a limit at once, the second is told of the newer version", async () => {
  const version = (await limitOf("pro"))?.version ?? 0;
  const answers = await Promise.all([11, 12].map((value) => editLimit({ value, version })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(answers.find(({ status }) => status === 409)).toMatchObject({ body: { code: "edited_meanwhile", version: version + 1 } });
});

test("what an operator read before the catalogue was applied is old", async () => {
  await editLimit({ value: 12 });
  const version = (await limitOf("pro"))?.version;
  await store("undo");
  expect((await editLimit({ value: 13, version })).status).toBe(409);
});

test.each<[string, object, number, object]>([
  ["an unknown plan names those that there are", { plan: "gold" }, 404, { code: "plan_not_found", known: ["free", "pro", "team"] }],
  ["an unknown limit names those that there are", { limit: "max_trees" }, 404, { code: "limit_not_found", known: ["seats"] }],
  ["a negative limit", { value: -1 }, 422, { problems: [{ at: "body.value" }] }],
  ["half a seat", { value: 1.5 }, 422, { problems: [{ at: "body.value" }] }],
  ["a limit that is a text", { value: "12" }, 422, { problems: [{ at: "body.value" }] }],
  ["no reason", { reason: "" }, 422, { problems: [{ at: "body.reason" }] }],
  ["no version", { version: null }, 422, { problems: [{ at: "body.version" }] }],
])("a limit's edit is refused: %s", async (_, change, status, body) => {
  expect(await editLimit({ value: 12, ...change })).toMatchObject({ status, body });
  expect(await limitOf("pro")).toMatchObject({ value: 10, edit: null });
});

test("a plan that is renamed and moved is so on the price list; one that is not public is neither shown nor sold", async () => {
  expect(await editPro({ display_name: "Gold", order: 9 })).toMatchObject({ status: 200, body: { display_name: "Gold", order: 9 } });
  const shown = async () => (await server.request<{ plans: { name: string }[] }>("GET", "/plans")).body.plans.map(({ name }) => name);
  expect(await shown()).toEqual(["Free", "Team", "Gold"]);
  await editPro({ display_name: "Gold", public: false });
  expect(await shown()).toEqual(["Free", "Team"]);
  const wish = { plan: "pro", interval: "month", seats: null } as const;
  const offer = server.app.db.forAccount(customer.account.id, (tx) => makeOffer(server.app, tx, customer.account.id, wish));
  await expect(offer).rejects.toMatchObject({ code: "plan_not_for_sale" });
  expect(await audited("plan.edited")).toMatchObject({
    account_id: NO_ACCOUNT,
    actor_user_id: operator.user.id,
    target_id: "pro",
    details: { public_before: true, public: false, order_before: 9, order: 1, reason: "a fair" },
  });
});

test("prices are shown to operators and not edited by them, and they are told why", async () => {
  expect(await billingOf("pro")).toMatchObject({ prices: [{ amount_minor: 2900, text: "$29.00" }, { amount_minor: 29000 }] });
  expect(await editPro({ prices: [] })).toMatchObject({
    status: 422,
    body: {
      problems: [
        { at: "body", why: expect.stringMatching(/^takes no prices; amounts are not edited here: .+ `gatehouse catalogue apply`/) },
      ],
    },
  });
});

test.each<[string, object, number, object]>([
  ["an unknown plan names those that there are", { plan: "gold" }, 404, { code: "plan_not_found", known: ["free", "pro", "team"] }],
  ["the place of another plan", { order: 2 }, 422, { problems: [{ at: "body.order", why: "is the place of the plan team" }] }],
  ["half a place", { order: 1.5 }, 422, { problems: [{ at: "body.order" }] }],
  ["a name of nothing", { display_name: " " }, 422, { problems: [{ at: "body.display_name" }] }],
  ["a name of two lines", { display_name: "Pro\nplan" }, 422, { problems: [{ at: "body.display_name" }] }],
  ["an old version", { version: 2_147_483_647 }, 409, { code: "edited_meanwhile" }],
])("a plan's edit is refused: %s", async (_, change, status, body) => {
  expect(await editPro(change)).toMatchObject({ status, body });
  expect(await billingOf("pro")).toMatchObject({ display_name: "Pro", edit: null });
});

test("operators see every flag, what plans say of it, and for how many accounts it was set", async () => {
  const before = await ask("GET", "feature-flags");
  expect(before.body.items).toEqual([{ key: "sso", description: "Single sign-on", default: false, plans: { team: true }, overrides: 0 }]);
  const body = { value: true, reason: "a pilot" };
  await ask("PUT", `accounts/${customer.account.id}/features/sso`, body);
  expect((await ask("GET", "feature-flags")).body.items).toMatchObject([{ overrides: 1 }]);
});
