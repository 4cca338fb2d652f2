import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerVerified, type TestServer } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let env: Record<string, string>;
beforeAll(async () => {
  server = await openTestServer();
  env = environmentOf(server.database);
  // A command's clock is the world's.
  const [row] = await server.database.query<{ now: Date }>("select now() as now");
  server.clock.set(row?.now ?? new Date(0));
});
afterAll(() => server.close());

let companies = 0;
/** The second of a company: an account without a trial. */
async function refused(): Promise<{ first: Person; second: Person }> {
  companies += 1;
  const company = `waived-${companies}.com`;
  return {
    first: await registerVerified(server, { email: `ada@${company}` }),
    second: await registerVerified(server, { email: `grace@${company}` }),
  };
}
const run = (words: string) => runCommand(words, env);
const json = async (words: string) => {
  const { code, stdout, stderr } = await run(`${words} --json`);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};

test("why there was no trial is shown, and what one is remembered by", async () => {
  const { first, second } = await refused();
  const at = server.clock.now().toISOString();
  expect((await run(`trial claims ${second.email}`)).stdout).toBe(
    `It has no trial.\nIt was refused one at ${at}: trial_used_by_company.\n`,
  );
  expect((await run(`trial claims ${first.email}`)).stdout).toBe(
    `Its trial ends at ${addDays(server.clock.now(), 14).toISOString()}.\nRemembered by its address since ${at}.\nRemembered by its company since ${at}.\n`,
  );
});

test("a trial is given after all, and says what was refused before", async () => {
  const { second } = await refused();
  const { stdout, code } = await run(`trial waive ${second.account.id} --reason ticket17`);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^Its trial ends at \S+\.\nIt was refused one at \S+: trial_used_by_company\.\nIt was given one all the same at \S+ \(ticket17\)\.\nRemembered by its address since \S+\.\n$/,
  );
  expect(await json(`trial claims ${second.account.id}`)).toMatchObject({
    account_id: second.account.id,
    trial_ends_at: expect.any(String),
    refusal: { reason: "trial_used_by_company", waived_at: expect.any(String), waived_by: null, waiver_reason: "ticket17" },
    claims: [{ kind: "address" }],
  });
  const audited = await server.database.query(
    "select actor_user_id, user_agent, details->>'reason' as reason from audit_events where action = 'trial.waived' and account_id = $1",
    [second.account.id],
  );
  expect(audited).toEqual([{ actor_user_id: null, user_agent: "gatehouse command line", reason: "ticket17" }]);
  const { body } = await server.request("GET", "/billing/state", { token: second.accessToken });
  expect(body).toMatchObject({ subscription: { status: "trialing" } });
});

test("of a trial whose card had another one it is said that there is no more of it, and that this was set aside", async () => {
  const { first } = await refused();
  await server.database.query("insert into trial_refusals (account_id, reason, at) values ($1, 'trial_used_by_card', $2)", [
    first.account.id,
    server.clock.now(),
  ]);
  const extend = `trial extend ${first.account.id} --days 3 --reason ticket17`;
  expect(await run(extend)).toMatchObject({ code: 1, stderr: expect.stringContaining("A card of the account has paid before") });
  const found = `It was found to be a second one at ${server.clock.now().toISOString()}, and gets no longer: trial_used_by_card.\n`;
  expect((await run(`trial claims ${first.account.id}`)).stdout).toContain(`.\n${found}Remembered by`);
  const waived = await run(`trial waive ${first.account.id} --reason agency`);
  expect(waived.stdout).toContain(found);
  expect(waived.stdout).toMatch(/\nThat was set aside at \S+ \(agency\)\.\nRemembered by/);
  expect((await run(extend)).code).toBe(0);
});

test("no account gets a second one, and what cannot be is said in plain words", async () => {
  const { first } = await refused();
  for (const [words, said] of [
    [`trial waive ${first.account.id} --reason x`, "The account has had its trial. Nothing was given."],
    [`trial waive ${first.account.id}`, "--reason has 1 to 500 characters."],
    ["trial waive 01890000-0000-7000-8000-000000000000 --reason x", "There is no account"],
    ["trial claims nobody-of-this-name", "There is no account"],
  ] as const) {
    const { code, stdout, stderr } = await run(words);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(said);
    expect(stderr).not.toContain("    at ");
  }
});
