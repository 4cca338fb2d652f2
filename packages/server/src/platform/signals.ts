import { sql } from "kysely";
import type { Db, Tx } from "./db.ts";
import { keepListening } from "./keep-listening.ts";
import type { Log } from "./log.ts";

/** What every process is told of a change: through NOTIFY in the transaction that makes it. */
export type Topic = "facts" | "settings" | "signing_keys";
type Listener = (payload: string) => void;

export interface Signals {
  /** Told to all processes when `tx` commits; to this one before the call that committed it returns. */
  publish(tx: Tx, topic: Topic, payload: string): Promise<void>;
  /** As `publish`, with one statement for all of them. */
  publishAll(tx: Tx, topic: Topic, payloads: readonly string[]): Promise<void>;
  on(topic: Topic, listener: Listener): void;
  /** Called when messages may have been missed (the connection was away): whoever caches must forget. */
  onGap(listener: () => void): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Whether the listening connection stands. */
  isListening(): boolean;
}

const CHANNEL = "gatehouse";

export function openSignals(options: { url: string; db: Db; log: Log }): Signals {
  const listeners = new Map<Topic, Listener[]>();
  const gaps: (() => void)[] = [];
  const deliver = (message: string): void => {
    const split = message.indexOf(":");
    const topic = message.slice(0, split);
    for (const [name, known] of listeners) if (name === topic) for (const listener of known) listener(message.slice(split + 1));
  };
  const connection = keepListening({
    url: options.url,
    channel: CHANNEL,
    log: options.log,
    onMessage: deliver,
    onListening() {
      for (const gap of gaps) gap();
    },
  });
  return {
    async publish(tx, topic, payload) {
      const message = `${topic}:${payload}`;
      await sql`select pg_notify(${CHANNEL}, ${message})`.execute(tx);
      options.db.afterCommit(tx, () => deliver(message));
    },
    async publishAll(tx, topic, payloads) {
      const messages = payloads.map((payload) => `${topic}:${payload}`);
      await sql`select pg_notify(${CHANNEL}, message) from unnest(${messages}::text[]) as m (message)`.execute(tx);
      options.db.afterCommit(tx, () => messages.forEach(deliver));
    },
    on(topic, listener) {
      listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
    },
    onGap: (listener) => void gaps.push(listener),
    start: connection.start,
    stop: connection.stop,
    isListening: connection.isListening,
  };
}
