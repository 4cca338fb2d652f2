import { addDays } from "@gatehouse/core";
import { pruneRefusals } from "./access/guard-refusals.store.ts";
import { endLapsedImpersonations } from "./admin/end-lapsed-impersonations.ts";
import { beginDueReconciliation } from "./billing/begin-reconciliation.ts";
import { pruneReconciliations } from "./billing/reconciliations.store.ts";
import type { TrialCursor } from "./billing/trial-notices.store.ts";
import { tellOfTrials } from "./billing/trial-notices.ts";
import { pruneMailTokens } from "./identity/mail-tokens.store.ts";
import { pruneStates } from "./identity/oauth-states.store.ts";
import { prunePendingSignIns } from "./identity/pending-sign-ins.store.ts";
import { remindToVerify } from "./identity/remind-to-verify.ts";
import { pruneSessions } from "./identity/sessions.store.ts";
import { queueErasures } from "./journeys/deletion-jobs.ts";
import type { App } from "./platform/app.ts";
import { ensureAuditPartitions } from "./platform/audit.store.ts";
import { pruneIdempotencyKeys } from "./platform/idempotency.store.ts";
import { pruneRateLimits } from "./platform/rate-limits.store.ts";

/** How long what has ended is kept, to answer questions about it. */
const SESSION_DAYS_KEPT = 30;
const MAIL_TOKEN_DAYS_KEPT = 30;
const RECONCILIATION_DAYS_KEPT = 90;
const REFUSAL_DAYS_KEPT = 90;
const PARTITIONS_AHEAD = 2;

type Parts = Pick<App, "db" | "clock" | "log" | "config" | "ids" | "jobs" | "stripe" | "secrets">;

/**
 * Due work is found by looking at the facts at `clock.now()`, never by jobs set for the future: a clock that is moved, a process that
 * slept and two workers at once all come to the same end. Each sweep may run twice and is done in its own transaction.
 *
 * @param atStart the first sweep of a process, which may have been away
 */
export async function runSweeps(app: Parts, atStart = false): Promise<void> {
  const now = app.clock.now();
  await app.db.asSystem("sweep: ended rate limits", (tx) => pruneRateLimits(tx, now));
  await app.db.asSystem("sweep: ended idempotency keys", (tx) => pruneIdempotencyKeys(tx, now));
  await app.db.asSystem("sweep: ended sessions", (tx) => pruneSessions(tx, now, SESSION_DAYS_KEPT));
  await app.db.asSystem("sweep: ended mail tokens", (tx) => pruneMailTokens(tx, addDays(now, -MAIL_TOKEN_DAYS_KEPT)));
  await app.db.asSystem("sweep: used states of sign-ins", (tx) => pruneStates(tx, now));
  await app.db.asSystem("sweep: sign-ins whose mail was not followed", (tx) =>
    prunePendingSignIns(tx, addDays(now, -MAIL_TOKEN_DAYS_KEPT)),
  );
  await app.db.asSystem("sweep: partitions of the audit", (tx) => ensureAuditPartitions(tx, now, PARTITIONS_AHEAD));
  await app.db.asSystem("sweep: old reconciliations", (tx) => pruneReconciliations(tx, addDays(now, -RECONCILIATION_DAYS_KEPT)));
  await app.db.asSystem("sweep: old counts of guards in shadow", (tx) =>
    pruneRefusals(tx, addDays(now, -REFUSAL_DAYS_KEPT).toISOString().slice(0, 10)),
  );
  await app.db.asSystem("sweep: accounts whose time to be taken back is over", (tx) => queueErasures(app, tx));
  await beginDueReconciliation(app, atStart);
  await sweepTrials(app);
  await sweepUnverified(app);
  await sweepImpersonations(app);
}

/** A page a transaction: many trials of one day do not hold their rows all at once. */
async function sweepTrials(app: Pick<App, "db" | "clock" | "jobs">): Promise<void> {
  let after: TrialCursor | null = null;
  do {
    const from: TrialCursor | null = after;
    after = await app.db.asSystem("sweep: trials that end soon or have ended", (tx) => tellOfTrials(app, tx, from));
  } while (after !== null);
}

async function sweepUnverified(app: Pick<App, "db" | "clock" | "ids" | "secrets" | "jobs">): Promise<void> {
  const remindPage = () => app.db.asSystem("sweep: people who have not confirmed their address", (tx) => remindToVerify(app, tx));
  while (await remindPage());
}

async function sweepImpersonations(app: Pick<App, "db" | "clock" | "ids">): Promise<void> {
  const endPage = () => app.db.asSystem("sweep: looks of operators at accounts that are over", (tx) => endLapsedImpersonations(app, tx));
  while (await endPage());
}

const EVERY_MILLISECONDS = 60_000;

/** Sweeps now and every minute. @returns how to stop; it waits for the sweep under way */
export function startSweeping(app: Parts): () => Promise<void> {
  let underWay: Promise<void> = Promise.resolve();
  const sweep = (atStart = false): void => {
    underWay = runSweeps(app, atStart).catch((error: unknown) => app.log.warn({ err: error }, "a sweep failed; the next one tries again"));
  };
  sweep(true);
  const timer = setInterval(() => sweep(), EVERY_MILLISECONDS);
  return () => {
    clearInterval(timer);
    return underWay;
  };
}
