import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { withNamedStatements } from "./named-statements.ts";
import { Refusal } from "./refuse.ts";
import type { Tables } from "./tables.ts";

/** An open transaction. Who takes one opens none; its role is set, and it sees one tenant or is the system's. */
export type Tx = Kysely<Tables>;

/**
 * The only way to the data. Every statement runs in a transaction under a role that neither owns a table nor may step around row-level
 * security: `gatehouse_app` within one account, or `gatehouse_system` for the journeys that know no account yet (mechanism 5).
 */
export interface Db {
  /** @param accountId the tenant: policies let nothing else through, whatever the statement says */
  forAccount<T>(accountId: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** @param reason why no account is known; only the files that `scripts/house.ts` lists may ask */
  asSystem<T>(reason: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Runs `effect` once the transaction is committed, and never when it is rolled back. It must not throw. */
  afterCommit(tx: Tx, effect: () => void): void;
  /** Transactions that still run are broken off, and nothing of them remains. */
  close(): Promise<void>;
}

const ROLE_OF_ACCOUNT = "gatehouse_app";
const ROLE_OF_SYSTEM = "gatehouse_system";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** int8 comes as text by default; our counts are far below 2^53. Set for our pool only: the parsers of `pg.types` belong to the whole process. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === pg.types.builtins.INT8 && format !== "binary" ? Number : pg.types.getTypeParser(oid, format)),
};

export interface DbOptions {
  readonly url: string;
  readonly poolMax: number;
  /** For a connection, before it counts as not to be had; 3 where it is not said. */
  readonly waitSeconds?: number;
  onLostConnection(error: Error): void;
}

export function openDb(options: DbOptions): Db {
  const pool = openPool(options);
  const connections = new WeakMap<pg.PoolClient, Tx>();
  const lent = new Set<pg.PoolClient>();
  const effects = new WeakMap<Tx, (() => void)[]>();

  const transaction = async <T>(settings: string, work: (tx: Tx) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch(unavailable);
    const tx = connections.get(client) ?? bind(client);
    connections.set(client, tx);
    effects.set(tx, []);
    lent.add(client);
    let result: T;
    try {
      // One round trip: the simple protocol takes several statements.
      await client.query(`begin; ${settings}`);
      result = await work(tx);
      await client.query("commit");
    } catch (error) {
      effects.delete(tx);
      await rollback(client);
      lent.delete(client);
      return isConnectionLoss(error) ? unavailable(error) : Promise.reject(error);
    }
    const due = effects.get(tx) ?? [];
    effects.delete(tx);
    lent.delete(client);
    client.release();
    for (const effect of due) effect();
    return result;
  };

  return {
    forAccount(accountId, work) {
      if (!UUID.test(accountId)) throw new TypeError("an account's id is a UUID");
      return transaction(`set local role ${ROLE_OF_ACCOUNT}; set local app.account_id = '${accountId}'`, work);
    },
    asSystem(reason, work) {
      if (reason.length === 0) throw new TypeError("say why no account is known");
      return transaction(`set local role ${ROLE_OF_SYSTEM}`, work);
    },
    afterCommit(tx, effect) {
      const due = effects.get(tx);
      if (!due) throw new Error("the transaction has ended");
      due.push(effect);
    },
    async close() {
      const ended = pool.end();
      // The pool waits for those that are lent out, for ever if a statement waits for a lock; whoever closes has waited long enough.
      for (const client of lent) void client.end().catch(() => undefined);
      await ended;
    },
  };
}

function openPool(options: DbOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolMax,
    connectionTimeoutMillis: 1000 * (options.waitSeconds ?? 3),
    idleTimeoutMillis: 60_000,
    application_name: "gatehouse",
    types,
  });
  // An idle connection that breaks (PostgreSQL restarts) is dropped by the pool; without a listener it would end the process.
  pool.on("error", options.onLostConnection);
  // Nor does the pool listen to one that is lent out: its statement fails and tells, and the event would end the process all the same.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/** One Kysely for each connection, so that its statements run on that connection and nowhere else. */
function bind(client: pg.PoolClient): Tx {
  const named = withNamedStatements(client);
  return new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: { options: {}, connect: () => Promise.resolve(named), end: () => Promise.resolve() } }),
  });
}

async function rollback(client: pg.PoolClient): Promise<void> {
  try {
    await client.query("rollback");
    client.release();
  } catch {
    // The connection is gone, and with it the transaction; the pool must not hand it out again.
    client.release(true);
  }
}

/** @throws Refusal database_unavailable; the cause is kept for the log */
function unavailable(error: unknown): never {
  const refusal = new Refusal("database_unavailable", { retryAfterSeconds: 2 });
  refusal.cause = error;
  throw refusal;
}

/** SQLSTATE classes 08 (connection), 53 (resources), 57P (shutdown, crash, starting up); and what Node says of sockets. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (/^(08...|53...|57P0[123])$/.test(code)) return true;
  if (["ECONNREFUSED", "ECONNRESET", "ENOENT", "EPIPE", "ETIMEDOUT", "EACCES"].includes(code)) return true;
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/.test(
    error.message,
  );
}
