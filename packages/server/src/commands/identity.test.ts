import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { googlePerson, type OauthServer, openOauthServer } from "@gatehouse/testkit/oauth-server";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: OauthServer;
let env: Record<string, string>;
beforeAll(async () => {
  server = await openOauthServer();
  env = environmentOf(server.database);
});
afterAll(() => server.close());

test("GO-5: when the owner's domain has truly moved, an operator lets them connect the new account, with a reason in the audit", async () => {
  const email = "moved@example.com";
  const old = await server.comes("google", googlePerson("old", email));
  expect((await server.comes("google", googlePerson("new", email))).body.code).toBe("identity_conflict");
  const list = JSON.parse((await runCommand(`identity list ${email} --json`, env)).stdout);
  expect(list).toMatchObject({ has_password: false, items: [{ provider: "google", email }] });
  const remove = `identity remove ${email} ${list.items[0].id}`;
  expect(await runCommand(remove, env)).toMatchObject({ code: 1, stderr: "Say why with --reason: it is kept in the audit.\n" });
  expect(await runCommand(`${remove} --reason=ticket-17`, env)).toMatchObject({ code: 0 });
  const audited = await server.database.query("select details from audit_events where action = 'identity.removed'");
  expect(audited).toEqual([{ details: { provider: "google", reason: "ticket-17" } }]);
  expect((await server.request("GET", "/me", { token: old.body.access_token ?? "" })).status).toBe(401);
  expect((await server.comes("google", googlePerson("new", email))).body).toMatchObject({
    outcome: "linked",
    user: { id: old.body.user?.id },
  });
  expect((await server.mailsTo(email)).map(({ subject }) => subject).join("\n")).toMatch(/Google no longer signs you in/);
});

test.each([
  ["identity list nobody@example.com", "No user has the address nobody@example.com.\n"],
  ["identity list nobody", '"nobody" is no email address.\n'],
  [
    "identity remove still@example.com 1 --reason=x",
    "still@example.com has no such account; see gatehouse identity list still@example.com\n",
  ],
])("%s says what is wrong in one sentence", async (words, stderr) => {
  await server.comes("google", googlePerson("still", "still@example.com"));
  expect(await runCommand(words, env)).toEqual({ code: 1, stdout: "", stderr });
});
