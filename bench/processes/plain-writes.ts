import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import pg from "pg";
import type { BenchDatabase } from "../lab.ts";

const CONNECTIONS = 16;
const KEYS = 1000;
const SCRIPT = `\\set id random(1, ${KEYS})
begin;
insert into plain_writes (payload) values (repeat('x', 3000));
update plain_keys set n = n + 1 where id = :id;
commit;
`;

/** The least that a receiver of events could do: BEGIN, INSERT 3 kB, UPDATE by key, COMMIT, over 16 connections. */
export interface PlainWrites {
  /** `pgbench`, or the bench's own loop where there is none. */
  readonly by: string;
  /** @returns transactions a second */
  rate(seconds: number): Promise<number>;
}

/** Neither table compresses: what is written is as large as it looks. */
export async function openPlainWrites(database: BenchDatabase): Promise<PlainWrites> {
  await database.query("create table plain_writes (id bigserial primary key, payload text not null)");
  await database.query("alter table plain_writes alter column payload set storage external");
  await database.query("create table plain_keys (id int primary key, n int not null)");
  await database.query(`insert into plain_keys select id, 0 from generate_series(1, ${KEYS}) id`);
  const hasPgbench = await run("pgbench", ["--version"]).then(
    () => true,
    () => false,
  );
  return hasPgbench
    ? { by: "pgbench", rate: (seconds) => byPgbench(database.adminUrl, seconds) }
    : { by: "a loop over pg, for there is no pgbench", rate: (seconds) => byLoop(database.adminUrl, seconds) };
}

async function byPgbench(url: string, seconds: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-pgbench-"));
  try {
    const script = join(folder, "writes.sql");
    await writeFile(script, SCRIPT);
    const words = ["-n", "-c", String(CONNECTIONS), "-j", "2", "-T", String(Math.max(1, Math.round(seconds))), "-f", script, url];
    const said = await run("pgbench", words);
    const [, rate] = /tps = ([\d.]+)/.exec(said) ?? [];
    if (rate === undefined) throw new Error(`pgbench told no rate: ${said}`);
    return Number(rate);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function byLoop(url: string, seconds: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  const end = performance.now() + seconds * 1000;
  let count = 0;
  const work = async (start: number): Promise<void> => {
    const client = await pool.connect();
    for (let id = start; performance.now() < end; id += CONNECTIONS) {
      await client.query("begin");
      await client.query({ name: "insert", text: "insert into plain_writes (payload) values ($1)", values: [PAYLOAD] });
      await client.query({ name: "update", text: "update plain_keys set n = n + 1 where id = $1", values: [1 + (id % KEYS)] });
      await client.query("commit");
      count += 1;
    }
    client.release();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => work(index)));
  await pool.end();
  return count / seconds;
}
const PAYLOAD = "x".repeat(3000);

function run(command: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stdout.on("data", (data: Buffer) => (said += data.toString()));
    child.stderr.on("data", (data: Buffer) => (said += data.toString()));
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve(stripVTControlCharacters(said)) : reject(new Error(`${command}: ${said}`))));
  });
}
