import { openTestDatabase, registerPerson, type TestDatabase } from "@gatehouse/testkit";
import { type ServerProcess, until } from "@gatehouse/testkit/server-process";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freshHome, on, serve } from "./resolution-flow.ts";
import { startSlowMailServer } from "./slow-mail-server.ts";

// Whole processes start and stop; on a busy machine that takes its time.

let database: TestDatabase;
let place: Awaited<ReturnType<typeof freshHome>>;
beforeEach(async () => {
  [database, place] = await Promise.all([openTestDatabase(), freshHome()]);
});
afterEach(async () => {
  await database.drop();
  await place[Symbol.asyncDispose]();
});

const started = async (env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> => {
  const server = await serve({ ...on(database), GATEHOUSE_HOME: place.home, ...env });
  await server.ready();
  return server;
};

test("a stop lets sign-ups that wait for a hash or for the database end with 201, and takes nobody new", async () => {
  await using server = await started({ PASSWORD_HASHES_AT_ONCE: "1" });
  await using door = await holdSignUps();
  const signUps = Array.from({ length: 6 }, () => registerPerson(server));
  await until(door.hasWaiter, "a sign-up to reach the database");
  server.kill("SIGTERM");
  await until(() => isRefused(server), "new connections to be refused");
  await door.open();
  const people = await Promise.all(signUps);
  expect(await server.ended).toEqual({ code: 0, signal: null });
  expect(new Set(people.map((person) => person.account.id)).size).toBe(6);
  expect(await database.query("select count(*)::int as count from users")).toEqual([{ count: 6 }]);
});

test("a request that does not end holds a stop up for no longer than SHUTDOWN_SECONDS, and leaves nothing", async () => {
  await using server = await started({ SHUTDOWN_SECONDS: "1" });
  await using door = await holdSignUps();
  const signUp = registerPerson(server).then(
    () => "answered",
    () => "cut off",
  );
  await until(door.hasWaiter, "the sign-up to reach the database");
  server.kill("SIGTERM");
  expect(await server.ended).toEqual({ code: 0, signal: null });
  expect(await signUp).toBe("cut off");
  await door.open();
  await until(async () => !(await door.hasWaiter()), "the database to notice");
  expect(await database.query("select id from users")).toEqual([]);
});

test("a stop waits for the mail that is being sent", async () => {
  await using mail = await startSlowMailServer();
  await using server = await started({ SMTP_URL: mail.smtpUrl });
  await registerPerson(server);
  await until(() => mail.inHand().length === 1, "the mail to be on its way");
  server.kill("SIGTERM");
  await until(() => isRefused(server), "new connections to be refused");
  mail.release();
  expect(await server.ended).toEqual({ code: 0, signal: null });
  expect(mail.taken()).toHaveLength(1);
  expect(await jobs()).toEqual([{ state: "completed" }]);
});

test("a mail that a stop could not wait for is sent by the next start, as the same mail", async () => {
  await using mail = await startSlowMailServer();
  await using first = await started({ SMTP_URL: mail.smtpUrl, SHUTDOWN_SECONDS: "1" });
  await registerPerson(first);
  await until(() => mail.inHand().length === 1, "the mail to be on its way");
  const [messageId] = mail.inHand();
  first.kill("SIGTERM");
  expect(await first.ended).toEqual({ code: 0, signal: null });
  expect(await jobs()).toEqual([{ state: "retry" }]);

  mail.release();
  await makeDue();
  await using second = await started({ SMTP_URL: mail.smtpUrl });
  await until(() => mail.taken().length > 0, "the mail to be sent again");
  expect(mail.taken()).toEqual([messageId]);
  await second.stop();
});

test("a mail whose sender was killed with -9 is sent by the next start, as the same mail", async () => {
  await using mail = await startSlowMailServer();
  await using first = await started({ SMTP_URL: mail.smtpUrl });
  await registerPerson(first);
  await until(() => mail.inHand().length === 1, "the mail to be on its way");
  const [messageId] = mail.inHand();
  first.kill("SIGKILL");
  await first.ended;
  expect(await jobs()).toEqual([{ state: "active" }]);

  mail.release();
  await letTimeOut();
  await using second = await started({ SMTP_URL: mail.smtpUrl });
  await until(async () => (await makeDue()).length === 1, "the queue to give the job up");
  await until(() => mail.taken().length > 0, "the mail to be sent again");
  expect(mail.taken()).toEqual([messageId]);
  await second.stop();
});

const jobs = () => database.query("select state::text from pgboss.job where name = 'mail'");
/** The pause before the next try is over. @returns the mails that paused; a look at Stripe may have been cut off beside them */
const makeDue = () => database.query("update pgboss.job set start_after = created_on where name = 'mail' and state = 'retry' returning id");
/** The time that a job may take has passed since it began, and so has the time since the queue looked for such jobs. */
async function letTimeOut(): Promise<void> {
  await database.query("update pgboss.job set started_on = started_on - interval '1 hour'");
  await database.query("update pgboss.queue set monitor_on = null, monitor_claim_on = null");
}

const isRefused = (server: ServerProcess): Promise<boolean> =>
  server.ask("/healthz").then(
    () => false,
    () => true,
  );

/** Reads go on, but a new account has to wait: a sign-up then stands still behind its hash. */
async function holdSignUps(): Promise<AsyncDisposable & { open(): Promise<void>; hasWaiter(): Promise<boolean> }> {
  const client = new pg.Client({ connectionString: database.ownerUrl });
  // When a test fails, the database goes before the lock does.
  client.on("error", () => undefined);
  await client.connect();
  await client.query("begin; lock table accounts in share mode");
  return {
    open: async () => void (await client.query("rollback")),
    async hasWaiter() {
      const rows = await database.query("select pid from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'", [
        database.name,
      ]);
      return rows.length > 0;
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
