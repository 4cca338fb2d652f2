import { nextEmail, openTestServer, type TestServer } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let env: Record<string, string>;
beforeAll(async () => {
  server = await openTestServer();
  env = { ...environmentOf(server.database), SMTP_URL: server.mailbox.smtpUrl };
  // A command's clock is the world's.
  const [row] = await server.database.query<{ now: Date }>("select now() as now");
  server.clock.set(row?.now ?? new Date(0));
});
afterAll(() => server.close());

const NOBODYS = "01890000-0000-7000-8000-000000000000";
const run = (words: string, by = env) => runCommand(words, by);
/** Somebody new on the list. */
async function joins(): Promise<{ id: string; email: string }> {
  const email = nextEmail();
  await server.request("POST", "/waitlist", { body: { email } });
  await server.settle();
  const { items } = JSON.parse((await run("waitlist list --limit 1000 --json")).stdout);
  return { id: items.find((item: { email: string }) => item.email === email).id, email };
}
const tickets = async (email: string) => (await server.mailsTo(email)).filter(({ subject }) => subject.startsWith("It is your turn"));

test("those who are named are let in, each once, and it is told who was left out", async () => {
  const [ada, grace] = [await joins(), await joins()];
  const said = await run(`waitlist invite --ids ${ada.id},${NOBODYS} --reason ticket17`);
  expect(said).toEqual({ code: 0, stdout: `Invited 1:\n  ${ada.email}\nLeft out: ${NOBODYS} (not_found)\n`, stderr: "" });
  expect(await tickets(ada.email)).toHaveLength(1);
  expect(await tickets(grace.email)).toHaveLength(0);
  const again = JSON.parse((await run(`waitlist invite --ids ${ada.id} --json`)).stdout);
  expect(again).toMatchObject({ items: [], left_out: [{ id: ada.id }] });
});

test("a ticket is sent again, with its whole time anew, and the audit says why", async () => {
  const ada = await joins();
  await run(`waitlist invite --ids ${ada.id}`);
  expect(await tickets(ada.email)).toHaveLength(1);
  const { stdout, code } = await run(`waitlist resend ${ada.id} --reason ticket17`);
  expect([code, stdout]).toEqual([0, expect.stringMatching(new RegExp(`^A new ticket goes to ${ada.email}, good until \\S+Z\\.\\n$`))]);
  expect(await tickets(ada.email)).toHaveLength(2);
  expect(JSON.parse((await run(`waitlist resend ${ada.id} --reason ticket17 --json`)).stdout)).toMatchObject({
    id: ada.id,
    state: "invited",
  });
  const [audited] = await server.database.query(
    "select actor_user_id, user_agent, details from audit_events where action = 'waitlist.invited_again' and target_id = $1",
    [ada.id],
  );
  expect(audited).toEqual({ actor_user_id: null, user_agent: "gatehouse command line", details: { reason: "ticket17" } });
});

test("what cannot be is said in plain words, and where no mail is sent nobody is let in", async () => {
  const ada = await joins();
  const { SMTP_URL: _, ...dark } = env;
  for (const [words, said, by] of [
    [`waitlist resend ${ada.id} --reason x`, "not", env],
    [`waitlist resend ${NOBODYS} --reason x`, "There is no", env],
    [`waitlist resend ${ada.id}`, "--reason has 1 to 500 characters.", env],
    ["waitlist resend 17 --reason x", '"17" is no id of an entry; see gatehouse waitlist list.', env],
    [`waitlist invite --ids ${ada.id},17`, '"17" is no id of an entry; see gatehouse waitlist list.', env],
    [`waitlist invite --ids ${Array(501).fill(ada.id).join()}`, "--ids names at most 500.", env],
    [`waitlist invite --ids ${ada.id}`, "SMTP_URL", dark],
    [`waitlist resend ${ada.id} --reason x`, "SMTP_URL", dark],
  ] as const) {
    const { code, stdout, stderr } = await run(words, by);
    expect([code, stdout], words).toEqual([1, ""]);
    expect(stderr).toContain(said);
    expect(stderr).not.toContain("    at ");
  }
  expect(await tickets(ada.email)).toHaveLength(0);
});
