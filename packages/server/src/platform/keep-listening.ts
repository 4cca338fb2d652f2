import pg from "pg";
import type { Log } from "./log.ts";

const RECONNECT_MILLISECONDS = 500;

/**
 * One direct connection that listens (a pooler in transaction mode cannot carry LISTEN); when it is lost it comes back by itself.
 * @param options.onListening called each time that it begins to listen: what was sent before then was missed
 */
export function keepListening(options: { url: string; channel: string; log: Log; onMessage(payload: string): void; onListening(): void }) {
  let client: pg.Client | null = null;
  let isStopped = false;
  let timer: NodeJS.Timeout | null = null;

  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: options.url,
      application_name: "gatehouse-listen",
      connectionTimeoutMillis: 3000,
      keepAlive: true,
    });
    const lost = (): void => {
      if (client === next) client = null;
      if (isStopped || timer !== null) return;
      timer = setTimeout(() => {
        timer = null;
        void connect();
      }, RECONNECT_MILLISECONDS);
      timer.unref();
    };
    next.on("error", lost);
    next.on("end", lost);
    next.on("notification", (notification) => options.onMessage(notification.payload ?? ""));
    try {
      await next.connect();
      await next.query(`listen ${pg.escapeIdentifier(options.channel)}`);
      client = next;
      options.onListening();
    } catch (error) {
      options.log.warn({ err: error }, "cannot listen to the database; trying again");
      lost();
    }
  };

  return {
    start(): Promise<void> {
      isStopped = false;
      return connect();
    },
    async stop(): Promise<void> {
      isStopped = true;
      if (timer) clearTimeout(timer);
      await client?.end();
    },
    isListening: (): boolean => client !== null,
  };
}
