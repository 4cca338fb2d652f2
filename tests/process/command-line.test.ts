import { join } from "node:path";
import { openTestDatabase } from "@gatehouse/testkit";
import { runToEnd, until } from "@gatehouse/testkit/server-process";
import { expect, test } from "vitest";
import { freshHome, gatehouse, on, serve } from "./resolution-flow.ts";

// Whole processes start and stop; on a busy machine that takes its time.

const LAUNCHER = join(import.meta.dirname, "../../scripts/run.mjs");
const launch = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
  // Empty, so that a .env of whoever runs the tests sets nothing.
  runToEnd({ entry: LAUNCHER, args: ["gatehouse", ...args], env: { NODE_ENV: "development", SANDBOX: "on", ...env } });

test.each<[string, number, Readonly<Record<string, string>>, readonly string[]]>([
  ["0 when it is done", 0, { PORT: "4000" }, ["config", "check"]],
  ["1 when it could not be done", 1, { PORT: "no port" }, ["config", "check"]],
  ["2 when the words are wrong", 2, {}, ["config", "chekc"]],
])("the launcher ends with the command's own code: %s", async (_, code, env, words) => {
  expect(await launch(env, ...words)).toMatchObject({ code, signal: null });
});

test("production refuses the sandbox before anything of it is started", async () => {
  await using place = await freshHome();
  const run = await gatehouse({ NODE_ENV: "production", SANDBOX: "on", GATEHOUSE_HOME: place.home }, "serve");
  expect(run).toMatchObject({ code: 1, stdout: "" });
  expect(run.stderr).toContain("SANDBOX: must not be on in production");
  expect(run.stderr).not.toContain("    at ");
});

test("in production a schema that was not migrated is not served: /readyz says what has not run, and is ready once it has", async () => {
  const database = await openTestDatabase({ empty: true });
  const env = {
    ...on(database),
    NODE_ENV: "production",
    BASE_URL: "https://app.example.com",
    GATEHOUSE_SECRET: "the secret of tests, which is no secret",
    LOG_LEVEL: "fatal",
    RATE_LIMIT_FACTOR: "1",
  };
  await using server = await serve(env);
  const readiness = () => server.ask("/readyz").catch(() => ({ status: 0, body: null }));
  await until(async () => (await readiness()).status === 503, "the server to listen");
  expect(await readiness()).toMatchObject({
    body: {
      checks: {
        migrations:
          "not run yet: 0001-foundation, 0002-billing, 0003-oauth, 0004-teams, 0005-flags-and-limits, 0006-operators, 0007-sales, 0008-trial-abuse, 0009-waitlist, 0010-cutover, 0011-shadow, 0012-plan-edits, 0013-versions-in-order, 0015-for-operators, 0016-ticket-offers, 0001-trees, 0002-sessions; run gatehouse migrate",
      },
    },
  });
  expect(await gatehouse(env, "migrate")).toMatchObject({
    code: 0,
    stdout:
      "Ran 0001-foundation, 0002-billing, 0003-oauth, 0004-teams, 0005-flags-and-limits, 0006-operators, 0007-sales, 0008-trial-abuse, 0009-waitlist, 0010-cutover, 0011-shadow, 0012-plan-edits, 0013-versions-in-order, 0015-for-operators, 0016-ticket-offers, 0001-trees, 0002-sessions.\n",
  });
  await server.ready();
  expect(await server.ask("/sandbox")).toMatchObject({ status: 404 });
  await server.stop();
  await database.drop();
});
