import type { Catalogue } from "@gatehouse/core";
import { UserError } from "../cli-error.ts";
import { type OffsetClock, systemClock } from "../platform/clock.ts";
import { followClockOffset } from "../platform/clock-offset.ts";
import { type Config, readConfig, sandboxParts } from "../platform/config.ts";
import type { Db } from "../platform/db.ts";
import { openDb } from "../platform/db.ts";
import { type Ids, randomIds } from "../platform/ids.ts";
import { type Jobs, openJobs } from "../platform/jobs.ts";
import { type Log, openLog } from "../platform/log.ts";
import type { Mailer } from "../platform/mail.ts";
import { pendingMigrations } from "../platform/migrate.ts";
import { type Secrets, secretsFrom } from "../platform/secrets.ts";
import { openSignals, type Signals } from "../platform/signals.ts";
import { openStripe, type Stripe } from "../platform/stripe.ts";
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
  readonly log: Log;
  readonly catalogue: Catalogue;
  readonly stripe: Stripe;
  /** Whoever serves sends: here nothing is, and yet what would never be sent is not promised. */
  readonly mail: Pick<Mailer, "configured">;
  /** `start` it before jobs are added. */
  readonly jobs: Jobs;
}

/** What a command needs beside the data. In the sandbox Stripe is played by the process that serves, which must run then. */
export interface Needs {
  readonly stripe: boolean;
}
const NOTHING_MORE: Needs = { stripe: false };

/** Starts the sandbox's own database for one command, where none is configured, and lets go of it after. */
export async function withConfig<T>(
  context: CommandContext,
  work: (config: Config, clock: OffsetClock) => Promise<T>,
  needs: Needs = NOTHING_MORE,
): Promise<T> {
  const asked = sandboxParts(context.env);
  const clock = systemClock();
  const standIns = asked.sandbox
    ? await context.startStandIns({
        home: asked.home,
        parts: { database: asked.database, mail: false, stripe: asked.stripe && needs.stripe, google: false, microsoft: false },
        holdsMailbox: false,
        baseUrl: null,
        origin: null,
        clock,
      })
    : null;
  try {
    return await plainDatabaseErrors(() => work(readConfig(context.env, standIns?.variables), clock));
  } finally {
    await standIns?.stop();
  }
}

/** Opens the database for one command, and closes it after. @throws UserError when its schema is not the newest */
export function withParts<T>(context: CommandContext, work: (parts: ToolParts) => Promise<T>, needs?: Needs): Promise<T> {
  const task = async (config: Config, clock: OffsetClock): Promise<T> => {
    const pending = await pendingMigrations(config.databaseDirectUrl, migrationSets(context.product));
    if (pending.length > 0) throw new UserError(`The schema is not the newest: run gatehouse migrate first (${pending.join(", ")}).`);
    const log = openLog({ level: "error", now: clock.wall });
    const db = openDb({ url: config.databaseUrl, poolMax: 2, onLostConnection: () => undefined });
    // For adding jobs; nobody works here.
    const jobs = openJobs({ url: config.databaseDirectUrl, log, listens: false });
    const signals = openSignals({ url: config.databaseDirectUrl, db, log });
    try {
      const parts: ToolParts = {
        config,
        clock,
        log,
        ids: randomIds(clock),
        db,
        signals,
        secrets: secretsFrom(config.secret),
        catalogue: context.product.catalogue,
        stripe: openStripe(config, log),
        mail: { configured: config.smtpUrl !== null || sandboxParts(context.env).mail },
        jobs,
      };
      await followClockOffset(parts, clock).read();
      return await work(parts);
    } finally {
      await jobs.stop(config.shutdownSeconds);
      await db.close();
    }
  };
  return withConfig(context, task, needs);
}
