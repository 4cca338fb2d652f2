import { addDays } from "@gatehouse/core";
import { openTestServer, registerVerified, signIn, TEST_START, type TestServer, testProduct } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { plantFacts } from "@gatehouse/testkit/facts";
import { afterEach, beforeEach, expect, test } from "vitest";

let server: TestServer;
let env: Record<string, string>;
// A database a test: what was in force when is the same for all accounts.
beforeEach(async () => {
  server = await openTestServer();
  env = environmentOf(server.database);
  const { account } = await registerVerified(server, { accountName: "Analytical Engines" });
  // A command goes by the clock of the world: what opens a door here has no end.
  await plantFacts(server, account.id, { grants: [{ plan: "pro", startsAt: TEST_START, until: null, reason: "a friend" }] });
});
afterEach(() => server.close());

const sso = { key: "sso", description: "Single sign-on", default: false };
/** The release that has a flag of Pro and fewer seats. */
const product = {
  ...testProduct,
  catalogue: {
    ...testProduct.catalogue,
    flags: [sso],
    plans: testProduct.catalogue.plans.map((plan) =>
      plan.key === "pro" ? { ...plan, limits: { seats: 5 }, features: { sso: true } } : plan,
    ),
  },
};
const plan = (words = "") => runCommand(`catalogue plan${words}`, env, { product });
const dataOf = async (words = "") => JSON.parse((await plan(`${words} --json`)).stdout);
const EFFECTS = ["pro, limit seats, 10 -> 5: 1 account loses", "pro, feature sso, none -> true: 1 account gains"];
const start = TEST_START.toISOString();

test("before it is migrated, a release that is not deployed yet tells what it does; nothing need be asked for", async () => {
  const { stdout } = await plan();
  for (const effect of EFFECTS) expect(stdout).toContain(effect);
  expect(stdout).not.toContain("--since");
  expect(await dataOf()).toMatchObject({ since: null, former: [] });
});

test("after a migration that came first, it names the catalogues of before, and comparing with the first of them tells all", async () => {
  await runCommand("migrate", env, { product });
  const after = await plan();
  for (const effect of EFFECTS) expect(after.stdout).not.toContain(effect);
  expect(after.stdout).toMatch(new RegExp(`Other flags or limits were in force from .*${start}: --since compares with them.`));
  expect(await dataOf()).toMatchObject({ effects: null });
  expect((await dataOf()).former.at(-1)).toBe(start);

  const since = await plan(` --since ${start}`);
  expect(since.stdout).toContain(`Compared with the catalogue in force from ${start}.\nWhat it does to accounts:\n  pro`);
  for (const effect of EFFECTS) expect(since.stdout).toContain(effect);
  expect(await dataOf(` --since ${start}`)).toMatchObject({ since: start, former: [], effects: [{ accounts: 1 }, { accounts: 1 }] });
});

test("a limit as an operator had edited it is what was in force then", async () => {
  const operator = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
  const edited = addDays(TEST_START, 1);
  server.clock.set(edited);
  const { accessToken: token } = await signIn(server, operator);
  const body = { plan: "pro", limit: "seats", value: 7, version: 1, reason: "ticket 17" };
  const answer = await server.request("PUT", "/admin/plan-limits", { token, body });
  expect(answer.status, answer.text).toBe(200);
  const limit = { kind: "limit", key: "seats", after: 5 };
  expect((await dataOf(` --since ${edited.toISOString()}`)).effects).toContainEqual(expect.objectContaining({ ...limit, before: 7 }));
  expect((await dataOf(` --since ${start}`)).effects).toContainEqual(expect.objectContaining({ ...limit, before: 10 }));
});

test("long after the release is served, what it changed can still be told from the version before", async () => {
  const deployed = addDays(TEST_START, 1);
  server.clock.set(deployed);
  const next = await openTestServer({ beside: server, product });
  await next.close();
  expect(await dataOf()).toMatchObject({ effects: null, former: [start] });
  const before = await plan(` --since ${new Date(deployed.getTime() - 1).toISOString()}`);
  for (const effect of EFFECTS) expect(before.stdout).toContain(effect);
  const sameDay = await plan(` --since ${deployed.toISOString()}`);
  expect(sameDay.stdout).toContain(`Compared with the catalogue in force from ${deployed.toISOString()}: the same flags and limits.`);
});

test.each([
  ["2026-01-01", "--since is an instant with its zone"],
  ["2199-01-01T00:00:00Z", "--since must be in the past."],
  ["2025-12-31T23:59:59Z", "No catalogue is kept of 2025-12-31T23:59:59.000Z: each server keeps its own when it starts."],
])("--since %s is refused in a sentence", async (since, message) => {
  const refused = await plan(` --since ${since}`);
  expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(message) });
  expect(refused.stderr).not.toContain("    at ");
});

test("where no server has run yet, there is nothing to compare with", async () => {
  await server.database.query("delete from policy_versions where kind = 'catalogue'");
  expect((await plan(` --since ${start}`)).stderr).toContain("No catalogue is kept of");
  expect(await dataOf()).toMatchObject({ former: [] });
});
