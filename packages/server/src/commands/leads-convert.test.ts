import { addDays } from "@gatehouse/core";
import { nextEmail, openTestServer, type Person, registerVerified, type TestServer } from "@gatehouse/testkit";
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

test("another account can be named, for machines too", async () => {
  const lead = await write();
  const { stdout } = await run(`leads convert ${lead} team --account ${ada.email} --reason contract12 --json`);
  expect(JSON.parse(stdout)).toEqual({
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

test("what was converted is not converted twice", async () => {
  const lead = await write(ada);
  await run(`leads convert ${lead} team --reason contract12`);
  expect(await run(`leads convert ${lead} team --reason contract12`)).toMatchObject({ code: 1, stdout: "" });
  expect(await server.database.query("select 1 from complimentary_grants where account_id = $1", [ada.account.id])).toHaveLength(1);
});
