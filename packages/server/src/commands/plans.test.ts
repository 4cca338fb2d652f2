import { openTestServer, type TestServer, testProduct } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { catalogueWithFlags } from "@gatehouse/testkit/product-with-flags";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { storeCatalogue } from "../billing/catalogue.store.ts";

const product = { ...testProduct, catalogue: catalogueWithFlags };
let server: TestServer;
let env: Record<string, string>;
beforeAll(async () => {
  server = await openTestServer({ product });
  env = environmentOf(server.database);
  // What the template has of another product.
  for (const [table, plan] of [
    ["plan_limits", "plan"],
    ["plan_feature_defaults", "plan"],
    ["plans", "key"],
  ])
    await server.database.query(`delete from ${table} where ${plan} not in ('free', 'pro', 'team')`);
});
afterAll(() => server.close());
beforeEach(() => server.app.db.asSystem("a test stores the catalogue", (tx) => storeCatalogue(tx, product.catalogue, "undo")));

const run = (words: string) => runCommand(words, env, { product });
const json = async (words: string) => {
  const { code, stdout, stderr } = await run(`${words} --json`);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};
interface Item {
  readonly plan: string;
  readonly limit?: string;
  readonly version: number;
}
const limitOf = async (plan: string, limit: string) =>
  (await json("plan limits")).items.find((item: Item) => item.plan === plan && item.limit === limit);
const billingOf = async (plan: string) => (await json("plan billing")).items.find((item: Item) => item.plan === plan);
const newestAudit = async (action: string) =>
  (
    await server.database.query(
      "select actor_user_id, user_agent, target_id, details from audit_events where action = $1 order by id desc limit 1",
      [action],
    )
  )[0];
const BY_COMMAND = { actor_user_id: null, user_agent: "gatehouse command line" };
/** The version that is right now, where a case does not say another. */
async function withVersions(words: string): Promise<string> {
  const [limit, billing] = [await limitOf("pro", "seats"), await billingOf("pro")];
  return words.replace("LIMIT_VERSION", limit.version).replace("PLAN_VERSION", billing.version);
}

test("limits of plans are shown beside the catalogue file, and changed with who did it and why", async () => {
  const { version } = await limitOf("pro", "seats");
  expect((await run("plan limits")).stdout).toContain(`pro  seats  10  version ${version}; the catalogue says 10\n`);
  const edited = await json(`plan set-limit pro seats 12 --version ${version} --reason ticket17`);
  expect(edited).toMatchObject({ value: 12, catalogue_value: 10, version: version + 1, edit: { by: null, reason: "ticket17" } });
  expect(await newestAudit("plan.limit_edited")).toEqual({
    ...BY_COMMAND,
    target_id: "pro:seats",
    details: { before: 10, after: 12, reason: "ticket17" },
  });
  const lifted = await run(`plan set-limit pro seats unlimited --version ${version + 1} --reason ticket17`);
  expect(lifted.stdout).toMatch(/^pro {2}seats {2}unlimited {2}version \d+; the catalogue says 10, edited at \S+ \(ticket17\)\n$/);
});

test("how a plan is shown is changed, and what is not said stays as it is", async () => {
  const before = await billingOf("team");
  expect((await run("plan billing")).stdout).toContain("team  Team, public, place 2, $490.00 a month  version");
  const hidden = await json(`plan set-billing team --public false --version ${before.version} --reason ticket17`);
  expect(hidden).toMatchObject({ display_name: "Team", public: false, order: 2, version: before.version + 1 });
  const renamed = await json(`plan set-billing team --name Everybody --order 7 --version ${before.version + 1} --reason ticket17`);
  expect(renamed).toMatchObject({ display_name: "Everybody", public: false, order: 7 });
  expect(await newestAudit("plan.edited")).toMatchObject({
    ...BY_COMMAND,
    target_id: "team",
    details: { name_before: "Team", name: "Everybody", order_before: 2, order: 7, reason: "ticket17" },
  });
});

test("flags are shown with their default, what plans say, and for how many accounts they were set", async () => {
  expect((await run("feature flags")).stdout).toContain(
    "hours  default 72, pro 24, team 8; set for 0 accounts  (Hours until support answers)\n",
  );
  expect(await json("feature flags")).toMatchObject({
    items: expect.arrayContaining([expect.objectContaining({ key: "sso", default: false })]),
  });
});

test.each([
  ["plan set-limit gold seats 1 --version 1 --reason x", "(plan: gold; known: free, pro, team)"],
  ["plan set-limit pro seat 1 --version 1 --reason x", "(limit: seat; known: exports, notes, searches, seats)"],
  ["plan set-limit pro seats 1 --version 999999 --reason x", "(version: LIMIT_VERSION)"],
  ["plan set-limit pro seats 1 --reason x", "Say with --version which one you saw: gatehouse plan limits shows it."],
  ["plan set-limit pro seats 1 --version LIMIT_VERSION", "--reason has 1 to 500 characters."],
  [
    "plan set-limit pro seats --version LIMIT_VERSION --reason x -- -1",
    'VALUE is a whole number from 0 to 9007199254740991, or unlimited, not "-1".',
  ],
  ["plan set-limit pro seats 1.5 --version LIMIT_VERSION --reason x", 'not "1.5".'],
  ["plan set-limit pro seats 99999999999999999999 --version LIMIT_VERSION --reason x", 'not "99999999999999999999".'],
  ["plan set-billing gold --order 9 --version 1 --reason x", "(plan: gold; known: free, pro, team)"],
  ["plan set-billing pro --order 9 --version 999999 --reason x", "(version: PLAN_VERSION)"],
  ["plan set-billing pro --order 9 --reason x", "Say with --version which one you saw: gatehouse plan billing shows it."],
  ["plan set-billing pro --order 2 --version PLAN_VERSION --reason x", "--order is the place of the plan team."],
  ["plan set-billing pro --order=-1 --version PLAN_VERSION --reason x", "--order is a whole number from 0"],
  ["plan set-billing pro --order 1.5 --version PLAN_VERSION --reason x", "--order is a whole number from 0"],
  ["plan set-billing pro --order 99999999999 --version PLAN_VERSION --reason x", "--order is a whole number from 0"],
  ["plan set-billing pro --public perhaps --version PLAN_VERSION --reason x", '--public is true or false, not "perhaps".'],
  [`plan set-billing pro --name ${"a".repeat(101)} --version PLAN_VERSION --reason x`, "--name is one line of 1 to 100 characters."],
  ["plan set-billing pro --name a\u0007 --version PLAN_VERSION --reason x", "--name is one line of 1 to 100 characters."],
  ["plan set-billing pro --version PLAN_VERSION --reason x", "Say what to change: --name, --public, --order."],
])("%s is refused in plain words, and nothing is changed", async (words, said) => {
  const before = [await json("plan limits"), await json("plan billing")];
  const { code, stdout, stderr } = await run(await withVersions(words));
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain(await withVersions(said));
  expect(stderr).not.toContain("    at ");
  expect([await json("plan limits"), await json("plan billing")]).toEqual(before);
});
