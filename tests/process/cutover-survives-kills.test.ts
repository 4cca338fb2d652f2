import { openTestDatabase, type TestDatabase } from "@gatehouse/testkit";
import { cutoverGrants, plantAccounts } from "@gatehouse/testkit/pilot-accounts";
import { type ProductProcess, startProcess, until } from "@gatehouse/testkit/server-process";
import pg from "pg";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ENTRY, gatehouse, on } from "./resolution-flow.ts";

// Whole processes start and stop; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 180_000 });

const WORDS = ["cutover", "--created-before", "2026-02-01T00:00:00Z", "--batch", "10"];
const ACCOUNTS = 30;

let database: TestDatabase;
let env: Record<string, string>;
let accounts: string[];
let holders: pg.Client[];
beforeEach(async () => {
  database = await openTestDatabase();
  env = { ...on(database), SANDBOX: "off", SELF_SERVE_ENABLED: "true", GATEHOUSE_SECRET: "the secret of tests, which is no secret" };
  await gatehouse(env, "migrate");
  accounts = await plantAccounts({ database }, ACCOUNTS, new Date("2026-01-01T00:00:00Z"));
  holders = [];
});
afterEach(async () => {
  for (const holder of holders) await holder.end();
  await database.drop();
});

/** Takes locks in a transaction that stays open until it is told to end. */
async function hold() {
  const client = new pg.Client({ connectionString: database.serverUrl });
  await client.connect();
  holders.push(client);
  await client.query("begin; set local role gatehouse_system");
  return {
    lock: (statement: string, parameters: readonly unknown[] = []) => client.query(statement, [...parameters]),
    letGo: () => client.query("rollback"),
  };
}
const waiters = async (): Promise<number> =>
  (await database.query("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")).length;
const begin = (): ProductProcess => startProcess({ entry: ENTRY, args: WORDS, env });
/** A process that has committed the first batch, and stands within the second until the holder lets go. */
async function standWithinSecondBatch() {
  const holder = await hold();
  await holder.lock("select 1 from accounts where id = $1 for update", [accounts[15]]);
  const started = begin();
  await until(
    async () => (await waiters()) === 1,
    () => `the second batch to wait. ${started.stderr()}`,
  );
  return { holder, started };
}
const given = async () => (await cutoverGrants({ database })).map((grant) => grant.account_id);
const runs = () => database.query("select state, looked_at_last, (counts->>'grant')::int as granted from cutover_runs");

/** The rest, by a process that knows nothing of the first. */
async function expectResumeToGiveEverybodyOnce(): Promise<void> {
  const resumed = await gatehouse(env, "cutover", "--resume", "--json");
  expect(resumed.stderr).not.toContain("Error");
  expect(JSON.parse(resumed.stdout)).toMatchObject({
    was_open: true,
    run: { state: "done", counts: { grant: ACCOUNTS, already_granted: 0 } },
  });
  expect(await given()).toEqual(accounts);
  const [rows] = await database.query(
    `select (select count(*)::int from access_history where cause = 'cutover.granted') as history,
       (select count(distinct target_id)::int from audit_events where action = 'cutover.granted') as audit`,
  );
  expect(rows).toEqual({ history: ACCOUNTS, audit: ACCOUNTS });
}

test("kill -9 within a batch leaves nothing of it, and the next process goes on from the one before", async () => {
  const { holder, started } = await standWithinSecondBatch();
  started.kill("SIGKILL");
  expect(await started.ended).toMatchObject({ signal: "SIGKILL" });
  expect(await given()).toEqual(accounts.slice(0, 10));
  await holder.letGo();
  await expectResumeToGiveEverybodyOnce();
});

test("kill -9 between two batches leaves both whole, and the next process goes on", async () => {
  const { holder, started } = await standWithinSecondBatch();
  // Of a table, whoever waits first is served first: the third batch comes after this, and has begun with nothing yet.
  const between = await hold();
  const locked = between.lock("lock table cutover_runs in exclusive mode");
  await until(async () => (await waiters()) === 2, "the table of runs to be waited for");
  await holder.letGo();
  await locked;
  await until(async () => (await waiters()) === 1, "the third batch to wait");
  started.kill("SIGKILL");
  await started.ended;
  expect(await given()).toEqual(accounts.slice(0, 20));
  expect(await runs()).toEqual([{ state: "running", looked_at_last: accounts[19], granted: 20 }]);
  await between.letGo();
  await expectResumeToGiveEverybodyOnce();
});

test("Ctrl-C lets the batch under way end, says how to go on, and a second process meanwhile is told to keep away", async () => {
  const { holder, started } = await standWithinSecondBatch();
  const second = await gatehouse(env, ...WORDS);
  expect([second.code, second.stderr]).toEqual([1, expect.stringContaining("Another process is at a cutover.")]);
  started.kill("SIGINT");
  await holder.letGo();
  expect(await started.ended).toEqual({ code: 1, signal: null });
  expect(started.stdout()).toContain("Go on with: gatehouse cutover --resume");
  expect(await given()).toEqual(accounts.slice(0, 20));
  await expectResumeToGiveEverybodyOnce();
});
