import { addDays } from "@gatehouse/core";
import {
  openTestServer,
  registerMember,
  registerPerson,
  registerVerified,
  TEST_PASSWORD,
  TEST_START,
  type TestServer,
  tokenIn,
} from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { until } from "@gatehouse/testkit/server-process";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CommandContext } from "./context.ts";

let server: TestServer;
let env: Record<string, string>;
// A database a test: it is about all accounts that there are.
beforeEach(async () => {
  server = await openTestServer();
  env = environmentOf(server.database);
});
afterEach(() => server.close());

const run = (words: string, parts: Partial<CommandContext> = {}) => runCommand(words, env, parts);
const countsOf = async (words = "trial backfill", parts: Partial<CommandContext> = {}) =>
  JSON.parse((await run(`${words} --json`, parts)).stdout).counts;
const stopped = { untilStopped: () => Promise.resolve() };
const claims = () =>
  server.database.query<{ account_id: string; kind: string }>(
    "select account_id, kind, encode(hash, 'hex') as hash, at, proven_at from trial_claims order by account_id, kind, hash",
  );
/** As a database is on the day on which trials begin to be remembered. */
const forget = () => server.database.query("delete from trial_claims");
const reasonOf = async (email: string) => {
  const answer = await server.request<{ trial?: { reason: string } }>("POST", "/auth/register", {
    body: { email, password: TEST_PASSWORD, name: "Ada Lovelace" },
  });
  expect(answer.status).toBe(201);
  return answer.body.trial?.reason ?? null;
};
const counted = (counts: Partial<Record<"remembered" | "known" | "held_by_others" | "nobody_left", number>>) => ({
  remembered: 0,
  known: 0,
  held_by_others: 0,
  nobody_left: 0,
  ...counts,
});

test("trials of before are remembered to the letter as sign-up remembers them, dated when they began", async () => {
  await registerVerified(server, { email: "ada@engines.com" });
  await registerVerified(server, { email: "a.d.a+x@gmail.com" });
  server.clock.set(addDays(TEST_START, 3));
  await registerPerson(server, { email: "grace@compilers.com" });
  const asSignUpDid = await claims();
  expect(asSignUpDid).toHaveLength(5);
  await forget();
  server.clock.set(addDays(TEST_START, 40));
  expect(await countsOf()).toEqual(counted({ remembered: 3 }));
  expect(await claims()).toEqual(asSignUpDid);
});

test("before, their people would have had a second trial, and after it they have none; sign-up goes through all the same", async () => {
  await registerVerified(server, { email: "ada@engines.com" });
  await forget();
  await run("trial backfill");
  expect(await reasonOf("ada+again@engines.com")).toBe("trial_used_by_person");
  expect(await reasonOf("grace@engines.com")).toBe("trial_used_by_company");
  expect(await reasonOf("grace@compilers.com")).toBeNull();
});

test("accounts of providers are remembered, too; members who were invited took no trial", async () => {
  const ada = await registerVerified(server, { email: "ada@posteo.de" });
  const member = await registerMember(server, ada);
  for (const [userId, subject] of [
    [ada.user.id, "of-ada"],
    [member.user.id, "of-a-member"],
  ]) {
    await server.database.query(
      `insert into oauth_identities (id, user_id, provider, issuer, subject, email_at_link, created_at)
       values (uuidv7(), $1, 'google', 'https://accounts.google.com', $2, null, $3)`,
      [userId, subject, TEST_START],
    );
  }
  await forget();
  await run("trial backfill");
  const hash = server.app.secrets.digest("trial.provider", "https://accounts.google.com\nof-ada").toString("hex");
  expect(await claims()).toMatchObject([
    { account_id: ada.account.id, kind: "address" },
    { account_id: ada.account.id, kind: "provider", hash, at: TEST_START },
  ]);
});

test("twice is once, and a run that changes nothing leaves no trace", async () => {
  await registerVerified(server, { email: "ada@engines.com" });
  await registerPerson(server, { email: "grace@compilers.com" });
  await forget();
  await run("trial backfill");
  const after = await claims();
  expect(await countsOf()).toEqual(counted({ known: 2 }));
  expect(await claims()).toEqual(after);
  expect(await server.database.query("select details from audit_events where action = 'trials.remembered'")).toEqual([
    { details: counted({ remembered: 2 }) },
  ]);
});

test("a dry run counts exactly what the run then does, also over the borders of batches, and writes nothing", async () => {
  await registerPerson(server, { email: "ada+1@posteo.de" });
  await registerPerson(server, { email: "ada+typed@engines.com" });
  await forget();
  // The same mailbox, and a colleague of the same company: at the time both got a trial.
  await registerPerson(server, { email: "ada+2@posteo.de" });
  await forget();
  await registerVerified(server, { email: "grace@engines.com" });
  await forget();
  const gone = await registerVerified(server, { email: "gone@elsewhere.com" });
  await forget();
  await server.database.query("delete from memberships where account_id = $1", [gone.account.id]);
  const expected = counted({ remembered: 3, held_by_others: 1, nobody_left: 1 });
  for (const words of ["trial backfill --dry-run --batch 1", "trial backfill --dry-run"]) expect(await countsOf(words)).toEqual(expected);
  expect(await claims()).toEqual([]);
  const dry = await run("trial backfill --dry-run");
  expect(dry).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("A dry run: nothing was changed.\n3 trials would be remembered; 0"),
  });
  expect(await server.database.query("select 1 from audit_events where action = 'trials.remembered'")).toEqual([]);
  expect(await countsOf("trial backfill --batch 1")).toEqual(expected);
  expect(await countsOf("trial backfill --dry-run")).toEqual(counted({ known: 3, held_by_others: 1, nobody_left: 1 }));
});

