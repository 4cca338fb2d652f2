import { openTestDatabase, type TestDatabase } from "@gatehouse/testkit";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Tx } from "./app.ts";
import { type Db, openDb } from "./db.ts";

const AT = new Date(Date.UTC(2026, 0, 1));
let database: TestDatabase;
let db: Db;
const lost: Error[] = [];
beforeAll(async () => {
  database = await openTestDatabase();
  db = openDb({ url: database.serverUrl, poolMax: 2, onLostConnection: (error) => lost.push(error) });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const put = (tx: Tx, key: string) => sql`insert into settings (key, value, updated_at) values (${key}, '1'::jsonb, ${AT})`.execute(tx);
const kept = async (key: string) => (await database.query("select key from settings where key = $1", [key])).length === 1;
const ask = (tx: Tx) =>
  sql<{ role: string; account: string | null; pid: number }>`
    select current_user as role, nullif(current_setting('app.account_id', true), '') as account, pg_backend_pid() as pid`
    .execute(tx)
    .then(({ rows }) => rows[0]);
const ACCOUNT = "01890000-0000-7000-8000-000000000001";

test("what was done is kept when the work ends, and none of it when the work throws", async () => {
  await db.asSystem("a test", (tx) => put(tx, "kept"));
  const failing = db.asSystem("a test", async (tx) => {
    await put(tx, "half");
    throw new Error("changed my mind");
  });
  await expect(failing).rejects.toThrow("changed my mind");
  expect([await kept("kept"), await kept("half")]).toEqual([true, false]);
});

test("a statement that fails takes the whole transaction with it, and the connection is good for the next", async () => {
  const failing = db.asSystem("a test", async (tx) => {
    await put(tx, "before the mistake");
    await sql`select 1/0`.execute(tx);
  });
  await expect(failing).rejects.toThrow("division by zero");
  expect(await kept("before the mistake")).toBe(false);
  expect(await db.asSystem("a test", ask)).toMatchObject({ role: "gatehouse_system" });
});

test("a transaction that failed cannot be committed by swallowing the error", async () => {
  await db
    .asSystem("a test", async (tx) => {
      await put(tx, "swallowed");
      await sql`select 1/0`.execute(tx).catch(() => undefined);
    })
    .catch(() => undefined);
  expect(await kept("swallowed")).toBe(false);
});

test("role and account hold for one transaction: the next on the same connection has neither", async () => {
  const one = openDb({ url: database.serverUrl, poolMax: 1, onLostConnection: (error) => lost.push(error) });
  const first = await one.forAccount(ACCOUNT, ask);
  await one.forAccount(ACCOUNT, () => Promise.reject(new Error("no"))).catch(() => undefined);
  const next = await one.asSystem("a test", ask);
  expect(first).toMatchObject({ role: "gatehouse_app", account: ACCOUNT });
  expect(next).toEqual({ role: "gatehouse_system", account: null, pid: first?.pid });
  await one.close();
});

test("a transaction waits for a connection as long as it is told to, and no longer", async () => {
  const held = Promise.withResolvers<void>();
  const hold = async (waitSeconds: number) => {
    const one = openDb({ url: database.serverUrl, poolMax: 1, waitSeconds, onLostConnection: (error) => lost.push(error) });
    const isHeld = Promise.withResolvers<void>();
    const holder = one.asSystem("a test", () => {
      isHeld.resolve();
      return held.promise;
    });
    await isHeld.promise;
    return { one, holder };
  };
  const [short, long] = [await hold(1), await hold(60)];
  const patient = long.one.asSystem("a test", ask);
  await expect(short.one.asSystem("a test", ask)).rejects.toMatchObject({ code: "database_unavailable" });
  held.resolve();
  expect(await patient).toMatchObject({ role: "gatehouse_system" });
  for (const { one, holder } of [short, long]) {
    await holder;
    await one.close();
  }
});

test("only an id can name an account, and a reason must be given to name none", () => {
  expect(() => db.forAccount("' or 1=1; --", ask)).toThrow(TypeError);
  expect(() => db.forAccount("", ask)).toThrow(TypeError);
  expect(() => db.asSystem("", ask)).toThrow(TypeError);
});

test("what is to happen after the commit happens after it, in order, and never after a rollback", async () => {
  const happened: string[] = [];
  const note = (what: string) => () => void happened.push(what);
  await db.asSystem("a test", async (tx) => {
    db.afterCommit(tx, note("first"));
    db.afterCommit(tx, note("second"));
    await put(tx, "committed");
    expect(happened).toEqual([]);
  });
  const failing = db.asSystem("a test", (tx) => {
    db.afterCommit(tx, note("never"));
    return Promise.reject(new Error("no"));
  });
  await expect(failing).rejects.toThrow("no");
  await db.asSystem("a test", ask);
  expect(happened).toEqual(["first", "second"]);
});

test("a transaction that has ended takes no more effects", async () => {
  const tx = await db.asSystem("a test", (open) => Promise.resolve(open));
  expect(() => db.afterCommit(tx, () => undefined)).toThrow("ended");
});

test("counts come as numbers, times as dates, and other pools of the process are left alone", async () => {
  const row = await db.asSystem("a test", (tx) =>
    sql<{ count: number; at: Date }>`select count(*) as count, ${AT}::timestamptz as at from plans`.execute(tx).then(({ rows }) => rows[0]),
  );
  expect(row?.count).toBeTypeOf("number");
  expect(row?.at).toEqual(AT);
  expect((await database.query("select count(*) as count from plans"))[0]?.["count"]).toBeTypeOf("string");
});

test("a backend that is killed under a transaction is a refusal that says to come back, and the next one works", async () => {
  const running = db.asSystem("a test", async (tx) => {
    await put(tx, "killed");
    const pid = (await ask(tx))?.pid;
    await database.query("select pg_terminate_backend($1)", [pid]);
    await put(tx, "after the kill");
  });
  await expect(running).rejects.toMatchObject({ code: "database_unavailable", details: { retryAfterSeconds: 2 } });
  expect(await kept("killed")).toBe(false);
  await db.asSystem("a test", (tx) => put(tx, "after the recovery"));
  expect(await kept("after the recovery")).toBe(true);
});

test("every idle connection may be killed: the pool makes new ones by itself and says so", async () => {
  await db.asSystem("a test", ask);
  const before = lost.length;
  const killed = await database.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'gatehouse'",
  );
  expect(killed.length).toBeGreaterThan(0);
  await expect.poll(() => lost.length).toBe(before + killed.length);
  expect(await db.asSystem("a test", ask)).toMatchObject({ role: "gatehouse_system" });
});

test("a database that is not there is a refusal, with the cause kept for the log", async () => {
  const nowhere = openDb({ url: database.serverUrl.replace(/test_\d+/, "test_nowhere"), poolMax: 1, onLostConnection: () => undefined });
  const refused = openDb({ url: "postgresql://nobody@127.0.0.1:1/none", poolMax: 1, onLostConnection: () => undefined });
  await expect(refused.asSystem("a test", ask)).rejects.toMatchObject({ code: "database_unavailable", cause: { code: "ECONNREFUSED" } });
  await expect(nowhere.asSystem("a test", ask)).rejects.toMatchObject({ code: "database_unavailable", cause: { code: "3D000" } });
  await Promise.all([nowhere.close(), refused.close()]);
});

test("when every connection is taken, work waits its turn", async () => {
  const both = await Promise.all(Array.from({ length: 8 }, () => db.asSystem("a test", ask)));
  expect(new Set(both.map((row) => row?.pid)).size).toBeLessThanOrEqual(2);
});
