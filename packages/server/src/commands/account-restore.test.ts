import { openTestServer, type Person, registerVerified, type TestServer } from "@gatehouse/testkit";
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
  ada = await registerVerified(server, { accountName: "Analytical Engines" });
});
const run = (words: string) => runCommand(words.replace("ACCOUNT", ada.account.id), env);
async function deleteIt(): Promise<void> {
  const body = { confirm: "Analytical Engines" };
  const { status } = await server.request("DELETE", "/accounts/me", { token: ada.accessToken, body });
  expect(status).toBe(200);
  await server.settle();
}

test("an account that waits to be erased lives again, and its people are told", async () => {
  await deleteIt();
  expect(await run("account restore ACCOUNT --reason ticket17")).toEqual({
    code: 0,
    stdout: "Analytical Engines is restored.\n",
    stderr: "",
  });
  expect((await server.request("GET", "/things", { token: ada.accessToken })).status).toBe(200);
  expect((await server.mailsTo(ada.email)).map(({ subject }) => subject)).toContainEqual(expect.stringMatching(/restored|back|kept/i));
  const audited = await server.database.query(
    "select actor_user_id, user_agent, details->>'reason' as reason from audit_events where action = 'account.restored' and account_id = $1",
    [ada.account.id],
  );
  expect(audited).toEqual([{ actor_user_id: null, user_agent: "gatehouse command line", reason: "ticket17" }]);
});

test("one that lives stays as it is", async () => {
  expect(JSON.parse((await run("account restore ACCOUNT --reason ticket17 --json")).stdout)).toEqual({
    id: ada.account.id,
    name: "Analytical Engines",
    slug: ada.account.slug,
    restored: false,
  });
  expect((await run("account restore ACCOUNT --reason ticket17")).stdout).toBe(
    "Analytical Engines was not deleted: nothing was changed.\n",
  );
});

test("what cannot be is said in plain words", async () => {
  await deleteIt();
  await server.database.query("update account_deletions set due_at = requested_at where account_id = $1", [ada.account.id]);
  for (const [words, said] of [
    ["account restore ACCOUNT --reason x", "erased"],
    ["account restore ACCOUNT", "--reason has 1 to 500 characters."],
    ["account restore 01890000-0000-7000-8000-000000000000 --reason x", "There is no account"],
  ] as const) {
    const { code, stdout, stderr } = await run(words);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(said);
    expect(stderr).not.toContain("    at ");
  }
});

test("in the sandbox it asks for the Stripe of whoever serves: without one no renewal would be arranged", async () => {
  const asked: unknown[] = [];
  const startStandIns = (request: { readonly parts: object }) => {
    asked.push(request.parts);
    return Promise.reject(new Error("nobody serves"));
  };
  expect(await runCommand("account restore x --reason x", {}, { startStandIns, showStacks: false })).toMatchObject({ code: 1 });
  expect(asked).toMatchObject([{ database: true, stripe: true }]);
});
