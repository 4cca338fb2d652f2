import type { StripeSubscriptionFact } from "@gatehouse/core";
import { openTestServer, type TestServer } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { cutoverGrants, plantAccount, plantAccounts } from "@gatehouse/testkit/pilot-accounts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tryHoldCutover } from "../billing/cutover-runs.store.ts";
import type { CommandContext } from "./context.ts";

const PILOT = new Date("2026-01-01T00:00:00Z");
const LATER = new Date("2026-02-01T00:00:00Z");
const WORDS = "cutover --created-before 2026-02-01T00:00:00Z";

let server: TestServer;
let env: Record<string, string>;
// A database a test: a cutover is of all accounts that there are.
beforeEach(async () => {
  server = await openTestServer();
  env = environmentOf(server.database);
});
afterEach(() => server.close());

const run = (words: string, parts: Partial<CommandContext> = {}) => runCommand(words, env, parts);
const json = async (words: string, parts: Partial<CommandContext> = {}) => JSON.parse((await run(`${words} --json`, parts)).stdout);
const sub = (status: string): StripeSubscriptionFact => ({
  id: `sub_${status}`,
  status,
  plan: "pro",
  currentPeriodEnd: new Date("2099-01-01T00:00:00Z"),
  cancelAtPeriodEnd: false,
  endsAt: null,
  trialEndsAt: null,
  collectionPaused: null,
  seats: 1,
  pastDueSince: null,
  changedAt: PILOT,
});
const stopped = { untilStopped: () => Promise.resolve() };
const given = async () => (await cutoverGrants(server)).map((row) => row.account_id);
const everything = () =>
  server.database.query(
    "select (select count(*)::int from complimentary_grants) as grants, (select count(*)::int from access_history) as history, (select count(*)::int from audit_events) as audit, (select count(*)::int from cutover_runs) as runs",
  );

/** One of each kind, and one that came too late. */
async function plantOneOfEach() {
  return {
    fresh: await plantAccount(server, PILOT),
    lapsed: await plantAccount(server, PILOT, { trial: { plan: "pro", startsAt: PILOT, endsAt: new Date("2026-01-15T00:00:00Z") } }),
    paying: await plantAccount(server, PILOT, { stripe: [sub("active")] }),
    late: await plantAccount(server, PILOT, { stripe: [sub("past_due")] }),
    left: await plantAccount(server, PILOT, { stripe: [sub("canceled")] }),
    friend: await plantAccount(server, PILOT, { grants: [{ plan: "pro", startsAt: PILOT, until: null, reason: "a friend" }] }),
    gone: await plantAccount(server, PILOT, { accountDeletedAt: PILOT }),
    stranger: await plantAccount(server, LATER),
  };
}

test.each([
  ["cutover", "--created-before says where the pilot ends: without it, strangers would be given to."],
  ["cutover --created-before 2026-02-01", "--created-before is an instant with its zone"],
  ["cutover --created-before 2026-02-01T00:00:00", "--created-before is an instant with its zone"],
  ["cutover --created-before 2026-02-30T00:00:00Z", "--created-before is an instant with its zone"],
  ["cutover --created-before 2199-02-01T00:00:00Z", "--created-before must be in the past"],
  [`${WORDS} --plan gold`, 'There is no plan "gold"; there are free, pro, team.'],
  [`${WORDS} --until 2026-02-01T00:00:00Z`, "--until must be in the future."],
  [`${WORDS} --batch 0`, "--batch is a whole number from 1 to 5000"],
  [`${WORDS} --batch 5001`, "--batch is a whole number from 1 to 5000"],
  [`${WORDS} --batch 1.5`, "--batch is a whole number from 1 to 5000"],
  [`${WORDS} --reason=`, "--reason has 1 to 500 characters."],
  [`${WORDS} --reason ${"a".repeat(501)}`, "--reason has 1 to 500 characters."],
  [`${WORDS} --resume`, "--resume goes on with the run that is open, as it was begun"],
  ["cutover --resume", "No cutover is open: there is nothing to go on with."],
  ["cutover undo", "--run is the id of a run. There was no cutover yet."],
  ["cutover undo --run 01890000-0000-7000-8000-000000000000", "There is no run 01890000-0000-7000-8000-000000000000."],
])("%#: wrong words are refused in a sentence, and nothing is written", async (words, message) => {
  const before = await everything();
  expect(await run(words)).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining(message) });
  expect((await run(words)).stderr).not.toContain("    at ");
  expect(await everything()).toEqual(before);
});

test("who was there before is given to; who pays, owes, left, was given to or is gone stays, and a stranger gets nothing", async () => {
  const accounts = await plantOneOfEach();
  const { run: done } = await json(WORDS);
  expect(done).toMatchObject({
    state: "done",
    plan: "pro",
    until: null,
    looked_at: 7,
    counts: { grant: 2, keep_paying: 1, keep_past_due: 1, keep_canceled: 1, already_granted: 1, deleted: 1 },
  });
  expect(await cutoverGrants(server)).toEqual([accounts.fresh, accounts.lapsed].sort().map((id) => ({ account_id: id, until: null })));
});

