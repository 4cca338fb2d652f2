import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedPostgres, startPostgres } from "./postgres.ts";
import { ensureSandboxDatabase } from "./sandbox-database.ts";

let folder: string;
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-test-"));
  await chmod(folder, 0o711);
  postgres = await startPostgres({ home: join(folder, "home"), durable: false, uid: process.getuid?.() ?? 0, log: () => undefined });
});

afterAll(async () => {
  await postgres.remove();
  await rm(folder, { recursive: true, force: true });
});

async function as(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("two processes that prepare the database at once get the same one", async () => {
  const [one, two] = await Promise.all([ensureSandboxDatabase(postgres), ensureSandboxDatabase(postgres)]);
  expect(one).toEqual(two);
  const who = "select current_user as name, current_database() as database";
  expect(await as(one.ownerUrl, who)).toEqual([{ name: "gatehouse_owner", database: "gatehouse" }]);
  expect(await as(one.serverUrl, who)).toEqual([{ name: "gatehouse_server", database: "gatehouse" }]);
});

test("the owner can make the roles that row-level security needs and give them to the server, and neither is a superuser", async () => {
  const { ownerUrl, serverUrl } = await ensureSandboxDatabase(postgres);
  await as(ownerUrl, "create table secrets as select 1 as one; create role tenant nologin; grant select on secrets to tenant");
  await as(ownerUrl, "grant tenant to gatehouse_server");
  await expect(as(serverUrl, "select one from secrets")).rejects.toThrow(/permission denied/);
  await as(serverUrl, "do $$ begin set role tenant; perform one from secrets; end $$");
  const superusers = await as(ownerUrl, "select rolname from pg_roles where rolsuper");
  expect(superusers).toEqual([{ rolname: "gatehouse_admin" }]);
});
