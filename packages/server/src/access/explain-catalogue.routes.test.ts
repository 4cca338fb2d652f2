import { type AnswerOf, access } from "@gatehouse/contract";
import { addDays, addMilliseconds, type Catalogue } from "@gatehouse/core";
import { openTestServer, type Person, registerVerified, signIn, TEST_START, type TestServer, testProduct } from "@gatehouse/testkit";
import { catalogueWithFlags } from "@gatehouse/testkit/product-with-flags";
import { afterEach, beforeEach, expect, test } from "vitest";
import { applyCatalogue } from "../billing/catalogue-at-stripe.ts";
import { bringUpToDate } from "../commands/migrate.ts";
import { keepCatalogue } from "./catalogue-versions.store.ts";

const product = { ...testProduct, catalogue: catalogueWithFlags };
type Pro = Pick<Catalogue["plans"][number], "features" | "limits">;
/** The catalogue with another Pro. */
const withPro = (change: (pro: Pro) => Partial<Pro>) => ({
  ...product,
  catalogue: {
    ...catalogueWithFlags,
    plans: catalogueWithFlags.plans.map((plan) => (plan.key === "pro" ? { ...plan, ...change(plan) } : plan)),
  },
});
/** Without the copilot, and with twice the exports. */
const laterProduct = withPro(({ limits, features }) => ({ features: { ...features, copilot: false }, limits: { ...limits, exports: 20 } }));

let server: TestServer;
let ada: Person;
let operator: Person;
// Each test changes what is the same for everybody.
beforeEach(async () => {
  server = await openTestServer({ product });
  server.clock.advanceDays(1);
  ada = await registerVerified(server);
  operator = await registerVerified(server, { name: "Grace Hopper" });
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
});
afterEach(() => server.close());

type Explained = AnswerOf<typeof access.explainAccess>;
type View = Explained["as_recorded"];
const day = (days: number) => addDays(TEST_START, days);
const iso = (days: number) => day(days).toISOString();
async function explain(days: number, by = server, person = ada): Promise<Explained> {
  const { accessToken } = await signIn(by, person);
  return by.client(accessToken).call(access.explainAccess, { query: { at: iso(days) } });
}
const of = (view: Pick<View, "features" | "limits">, key: string) => [...view.features, ...view.limits].find((one) => one.key === key);
const told = async (days: number, key: string, by?: TestServer) => of((await explain(days, by)).as_recorded, key);
const byCatalogue = (days: number) => ({ since: iso(days), decided_by: { fact: "catalogue", id: null, since: iso(days) } });
const operate = async (method: string, path: string, body: object) => {
  const answer = await server.request(method, `/admin/${path}`, {
    token: (await signIn(server, operator)).accessToken,
    body: { reason: "promised on the telephone", ...body },
  });
  expect(answer.status).toBeLessThan(300);
};
const kept = () => server.database.query("select id from policy_versions where kind = 'catalogue'");

