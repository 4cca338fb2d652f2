import { type OffsetClock, systemClock } from "../platform/clock.ts";
import { followClockOffset } from "../platform/clock-offset.ts";
import { type Config, readConfig, sandboxParts } from "../platform/config.ts";
import type { Db } from "../platform/db.ts";
import { openDb } from "../platform/db.ts";
import { type Ids, randomIds } from "../platform/ids.ts";
import { openLog } from "../platform/log.ts";
import { type Secrets, secretsFrom } from "../platform/secrets.ts";
import { openSignals, type Signals } from "../platform/signals.ts";
import type { CommandContext } from "./context.ts";

/** What a short command needs of the server: the data and the clock. */
export interface ToolParts {
  readonly config: Config;
  readonly clock: OffsetClock;
  readonly ids: Ids;
  readonly db: Db;
  readonly signals: Signals;
  readonly secrets: Secrets;
}

/** Opens the database for one command, the sandbox's own where none is configured, and closes it after. */
export async function withParts<T>(context: CommandContext, work: (parts: ToolParts) => Promise<T>): Promise<T> {
  const asked = sandboxParts(context.env);
  const clock = systemClock();
  const standIns = asked.sandbox
    ? await context.startStandIns({ home: asked.home, parts: { database: asked.database, mail: false }, holdsMailbox: false, clock })
    : null;
  try {
    const config = readConfig(context.env, standIns?.variables);
    const log = openLog({ level: "error", now: clock.wall });
    const db = openDb({ url: config.databaseUrl, poolMax: 2, onLostConnection: () => undefined });
    const signals = openSignals({ url: config.databaseDirectUrl, db, log });
    try {
      const parts = { config, clock, ids: randomIds(clock), db, signals, secrets: secretsFrom(config.secret) };
      await followClockOffset(parts, clock).read();
      return await work(parts);
    } finally {
      await db.close();
    }
  } finally {
    await standIns?.stop();
  }
}
