import { manyFactsChanged } from "../access/facts-cache.ts";
import { recordFacts } from "../access/history.store.ts";
import { endCutoverGrants } from "../billing/cutover-grants.store.ts";
import { type CutoverRun, findOpenCutover, lockCutover, storeCutoverStep } from "../billing/cutover-runs.store.ts";
import type { App } from "../platform/app.ts";
import { audit, auditAll } from "../platform/audit.store.ts";
import { type CutoverParts, entryOf } from "./cut-over.ts";

export type OpenedUndo =
  | { readonly kind: "opened"; readonly run: CutoverRun }
  | { readonly kind: "not_found" }
  /** Another run is open, and comes to its end first. */
  | { readonly kind: "blocked"; readonly run: CutoverRun };

/** From here on the run gives nothing more, and can only be taken back; one that was taken back stays so. */
export function openUndo(app: CutoverParts, runId: string, userAgent: string): Promise<OpenedUndo> {
  return app.db.asSystem("a cutover is of all accounts", async (tx) => {
    const run = await lockCutover(tx, runId);
    if (run === null) return { kind: "not_found" };
    const open = await findOpenCutover(tx);
    if (open !== null && open.id !== run.id) return { kind: "blocked", run: open };
    if (run.state === "undone" || run.state === "undoing") return { kind: "opened", run };
    const undoing: CutoverRun = { ...run, state: "undoing" };
    await storeCutoverStep(tx, run.id, undoing, app.clock.now());
    await audit(app, tx, { ...entryOf(run, userAgent), action: "cutover.undo_started" });
    return { kind: "opened", run: undoing };
  });
}

/**
 * Ends the next grants of the run that still run; those that somebody else ended stay as they ended, and nobody else's are touched.
 * @param after the account where the last batch ended; null: from the first. Only a saving: what is left is found by its own facts
 * @returns the run, and where to go on; `undone` when there was none left
 */
export function takeUndoBatch(
  app: Pick<App, "db" | "clock" | "ids" | "signals">,
  runId: string,
  after: string | null,
  limit: number,
  said: { readonly reason: string; readonly userAgent: string },
): Promise<{ run: CutoverRun; after: string | null }> {
  return app.db.asSystem("a cutover is of all accounts", async (tx) => {
    const run = await lockCutover(tx, runId);
    if (run === null) throw new Error(`there is no run ${runId}`);
    if (run.state !== "undoing") return { run, after };
    const now = app.clock.now();
    const ended = await endCutoverGrants(tx, run.id, after, limit, now);
    await recordFacts(
      app,
      tx,
      ended.map(({ accountId, id, plan, startsAt, reason }) => ({
        ...{ accountId, kind: "grant", subjectId: id, validFrom: now, cause: "cutover.grant_ended" },
        value: { plan, starts_at: startsAt.toISOString(), until: now.toISOString(), reason },
      })),
    );
    const details = { plan: run.plan, until: now.toISOString(), reason: said.reason, run: run.id };
    await auditAll(
      app,
      tx,
      ended.map(({ accountId, id }) => ({
        ...{ accountId, targetId: id, details, action: "cutover.grant_ended" },
        ...{ actorUserId: null, ip: null, userAgent: said.userAgent },
      })),
    );
    if (ended.length > 0)
      await manyFactsChanged(
        app,
        tx,
        ended.map(({ accountId }) => `account:${accountId}` as const),
      );
    const next: CutoverRun = { ...run, state: ended.length === 0 ? "undone" : "undoing", ended: run.ended + ended.length };
    await storeCutoverStep(tx, run.id, next, now);
    if (next.state === "undone") {
      const entry = entryOf(next, said.userAgent);
      await audit(app, tx, { ...entry, details: { ...entry.details, reason: said.reason, ended: next.ended }, action: "cutover.undone" });
    }
    return { run: next, after: ended.at(-1)?.accountId ?? after };
  });
}
