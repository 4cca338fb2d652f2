import { addDays } from "@gatehouse/core";
import { nextEmail, openTestServer, type Person, registerVerified, type TestServer } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: TestServer;
let env: Record<string, string>;
let ada: Person;
beforeAll(async () => {
  server = await openTestServer();
  env = { ...environmentOf(server.database), SMTP_URL: server.mailbox.smtpUrl };
  // A command's clock is the world's.
  const [row] = await server.database.query<{ now: Date }>("select now() as now");
  server.clock.set(row?.now ?? new Date(0));
});
afterAll(() => server.close());
beforeEach(async () => {
  ada = await registerVerified(server);
});

async function write(by?: Person): Promise<string> {
  const email = nextEmail();
  const body = { name: "Grace Hopper", email, message: "Hello" };
  await server.request("POST", "/sales-leads", { body, ...(by ? { token: by.accessToken } : {}) });
  const [row] = await server.database.query<{ id: string }>("select id from sales_leads where email = $1", [email]);
  return row?.id ?? "";
}
const run = (words: string) => runCommand(words, env);

test("the account that asked is given the plan, and the lead is won by it", async () => {
  const [lead, until] = [await write(ada), addDays(server.clock.now(), 30).toISOString()];
  const { code, stdout, stderr } = await run(`leads convert ${lead} team --until ${until} --reason contract12`);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(new RegExp(`^The lead is won: account ${ada.account.id} has team, until ${until} \\(grant \\S+\\)\\.\\n$`));
  expect(
    await server.database.query("select plan, until, reason, granted_by from complimentary_grants where account_id = $1", [ada.account.id]),
  ).toEqual([{ plan: "team", until: new Date(until), reason: "contract12", granted_by: null }]);
  const audited = await server.database.query(
    "select action, actor_user_id, user_agent, details->>'reason' as reason from audit_events where account_id = $1 and action in ('grant.given', 'lead.converted') order by id",
    [ada.account.id],
  );
  const by = { actor_user_id: null, user_agent: "gatehouse command line", reason: "contract12" };
  expect(audited).toEqual([
    { action: "grant.given", ...by },
    { action: "lead.converted", ...by },
  ]);
});

test("who is invited is told from the others in the list", async () => {
  const lead = await write();
  expect((await run(`leads convert ${lead} team --reason contract12`)).code).toBe(0);
  const { stdout } = await run("leads list");
  expect(stdout.split("\n").find((line) => line.startsWith(lead))).toMatch(/; invited to team: they have not come in yet$/);
});

test("another account can be named, for machines too", async () => {
  const lead = await write();
  const { stdout } = await run(`leads convert ${lead} team --account ${ada.email} --reason contract12 --json`);
  expect(JSON.parse(stdout)).toEqual({
    outcome: "converted",
    lead: expect.objectContaining({ id: lead, state: "won", account_id: ada.account.id }),
    account_id: ada.account.id,
    grant_id: expect.any(String),
  });
});

test.each([
  ["leads convert LEAD gold --reason x", "There is no such plan. Choose one of `plans`. (plans: free, pro, team)"],
  ["leads convert LEAD team --until 2020-01-01T00:00:00Z --reason x", "This would have ended before it begins."],
  ["leads convert LEAD team --until soon --reason x", "--until is an instant"],
  ["leads convert LEAD team --account 01890000-0000-7000-8000-000000000000 --reason x", "There is no account"],
  ["leads convert LEAD team", "--reason has 1 to 500 characters."],
  ["leads convert 17 team --reason x", '"17" is no id of a lead.'],
  ["leads convert 01890000-0000-7000-8000-000000000000 team --reason x", "There is no such lead."],
])("%s is refused in plain words, and nothing is given", async (words, said) => {
  const lead = await write(ada);
  const { code, stdout, stderr } = await run(words.replace("LEAD", lead));
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain(said);
  expect(stderr).not.toContain("    at ");
  expect(await server.database.query("select 1 from complimentary_grants where account_id = $1", [ada.account.id])).toEqual([]);
  expect(await server.database.query("select state from sales_leads where id = $1", [lead])).toEqual([{ state: "new" }]);
});

test("where no mail is configured nobody is invited, and an account that is known is given its plan", async () => {
  const lead = await write();
  const dark = environmentOf(server.database);
  expect(await runCommand(`leads convert ${lead} team --reason contract12`, dark)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Mail is not set up here."),
  });
  expect((await runCommand(`leads convert ${lead} team --account ${ada.email} --reason contract12`, dark)).code).toBe(0);
});

test("what was converted is not converted twice", async () => {
  const lead = await write(ada);
  await run(`leads convert ${lead} team --reason contract12`);
  expect(await run(`leads convert ${lead} team --reason contract12`)).toMatchObject({ code: 1, stdout: "" });
  expect(await server.database.query("select 1 from complimentary_grants where account_id = $1", [ada.account.id])).toHaveLength(1);
});

test("who has no account is invited by mail; the invitation is sent again and taken back by the version that was read", async () => {
  const lead = await write();
  const [row] = await server.database.query<{ email: string }>("select email from sales_leads where id = $1", [lead]);
  const email = row?.email ?? "";
  const { code, stdout, stderr } = await run(`leads convert ${lead} team --version 1 --reason contract12`);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(new RegExp(`^${email} is invited to team, without an end; the link is good until \\S+Z\\.\\n$`));
  expect((await run(`leads convert ${lead} team --reason contract12`)).stderr).toContain("This person is invited already");
  const mails = async () => (await server.mailsTo(email)).filter(({ subject }) => subject === "Your Team plan at Testproduct is ready");
  expect(await mails()).toHaveLength(1);
  expect((await run(`leads resend-invitation ${lead} --version 1 --reason lost`)).stderr).toContain("version: 2");
  expect((await run(`leads resend-invitation ${lead} --version 2 --reason lost`)).stdout).toMatch(
    /^A new link goes to \S+, good until \S+Z\.\n$/,
  );
  expect(await mails()).toHaveLength(2);
  const taken = await run(`leads take-back-invitation ${lead} --version 3 --reason another --json`);
  expect(JSON.parse(taken.stdout)).toMatchObject({ id: lead, state: "new", version: 4, invitation: null });
  expect((await run(`leads take-back-invitation ${lead} --reason another`)).stderr).toContain(
    "There is no invitation of this lead that waits.",
  );
  const trail = await server.database.query("select action, actor_user_id, user_agent from audit_events where target_id = $1 order by id", [
    lead,
  ]);
  const by = { actor_user_id: null, user_agent: "gatehouse command line" };
  expect(trail).toEqual(["lead.invited", "lead.invited_again", "lead.invitation_taken_back"].map((action) => ({ action, ...by })));
});
