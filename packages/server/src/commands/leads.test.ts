import { nextEmail, offerTo, openTestServer, type TestServer } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: TestServer;
let env: Record<string, string>;
let email: string;
let id: string;
beforeAll(async () => {
  server = await openTestServer();
  env = environmentOf(server.database);
});
afterAll(() => server.close());
beforeEach(async () => {
  email = nextEmail();
  const body = { name: "Grace Hopper", email, company: "Engines", message: "Can you help?", source: "pricing" };
  await server.request("POST", "/sales-leads", { body });
  const [row] = await server.database.query<{ id: string }>("select id from sales_leads where email = $1", [email]);
  id = row?.id ?? "";
});
const run = (words: string) => runCommand(words, env);
const refused = (stderr: string) => ({ code: 1, stdout: "", stderr: `${stderr}\n` });

test("leads are listed, for people and for machines", async () => {
  const list = await run(`leads list --query ${email}`);
  expect(list).toEqual({ code: 0, stdout: `${id}  new        2026-01-01  Grace Hopper <${email}>, Engines\n`, stderr: "" });
  const json = JSON.parse((await run(`leads list --query ${email} --json`)).stdout);
  expect(json).toMatchObject({ items: [{ id, state: "new", version: 1 }], has_more: false });
  expect((await run(`leads list --state won --query ${email}`)).stdout).toBe("There is no such lead.\n");
});

test("a lead is moved and noted, and shown with both; the audit says that it was the command line", async () => {
  const words = ["leads", "set", id, "contacted", "--reason", "called"].join(" ");
  expect(await run(words)).toEqual({ code: 0, stdout: `Grace Hopper <${email}>, Engines is contacted.\n`, stderr: "" });
  expect((await run(`leads note ${id} promising`)).stdout).toBe("Noted.\n");
  const { stdout } = await run(`leads show ${id}`);
  for (const said of [
    "contacted, version 2; can become qualified, won, lost",
    "from pricing",
    "Can you help?",
    "gatehouse command line: promising",
  ])
    expect(stdout).toContain(said);
  const trail = await server.database.query("select action, actor_user_id, user_agent from audit_events where target_id = $1 order by id", [
    id,
  ]);
  const by = { actor_user_id: null, user_agent: "gatehouse command line" };
  expect(trail).toEqual([
    { action: "lead.moved", ...by },
    { action: "lead.noted", ...by },
  ]);
});

test("an invitation that waits is shown, and a lead that has one is not given up before it is taken back", async () => {
  const { leadId } = await offerTo(server, nextEmail(), { plan: "team", until: null });
  const show = async (expiresAt: string) => {
    // The command line goes by the world's clock.
    await server.database.query(
      "update waitlist_entries w set expires_at = $1 from ticket_offers o where o.entry_id = w.id and o.lead_id = $2",
      [expiresAt, leadId],
    );
    return (await run(`leads show ${leadId}`)).stdout;
  };
  const [ahead, past] = ["9999-01-01T00:00:00.000Z", "2026-01-15T00:00:00.000Z"];
  expect(await show(ahead)).toContain(`Invited to plan team: they have not come in yet; end of the link: ${ahead}`);
  expect(await show(past)).toContain(`Invited to plan team: their link has expired; end of the link: ${past}`);
  expect(await run(`leads set ${leadId} lost --reason x`)).toEqual(
    refused("This person is invited already, and has not come in yet. Take the invitation back first."),
  );
});

test("what cannot be done is said in plain words, without a stack", async () => {
  expect(await run(`leads set ${id} sold --reason x`)).toEqual(
    refused('"sold" is no state of a lead: take one of new, contacted, qualified, won, lost.'),
  );
  expect(await run(`leads set ${id} won`)).toEqual(refused("--reason has 1 to 500 characters."));
  expect(await run(`leads set ${id} won --reason x --version 7`)).toEqual(
    refused("Somebody changed it meanwhile: it is new now, in version 1."),
  );
  await run(`leads set ${id} lost --reason x`);
  expect(await run(`leads set ${id} won --reason x`)).toEqual(refused("A lead that is lost can become contacted, qualified."));
  expect(await run("leads show 17")).toEqual(refused('"17" is no id of a lead.'));
  expect(await run("leads show 01890000-0000-7000-8000-000000000000")).toEqual(refused("There is no such lead."));
  expect(await run(`leads note ${id} \u0007`)).toEqual(refused("A note has 1 to 5000 characters of plain text."));
});

test("the export is what operators get over HTTP", async () => {
  const { stdout, code } = await run(`leads export --query ${email}`);
  expect(code).toBe(0);
  expect(
    stdout
      .trimEnd()
      .split("\r\n")
      .map((line) => line.split(",")[4]),
  ).toEqual(['"email"', `"${email}"`]);
});
