import { createHash } from "node:crypto";
import { openTestDatabase, type TestDatabase } from "@gatehouse/testkit";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Db, openDb, type Tx } from "./db.ts";
import { type Jobs, openJobs, type Queue } from "./jobs.ts";
import { openLog } from "./log.ts";

const SHUTDOWN_SECONDS = 5;
/** Where pg-boss tells its workers that there is something to do: of its schema's name. */
const CHANNEL = `pgboss_${createHash("sha224").update("pgboss").digest("hex").slice(0, 24)}`;

let database: TestDatabase;
let db: Db;
let jobs: Jobs;
beforeEach(async () => {
  database = await openTestDatabase();
  db = openDb({ url: database.serverUrl, poolMax: 4, onLostConnection: () => undefined });
  const log = openLog({ level: "fatal", now: () => new Date(0) });
  jobs = openJobs({ url: database.serverUrl, log, listens: true });
  await jobs.start();
});
afterEach(async () => {
  await jobs.stop(SHUTDOWN_SECONDS);
  await db.close();
  await database.drop();
});

const within = (work: (tx: Tx) => Promise<void>) => db.asSystem("a test", work);
const eventJobs = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: "stripe.event" as const, data: { eventId: `evt_${index}` } }));
const stored = () =>
  database.query("select name, state, retry_limit, retry_backoff, retry_delay, data from pgboss.job order by name, data");

test("jobs that are added together are stored as if each had been added alone", async () => {
  await within((tx) =>
    jobs.enqueueAll(tx, [
      { name: "stripe.event", data: { eventId: "evt_1" } },
      { name: "mail.wish_reset", data: { email: "ada@example.com" } },
    ]),
  );
  const together = await stored();
  expect(together.map((row) => row["data"])).toEqual([
    { name: "mail.wish_reset", data: { email: "ada@example.com" } },
    { name: "stripe.event", data: { eventId: "evt_1" } },
  ]);
  await database.query("delete from pgboss.job");
  await within(async (tx) => {
    await jobs.enqueue(tx, "stripe.event", { eventId: "evt_1" });
    await jobs.enqueue(tx, "mail.wish_reset", { email: "ada@example.com" });
  });
  expect(await stored()).toEqual(together);
});

test("they exist if and only if the transaction commits, and none at all is fine", async () => {
  const rolledBack = within(async (tx) => {
    await jobs.enqueueAll(tx, eventJobs(3));
    throw new Error("changed our mind");
  });
  await expect(rolledBack).rejects.toThrow("changed our mind");
  await within((tx) => jobs.enqueueAll(tx, []));
  expect(await stored()).toEqual([]);
});

test("R6: the workers are told once the transaction commits, once for all of them, and not when it is rolled back", async () => {
  const listener = new pg.Client({ connectionString: database.serverUrl });
  await listener.connect();
  const told: (string | undefined)[] = [];
  listener.on("notification", ({ payload }) => told.push(payload));
  await listener.query(`listen ${CHANNEL}`);
  await within(async (tx) => {
    await jobs.enqueueAll(tx, eventJobs(2));
    throw new Error("changed our mind");
  }).catch(() => undefined);
  await within((tx) => jobs.enqueueAll(tx, eventJobs(50)));
  await expect.poll(() => told).toEqual(["stripe"]);
  await listener.end();
});

/** A handler whose jobs stand still until they are let go. */
function heldJobs() {
  const begun: unknown[] = [];
  const { promise, resolve: letGo } = Promise.withResolvers<void>();
  jobs.handle("stripe.event", async ({ eventId }) => {
    begun.push(eventId);
    if (String(eventId).startsWith("evt_held")) await promise;
  });
  return { begun, letGo };
}

test("R8: a job that waits long for Stripe, and those that came with it, hold up none that come later", async () => {
  const { begun, letGo } = heldJobs();
  await within((tx) => jobs.enqueueAll(tx, [{ name: "stripe.event", data: { eventId: "evt_held" } }, ...eventJobs(3)]));
  await jobs.startWork(["stripe"]);
  await expect.poll(() => begun).toHaveLength(4);
  await within((tx) => jobs.enqueueAll(tx, eventJobs(15)));
  await expect.poll(() => begun).toHaveLength(19);
  letGo();
  await jobs.drain();
});

test("only the queues that are named are worked off", async () => {
  const done: Queue[] = [];
  jobs.handle("stripe.event", () => Promise.resolve(void done.push("stripe")));
  jobs.handle("mail.wish_reset", () => Promise.resolve(void done.push("mail")));
  await within((tx) =>
    jobs.enqueueAll(tx, [
      { name: "mail.wish_reset", data: {} },
      { name: "stripe.event", data: {} },
    ]),
  );
  await jobs.startWork(["stripe"]);
  await expect.poll(() => done).toEqual(["stripe"]);
  await expect
    .poll(() => stored())
    .toMatchObject([
      { name: "mail", state: "created" },
      { name: "stripe", state: "completed" },
    ]);
});

test("R8: a thousand jobs that came at once are done without a wait between their batches", async () => {
  const done: unknown[] = [];
  jobs.handle("stripe.event", ({ eventId }) => Promise.resolve(void done.push(eventId)));
  await within((tx) => jobs.enqueueAll(tx, eventJobs(1000)));
  await jobs.startWork(["stripe"]);
  // Gives up after thirty seconds; ten by each of three workers every second would take longer.
  await jobs.drain();
  expect(new Set(done).size).toBe(1000);
  expect(done).toHaveLength(1000);
});
