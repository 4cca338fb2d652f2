import { manyFactsChanged } from "../access/facts-cache.ts";
import { recordFacts } from "../access/history.store.ts";
import { analyzeGrants, insertCutoverGrants } from "../billing/cutover-grants.store.ts";
import {
  type CutoverOffer,
  type CutoverRun,
  findOpenCutover,
  insertCutoverRun,
  lockCutover,
  storeCutoverStep,
} from "../billing/cutover-runs.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, auditAll } from "../platform/audit.store.ts";
import { addVerdicts, type JudgedAccount, judgeAccounts } from "./judge-accounts.ts";

export type CutoverParts = Pick<App, "db" | "clock" | "ids" | "signals">;

/** `blocked`: a run that is open gives something else, or is being taken back. */
export type OpenedCutover =
  | { readonly kind: "begun" | "resumed" | "blocked"; readonly run: CutoverRun }
  | { readonly kind: "nothing_open" };

/**
 * The run that is gone on with: the open one if it gives the same to the same, else a new one.
 * @param offer null: only the one that is open
 * @param userAgent who asked, for the audit
 */
export function openCutover(app: CutoverParts, offer: CutoverOffer | null, userAgent: string): Promise<OpenedCutover> {
  return app.db.asSystem("a cutover is of all accounts", async (tx) => {
    const open = await findOpenCutover(tx);
    if (open !== null) {
      const isWanted = open.state === "running" && (offer === null || isSame(open, offer));
      return { kind: isWanted ? "resumed" : "blocked", run: open };
    }
    if (offer === null) return { kind: "nothing_open" };
    const run = await insertCutoverRun(tx, app.ids.next(), offer, app.clock.now());
    await audit(app, tx, { ...entryOf(run, userAgent), action: "cutover.started" });
    return { kind: "begun", run };
  });
}

/**
 * Judges the next accounts of the run and gives to those that are to be given; one short transaction.
 *
 * Grants, history, audit, the word to all processes and the place where the run stands are committed together: a process that is killed
 * leaves a whole batch or none of it, and the next one goes on from there.
 * @returns the run as it stands after; `done` when there was no account left
 */
export function takeCutoverBatch(app: CutoverParts, runId: string, limit: number, userAgent: string): Promise<CutoverRun> {
  return app.db.asSystem("a cutover is of all accounts", async (tx) => {
    const run = await lockCutover(tx, runId);
    if (run === null) throw new Error(`there is no run ${runId}`);
    if (run.state !== "running") return run;
    const judged = await judgeAccounts(app, tx, run, { after: run.lookedAtLast, limit, isGiving: true });
    const chosen = judged.filter(({ verdict }) => verdict === "grant");
    if (chosen.length > 0) await give(app, tx, run, chosen, userAgent);
    const next: CutoverRun = {
      ...run,
      state: judged.length === 0 ? "done" : "running",
      lookedAtLast: judged.at(-1)?.id ?? run.lookedAtLast,
      counts: addVerdicts(run.counts, judged),
    };
    await storeCutoverStep(tx, run.id, next, app.clock.now());
    if (next.state === "done") await audit(app, tx, { ...entryOf(next, userAgent), action: "cutover.finished" });
    return next;
  });
}

/** Tells the planner how many grants there are by now. @see analyzeGrants for why; due each time that they have doubled */
export const refreshPlans = (app: Pick<App, "db">): Promise<void> => app.db.asSystem("a cutover is of all accounts", analyzeGrants);

async function give(app: CutoverParts, tx: Tx, run: CutoverRun, chosen: readonly JudgedAccount[], userAgent: string): Promise<void> {
  const now = app.clock.now();
  const grants = chosen.map(({ id }) => ({ accountId: id, id: app.ids.next() }));
  const given = await insertCutoverGrants(tx, run, grants, now);
  const { plan, reason } = run;
  const until = run.until?.toISOString() ?? null;
  const value = { plan, starts_at: now.toISOString(), until, reason };
  await recordFacts(
    app,
    tx,
    given.map(({ accountId, id }) => ({ accountId, kind: "grant", subjectId: id, value, validFrom: now, cause: "cutover.granted" })),
  );
  const details = { plan, until, reason, run: run.id };
  await auditAll(
    app,
    tx,
    given.map(({ accountId, id }) => ({
      ...{ accountId, targetId: id, details, action: "cutover.granted" },
      ...{ actorUserId: null, ip: null, userAgent },
    })),
  );
  await manyFactsChanged(
    app,
    tx,
    given.map(({ accountId }) => `account:${accountId}` as const),
  );
}

/** What the audit says of a run as a whole. */
export const entryOf = (run: CutoverRun, userAgent: string) => ({
  ...{ accountId: null, actorUserId: null, ip: null, userAgent, targetId: run.id },
  details: {
    ...{ created_before: run.createdBefore.toISOString(), plan: run.plan, until: run.until?.toISOString() ?? null, reason: run.reason },
    ...run.counts,
  },
});

/** The reason is only a word: who goes on need not know it by heart. */
const isSame = (run: CutoverRun, offer: CutoverOffer): boolean =>
  run.createdBefore.getTime() === offer.createdBefore.getTime() &&
  run.plan === offer.plan &&
  (run.until?.getTime() ?? null) === (offer.until?.getTime() ?? null);
