import { openTestServer, registerPerson, type TestServer } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let env: Record<string, string>;
beforeAll(async () => {
  server = await openTestServer();
  env = environmentOf(server.database);
});
afterAll(() => server.close());

const operators = () => server.database.query("select email from users where is_operator");
const trail = (userId: string) =>
  server.database.query("select action, actor_user_id from audit_events where target_id = $1 order by at, id", [userId]);

test("an address that nobody has makes nobody an operator", async () => {
  const run = await runCommand("operator grant nobody@example.com", env);
  expect(run).toEqual({ code: 1, stdout: "", stderr: "No user has the address nobody@example.com. They must register first.\n" });
  expect(await server.database.query("select id from audit_events where action like 'operator.%' and target_id is null")).toEqual([]);
});

test("a user becomes an operator and ceases to be one, and both are in the audit", async () => {
  const ada = await registerPerson(server);
  const grant = await runCommand(`operator grant ${ada.email.toUpperCase()}`, env);
  expect(grant).toEqual({ code: 0, stdout: `${ada.email.toUpperCase()} is now an operator.\n`, stderr: "" });
  expect(await operators()).toEqual([{ email: ada.email }]);

  const revoke = await runCommand(`operator revoke ${ada.email} --json`, env);
  expect([revoke.code, JSON.parse(revoke.stdout)]).toEqual([0, { user_id: ada.user.id, is_operator: false }]);
  expect(await operators()).toEqual([]);
  expect((await trail(ada.user.id)).filter(({ action }) => String(action).startsWith("operator."))).toEqual([
    { action: "operator.granted", actor_user_id: null },
    { action: "operator.revoked", actor_user_id: null },
  ]);
});
