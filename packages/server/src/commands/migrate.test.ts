import { openTestDatabase, type TestDatabase, testProduct } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterAll, beforeAll, expect, test } from "vitest";

let empty: TestDatabase;
beforeAll(async () => {
  empty = await openTestDatabase({ empty: true });
});
afterAll(() => empty.drop());

test("an empty database is refused by what needs the schema, is migrated once, and then has nothing to do", async () => {
  const env = environmentOf(empty);
  for (const command of ["settings show", "keys rotate", "operator grant ada@example.com"]) {
    expect(await runCommand(command, env)).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "The schema is not the newest: run gatehouse migrate first (0001-foundation, 0002-billing, 0003-oauth, 0004-teams, 0005-flags-and-limits, 0006-operators, 0007-sales, 0008-trial-abuse, 0009-waitlist, 0010-cutover, 0011-shadow, 0012-plan-edits, 0013-versions-in-order, 0015-for-operators, 0016-ticket-offers).\n",
    });
  }
  expect(JSON.parse((await runCommand("migrate --json", env)).stdout)).toEqual({
    applied: [
      "0001-foundation",
      "0002-billing",
      "0003-oauth",
      "0004-teams",
      "0005-flags-and-limits",
      "0006-operators",
      "0007-sales",
      "0008-trial-abuse",
      "0009-waitlist",
      "0010-cutover",
      "0011-shadow",
      "0012-plan-edits",
      "0013-versions-in-order",
      "0015-for-operators",
      "0016-ticket-offers",
    ],
  });
  expect(await runCommand("migrate", env)).toEqual({ code: 0, stdout: "Nothing to do: the schema is the newest.\n", stderr: "" });
  expect(await empty.query("select key from plans order by key")).toEqual([{ key: "free" }, { key: "pro" }, { key: "team" }]);
  expect((await runCommand("settings show", env)).code).toBe(0);
});

test.each([
  ["nobody listens", "postgresql://server:hunter2@127.0.0.1:1/gatehouse", "The database cannot be reached: "],
  ["there is no such database", "absent database", "The database does not let us in: "],
  ["there is no such role", "absent role", "The database does not let us in: "],
])("where %s, a command says so in one line without a secret", async (_, url, said) => {
  const owner = empty.ownerUrl;
  const urls: Record<string, string> = {
    "absent database": owner.replace(`/${empty.name}?`, "/absent?"),
    "absent role": owner.replace("gatehouse_owner@", "absent:hunter2@"),
  };
  const env = { ...environmentOf(empty), DATABASE_URL: urls[url] ?? url, DATABASE_OWNER_URL: urls[url] ?? url };
  for (const command of ["migrate", "settings show"]) {
    const run = await runCommand(command, env);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toMatch(new RegExp(`^${said}[^\n]+\n$`));
    expect(run.stderr).not.toContain("hunter2");
  }
});

test("a catalogue that contradicts itself is refused before anything is changed", async () => {
  const database = await openTestDatabase({ empty: true });
  const product = { ...testProduct, catalogue: { ...testProduct.catalogue, trialPlan: "platinum" } };
  const run = await runCommand("migrate", environmentOf(database), { product });
  expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining("platinum") });
  expect(await database.query("select to_regclass('public.users') as users")).toEqual([{ users: null }]);
  await database.drop();
});

test("what was started for a command is stopped when the command fails", async () => {
  const { DATABASE_URL, DATABASE_OWNER_URL, GATEHOUSE_SECRET } = environmentOf({ ...empty, serverUrl: "postgresql://x@127.0.0.1:1/x" });
  let running = 0;
  const run = await runCommand(
    "settings show",
    {},
    {
      startStandIns() {
        running += 1;
        return Promise.resolve({
          variables: {
            DATABASE_URL: DATABASE_URL ?? "",
            DATABASE_OWNER_URL: DATABASE_OWNER_URL ?? "",
            GATEHOUSE_SECRET: GATEHOUSE_SECRET ?? "",
          },
          extend: () => Promise.resolve(),
          stop() {
            running -= 1;
            return Promise.resolve();
          },
        });
      },
    },
  );
  expect([run.code, running]).toEqual([1, 0]);
});