test("the catalogue of that day decides what was answered then, and today's what would be answered", async () => {
  server.clock.set(day(5));
  const later = await openTestServer({ beside: server, product: laterProduct });
  server.clock.set(day(9));
  const before = await explain(4, later);
  expect(before.as_recorded).toMatchObject({ incomplete: false, guessed: [], catalogue_in_force_from: iso(0) });
  const [trial] = await server.database.query<{ id: string }>("select id from trials where account_id = $1", [ada.account.id]);
  const byTrial = { since: iso(1), decided_by: { fact: "trial", id: trial?.id, since: iso(1) } };
  expect(of(before.as_recorded, "copilot")).toMatchObject({ value: true, layer: "plan_default", until: iso(15), ...byTrial });
  expect(of(before.as_recorded, "exports")).toMatchObject({ value: 10, layer: "plan_default", until: null, ...byTrial });
  expect(of(before.as_recorded, "sso")).toMatchObject({ value: false, layer: "flag_default", ...byCatalogue(0) });
  expect(before.as_known_today).toMatchObject({ guessed: [], catalogue_in_force_from: null });
  expect(of(before.as_known_today, "copilot")).toMatchObject({ value: false, ...byTrial });
  expect(of(before.as_known_today, "exports")).toMatchObject({ value: 20, ...byTrial });
  expect(of(before.as_known_today, "sso")?.decided_by).toEqual({ fact: "catalogue", id: null, since: null });

  const after = (await explain(5, later)).as_recorded;
  expect(after.catalogue_in_force_from).toBe(iso(5));
  expect(of(after, "copilot")).toMatchObject({ value: false, layer: "plan_default", ...byCatalogue(5) });
  expect(of(after, "exports")).toMatchObject({ value: 20, layer: "plan_default", ...byCatalogue(5) });
  expect(of(after, "hours")).toMatchObject({ value: 24, layer: "plan_default", ...byTrial });
  // Of a day to come it is the newest.
  const toCome = (await explain(15, later)).as_recorded;
  expect(toCome).toMatchObject({ guessed: [], catalogue_in_force_from: iso(5) });
  expect(of(toCome, "hours")).toMatchObject({ value: 72, layer: "flag_default", decided_by: { fact: "trial", since: iso(15) } });
  await later.close();
});

test("an override that has ended since is seen at its time, its end too, and why only by operators", async () => {
  const path = `accounts/${ada.account.id}/features/sso`;
  server.clock.set(day(2));
  await operate("PUT", path, { value: true, version: null, expires_at: null });
  server.clock.set(day(4));
  await operate("DELETE", path, { version: 1 });
  server.clock.set(day(6));
  const set = { value: true, layer: "account_override", reason: null, until: null };
  const override = (days: number) => ({ since: iso(days), decided_by: { fact: "override", id: "feature:sso", since: iso(days) } });
  const during = await explain(3);
  expect(of(during.as_recorded, "sso")).toMatchObject({ ...set, ...override(2) });
  expect(of(during.as_known_today, "sso")).toMatchObject({ ...set, ...override(2) });
  expect(await told(4, "sso")).toMatchObject({ value: false, layer: "flag_default", ...override(4) });
  expect(of((await explain(6)).as_known_today, "sso")).toMatchObject({ value: false, ...override(4) });
  expect(await told(1, "sso")).toMatchObject({ value: false, ...byCatalogue(0) });
  expect(JSON.stringify(during)).not.toMatch(new RegExp(`telephone|${operator.user.id}`));
  await server.database.query("update users set is_operator = true where id = $1", [ada.user.id]);
  expect(await told(3, "sso")).toMatchObject({ ...set, reason: "promised on the telephone" });
});

test("an override is seen as it was before another took its place, and one that ran out until then", async () => {
  const path = `accounts/${ada.account.id}/limits/exports`;
  server.clock.set(day(2));
  await operate("PUT", path, { value: 50, version: null, expires_at: null });
  server.clock.set(day(4));
  await operate("PUT", path, { value: 60, version: 1, expires_at: iso(6) });
  // One that stands is read with its reason, and a customer is not told it.
  expect(JSON.stringify(await explain(5))).not.toContain("telephone");
  server.clock.set(day(8));
  for (const days of [3, 5, 7]) {
    const { as_recorded, as_known_today } = await explain(days);
    expect(of(as_recorded, "exports")).toEqual(of(as_known_today, "exports"));
  }
  const override = (days: number) => ({ decided_by: { fact: "override", id: "limit:exports", since: iso(days) } });
  expect(await told(3, "exports")).toMatchObject({ value: 50, until: null, ...override(2) });
  expect(await told(5, "exports")).toMatchObject({ value: 60, until: iso(6), ...override(4) });
  expect(await told(7, "exports")).toMatchObject({ value: 10, layer: "plan_default", ...override(6) });
});

