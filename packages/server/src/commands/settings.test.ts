import { openTestServer, registerPerson, type TestServer } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

let server: TestServer;
let env: Record<string, string>;
beforeAll(async () => {
  server = await openTestServer({ env: { SELF_SERVE_ENABLED: "true" } });
  env = environmentOf(server.database);
});
afterEach(() => runCommand("settings set signup_mode default", env));
afterAll(() => server.close());

const shown = async (more: Record<string, string> = {}): Promise<unknown> =>
  JSON.parse((await runCommand("settings show --json", { ...env, ...more })).stdout).signup_mode;

test("what is set at run time is in force at once, over what is configured, until it is set to default", async () => {
  expect(await shown()).toEqual({ in_force: "open", configured: "open", run_time: null, self_serve_enabled: true });
  expect(await runCommand("settings set signup_mode closed", env)).toMatchObject({ code: 0, stderr: "" });
  expect(await shown()).toMatchObject({ in_force: "closed", run_time: "closed" });
  await expect(registerPerson(server)).rejects.toMatchObject({ problem: { code: "signup_closed" } });

  expect((await runCommand("settings set signup_mode default", env)).stdout).toBe(
    "signup_mode  open (configured open, set at run time nothing)\n",
  );
  await registerPerson(server);
});

test("SELF_SERVE_ENABLED=false caps what an operator sets, and that is said", async () => {
  const capped = { ...env, SELF_SERVE_ENABLED: "false" };
  const run = await runCommand("settings set signup_mode open", capped);
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining("signup_mode  invite_only (") });
  expect(run.stdout).toContain("capped by SELF_SERVE_ENABLED=false");
  expect(await shown({ SELF_SERVE_ENABLED: "false" })).toMatchObject({ in_force: "invite_only", run_time: "open" });
});

test("a change of the sign-up mode is in the audit", async () => {
  await runCommand("settings set signup_mode invite_only", env);
  const rows = await server.database.query(
    "select details from audit_events where action = 'settings.changed' and target_id = 'signup_mode' order by at desc, id desc limit 1",
  );
  expect(rows).toEqual([{ details: { value: "invite_only" } }]);
});
