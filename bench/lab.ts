import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ADMIN_ROLE, type EmbeddedPostgres, ensureSandboxDatabase, startPostgres } from "@gatehouse/sandbox";
import { bringUpToDate } from "@gatehouse/server/commands/migrate";
import { resolutionFlow } from "@resolutionflow/api";
import pg from "pg";
import { type Population, plant } from "./population.ts";
import { type Child, startChild } from "./processes/child.ts";
import { type LoadGenerator, startLoadGenerator } from "./processes/load.ts";
import { freePort, type ServerOptions, type ServerProcess, startServer } from "./processes/server-process.ts";
import { type SmtpSink, startSmtpSink } from "./processes/smtp-sink.ts";

export interface BenchDatabase {
  /** The role that the server signs in as. */
  readonly serverUrl: string;
  /** The superuser, for tools of PostgreSQL's own. */
  readonly adminUrl: string;
  readonly population: Population;
  /** As the superuser, whom no policy binds. */
  query<Row extends pg.QueryResultRow>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** Everything that surrounds what is measured: a durable PostgreSQL of its own, a mail provider, a load generator. */
export interface Lab {
  /** Where the processes leave their files; gone when the lab is closed. */
  readonly home: string;
  readonly load: LoadGenerator;
  readonly mail: SmtpSink;
  /** PostgreSQL's first process, the parent of all others. */
  readonly postgresPid: number;
  /** A new database with so many accounts. */
  database(accounts: number): Promise<BenchDatabase>;
  /** A server that is ready to serve. */
  serve(database: BenchDatabase, options?: Partial<ServerOptions>): Promise<ServerProcess>;
  /** One of the small processes in `processes/`. */
  child(file: string, env?: Readonly<Record<string, string>>): Promise<Child>;
  /** One of them that listens. */
  listener(file: string): Promise<{ child: Child; port: number }>;
  /** Ends everything that the lab has started. */
  close(): Promise<void>;
}

const TEMPLATE = "gatehouse";

export async function openLab(log: (line: string) => void): Promise<Lab> {
  const home = await mkdtemp(join(tmpdir(), "gatehouse-bench-"));
  const started: { stop(): Promise<void> }[] = [{ stop: () => rm(home, { recursive: true, force: true }) }];
  const keep = <T extends { stop(): Promise<void> }>(thing: T): T => {
    started.push(thing);
    return thing;
  };
  const close = async (): Promise<void> => {
    for (const thing of started.splice(0).reverse())
      await thing.stop().catch((error: Error) => log(`could not be ended: ${error.message}`));
  };
  try {
    // Durable: a commit that was answered is on the disk, as in production.
    const postgres = await startPostgres({ home, uid: process.getuid?.() ?? 0, durable: true, log });
    started.push({ stop: () => postgres.remove() });
    const { ownerUrl, serverUrl } = await ensureSandboxDatabase(postgres);
    await bringUpToDate({ databaseOwnerUrl: ownerUrl, databaseUrl: serverUrl }, resolutionFlow);
    const mail = keep(await startSmtpSink());
    const load = keep(await startLoadGenerator());
    const child = async (file: string, env = {}): Promise<Child> =>
      keep(await startChild(new URL(`processes/${file}`, import.meta.url).pathname, env));
    let databases = 0;
    const nextName = (): string => {
      databases += 1;
      return `bench_${databases}`;
    };
    const serverRole = new URL(serverUrl.replace("@/", "@localhost/")).username;
    return {
      home,
      load,
      mail,
      postgresPid: postgres.pid,
      database: async (accounts) => keep(await openDatabase(postgres, serverRole, nextName(), accounts)),
      serve: async (database, options = {}) =>
        keep(await startServer({ home, databaseUrl: database.serverUrl, smtpUrl: mail.url, ...options })),
      child,
      async listener(file) {
        const port = await freePort();
        return { child: await child(file, { PORT: String(port) }), port };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openDatabase(postgres: EmbeddedPostgres, serverRole: string, name: string, accounts: number) {
  const admin = new pg.Client({ connectionString: postgres.url("postgres", ADMIN_ROLE) });
  await admin.connect();
  try {
    await admin.query(`create database ${name} template ${TEMPLATE}`);
  } finally {
    await admin.end();
  }
  const serverUrl = postgres.url(name, serverRole);
  const pool = new pg.Pool({ connectionString: postgres.url(name, ADMIN_ROLE), max: 1 });
  // When the lab is closed under a measurement, the statement under way fails and tells.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  const query = async <Row extends pg.QueryResultRow>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
    (await pool.query<Row>(sql, [...parameters])).rows;
  return {
    serverUrl,
    adminUrl: postgres.url(name, ADMIN_ROLE),
    query,
    population: await plant(query, serverUrl, accounts),
    stop: () => pool.end(),
  };
}