test.each([1, 1000])("a company is remembered with who proved it, not with who typed it first: batches of %i", async (batch) => {
  const typed = await registerPerson(server, { email: "nobody@engines.com" });
  await forget();
  const proven = await registerVerified(server, { email: "ada@engines.com" });
  await forget();
  await run(`trial backfill --batch ${batch}`);
  const companies = await server.database.query("select account_id from trial_claims where kind = 'company'");
  expect(companies).toEqual([{ account_id: proven.account.id }]);
  // Long after the grace in which a stranger's claim would have lapsed.
  server.clock.set(addDays(TEST_START, 400));
  expect(await reasonOf("grace@engines.com")).toBe("trial_used_by_company");
  expect(await countsOf()).toMatchObject({ remembered: 0 });
  expect((await claims()).filter(({ account_id }) => account_id === typed.account.id)).toMatchObject([{ kind: "address" }]);
});

test("Ctrl-C ends after the batch under way, and the same words go on", async () => {
  for (let count = 0; count < 5; count += 1) await registerVerified(server);
  const all = await claims();
  await forget();
  const first = await run("trial backfill --batch 2", stopped);
  expect(first).toMatchObject({ code: 1, stdout: expect.stringContaining("Stopped. The same words go on: gatehouse trial backfill") });
  expect(await claims()).toEqual(all.slice(0, 2));
  expect(await countsOf("trial backfill --batch 2")).toEqual(counted({ remembered: 3, known: 2 }));
  expect(await claims()).toEqual(all);
});

test("two at once do no harm to each other", async () => {
  for (let count = 0; count < 12; count += 1) await registerVerified(server);
  const all = await claims();
  await forget();
  const both = await Promise.all([run("trial backfill --batch 3"), run("trial backfill --batch 4")]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(await claims()).toEqual(all);
});

test("who proves their address while a batch is under way has proven it", async () => {
  const ada = await registerPerson(server, { email: "ada@engines.com" });
  const token = tokenIn(await server.mailTo(ada.email));
  const [claim] = await server.database.query<{ hash: Buffer }>("select hash from trial_claims where kind = 'company'");
  await forget();
  const holder = new pg.Client({ connectionString: server.database.serverUrl });
  await holder.connect();
  try {
    // The batch has read that nothing is proven, and waits for this before it can be committed.
    await holder.query("begin; set local role gatehouse_system");
    await holder.query("insert into trial_claims (account_id, kind, hash, at) values ($1, 'company', $2, $3)", [
      ada.account.id,
      claim?.hash,
      TEST_START,
    ]);
    const running = run("trial backfill");
    const waiters = async () =>
      (await server.database.query("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"))
        .length;
    await until(
      async () => (await waiters()) === 1,
      () => "the batch to wait",
    );
    const verifying = server.request("POST", "/auth/email/verify", { token: ada.accessToken, body: { token } });
    await until(
      async () => (await waiters()) === 2,
      () => "the verification to wait for the batch",
    );
    await holder.query("rollback");
    expect((await running).code).toBe(0);
    expect((await verifying).status).toBe(200);
  } finally {
    await holder.end();
  }
  expect(await claims()).toMatchObject([
    { kind: "address", proven_at: TEST_START },
    { kind: "company", proven_at: TEST_START },
  ]);
});

test("after a change of the secret, who is still there is remembered again", async () => {
  await registerVerified(server, { email: "ada@posteo.de" });
  const changed = { ...env, GATEHOUSE_SECRET: "another secret of tests, which is none either" };
  const { stdout } = await runCommand("trial backfill --json", changed);
  expect(JSON.parse(stdout)).toMatchObject({ done: true, counts: { remembered: 1 } });
});

test.each([
  ["trial backfill --batch 0", "--batch is a whole number from 1 to 5000"],
  ["trial backfill --batch 5001", "--batch is a whole number from 1 to 5000"],
])("%s: wrong words are refused in a sentence", async (words, message) => {
  expect(await run(words)).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining(message) });
});

test("where every account gets a trial, none is remembered", async () => {
  await registerVerified(server, { email: "ada@posteo.de" });
  await forget();
  const refused = await runCommand("trial backfill", { ...env, TRIAL_ABUSE: "off" });
  expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("TRIAL_ABUSE is off") });
  expect(refused.stderr).not.toContain("    at ");
  expect(await claims()).toEqual([]);
});
