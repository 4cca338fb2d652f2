import { sql } from "kysely";
import pg from "pg";
import type { Db, Tx } from "./db.ts";
import type { Log } from "./log.ts";

/** What every process is told of a change: through NOTIFY in the transaction that makes it. */
export type Topic = "facts" | "settings" | "signing_keys";
type Listener = (payload: string) => void;

export interface Signals {
  /** Told to all processes when `tx` commits; to this one before the call that committed it returns. */
  publish(tx: Tx, topic: Topic, payload: string): Promise<void>;
  on(topic: Topic, listener: Listener): void;
  /** Called when messages may have been missed (the connection was away): whoever caches must forget. */
  onGap(listener: () => void): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Whether the listening connection stands. */
  isListening(): boolean;
}

const CHANNEL = "gatehouse";
const RECONNECT_MILLISECONDS = 500;

/** One direct connection that listens (a pooler in transaction mode cannot carry LISTEN); it comes back by itself. */
export function openSignals(options: { url: string; db: Db; log: Log }): Signals {
  const listeners = new Map<Topic, Listener[]>();
  const gaps: (() => void)[] = [];
  let client: pg.Client | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;

  const deliver = (message: string): void => {
    const split = message.indexOf(":");
    const topic = message.slice(0, split);
    for (const [name, known] of listeners) if (name === topic) for (const listener of known) listener(message.slice(split + 1));
  };
  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: options.url,
      application_name: "gatehouse-listen",
      connectionTimeoutMillis: 3000,
      keepAlive: true,
    });
    const lost = (): void => {
      if (stopped || timer !== null) return;
      client = null;
      timer = setTimeout(() => {
        timer = null;
        void connect();
      }, RECONNECT_MILLISECONDS);
      timer.unref();
    };
    next.on("error", lost);
    next.on("end", lost);
    next.on("notification", (notification) => deliver(notification.payload ?? ""));
    try {
      await next.connect();
      await next.query(`listen ${CHANNEL}`);
      client = next;
      for (const gap of gaps) gap();
    } catch (error) {
      options.log.warn({ err: error }, "cannot listen to the database; trying again");
      lost();
    }
  };

  return {
    async publish(tx, topic, payload) {
      const message = `${topic}:${payload}`;
      await sql`select pg_notify(${CHANNEL}, ${message})`.execute(tx);
      options.db.afterCommit(tx, () => deliver(message));
    },
    on(topic, listener) {
      listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
    },
    onGap: (listener) => void gaps.push(listener),
    start: connect,
    async stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
      await client?.end();
    },
    isListening: () => client !== null,
  };
}
