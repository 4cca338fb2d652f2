import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Kysely, PostgresDialect, sql } from "kysely";
import { type MigrationProvider, Migrator } from "kysely/migration";
import pg from "pg";
import { installQueues } from "./jobs.ts";

/** A folder of numbered `.sql` files and the table that remembers which have run. The platform has one, an app may bring one. */
export interface MigrationSet {
  readonly name: string;
  readonly folder: string;
}
export const platformMigrations: MigrationSet = { name: "gatehouse", folder: join(import.meta.dirname, "migrations") };

export interface MigrateOptions {
  /** A role that owns the schema and may create roles. */
  readonly ownerUrl: string;
  /** The role that the server signs in as: it is let into the two roles that it works under, and owns nothing. */
  readonly serverUrl: string;
  readonly sets: readonly MigrationSet[];
}

/**
 * Brings the schema to its newest form: forward only, each file in one transaction, under an advisory lock, so that any number of
 * processes may call it at once and one of them does the work.
 * @returns the names of the files that this call ran
 * @throws Error naming the file that failed; nothing of it remains
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const pool = new pg.Pool({ connectionString: options.ownerUrl, max: 2, connectionTimeoutMillis: 5000 });
  // A connection that breaks while idle: the next statement opens another. Without a listener it would end the process.
  pool.on("error", () => undefined);
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    await createRoles(db);
    const applied: string[] = [];
    for (const set of options.sets) applied.push(...(await runSet(db, set)));
    await installQueues(options.ownerUrl);
    await db.transaction().execute((tx) => letServerIn(tx, options.serverUrl, options.sets));
    return applied;
  } finally {
    await db.destroy();
  }
}

async function runSet(db: Kysely<unknown>, set: MigrationSet): Promise<string[]> {
  const migrator = new Migrator({
    db,
    provider: sqlFiles(set.folder),
    migrationTableName: `${set.name}_migrations`,
    migrationLockTableName: `${set.name}_migrations_lock`,
  });
  const applied: string[] = [];
  for (;;) {
    // One at a time: `migrateToLatest` would put all that wait into one transaction.
    const { error, results = [] } = await migrator.migrateUp();
    if (error) {
      const failed = results.find((result) => result.status === "Error")?.migrationName;
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`migration ${failed ?? `of ${set.name}`} failed: ${why}`, { cause: error });
    }
    if (results.length === 0) return applied;
    applied.push(...results.map((result) => result.migrationName));
  }
}

function sqlFiles(folder: string): MigrationProvider {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  return {
    getMigrations: () =>
      Promise.resolve(
        Object.fromEntries(
          names.map((name) => [
            name.replace(/\.sql$/, ""),
            {
              up: (db) =>
                sql
                  .raw(readFileSync(join(folder, name), "utf8"))
                  .execute(db)
                  .then(() => undefined),
            },
          ]),
        ),
      ),
  };
}

/** Roles belong to the whole cluster, so two databases may be made at once: that one exists already is no error. */
async function createRoles(db: Kysely<unknown>): Promise<void> {
  for (const role of ["gatehouse_app", "gatehouse_system"]) {
    await sql
      .raw(`do $$ begin create role ${role} nologin noinherit; exception when duplicate_object or unique_violation then null; end $$`)
      .execute(db);
  }
}

async function letServerIn(db: Kysely<unknown>, serverUrl: string, sets: readonly MigrationSet[]): Promise<void> {
  // Not `new URL`: a socket's address (postgresql://user@/database?host=/folder) has no host, which the standard does not allow.
  const user = decodeURIComponent(/^postgres(?:ql)?:\/\/([^:@/]+)/.exec(serverUrl)?.[1] ?? "");
  const role = sql.id(user);
  // Grants on one thing at once collide ("tuple concurrently updated"). Roles belong to the whole cluster, which this lock does not
  // reach: those grants are made only where missing.
  await sql`select pg_advisory_xact_lock(hashtext('gatehouse.grants'))`.execute(db);
  for (const group of ["gatehouse_app", "gatehouse_system"]) {
    const member = await sql<{ yes: boolean }>`select pg_has_role(${user}, ${group}, 'MEMBER') as yes`.execute(db);
    if (!member.rows[0]?.yes) await sql`grant ${sql.id(group)} to ${role}`.execute(db);
  }
  // Readiness asks which migrations have run.
  for (const set of sets) await sql`grant select on ${sql.id(`${set.name}_migrations`)} to ${role}`.execute(db);
  for (const to of [role, sql.id("gatehouse_app"), sql.id("gatehouse_system")]) {
    await sql`grant usage on schema pgboss to ${to}`.execute(db);
    await sql`grant select, insert, update, delete on all tables in schema pgboss to ${to}`.execute(db);
    await sql`grant execute on all functions in schema pgboss to ${to}`.execute(db);
  }
}

/** Names of migrations that the code has and the database has not; empty when it may be served. @throws when it cannot be reached */
export async function pendingMigrations(url: string, sets: readonly MigrationSet[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  await client.connect();
  try {
    const pending: string[] = [];
    for (const set of sets) {
      const wanted = Object.keys(await sqlFiles(set.folder).getMigrations());
      const table = `${set.name}_migrations`;
      const there = await client.query<{ yes: boolean }>("select to_regclass($1) is not null as yes", [`public.${table}`]);
      const done = there.rows[0]?.yes ? (await client.query<{ name: string }>(`select name from "${table}"`)).rows : [];
      const names = new Set(done.map((row) => row.name));
      pending.push(...wanted.filter((name) => !names.has(name)));
    }
    return pending;
  } finally {
    await client.end();
  }
}
