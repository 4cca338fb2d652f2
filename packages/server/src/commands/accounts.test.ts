import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerPerson, registerVerified, type TestServer } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: TestServer;
let env: Record<string, string>;
let ada: Person;
beforeAll(async () => {
  server = await openTestServer();
  env = environmentOf(server.database);
  // A command's clock is the world's.
  const [row] = await server.database.query<{ now: Date }>("select now() as now");
  server.clock.set(row?.now ?? new Date(0));
});
afterAll(() => server.close());
beforeEach(async () => {
  ada = await registerPerson(server, { accountName: "Analytical Engines" });
});

const run = (words: string) => runCommand(words, env);
const json = async (words: string) => {
  const { code, stdout, stderr } = await run(`${words} --json`);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};
const NOBODYS = "01890000-0000-7000-8000-000000000000";
const audited = async (action: string) =>
  (
    await server.database.query(
      "select actor_user_id, user_agent, details->>'reason' as reason from audit_events where action = $1 and account_id = $2",
      [action, ada.account.id],
    )
  )[0];
const BY_COMMAND = { actor_user_id: null, user_agent: "gatehouse command line", reason: "ticket17" };

test.each([
  ["account search", "TEXT"],
  ["account show", "ACCOUNT"],
  ["account comp", "ACCOUNT PLAN"],
  ["account uncomp", "ACCOUNT GRANT"],
  ["account restore", "ACCOUNT"],
  ["account flags", "ACCOUNT"],
  ["account set-flag", "ACCOUNT FLAG VALUE"],
  ["account unset-flag", "ACCOUNT FLAG"],
  ["account limits", "ACCOUNT"],
  ["account set-limit", "ACCOUNT LIMIT VALUE"],
  ["account unset-limit", "ACCOUNT LIMIT"],
  ["access explain", "ACCOUNT"],
  ["impersonation end", "IMPERSONATION"],
  ["leads convert", "LEAD PLAN"],
  ["leads resend-invitation", "LEAD"],
  ["leads take-back-invitation", "LEAD"],
  ["plan limits", ""],
  ["plan set-limit", "PLAN LIMIT VALUE"],
  ["plan billing", ""],
  ["plan set-billing", "PLAN"],
  ["feature flags", ""],
  ["trial claims", "ACCOUNT"],
  ["trial waive", "ACCOUNT"],
  ["waitlist resend", "ENTRY"],
  ["trial extend", "ACCOUNT"],
  ["user verify", "EMAIL"],
  ["user unlock", "EMAIL"],
  ["user resend-verification", "EMAIL"],
  ["user search", "TEXT"],
  ["events show", "EVENT_ID"],
  ["events list", ""],
  ["events replay", "EVENT_ID"],
  ["jobs list", ""],
  ["jobs retry", "JOB"],
])("%s says what it takes, with an example", async (name, positionals) => {
  const { code, stdout } = await run(`${name} --help`);
  expect([code, stdout]).toEqual([0, expect.stringContaining(`gatehouse ${name} ${positionals}`.trim())]);
  expect(stdout).toContain(`Examples:\n  gatehouse ${name}`);
});

test("an account is found and shown", async () => {
  expect((await run(`account search ${ada.email}`)).stdout).toBe(
    `${ada.account.id}  trialing             Analytical Engines  ${ada.email}\n`,
  );
  expect(await json(`account search ${ada.account.slug}`)).toMatchObject({
    items: [{ id: ada.account.id, state: "trialing" }],
    has_more: false,
  });
  const { stdout } = await run(`account show ${ada.email}`);
  expect(stdout).toContain(`Analytical Engines (${ada.account.id}) is trialing on pro.`);
  expect(stdout).toContain(`owner   ${ada.email}`);
  expect(await json(`account show ${ada.account.id}`)).toMatchObject({ account: { id: ada.account.id }, trial: { plan: "pro" } });
});

test("a plan is given and taken again, and the audit says by what and why", async () => {
  const until = addDays(server.clock.now(), 100).toISOString();
  const grant = await json(`account comp ${ada.account.slug} team --until ${until} --reason ticket17`);
  expect(grant).toMatchObject({ plan: "team", until, granted_by: null });
  expect(await audited("grant.given")).toEqual(BY_COMMAND);
  expect(await json(`account uncomp ${ada.account.id} ${grant.id} --reason ticket17`)).toMatchObject({ state: "ended", ended_by: null });
  expect(await audited("grant.ended")).toEqual(BY_COMMAND);
});