test("an account that was made at the instant itself is a stranger's, one a millisecond before is not", async () => {
  await plantAccounts(server, 1, LATER);
  const before = await plantAccounts(server, 1, new Date(LATER.getTime() - 1));
  await run(WORDS);
  expect(await given()).toEqual(before);
});

test("a dry run counts and names what would become of each, and writes nothing", async () => {
  const accounts = await plantOneOfEach();
  const before = await everything();
  const dry = await run(`${WORDS} --dry-run`);
  expect(dry.code).toBe(0);
  expect(dry.stdout).toContain("A dry run: nothing was changed.");
  expect(dry.stdout).toContain("pro without end, to who was there before 2026-02-01T00:00:00.000Z");
  expect(dry.stdout).toContain(`  ${accounts.lapsed}  Pilot ${accounts.lapsed} (trial_ended)`);
  expect(dry.stdout).toContain(`  ${accounts.left}  Pilot ${accounts.left} (canceled)`);
  expect(dry.stdout).not.toContain(accounts.stranger);

  const lines = (await run(`${WORDS} --dry-run --json --batch 2`)).stdout.trim().split("\n");
  const told = lines.map((line) => JSON.parse(line));
  expect(told.at(-1)).toMatchObject({ dry_run: true, plan: "pro", counts: { grant: 2, deleted: 1 } });
  expect(told.slice(0, -1)).toHaveLength(7);
  expect(told).toContainEqual({ account_id: accounts.late, name: `Pilot ${accounts.late}`, verdict: "keep_past_due", why: "past_due" });
  expect(await everything()).toEqual(before);
});

test("a dry run names fifty of a kind, and all where they are asked for", async () => {
  const accounts = await plantAccounts(server, 52, PILOT);
  const few = (await run(`${WORDS} --dry-run`)).stdout;
  expect(accounts.filter((id) => few.includes(`  ${id}  `))).toHaveLength(50);
  expect(few).toContain("and 2 more (--all lists them)");
  const all = (await run(`${WORDS} --dry-run --all`)).stdout;
  expect(accounts.filter((id) => all.includes(`  ${id}  `))).toHaveLength(52);
});

test("twice is once: a second run with the same words gives nobody anything, also who lost it since", async () => {
  const accounts = await plantAccounts(server, 5, PILOT);
  const first = await json(`${WORDS} --batch 2`);
  await server.database.query("update complimentary_grants set until = now(), ended_at = now() where account_id = $1", [accounts[0]]);
  const second = await json(WORDS);
  expect(second.run.id).not.toBe(first.run.id);
  expect([first.run.counts.grant, second.run.counts]).toMatchObject([5, { grant: 0, already_granted: 5 }]);
  expect(await given()).toEqual(accounts);
});

test("Ctrl-C ends after the batch under way; the same words, or --resume, go on from there", async () => {
  const accounts = await plantAccounts(server, 6, PILOT);
  const first = await run(`${WORDS} --batch 2 --reason pilot`, stopped);
  expect(first).toMatchObject({ code: 1, stdout: expect.stringContaining("Go on with: gatehouse cutover --resume") });
  expect(await given()).toEqual(accounts.slice(0, 2));

  await run(`${WORDS} --batch 2`, stopped);
  expect(await given()).toEqual(accounts.slice(0, 4));
  const last = await run("cutover --resume");
  expect(last.stdout).toContain("Gone on with the run that began at");
  expect(await given()).toEqual(accounts);
  expect(await server.database.query("select distinct reason from complimentary_grants")).toEqual([{ reason: "pilot" }]);
  expect(await server.database.query("select state from cutover_runs")).toEqual([{ state: "done" }]);
});

test("while a run is open, another plan or another day is refused, with the way on and the way back", async () => {
  await plantAccounts(server, 3, PILOT);
  await run(`${WORDS} --batch 1`, stopped);
  for (const words of [`${WORDS} --plan team`, "cutover --created-before 2026-02-02T00:00:00Z", `${WORDS} --until 2199-01-01T00:00:00Z`]) {
    const other = await run(words);
    expect([other.code, other.stderr]).toEqual([
      1,
      expect.stringMatching(/^Run \S+ is open, and gives pro without end.* undo --run \S+\n$/),
    ]);
  }
  expect(await given()).toHaveLength(1);
});

test("of two at once the second one is told, and gives nothing", async () => {
  await plantAccounts(server, 3, PILOT);
  const words = await server.app.db.asSystem("a test holds the cutover", async (tx) => {
    expect(await tryHoldCutover(tx)).toBe(true);
    return [await run(WORDS), await run("cutover undo --run 01890000-0000-7000-8000-000000000000")];
  });
  for (const { code, stderr } of words) expect([code, stderr]).toEqual([1, expect.stringContaining("Another process is at a cutover.")]);
  expect(await everything()).toMatchObject([{ grants: 0, runs: 0 }]);
});

