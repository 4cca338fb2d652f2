import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EmbeddedPostgres, startPostgres } from "./postgres.ts";
import { isPostmasterOf, waitUntil } from "./postmaster.ts";

const uid = process.getuid?.() ?? 0;
let folder: string;
let home: string;
let lines: string[];
let servers: EmbeddedPostgres[];
let children: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-test-"));
  await chmod(folder, 0o711);
  home = join(folder, ".gatehouse");
  lines = [];
  servers = [];
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  // The newest first: an older one that was killed has nothing left to stop, and its folder is the running one's.
  for (const server of servers.toReversed()) await server.remove();
  await rm(folder, { recursive: true, force: true });
});

async function start(durable = false): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ home, durable, uid, log: (line) => lines.push(line) });
  servers.push(server);
  return server;
}

async function query(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url("postgres", "gatehouse_admin") });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const isGone = (server: EmbeddedPostgres) => waitUntil(async () => !(await isPostmasterOf(server.pid, server.dataDir)), 10);

test("what was stored is there after a stop and a start", async () => {
  const first = await start();
  await query(first, "create table kept as select 'é' as word");
  await first.stop();
  expect(await isGone(first)).toBe(true);

  const second = await start();
  expect(second.reused).toBe(false);
  expect(await query(second, "select word, upper(word) as upper from kept")).toEqual([{ word: "é", upper: "É" }]);
});

test("every acknowledged insert survives a kill of the server, which starts again while its orphans still leave", async () => {
  const first = await start(true);
  await query(first, "create table kept (number int)");
  const client = new pg.Client({ connectionString: first.url("postgres", "gatehouse_admin") });
  client.on("error", () => undefined);
  await client.connect();
  let acknowledged = 0;
  const inserting = (async () => {
    for (;;) {
      await client.query("insert into kept values ($1)", [acknowledged + 1]);
      acknowledged += 1;
      if (acknowledged === 200) process.kill(first.pid, "SIGKILL");
    }
  })();
  await expect(inserting).rejects.toThrow();

  const second = await start(true);
  const [row] = await query(second, `select count(*)::int as count from kept where number <= ${acknowledged}`);
  expect(row).toEqual({ count: acknowledged });
  expect(acknowledged).toBeGreaterThanOrEqual(200);
});

test("the server that a killed process left running is used again", async () => {
  const script = `
    import { startPostgres } from ${JSON.stringify(join(import.meta.dirname, "postgres.ts"))};
    const server = await startPostgres({ home: ${JSON.stringify(home)}, durable: false, uid: ${uid}, log: () => undefined });
    console.log(server.pid);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const pid = await new Promise<number>((resolve) => child.stdout.once("data", (chunk: Buffer) => resolve(Number(chunk.toString()))));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;

  const server = await start();
  expect(server).toMatchObject({ pid, reused: true });
  await server.stop();
  expect(await isGone(server)).toBe(true);
});

test("two processes that start at once share one server, and the first to stop leaves it to the other", async () => {
  const [one, two] = await Promise.all([start(), start()]);
  expect(one.pid).toBe(two.pid);
  await one.stop();
  expect(await query(two, "select 1 as one")).toEqual([{ one: 1 }]);
  await two.stop();
  expect(await isGone(two)).toBe(true);
});

test("a lock left by a killed server whose process number another program has got is no obstacle", async () => {
  const first = await start(true);
  await query(first, "create table kept as select 1 as one");
  process.kill(first.pid, "SIGKILL");
  expect(await isGone(first)).toBe(true);

  const owner = await stat(first.dataDir);
  const other = spawn("sleep", ["600"], { uid: owner.uid, gid: owner.gid });
  children.push(other);
  for (const lock of [join(first.dataDir, "postmaster.pid"), join(first.socketDir, ".s.PGSQL.5432.lock")]) {
    await writeFile(lock, (await readFile(lock, "utf8")).replace(/^.*/, String(other.pid)));
  }

  const second = await start(true);
  expect(second.reused).toBe(false);
  expect(await query(second, "select one from kept")).toEqual([{ one: 1 }]);
  expect(other.exitCode).toBeNull();
});

test("a server whose socket was deleted under it is started again", async () => {
  const first = await start();
  await rm(first.socketDir, { recursive: true });
  const second = await start();
  expect(second).toMatchObject({ reused: false });
  expect(await query(second, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("a data folder whose making was interrupted is made again", async () => {
  const unfinished = join(home, "postgres.new-999999999-abcdef");
  await mkdir(unfinished, { recursive: true });
  await chmod(home, 0o711);
  await writeFile(join(unfinished, "PG_VERSION"), "18\n");

  const server = await start();
  expect(await query(server, "select 1 as one")).toEqual([{ one: 1 }]);
  expect((await readdir(home)).sort()).toEqual(["postgres", "postgres.log"]);
});

test("a data folder that cannot be opened is moved aside and never deleted", async () => {
  await mkdir(join(home, "postgres", "base"), { recursive: true });
  await chmod(home, 0o711);
  const server = await start();
  expect(await query(server, "select 1 as one")).toEqual([{ one: 1 }]);
  expect(await readdir(join(home, "postgres.broken-1"))).toEqual(["base"]);
  expect(lines.join("\n")).toContain("postgres.broken-1");
});

test("a data folder of another PostgreSQL is refused in plain words and left alone", async () => {
  await mkdir(join(home, "postgres"), { recursive: true });
  await chmod(home, 0o711);
  await writeFile(join(home, "postgres", "PG_VERSION"), "15\n");
  await expect(start()).rejects.toThrow(/made by PostgreSQL 15, and this is PostgreSQL 18\. Move that folder away, or set DATABASE_URL/);
  expect(await readdir(join(home, "postgres"))).toEqual(["PG_VERSION"]);
});

test("a server that cannot start says why at once", async () => {
  const first = await start();
  await first.stop();
  await writeFile(join(first.dataDir, "postgresql.conf"), "no_such_setting = 1\n");
  await expect(start()).rejects.toThrow(/unrecognized configuration parameter "no_such_setting"/);
});

test.runIf(uid === 0)(
  "below a folder that only root may enter, the data lives elsewhere and a file says where",
  async () => {
    await chmod(folder, 0o700);
    const first = await start();
    expect(first.dataDir.startsWith(folder)).toBe(false);
    expect(join((await readFile(join(home, "data-location"), "utf8")).trim(), "postgres")).toBe(first.dataDir);
    await query(first, "create table kept as select 1 as one");
    await first.stop();

    const second = await start();
    expect(second.dataDir).toBe(first.dataDir);
    expect(await query(second, "select one from kept")).toEqual([{ one: 1 }]);
  },
  30_000,
);

test.runIf(uid === 0)(
  "the server never runs as root, and no other user can reach its socket or its data",
  async () => {
    const server = await start();
    for (const path of [server.socketDir, server.dataDir]) {
      const found = await stat(path);
      expect({ isRoot: found.uid === 0, mode: found.mode & 0o777 }).toEqual({ isRoot: false, mode: 0o700 });
    }
  },
  30_000,
);
