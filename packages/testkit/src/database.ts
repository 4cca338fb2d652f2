import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** The PostgreSQL of this run. `url` holds `{database}` and `{user}`, to be filled in. */
    testPostgres: { url: string; adminRole: string; template: string };
  }
}

/** The migrated database that each test file clones. */
export const TEMPLATE = "gatehouse";
const OWNER = "gatehouse_owner";
const SERVER = "gatehouse_server";

/** A database of a test's own, on real PostgreSQL. */
export interface TestDatabase {
  readonly name: string;
  /** The role that the server signs in as: it owns nothing, and row-level security binds it. */
  readonly serverUrl: string;
  /** The role that owns the schema. */
  readonly ownerUrl: string;
  /** As the superuser, whom no policy binds: to look at rows, and to plant facts. */
  query<Row extends pg.QueryResultRow = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /**
   * Sends all `requests` at once into something that is held, and lets go when each of them waits for it or has ended: so they meet for
   * certain and not by luck. Not more of them than the server has connections.
   * @param hold a statement that takes the lock, such as `select 1 from users where id = $1 for update`; it is rolled back
   */
  race<T>(hold: string, parameters: readonly unknown[], requests: readonly (() => Promise<T>)[]): Promise<T[]>;
  drop(): Promise<void>;
}

/**
 * Clones the migrated template, in some 50 ms.
 * @param options.empty a database with nothing in it instead, for tests of the migrations themselves
 */
export async function openTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const { url, adminRole, template } = inject("testPostgres");
  const urlOf = (database: string, user: string): string => url.replace("{database}", database).replace("{user}", user);
  const name = await createDatabase(urlOf("postgres", adminRole), options.empty ? "template1" : template);
  const pool = new pg.Pool({ connectionString: urlOf(name, adminRole), max: 2 });
  // A test may end every connection of its database; the next query opens a new one.
  pool.on("error", () => undefined);
  return {
    name,
    serverUrl: urlOf(name, SERVER),
    ownerUrl: urlOf(name, OWNER),
    query: async <Row extends pg.QueryResultRow>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
      (await pool.query<Row>(sql, [...parameters])).rows,
    race: (hold, parameters, requests) => race(pool, hold, parameters, requests),
    async drop() {
      await pool.end();
      await asAdmin(urlOf("postgres", adminRole), (admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
}

async function race<T>(pool: pg.Pool, hold: string, parameters: readonly unknown[], requests: readonly (() => Promise<T>)[]): Promise<T[]> {
  const holder = await pool.connect();
  let ended = 0;
  try {
    await holder.query("begin");
    await holder.query(hold, [...parameters]);
    const running = requests.map((request) => request().finally(() => (ended += 1)));
    // One that fails is told of at the end, with the others.
    const all = Promise.all(running);
    all.catch(() => undefined);
    while ((await countWaiting(pool)) + ended < requests.length) await pause(5);
    await holder.query("rollback");
    return await all;
  } finally {
    // Also ends the transaction where something was thrown in it.
    holder.release(true);
  }
}

async function countWaiting(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ waiting: number }>(
    "select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return rows[0]?.waiting ?? 0;
}

/** One at a time: PostgreSQL refuses to clone a template that another clone is reading. @returns its name, which no other has */
function createDatabase(adminUrl: string, template: string): Promise<string> {
  return asAdmin(adminUrl, async (admin) => {
    // The lock ends with the connection.
    await admin.query("select pg_advisory_lock(hashtext('openTestDatabase'))");
    await admin.query("create sequence if not exists test_databases");
    const { rows } = await admin.query<{ name: string }>("select 'test_' || nextval('test_databases') as name");
    const name = rows[0]?.name ?? "";
    await admin.query(`create database ${name} template ${template} owner ${OWNER}`);
    return name;
  });
}

async function asAdmin<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