test("a plan that somebody else ended meanwhile is not ended by an old version", async () => {
  const { id, version } = await json(`account comp ${ada.account.slug} team --reason ticket17`);
  const refused = await run(`account uncomp ${ada.account.id} ${id} --version ${version + 1} --reason ticket17`);
  expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(`(version: ${version})`) });
  expect(await json(`account uncomp ${ada.account.id} ${id} --version ${version} --reason ticket17`)).toMatchObject({ state: "ended" });
});

test("a trial is made longer", async () => {
  expect(await json(`trial extend ${ada.account.id} --days 7 --reason ticket17`)).toMatchObject({ extended_days: 7 });
  expect(await audited("trial.extended")).toEqual(BY_COMMAND);
});

test("an address is verified, and somebody unlocked", async () => {
  expect(await json(`user verify ${ada.email} --reason ticket17`)).toMatchObject({ email_verified_at: expect.any(String) });
  expect(await audited("user.verified_by_operator")).toEqual(BY_COMMAND);
  expect(await json(`user unlock ${ada.email.toUpperCase()} --reason ticket17`)).toMatchObject({ user_id: ada.user.id });
  expect(await audited("user.unlocked")).toEqual(BY_COMMAND);
});

test("a job that was given up is listed and tried again", async () => {
  await registerVerified(server);
  await server.database.query("update pgboss.job set state = 'failed' where state = 'completed'");
  const { items } = await json("jobs list --limit 1");
  expect(items).toMatchObject([{ state: "failed" }]);
  expect((await run(`jobs retry ${items[0].id} --reason ticket17`)).stdout).toBe(`${items[0].name} will be tried again.\n`);
  await server.database.query("update pgboss.job set state = 'completed' where state = 'failed'");
  expect((await run("jobs list")).stdout).toBe("No job is failed.\n");
});

test("events are listed", async () => {
  expect((await run("events list --type invoice.paid")).stdout).toBe("There is no such event.\n");
});

test.each<[string, string]>([
  [`account show ${NOBODYS}`, "There is no account"],
  ["account show Analytical", "More than one account is"],
  ["account search x --state rich", "--state is one of"],
  ["account comp ACCOUNT gold --reason ticket17", "There is no such plan. Choose one of `plans`. (plans: free, pro, team)"],
  ["account comp ACCOUNT pro --until 2020-01-01T00:00:00Z --reason ticket17", "This would have ended before it begins."],
  ["account comp ACCOUNT pro --until tomorrow --reason ticket17", "--until is an instant"],
  ["account comp ACCOUNT pro", "--reason has 1 to 500 characters."],
  ["account uncomp ACCOUNT x --reason ticket17", "is no id of a grant"],
  [`account uncomp ACCOUNT ${NOBODYS} --reason ticket17`, "The account has no such complimentary plan."],
  ["trial extend ACCOUNT --days 31 --reason ticket17", "days_left: 30"],
  ["trial extend ACCOUNT --days 7 --version 9 --reason ticket17", "(version: 1)"],
  ["trial extend ACCOUNT --days 7 --version 0 --reason ticket17", "--version is a whole number from 1"],
  ["trial extend ACCOUNT --days -1 --reason ticket17", "days"],
  ["trial extend ACCOUNT --reason ticket17", "Say by how many days"],
  ["user verify nobody@example.com --reason ticket17", "No user has the address"],
  ["user unlock nobody --reason ticket17", "is no email address"],
  ["events list --outcome lost", "--outcome is one of received, applied,"],
  ["events list --account x", "is no id of an account"],
  ["jobs list --state lost", "--state is one of"],
  ["jobs retry x --reason ticket17", "is no id of a job"],
  [`jobs retry ${NOBODYS} --reason ticket17`, "There is no such job."],
])("%s is refused in plain words", async (words, said) => {
  await registerPerson(server, { accountName: "Analytical Engines" });
  const { code, stdout, stderr } = await run(words.replace("ACCOUNT", ada.account.id));
  expect([code > 0, stdout]).toEqual([true, ""]);
  expect(stderr).toContain(said);
  expect(stderr).not.toContain("    at ");
});