test("what is given is in the account's history and audit, with reason and run", async () => {
  const [id] = await plantAccounts(server, 1, PILOT);
  const { run: done } = await json(`${WORDS} --reason thanks`);
  const audit = await server.database.query("select action, actor_user_id, user_agent, details from audit_events where account_id = $1", [
    id,
  ]);
  const details = { plan: "pro", until: null, reason: "thanks", run: done.id };
  expect(audit).toEqual([{ action: "cutover.granted", actor_user_id: null, user_agent: "gatehouse command line", details }]);
  const history = await server.database.query(
    "select kind, value->>'plan' as plan, value->>'reason' as reason, cause from access_history where account_id = $1",
    [id],
  );
  expect(history).toEqual([{ kind: "grant", plan: "pro", reason: "thanks", cause: "cutover.granted" }]);
  const whole = await server.database.query("select action from audit_events where target_id = $1 order by id", [done.id]);
  expect(whole).toEqual([{ action: "cutover.started" }, { action: "cutover.finished" }]);
});

test("undo ends what the run gave and still runs, not what others gave or ended, and tells it in the audit", async () => {
  const [first = "", second = "", third = ""] = await plantAccounts(server, 3, PILOT);
  const friend = await plantAccount(server, PILOT, { grants: [{ plan: "pro", startsAt: PILOT, until: null, reason: "a friend" }] });
  const { run: done } = await json(WORDS);
  await server.database.query("update complimentary_grants set until = $2 where account_id = $1", [second, LATER]);

  const undone = await json(`cutover undo --run ${done.id} --reason mistaken --batch 1`);
  expect(undone.run).toMatchObject({ state: "undone", ended: 2, counts: { grant: 3 } });
  const rows = await server.database.query(
    "select account_id, until, ended_at is not null as by_hand from complimentary_grants order by account_id",
  );
  const by = new Map(rows.map((row) => [row["account_id"], row]));
  expect([first, third].map((id) => by.get(id))).toMatchObject([{ by_hand: true }, { by_hand: true }]);
  expect(by.get(second)).toMatchObject({ until: LATER, by_hand: false });
  expect(by.get(friend)).toMatchObject({ until: null, by_hand: false });
  const audit = await server.database.query(
    "select account_id, details->>'reason' as reason from audit_events where action = 'cutover.grant_ended' order by account_id",
  );
  expect(audit).toEqual([first, third].map((id) => ({ account_id: id, reason: "mistaken" })));
  const history = await server.database.query("select account_id from access_history where cause = 'cutover.grant_ended' order by 1");
  expect(history).toEqual([{ account_id: first }, { account_id: third }]);

  expect((await json(`cutover undo --run ${done.id}`)).run).toMatchObject({ state: "undone", ended: 2 });
});

test("after an undo a cutover gives anew; a run that is being undone is not gone on with", async () => {
  const accounts = await plantAccounts(server, 3, PILOT);
  const { run: done } = await json(WORDS);
  const undo = `cutover undo --run ${done.id}`;
  expect((await run(`${undo} --batch 1`, stopped)).stdout).toContain("Stopped: 1 grants");
  expect((await run(WORDS)).stderr).toContain(`Run ${done.id} is being taken back. First: gatehouse ${undo}`);
  expect((await run("cutover --resume")).code).toBe(1);
  expect((await run(undo)).stdout).toContain("3 of 3 grants were running, and ended.");
  expect((await json(WORDS)).run.counts).toMatchObject({ grant: 3, already_granted: 0 });
  expect(await server.database.query("select account_id from complimentary_grants where until is null order by 1")).toEqual(
    accounts.map((id) => ({ account_id: id })),
  );
});

test("a run that was broken off can be taken back, and then gives nothing more", async () => {
  await plantAccounts(server, 3, PILOT);
  const { run: open } = await json(`${WORDS} --batch 1`, stopped);
  expect((await json(`cutover undo --run ${open.id}`)).run).toMatchObject({ state: "undone", ended: 1 });
  expect((await run("cutover --resume")).stderr).toContain("No cutover is open");
  expect(await given()).toHaveLength(1);
});

test("the planner is told of the grants: plans for an empty table would read all of it for each account", async () => {
  const known = async () =>
    (await server.database.query("select reltuples::int as rows from pg_class where relname = 'complimentary_grants'"))[0]?.["rows"];
  await server.database.query("vacuum analyze complimentary_grants");
  expect(await known()).toBe(0);
  await plantAccounts(server, 20, PILOT);
  await run(`${WORDS} --batch 2`);
  expect(await known()).toBeGreaterThanOrEqual(10);
});

test("on a terminal one line is drawn over and ends at 100 per cent; elsewhere it is said in lines", async () => {
  await plantAccounts(server, 4, PILOT);
  const drawn: string[] = [];
  await run(`${WORDS} --dry-run`, { overwrite: (line) => void drawn.push(line) });
  expect(drawn.at(-1)).toMatch(/^\[={24}\] 100 % {2}4 of 4 accounts, \d+\/s$/);
  expect((await run(WORDS)).stderr).toMatch(/^100 % {2}4 of 4 accounts, \d+\/s\n$/);
});
