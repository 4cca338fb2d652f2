import { UserError } from "../cli-error.ts";
import { type OffsetClock, systemClock } from "../platform/clock.ts";
import { followClockOffset } from "../platform/clock-offset.ts";
import { type Config, readConfig, sandboxParts } from "../platform/config.ts";
import type { Db } from "../platform/db.ts";
import { openDb } from "../platform/db.ts";
import { type Ids, randomIds } from "../platform/ids.ts";
import { openLog } from "../platform/log.ts";
import { pendingMigrations } from "../platform/migrate.ts";
import { type Secrets, secretsFrom } from "../platform/secrets.ts";
import { openSignals, type Signals } from "../platform/signals.ts";
import { migrationSets } from "../server.ts";
import type { CommandContext } from "./context.ts";
import { plainDatabaseErrors } from "./plain-database-errors.ts";

/** What a short command needs of the server: the data and the clock. */
export interface ToolParts {
  readonly config: Config;
  readonly clock: OffsetClock;
  readonly ids: Ids;
  readonly db: Db;
  readonly signals: Signals;
  readonly secrets: Secrets;
}

/** Starts the sandbox's own database for one command, where none is configured, and lets go of it after. */
export async function withConfig<T>(context: CommandContext, work: (config: Config, clock: OffsetClock) => Promise<T>): Promise<T> {
  const asked = sandboxParts(context.env);
  const clock = systemClock();
  const standIns = asked.sandbox
    ? await context.startStandIns({ home: asked.home, parts: { database: asked.database, mail: false }, holdsMailbox: false, clock })
    : null;
  try {
    return await plainDatabaseErrors(() => work(readConfig(context.env, standIns?.variables), clock));
  } finally {
    await standIns?.stop();
  }
}

/** Opens the database for one command, and closes it after. @throws UserError when its schema is not the newest */
export function withParts<T>(context: CommandContext, work: (parts: ToolParts) => Promise<T>): Promise<T> {
  return withConfig(context, async (config, clock) => {
    const pending = await pendingMigrations(config.databaseDirectUrl, migrationSets(context.product));
    if (pending.length > 0) throw new UserError(`The schema is not the newest: run gatehouse migrate first (${pending.join(", ")}).`);
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
  });
}
