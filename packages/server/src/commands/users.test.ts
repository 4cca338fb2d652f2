import { openTestServer, registerMember, registerPerson, registerVerified, type TestServer } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let env: Record<string, string>;
beforeAll(async () => {
  server = await openTestServer();
  env = { ...environmentOf(server.database), SMTP_URL: server.mailbox.smtpUrl };
});
afterAll(() => server.close());
const nothing = () => Promise.resolve();
const run = (words: string, by = env) => runCommand(words, by);

test("people are found by the beginning of their address, with the accounts that they are in", async () => {
  const ada = await registerVerified(server, { email: "searched-1@example.com", accountName: "Analytical Engines" });
  await registerPerson(server, { email: "searched-2@example.com" });
  const { stdout } = await run("user search Searched-1");
  expect(stdout).toBe(`searched-1@example.com  Ada Lovelace, verified, owner of Analytical Engines (${ada.account.id})\n`);
  const answer = JSON.parse((await run("user search searched- --limit 1 --json")).stdout);
  expect(answer).toMatchObject({ items: [{ id: ada.user.id, accounts: [{ id: ada.account.id, role: "owner" }] }], has_more: true });
  expect((await run("user search searched-")).stdout).toContain("searched-2@example.com  Ada Lovelace, not verified, owner of ");
  expect((await run("user search searched-3")).stdout).toBe("There is no such user.\n");
});

test("the mail that verifies an address is sent again, and each account of the person is told", async () => {
  const ada = await registerVerified(server);
  const grace = await registerMember(server, ada);
  // An invite proves an address: here it is as if it had not.
  await server.database.query("update users set email_verified_at = null where id = $1", [grace.user.id]);
  await server.settle();
  const before = (await server.mailsTo(grace.email)).length;
  const said = await run(`user resend-verification ${grace.email} --reason ticket17`);
  expect(said).toEqual({ code: 0, stdout: `The mail goes to ${grace.email} once more.\n`, stderr: "" });
  const mails = await server.mailsTo(grace.email);
  expect(mails.length).toBe(before + 1);
  expect(mails.at(-1)?.links.join()).toContain("/verify-email");
  const audited = await server.database.query(
    "select account_id, actor_user_id, user_agent, details from audit_events where action = 'user.verification_resent' and target_id = $1",
    [grace.user.id],
  );
  const details = { reason: "ticket17", by: "operator" };
  expect(audited).toEqual([{ account_id: ada.account.id, actor_user_id: null, user_agent: "gatehouse command line", details }]);
});

test("in the sandbox whoever serves has the mailbox, and sends", async () => {
  const ada = await registerPerson(server);
  await server.settle();
  const before = (await server.mailsTo(ada.email)).length;
  const { DATABASE_URL = "", DATABASE_OWNER_URL = "", GATEHOUSE_SECRET = "" } = env;
  const played = { variables: { DATABASE_URL, DATABASE_OWNER_URL, GATEHOUSE_SECRET }, extend: nothing, stop: nothing };
  const words = `user resend-verification ${ada.email} --reason ticket17`;
  expect(await runCommand(words, {}, { startStandIns: () => Promise.resolve(played) })).toMatchObject({ code: 0, stderr: "" });
  expect(await server.mailsTo(ada.email)).toHaveLength(before + 1);
});

test("what cannot be is said in plain words", async () => {
  const ada = await registerVerified(server);
  const { SMTP_URL: _, ...dark } = env;
  for (const [words, said, by] of [
    [`user resend-verification ${ada.email} --reason x`, "verified", env],
    [`user resend-verification ${ada.email} --reason x`, "SMTP_URL", dark],
    [`user resend-verification ${ada.email}`, "--reason has 1 to 500 characters.", env],
    ["user resend-verification nobody@example.com --reason x", "No user has the address nobody@example.com.", env],
    ["user search x --limit 0", "--limit is a whole number from 1 to 100", env],
    ["user search x --limit 1.5", "--limit is a whole number from 1 to 100", env],
  ] as const) {
    const { code, stdout, stderr } = await run(words, by);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(said);
    expect(stderr).not.toContain("    at ");
  }
});
