import { openTestServer, type Person, registerVerified, type TestServer } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let env: Record<string, string>;
let operator: Person;
beforeAll(async () => {
  server = await openTestServer();
  env = environmentOf(server.database);
  // A command's clock is the world's.
  const [row] = await server.database.query<{ now: Date }>("select now() as now");
  server.clock.set(row?.now ?? new Date(0));
  operator = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
});
afterAll(() => server.close());

test("whoever looks at an account as its people do is out at once, and its audit says why", async () => {
  const ada = await registerVerified(server);
  const begun = await server.request<{ impersonation_id: string; access_token: string }>(
    "POST",
    `/admin/accounts/${ada.account.id}/impersonate`,
    { token: operator.accessToken, body: { reason: "a look" } },
  );
  const look = () => server.request("GET", "/billing/state", { token: begun.body.access_token });
  expect((await look()).status).toBe(200);
  const id = begun.body.impersonation_id;
  const shown = JSON.parse((await runCommand(`account show ${ada.account.id} --json`, env)).stdout);
  expect(shown.audit).toContainEqual(expect.objectContaining({ action: "impersonation.started", target_id: id }));
  expect(await runCommand(`impersonation end ${id} --reason ticket17`, env)).toEqual({ code: 0, stdout: "It is ended.\n", stderr: "" });
  // The word of it comes by PostgreSQL.
  await expect.poll(async () => (await look()).status).toBe(401);
  const again = await runCommand(`impersonation end ${id} --reason ticket18 --json`, env);
  expect(JSON.parse(again.stdout)).toEqual({ id, ended: true });
  const audited = await server.database.query(
    "select actor_user_id, user_agent, details->>'reason' as reason from audit_events where action = 'impersonation.ended' and account_id = $1",
    [ada.account.id],
  );
  expect(audited).toEqual([{ actor_user_id: null, user_agent: "gatehouse command line", reason: "ticket17" }]);
});

test.each([
  ["impersonation end 17 --reason x", '"17" is no id of an impersonation.'],
  ["impersonation end 01890000-0000-7000-8000-000000000000 --reason x", "There is no such impersonation."],
  ["impersonation end 01890000-0000-7000-8000-000000000000", "--reason has 1 to 500 characters."],
])("%s is refused in plain words", async (words, said) => {
  const { code, stdout, stderr } = await runCommand(words, env);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain(said);
  expect(stderr).not.toContain("    at ");
});
