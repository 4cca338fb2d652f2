import type { Catalogue, Plan } from "@gatehouse/core";
import { openTestServer, registerMember, registerVerified, type TestServer, testProduct } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: TestServer;
let env: Record<string, string>;
beforeAll(async () => {
  server = await openTestServer();
  env = environmentOf(server.database);
});
afterAll(() => server.close());
beforeEach(async () => {
  // Accounts of another test are looked at no more.
  await server.database.query("update accounts set deleted_at = $1", [server.clock.now()]);
  await runCommand("catalogue apply", env);
});

const DARK = "Stripe: not configured (STRIPE_SECRET_KEY), so prices were not looked at.\n";

const of = (change: (plan: Plan) => Partial<Plan>, flags: Catalogue["flags"] = []) => ({
  product: {
    ...testProduct,
    catalogue: { ...testProduct.catalogue, flags, plans: testProduct.catalogue.plans.map((plan) => ({ ...plan, ...change(plan) })) },
  },
});
const seats = (limit: number) => of((plan) => (plan.key === "pro" ? { limits: { seats: limit } } : {}));

test("before anything changes, it is said which accounts lose what, and who uses more than a lowered limit", async () => {
  const ada = await registerVerified(server, { accountName: "Analytical Engines" });
  await registerMember(server, ada);
  const grace = await registerVerified(server, { accountName: "Compilers" });
  const gone = await registerVerified(server, { accountName: "Gone" });
  await server.database.query("update accounts set deleted_at = $2 where id = $1", [gone.account.id, server.clock.now()]);
  const { stdout, stderr } = await runCommand("catalogue plan", env, seats(1));
  expect(stdout).toContain("What it does to accounts:\n  pro, limit seats, 10 -> 1: 2 accounts lose; 1 of them uses more than that");
  expect(stdout).toContain(`\n    ${ada.account.id}  Analytical Engines (uses more)\n    ${grace.account.id}  Compilers\n`);
  expect(stderr).toMatch(/^100 %/);
  const told = JSON.parse((await runCommand("catalogue plan --json", env, seats(12))).stdout);
  expect(told.effects).toEqual([
    {
      plan: "pro",
      kind: "limit",
      key: "seats",
      effect: "gains",
      before: 10,
      after: 12,
      accounts: 2,
      above: 0,
      named: [
        { account_id: ada.account.id, name: "Analytical Engines", is_above: false },
        { account_id: grace.account.id, name: "Compilers", is_above: false },
      ],
    },
  ]);
  const asIs = (await runCommand("catalogue plan", env)).stdout;
  expect(asIs).toContain(`The database: as the catalogue says.\n${DARK}`);
  expect(asIs).not.toContain("What it does to accounts");
});

test("applying tells who loses what before it changes anything, and after it there is nothing to tell", async () => {
  const ada = await registerVerified(server, { accountName: "Analytical Engines" });
  const limit = async () =>
    Number(
      (await server.database.query("select limit_value from plan_limits where plan = 'pro' and limit_key = 'seats'"))[0]?.["limit_value"],
    );
  const seen: string[] = [];
  const print = (text: string) => {
    seen.push(text);
    throw new Error("broken off at the first word");
  };
  expect((await runCommand("catalogue apply", env, { ...seats(3), print })).code).toBe(1);
  expect(seen).toEqual([
    `What it does to accounts:\n  pro, limit seats, 10 -> 3: 1 account loses\n    ${ada.account.id}  Analytical Engines\n`,
  ]);
  expect(await limit()).toBe(10);
  expect((await runCommand("catalogue apply", env, seats(3))).stdout).toMatch(/^What it does to accounts:\n.*\nDone: store plan pro/s);
  expect(await limit()).toBe(3);
  expect((await runCommand("catalogue apply", env, seats(3))).stdout).toBe(`Nothing to do.\n${DARK}`);
  const told = JSON.parse((await runCommand("catalogue apply --json", env, seats(4))).stdout);
  expect(told.effects).toMatchObject([{ effect: "gains", before: 3, after: 4, accounts: 1 }]);
});

test("a flag of which nobody has anything yet is stored, and nobody gains or loses anything", async () => {
  const product = of(() => ({}), [{ key: "sso", description: "Single sign-on", default: false }]);
  const { stdout } = await runCommand("catalogue plan", env, product);
  expect(stdout).toContain("store flag sso (the database has no such flag)");
  expect(stdout).toContain("No account gains or loses anything.");
  expect((await runCommand("catalogue apply", env, product)).stdout).toContain("Done: store flag sso");
  expect((await runCommand("catalogue apply", env, product)).stdout).toBe(`Nothing to do.\n${DARK}`);
  expect((await runCommand("catalogue apply", env)).stdout).toContain("Done: remove flag sso (the catalogue no longer has it)");
});

test("of many accounts the first are named, and with --all every one", async () => {
  for (let count = 0; count < 11; count += 1) await registerVerified(server);
  const lines = async (words: string) =>
    (await runCommand(words, env, seats(9))).stdout.split("\n").filter((line) => line.startsWith("    "));
  const all = await lines("catalogue plan --all");
  expect(all).toHaveLength(11);
  const some = await lines("catalogue plan");
  expect(some).toHaveLength(11);
  expect(some.at(-1)).toBe("    and 1 more (--all names them)");
});