test("a limit that an operator edited counts from then on, until the catalogue is applied", async () => {
  const edit = (value: number, version: number) => operate("PUT", "plan-limits", { plan: "pro", limit: "exports", value, version });
  const [row] = await server.database.query<{ version: number }>(
    "select version from plan_limits where plan = 'pro' and limit_key = 'exports'",
  );
  const version = row?.version ?? 0;
  server.clock.set(day(3));
  await edit(11, version);
  // At one instant: the later word counts.
  await edit(12, version + 1);
  server.clock.set(day(6));
  await applyCatalogue(server.app, 5, () => undefined);
  server.clock.set(day(8));
  expect(await told(2, "exports")).toMatchObject({ value: 10, decided_by: { fact: "trial" } });
  expect(await told(3, "exports")).toMatchObject({ value: 12, layer: "plan_default", ...byCatalogue(3) });
  expect(await told(6, "exports")).toMatchObject({ value: 10, layer: "plan_default", ...byCatalogue(6) });
  // Flags of before an edit are those of after it.
  expect(await told(3, "copilot")).toMatchObject({ value: true, decided_by: { fact: "trial" } });
});

test("a server that starts beside an operator's edit keeps the limit that is in force, and not the file's", async () => {
  server.clock.set(day(3));
  const [row] = await server.database.query<{ version: number }>(
    "select version from plan_limits where plan = 'pro' and limit_key = 'notes'",
  );
  await operate("PUT", "plan-limits", { plan: "pro", limit: "notes", value: 7, version: row?.version });
  const versions = (await kept()).length;
  server.clock.set(day(4));
  await (await openTestServer({ beside: server, product })).close();
  expect(await kept()).toHaveLength(versions);
  expect(await told(4, "notes")).toMatchObject({ value: 7, ...byCatalogue(3) });
});

test("what a process keeps whose clock is behind comes into force with the newest version, and not before it", async () => {
  const keep = (catalogue: Catalogue, days: number) =>
    server.app.db.asSystem("a test keeps a catalogue", (tx) => keepCatalogue(tx, catalogue, day(days)));
  await keep(laterProduct.catalogue, 3);
  await keep(product.catalogue, 2);
  server.clock.set(day(4));
  expect(await told(2, "copilot")).toMatchObject({ value: true, decided_by: { fact: "trial" } });
  expect(await told(3, "copilot")).toMatchObject({ value: true, decided_by: { fact: "trial" } });
});

test("a migration brings limits into force before the release that brings the flags", async () => {
  server.clock.set(day(3));
  await bringUpToDate(server.app.config, laterProduct, day(3));
  server.clock.set(day(5));
  const { as_recorded } = await explain(4);
  expect(of(as_recorded, "exports")).toMatchObject({ value: 20, ...byCatalogue(3) });
  expect(of(as_recorded, "copilot")).toMatchObject({ value: true, decided_by: { fact: "trial" } });
});

test("before any catalogue was kept, today's is taken, and that is said", async () => {
  const { accessToken } = await signIn(server, ada);
  const at = addMilliseconds(TEST_START, -1).toISOString();
  const { as_recorded } = await server.client(accessToken).call(access.explainAccess, { query: { at } });
  expect(as_recorded).toMatchObject({ incomplete: true, guessed: ["policy", "catalogue"], catalogue_in_force_from: null });
  expect(as_recorded.features.map(({ key }) => key)).toEqual(catalogueWithFlags.flags.map(({ key }) => key));
});

test("a version that cannot be read is told as none, and one of before the tables were kept is read from its file", async () => {
  const keep = (value: object, days: number) =>
    server.database.query("insert into policy_versions (kind, in_force_from, value) values ('catalogue', $1, $2)", [
      day(days),
      JSON.stringify(value),
    ]);
  const { flags, limits, plans, trialPlan } = laterProduct.catalogue;
  await keep({ flags, limits, plans, trialPlan }, 2);
  await keep({ flags: "all" }, 3);
  server.clock.set(day(4));
  expect(await told(2, "exports")).toMatchObject({ value: 20, ...byCatalogue(2) });
  const { as_recorded } = await explain(3);
  expect(as_recorded).toMatchObject({ guessed: ["catalogue"], catalogue_in_force_from: null });
  expect(of(as_recorded, "exports")).toMatchObject({ value: 10, layer: "plan_default" });
});
