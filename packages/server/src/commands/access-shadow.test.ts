import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerPerson, type TestServer } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { plantFacts } from "@gatehouse/testkit/facts";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let env: Record<string, string>;
let now: Date;
beforeAll(async () => {
  server = await openTestServer();
  env = { ...environmentOf(server.database), GUARDS_SHADOW: "requireActiveSubscription" };
  // A command's clock is the world's.
  now = (await server.database.query<{ now: Date }>("select now() as now"))[0]?.now ?? new Date(0);
  const [ada, grace, hedy] = [await registerPerson(server), await registerPerson(server), await registerPerson(server)];
  const stripe = { plan: "pro", currentPeriodEnd: null, cancelAtPeriodEnd: false, endsAt: null, trialEndsAt: null, seats: 1 };
  const more = { ...stripe, pastDueSince: null, changedAt: now };
  await plantFacts(server, grace.account.id, { stripe: [{ ...more, id: "sub_1", status: "past_due", collectionPaused: null }] });
  await plantFacts(server, hedy.account.id, { stripe: [{ ...more, id: "sub_2", status: "canceled", collectionPaused: null }] });
  await plant(ada, "trial_ended", 0, 5);
  await plant(ada, "trial_ended", 3, 2);
  await plant(grace, "trial_ended", 3, 1);
  await plant(hedy, "canceled", 40, 7);
  await plant(grace, "feature:copilot", 40, 6, "requireFeature");
});
afterAll(() => server.close());

const ago = (days: number) => addDays(now, -days);
const plant = ({ account }: Person, reason: string, days: number, count: number, guard = "requireActiveSubscription") =>
  server.database.query(
    "insert into guard_refusals (account_id, guard, reason, day, count, first_at, last_at) values ($1, $5, $2, $3::timestamptz at time zone 'UTC', $4, $3, $3)",
    [account.id, reason, ago(days), count, guard],
  );
const json = async (words: string) => JSON.parse((await runCommand(`${words} --json`, env)).stdout);
const trials = {
  guard: "requireActiveSubscription",
  reason: "trial_ended",
  refusals: 8,
  accounts: 2,
  paying_accounts: 1,
};

test("access shadow sums up by guard and reason: how often, how many accounts, how many of them pay", async () => {
  const said = await json("access shadow");
  expect(said).toMatchObject({ in_shadow: ["requireActiveSubscription"], refusals: [trials] });
  expect(said.refusals[0]).toMatchObject({ first_at: ago(3).toISOString(), last_at: now.toISOString() });
  const { code, stdout } = await runCommand("access shadow", env);
  expect(code).toBe(0);
  expect(stdout).toContain("requireActiveSubscription trial_ended: 8 times, 2 accounts, 1 of them pay");
  expect(stdout).not.toContain("canceled");
});

test("it looks as far back as is asked, the first day included", async () => {
  const canceled = { reason: "canceled", refusals: 7, accounts: 1, paying_accounts: 0 };
  const copilot = { guard: "requireFeature", reason: "feature:copilot", refusals: 6, accounts: 1, paying_accounts: 1 };
  expect((await json("access shadow --days 41")).refusals).toMatchObject([canceled, trials, copilot]);
  expect((await runCommand("access shadow --days 41", env)).stdout).toContain("requireFeature feature:copilot: 6 times, 1 accounts");
  expect((await json("access shadow --days 40")).refusals).toMatchObject([trials]);
  expect((await json("access shadow --days 3")).refusals).toMatchObject([{ refusals: 5, accounts: 1 }]);
});

test.each(["0", "91", "-1", "1.5", "many"])("days that there are not are refused, in a sentence: %s", async (days) => {
  const { code, stderr } = await runCommand(`access shadow --days=${days}`, env);
  expect(code).not.toBe(0);
  expect(stderr).toContain("--days is a whole number from 1 to 90");
});

test("where nobody was counted it says so, and its help shows how it is called", async () => {
  const help = await runCommand("access shadow --help", env);
  expect([help.code, help.stdout]).toEqual([0, expect.stringContaining("gatehouse access shadow --days 7 --json")]);
  const bare = await openTestServer();
  const { stdout } = await runCommand("access shadow", environmentOf(bare.database));
  await bare.close();
  expect(stdout).toMatch(/^In shadow now: no guard\nSince \d{4}-\d\d-\d\d nobody would have been refused\.\n$/);
});
