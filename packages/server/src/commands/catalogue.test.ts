import { openTestServer, type TestServer, testProduct } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let env: Record<string, string>;
beforeAll(async () => {
  server = await openTestServer();
  env = environmentOf(server.database);
});
afterAll(() => server.close());

const DARK = "Stripe: not configured (STRIPE_SECRET_KEY), so prices were not looked at.\n";
const renamePro = () => server.database.query("update plans set name = 'Old' where key = 'pro'");

test("without Stripe the database's plans are compared and made, and it is said that prices were not looked at", async () => {
  await runCommand("catalogue apply", env);
  expect(await runCommand("catalogue plan", env)).toEqual({
    code: 0,
    stdout: `The database: as the catalogue says.\n${DARK}`,
    stderr: "",
  });
  await renamePro();
  expect((await runCommand("catalogue plan", env)).stdout).toBe(
    `The database:\n  store plan pro (its name is "Old", not "Pro")\n${DARK}\ngatehouse catalogue apply makes these changes.\n`,
  );
  expect(await runCommand("catalogue apply", env)).toEqual({
    code: 0,
    stdout: `Done: store plan pro (its name is "Old", not "Pro")\n${DARK}`,
    stderr: "",
  });
  expect((await runCommand("catalogue apply", env)).stdout).toBe(`Nothing to do.\n${DARK}`);
});

test("both print for programs", async () => {
  await renamePro();
  const changes = [{ at: "database", kind: "store_plan", what: "store plan pro", why: 'its name is "Old", not "Pro"' }];
  for (const [command, more] of Object.entries({ plan: { effects: null, since: null, former: [] }, apply: { effects: null } }))
    expect(JSON.parse((await runCommand(`catalogue ${command} --json`, env)).stdout)).toEqual({ stripe: null, changes, ...more });
});

test("what was applied is in the audit, once", async () => {
  const applied = () => server.database.query("select details from audit_events where action = 'catalogue.applied' order by at, id");
  const before = (await applied()).length;
  await renamePro();
  for (let run = 0; run < 2; run += 1) await runCommand("catalogue apply", env);
  expect((await applied()).slice(before)).toEqual([{ details: { changes: "store plan pro" } }]);
});

test("a Stripe that is away is said in plain words, and neither command hangs or shows a stack", async () => {
  await renamePro();
  const away = { ...env, STRIPE_SECRET_KEY: "sk_test_nobody", STRIPE_API_BASE: "http://127.0.0.1:1" };
  for (const command of ["plan", "apply"]) {
    const run = await runCommand(`catalogue ${command}`, away);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toMatch(/^Stripe did not do as asked: .+\. Nothing is lost: run it again\.\n$/);
  }
});

test("a catalogue that is not right is not applied, and all that is wrong with it is said", async () => {
  const [free] = testProduct.catalogue.plans;
  if (!free) throw new Error("testProduct has no plan");
  const wrong = { ...free, prices: [{ interval: "month", currency: "USD", amountMinor: 0, perSeat: true } as const] };
  const product = { ...testProduct, catalogue: { ...testProduct.catalogue, trialPlan: "free", plans: [wrong] } };
  const run = await runCommand("catalogue apply", env, { product });
  expect(run).toMatchObject({ code: 1, stdout: "" });
  expect(run.stderr).toContain("plans[0].prices[0].currency: must be three small letters");
  expect(run.stderr).toContain("plans[0].prices[0].amountMinor: must be a whole number");
});
