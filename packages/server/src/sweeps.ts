import { addDays } from "@gatehouse/core";
import { pruneMailTokens } from "./identity/mail-tokens.store.ts";
import { pruneSessions } from "./identity/sessions.store.ts";
import type { App } from "./platform/app.ts";
import { ensureAuditPartitions } from "./platform/audit.store.ts";
import { pruneIdempotencyKeys } from "./platform/idempotency.store.ts";
import { pruneRateLimits } from "./platform/rate-limits.store.ts";

/** How long what has ended is kept, to answer questions about it. */
const SESSION_DAYS_KEPT = 30;
const MAIL_TOKEN_DAYS_KEPT = 30;
const PARTITIONS_AHEAD = 2;

/**
 * Due work is found by looking at the facts at `clock.now()`, never by jobs set for the future: a clock that is moved, a process that
 * slept and two workers at once all come to the same end. Each sweep may run twice and is done in its own transaction.
 */
export async function runSweeps(app: Pick<App, "db" | "clock" | "log">): Promise<void> {
  const now = app.clock.now();
  await app.db.asSystem("sweep: ended rate limits", (tx) => pruneRateLimits(tx, now));
  await app.db.asSystem("sweep: ended idempotency keys", (tx) => pruneIdempotencyKeys(tx, now));
  await app.db.asSystem("sweep: ended sessions", (tx) => pruneSessions(tx, now, SESSION_DAYS_KEPT));
  await app.db.asSystem("sweep: ended mail tokens", (tx) => pruneMailTokens(tx, addDays(now, -MAIL_TOKEN_DAYS_KEPT)));
  await app.db.asSystem("sweep: partitions of the audit", (tx) => ensureAuditPartitions(tx, now, PARTITIONS_AHEAD));
}

const EVERY_MILLISECONDS = 60_000;

/** Sweeps now and every minute. @returns how to stop; it waits for the sweep under way */
export function startSweeping(app: Pick<App, "db" | "clock" | "log">): () => Promise<void> {
  let underWay: Promise<void> = Promise.resolve();
  const sweep = (): void => {
    underWay = runSweeps(app).catch((error: unknown) => app.log.warn({ err: error }, "a sweep failed; the next one tries again"));
  };
  sweep();
  const timer = setInterval(sweep, EVERY_MILLISECONDS);
  return () => {
    clearInterval(timer);
    return underWay;
  };
}
