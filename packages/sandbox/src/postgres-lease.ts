import { access } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { ADMIN_ROLE } from "./postgres-folder.ts";

/** The sign that a process uses the server: an open connection, which the kernel closes for a process that is killed. */
export interface Lease {
  /**
   * Is nobody else using the server? Asked under a lock that is held until `release`, so that of two processes which stop at
   * the same time one is the last. True when the server does not answer any more.
   */
  isLast(): Promise<boolean>;
  release(): void;
}

const LEASE_NAME = "gatehouse lease";
/** Any number, the same for all. */
const LEASE_LOCK = 4_283_746;

/** Null when the server went away meanwhile. */
export async function holdLease(socketDir: string, port: number): Promise<Lease | null> {
  const socket = new Socket();
  const client = adminClient(socketDir, port, LEASE_NAME, socket);
  try {
    await client.connect();
    // A server that is being stopped by its last user must not get a new one: its lock is waited for.
    await client.query("select pg_advisory_lock_shared($1)", [LEASE_LOCK]);
    await client.query("select pg_advisory_unlock_shared($1)", [LEASE_LOCK]);
  } catch {
    letGo(client);
    return null;
  }
  // An open lease alone must not keep this process from ending; a question asked over it must.
  socket.unref();
  return {
    async isLast() {
      socket.ref();
      try {
        await client.query("select pg_advisory_lock($1)", [LEASE_LOCK]);
        const others = await client.query<{ count: string }>(
          "select count(*) as count from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()",
          [LEASE_NAME],
        );
        return others.rows[0]?.count === "0";
      } catch {
        return true;
      }
    },
    release: () => letGo(client),
  };
}

/** Null when the server answers a query; else what is wrong. */
export async function whyNotServing(socketDir: string, port: number): Promise<null | "no_socket" | "not_ready"> {
  try {
    await access(join(socketDir, `.s.PGSQL.${port}`));
  } catch {
    return "no_socket";
  }
  const client = adminClient(socketDir, port, "gatehouse start");
  try {
    await client.connect();
    await client.query("select 1");
    return null;
  } catch {
    return "not_ready";
  } finally {
    letGo(client);
  }
}

/** Longer than any answer of a server that is alive on this machine. */
const ANSWER_MILLISECONDS_MAX = 10_000;

function adminClient(socketDir: string, port: number, name: string, socket = new Socket()): pg.Client {
  const client = new pg.Client({
    stream: () => socket,
    host: socketDir,
    port,
    user: ADMIN_ROLE,
    database: "postgres",
    application_name: name,
    connectionTimeoutMillis: ANSWER_MILLISECONDS_MAX,
  });
  // Without a listener the end of the server would end this process.
  client.on("error", () => undefined);
  return client;
}

/** Not awaited: the goodbye to a server that has gone may never be answered. */
function letGo(client: pg.Client): void {
  client.end().catch(() => undefined);
}
