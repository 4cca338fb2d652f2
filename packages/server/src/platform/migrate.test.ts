import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTestDatabase, type TestDatabase } from "@gatehouse/testkit";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type MigrationSet, migrate, pendingMigrations, platformMigrations } from "./migrate.ts";

const PLATFORM = [
  "0001-foundation",
  "0002-billing",
  "0003-oauth",
  "0004-teams",
  "0005-flags-and-limits",
  "0006-operators",
  "0007-sales",
  "0008-trial-abuse",
  "0009-waitlist",
  "0010-cutover",
  "0011-shadow",
  "0012-plan-edits",
  "0013-versions-in-order",
  "0015-for-operators",
  "0016-ticket-offers",
];
let database: TestDatabase;
let folder: string;
let shop: MigrationSet;
beforeEach(async () => {
  database = await openTestDatabase({ empty: true });
  folder = mkdtempSync(join(tmpdir(), "gatehouse-migrations-"));
  shop = { name: "shop", folder };
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

const run = (...sets: MigrationSet[]) =>
  migrate({ ownerUrl: database.ownerUrl, serverUrl: database.serverUrl, sets: [platformMigrations, ...sets] });
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const exists = async (table: string) =>
  (await database.query("select to_regclass($1) is not null as yes", [`public.${table}`]))[0]?.["yes"];
const shape = () =>
  database.query(
    "select table_schema, table_name, column_name, data_type from information_schema.columns where table_schema in ('public', 'pgboss') order by 1, 2, 3",
  );

test("five processes that start at once on an empty database all come up, and each file ran once", async () => {
  write("0001-shelves.sql", "create table shelves (id int primary key); insert into shelves values (1);");
  const applied = await Promise.all(Array.from({ length: 5 }, () => run(shop)));
  expect(applied.flat().sort()).toEqual([...PLATFORM, "0001-shelves"].sort());
  expect(await database.query("select id from shelves")).toEqual([{ id: 1 }]);
});

test("a server may come up and migrate while four others do, and nothing changes", async () => {
  await run();
  const before = await shape();
  for (let round = 0; round < 2; round += 1) {
    expect((await Promise.all(Array.from({ length: 5 }, () => run()))).flat()).toEqual([]);
  }
  expect(await shape()).toEqual(before);
});

test("a file that fails leaves nothing of itself, is named, and may be tried again; those before it stay", async () => {
  write("0001-shelves.sql", "create table shelves (id int primary key);");
  write("0002-boxes.sql", "create table boxes (id int primary key); insert into shelves values (1); select no_such_column;");
  await expect(run(shop)).rejects.toThrow(/0002-boxes.*no_such_column/);
  expect([await exists("users"), await exists("shelves"), await exists("boxes")]).toEqual([true, true, false]);
  expect(await pendingMigrations(database.ownerUrl, [platformMigrations, shop])).toEqual(["0002-boxes"]);
  write("0002-boxes.sql", "create table boxes (id int primary key);");
  expect(await run(shop)).toEqual(["0002-boxes"]);
});

test("files run in the order of their numbers, the platform's before the app's", async () => {
  write("0002-second.sql", "insert into shelves values (2);");
  write("0001-first.sql", "create table shelves (id int primary key); alter table shelves add foreign key (id) references shelves;");
  write("notes.txt", "this is no migration");
  expect(await run(shop)).toEqual([...PLATFORM, "0001-first", "0002-second"]);
});

test("what the code has and the database has not is pending, by name", async () => {
  write("0001-shelves.sql", "create table shelves (id int primary key);");
  expect(await pendingMigrations(database.ownerUrl, [platformMigrations, shop])).toEqual([...PLATFORM, "0001-shelves"]);
  await run(shop);
  write("0002-boxes.sql", "create table boxes (id int primary key);");
  expect(await pendingMigrations(database.serverUrl, [platformMigrations, shop])).toEqual(["0002-boxes"]);
});

test("a database that knows a migration which the code does not is not touched: the code is older", async () => {
  write("0001-shelves.sql", "create table shelves (id int primary key);");
  await run(shop);
  rmSync(join(folder, "0001-shelves.sql"));
  await expect(run(shop)).rejects.toThrow(/shop|shelves/);
  expect(await exists("shelves")).toBe(true);
});

test("a file put in before one that has run is refused: forward only", async () => {
  write("0002-shelves.sql", "create table shelves (id int primary key);");
  await run(shop);
  write("0001-late.sql", "create table late (id int primary key);");
  await expect(run(shop)).rejects.toThrow();
  expect(await exists("late")).toBe(false);
});

test("the server's role may ask which migrations have run, and may change none of it", async () => {
  await run();
  const { rows } = await asServer("select name from gatehouse_migrations order by name");
  expect(rows).toEqual(PLATFORM.map((name) => ({ name })));
  await expect(asServer("delete from gatehouse_migrations")).rejects.toThrow("permission denied");
  await expect(asServer("create table mine (id int)")).rejects.toThrow("permission denied");
});

async function asServer(text: string) {
  const client = new pg.Client({ connectionString: database.serverUrl });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}
