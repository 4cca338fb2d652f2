import { openTestDatabase, type TestDatabase } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Db, openDb } from "./db.ts";
import { openLog } from "./log.ts";
import { openSignals, type Signals } from "./signals.ts";

/** One process: its own pool and its own listening connection. */
interface Process {
  readonly db: Db;
  readonly signals: Signals;
  readonly heard: string[];
  gaps: number;
}
let database: TestDatabase;
let here: Process;
let there: Process;
const log = openLog({ level: "silent", now: () => new Date(0) });

async function start(): Promise<Process> {
  const db = openDb({ url: database.serverUrl, poolMax: 2, onLostConnection: () => undefined });
  const signals = openSignals({ url: database.serverUrl, db, log });
  const started: Process = { db, signals, heard: [], gaps: 0 };
  signals.on("facts", (payload) => started.heard.push(payload));
  signals.onGap(() => {
    started.gaps += 1;
  });
  await signals.start();
  return started;
}
beforeAll(async () => {
  database = await openTestDatabase();
  [here, there] = await Promise.all([start(), start()]);
});
afterAll(async () => {
  for (const { signals, db } of [here, there]) {
    await signals.stop();
    await db.close();
  }
  await database.drop();
});
const publish = (payload: string) => here.db.asSystem("a test", (tx) => here.signals.publish(tx, "facts", payload));
/** Returns when both listen again: what is said between is missed, and no other test must say it then. */
async function killListeners(): Promise<void> {
  const [before, beforeThere] = [here.gaps, there.gaps];
  await database.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'gatehouse-listen'",
  );
  await expect.poll(() => here.gaps > before && there.gaps > beforeThere).toBe(true);
}

test("the process that changed something has heard of it when the call returns, the others soon after", async () => {
  await publish("account:1");
  expect(here.heard).toContain("account:1");
  await expect.poll(() => there.heard).toContain("account:1");
});

test("what was rolled back is told to nobody", async () => {
  const failing = here.db.asSystem("a test", async (tx) => {
    await here.signals.publish(tx, "facts", "account:rolled-back");
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  await publish("account:after");
  await expect.poll(() => there.heard).toContain("account:after");
  expect([...here.heard, ...there.heard]).not.toContain("account:rolled-back");
});

test("a topic is told only to who asked for it, and a payload may hold a colon", async () => {
  const settings: string[] = [];
  there.signals.on("settings", (payload) => settings.push(payload));
  await here.db.asSystem("a test", (tx) => here.signals.publish(tx, "settings", "clock:1:2"));
  await expect.poll(() => settings).toEqual(["clock:1:2"]);
  expect(there.heard).not.toContain("clock:1:2");
});

test("a listening connection that is lost comes back by itself, and says that words may have been missed", async () => {
  const before = there.gaps;
  await killListeners();
  expect(there.gaps).toBeGreaterThan(before);
  expect(there.signals.isListening()).toBe(true);
  await publish("account:again");
  await expect.poll(() => there.heard).toContain("account:again");
});

test("while the connection is away, the process that changes something still hears itself", async () => {
  await here.signals.stop();
  await publish("account:alone");
  expect(here.heard).toContain("account:alone");
  await here.signals.start();
});

test("a connection that is lost after the end does not come back", async () => {
  const third = await start();
  await third.signals.stop();
  await killListeners();
  expect(third.signals.isListening()).toBe(false);
  expect(third.gaps).toBe(1);
  await third.db.close();
});
