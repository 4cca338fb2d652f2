import pg from "pg";
import type { EmbeddedPostgres } from "./postgres.ts";
import { ADMIN_ROLE } from "./postgres-folder.ts";

/** Owns the schema and runs the migrations. It may make the roles that row-level security needs, and is no superuser. */
const OWNER_ROLE = "gatehouse_owner";
/** What the server connects as. It owns nothing and inherits nothing: each transaction takes the role that it needs. */
const SERVER_ROLE = "gatehouse_server";
const DATABASE = "gatehouse";

export interface SandboxDatabase {
  ownerUrl: string;
  serverUrl: string;
}

/**
 * Makes the two login roles and the database where they are missing, as the operator of a real PostgreSQL would once by hand.
 * Any number of processes may do it at once.
 */
export async function ensureSandboxDatabase(postgres: Pick<EmbeddedPostgres, "url">): Promise<SandboxDatabase> {
  const admin = new pg.Client({ connectionString: postgres.url("postgres", ADMIN_ROLE) });
  await admin.connect();
  try {
    // Neither CREATE ROLE nor CREATE DATABASE knows IF NOT EXISTS; the lock ends with the connection.
    await admin.query("select pg_advisory_lock(hashtext('ensureSandboxDatabase'))");
    const roles = await admin.query<{ rolname: string }>("select rolname from pg_roles where rolname = any($1)", [
      [OWNER_ROLE, SERVER_ROLE],
    ]);
    const present = roles.rows.map((row) => row.rolname);
    if (!present.includes(OWNER_ROLE)) await admin.query(`create role ${OWNER_ROLE} login createrole nosuperuser`);
    if (!present.includes(SERVER_ROLE)) await admin.query(`create role ${SERVER_ROLE} login noinherit nosuperuser`);
    const databases = await admin.query("select 1 from pg_database where datname = $1", [DATABASE]);
    if (databases.rowCount === 0) await admin.query(`create database ${DATABASE} owner ${OWNER_ROLE}`);
  } finally {
    await admin.end();
  }
  return { ownerUrl: postgres.url(DATABASE, OWNER_ROLE), serverUrl: postgres.url(DATABASE, SERVER_ROLE) };
}
