import { nextEmail, openTestServer, type TestServer } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterEach, beforeEach, expect, test } from "vitest";

let server: TestServer;
let env: Record<string, string>;
let emails: string[];
// A waitlist to each test: who was invited in one does not wait in the other.
beforeEach(async () => {
  server = await openTestServer();
  env = { ...environmentOf(server.database), SMTP_URL: server.mailbox.smtpUrl };
  emails = Array.from({ length: 3 }, nextEmail);
  for (const email of emails) await server.request("POST", "/waitlist", { body: { email } });
  await server.settle();
});
afterEach(() => server.close());

test("the list is shown in the order of joining, for people and for machines, as much of it as was asked for", async () => {
  const shown = await runCommand("waitlist list", env);
  expect(shown).toMatchObject({ code: 0, stderr: "" });
  expect(shown.stdout).toMatch(/^waiting 3, invited 0, expired 0, registered 0\n/);
  expect([...shown.stdout.matchAll(/\S+@example.com/g)].flat()).toEqual(emails);
  const data = JSON.parse((await runCommand("waitlist list --state waiting --limit 2 --json", env)).stdout);
  expect(data).toMatchObject({
    counts: { waiting: 3 },
    has_more: true,
    items: emails.slice(0, 2).map((email) => ({ email, state: "waiting" })),
  });
  expect(JSON.parse((await runCommand("waitlist list --state invited --json", env)).stdout)).toMatchObject({ items: [], has_more: false });
});

test("the next in line are invited, the server mails them, and the audit says by whom and why", async () => {
  const run = await runCommand("waitlist invite --count 2", env);
  expect(run).toEqual({ code: 0, stdout: `Invited 2:\n  ${emails[0]}\n  ${emails[1]}\n`, stderr: "" });
  expect((await server.mailTo(emails[1] ?? "")).subject).toBe("It is your turn: come in to Testproduct");
  const trail = await server.database.query(
    "select actor_user_id, user_agent, details from audit_events where action = 'waitlist.invited'",
  );
  const entry = { actor_user_id: null, user_agent: "gatehouse command line", details: { reason: "the next in line" } };
  expect(trail).toEqual([entry, entry]);
  expect(JSON.parse((await runCommand("waitlist invite --count 500 --json", env)).stdout)).toMatchObject({ items: [{ email: emails[2] }] });
  expect(await runCommand("waitlist invite --count 1", env)).toEqual({ code: 0, stdout: "Nobody waits.\n", stderr: "" });
});

test.each([
  ["waitlist invite", "Say either how many with --count, or whom with --ids."],
  ["waitlist invite --count 1 --ids 01890000-0000-7000-8000-000000000000", "Say either how many with --count, or whom with --ids."],
  ["waitlist invite --count 0", '--count is a whole number from 1 to 500, not "0".'],
  ["waitlist invite --count 501", '--count is a whole number from 1 to 500, not "501".'],
  ["waitlist invite --count ten", '--count is a whole number from 1 to 500, not "ten".'],
  ["waitlist list --limit 1.5", '--limit is a whole number from 1 to 1000, not "1.5".'],
  ["waitlist list --state lost", '--state is one of waiting, invited, expired, registered, not "lost".'],
])("%s is told what is wrong", async (words, said) => {
  expect(await runCommand(words, env)).toEqual({ code: 1, stdout: "", stderr: `${said}\n` });
});

test("signup_mode can be set to waitlist while the server runs", async () => {
  expect(await runCommand("settings set signup_mode waitlist", env)).toMatchObject({ code: 0 });
  const body = { email: nextEmail(), password: "lantern-orbit-mosaic-22", name: "Ada" };
  expect(await server.request("POST", "/auth/register", { body })).toMatchObject({ status: 403, body: { code: "signup_waitlist" } });
});
