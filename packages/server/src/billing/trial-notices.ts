import { trialNoticeOf } from "@gatehouse/core";
import { loadAccessFacts } from "../access/facts.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { type AccountNotice, insertNoticesOfMany, listDueTrials, type TrialCursor } from "./trial-notices.store.ts";

/** Trials looked at in one transaction. */
const PAGE = 200;

/**
 * Has people told whose local trial ends in three days or less, or has ended: one page of trials. Each end is told once, whatever the number
 * of sweeps and of processes that sweep: the notice and the job of its mail are made together, by whoever inserts the notice.
 *
 * @param tx the system's: the trials are of all accounts
 * @param after what the page before gave; null: from the beginning
 * @returns where to go on; null: that was all
 */
export async function tellOfTrials(app: Pick<App, "clock" | "jobs">, tx: Tx, after: TrialCursor | null): Promise<TrialCursor | null> {
  const now = app.clock.now();
  const { trials, next } = await listDueTrials(tx, now, after, PAGE);
  const facts = await loadAccessFacts(
    tx,
    trials.map(({ accountId }) => accountId),
  );
  const notices = trials.flatMap((trial): AccountNotice[] => {
    const others = facts.get(trial.accountId);
    const notice = others ? trialNoticeOf(trial, others, now) : null;
    if (notice === null) return [];
    return [
      {
        ...notice,
        accountId: trial.accountId,
        details: { trial: trial.id, plan: trial.plan, trial_ends_at: trial.endsAt.toISOString() },
      },
    ];
  });
  const fresh = await insertNoticesOfMany(tx, notices, now);
  await app.jobs.enqueueAll(
    tx,
    fresh.map((data) => ({ name: "mail.billing_notice", data })),
  );
  return next;
}
