import { openTestDatabase, registerPerson } from "@gatehouse/testkit";
import { freePort, startProcess, until } from "@gatehouse/testkit/server-process";
import { expect, test } from "vitest";
import { ENTRY, freshHome, gatehouse, on, serve, subjectsTo } from "./resolution-flow.ts";

// Whole processes start and stop; on a busy machine that takes its time.

test("one process answers and another sends: the mail of a sign-up at the API goes out from the worker, which listens nowhere", async () => {
  const database = await openTestDatabase();
  await using place = await freshHome();
  const env = { ...on(database), GATEHOUSE_HOME: place.home };
  await using api = await serve(env, "--role", "api");
  await api.ready();
  const person = await registerPerson(api);
  // Nobody works yet: the job stays as it was committed.
  expect(await database.query("select state::text from pgboss.job where name = 'mail'")).toEqual([{ state: "created" }]);
  expect(await subjectsTo(api, person.email)).toEqual([]);

  const port = String(await freePort());
  await using worker = startProcess({ entry: ENTRY, args: ["serve", "--role=worker"], env: { ...env, PORT: port } });
  await until(() => worker.stdout().includes("The worker of ResolutionFlow is working."), "the worker");
  await until(async () => (await subjectsTo(api, person.email)).length === 1, "the worker to send the mail");
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  expect(await Promise.all([worker.stop(), api.stop()])).toEqual([
    { code: 0, signal: null },
    { code: 0, signal: null },
  ]);
  await database.drop();
});

test("five migrations at once end well, and each file is run by one of them", async () => {
  const database = await openTestDatabase({ empty: true });
  const env = { ...on(database), SANDBOX: "off", GATEHOUSE_SECRET: "the secret of tests, which is no secret" };
  const runs = await Promise.all(Array.from({ length: 5 }, () => gatehouse(env, "migrate", "--json")));
  expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array.from({ length: 5 }, () => ({ code: 0, stderr: "" })));
  const applied = runs.flatMap(({ stdout }) => JSON.parse(stdout).applied).sort();
  expect(applied).toEqual([
    "0001-foundation",
    "0001-trees",
    "0002-billing",
    "0002-sessions",
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
  ]);
  await database.drop();
});
