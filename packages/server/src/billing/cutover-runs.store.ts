import { CUTOVER_VERDICTS, type CutoverVerdict } from "@gatehouse/core";
import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

/** How many accounts were looked at, by what became of them. */
export type CutoverCounts = Readonly<Record<CutoverVerdict, number>>;
export const NO_COUNTS: CutoverCounts = {
  grant: 0,
  keep_paying: 0,
  keep_past_due: 0,
  keep_canceled: 0,
  already_granted: 0,
  deleted: 0,
};

/** What is given, and to whom: everybody who was there before. */
export interface CutoverOffer {
  /** Exclusive. */
  readonly createdBefore: Date;
  readonly plan: string;
  /** Exclusive; null: without end. */
  readonly until: Date | null;
  readonly reason: string;
}
export interface CutoverRun extends CutoverOffer {
  readonly id: string;
  /** `running` and `undoing` can be gone on with; there is one such run at most. */
  readonly state: "running" | "done" | "undoing" | "undone";
  /** The last account that was looked at; null: none yet. */
  readonly lookedAtLast: string | null;
  readonly counts: CutoverCounts;
  /** Grants that were ended when it was taken back. */
  readonly ended: number;
  readonly startedAt: Date;
}

const COLUMNS = ["id", "created_before", "plan", "until", "reason", "state", "looked_at_last", "counts", "ended", "started_at"] as const;

export async function insertCutoverRun(tx: Tx, id: string, offer: CutoverOffer, at: Date): Promise<CutoverRun> {
  const row = await tx
    .insertInto("cutover_runs")
    .values({
      id,
      created_before: offer.createdBefore,
      plan: offer.plan,
      until: offer.until,
      reason: offer.reason,
      state: "running",
      counts: JSON.stringify(NO_COUNTS),
      started_at: at,
    })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
  return asRun(row);
}

/** Two processes cannot be at it: the second one gets no lock. It ends with `tx`, and with the connection of a process that was killed. */
export async function tryHoldCutover(tx: Tx): Promise<boolean> {
  // An advisory lock of the transaction writes nothing, so that it holds no row and no vacuum up, however long it lasts.
  const result = await sql<{ held: boolean }>`select pg_try_advisory_xact_lock(hashtext('gatehouse.cutover')) as held`.execute(tx);
  return result.rows[0]?.held === true;
}

export async function findOpenCutover(tx: Tx): Promise<CutoverRun | null> {
  const row = await tx.selectFrom("cutover_runs").select(COLUMNS).where("state", "in", ["running", "undoing"]).executeTakeFirst();
  return row ? asRun(row) : null;
}

/** Newest first. */
export async function listCutovers(tx: Tx, limit: number): Promise<CutoverRun[]> {
  const rows = await tx.selectFrom("cutover_runs").select(COLUMNS).orderBy("id", "desc").limit(limit).execute();
  return rows.map(asRun);
}

/** Locks the run, so that a batch counts from where the last one that was committed stood. */
export async function lockCutover(tx: Tx, id: string): Promise<CutoverRun | null> {
  const row = await tx.selectFrom("cutover_runs").select(COLUMNS).where("id", "=", id).forUpdate().executeTakeFirst();
  return row ? asRun(row) : null;
}

export type CutoverStep = Pick<CutoverRun, "state" | "lookedAtLast" | "counts" | "ended">;

/** @param at when it came to its end, where `step` is one */
export async function storeCutoverStep(tx: Tx, id: string, step: CutoverStep, at: Date): Promise<void> {
  await tx
    .updateTable("cutover_runs")
    .set({
      state: step.state,
      looked_at_last: step.lookedAtLast,
      counts: JSON.stringify(step.counts),
      ended: step.ended,
      ...(step.state === "done" ? { finished_at: at } : {}),
      ...(step.state === "undone" ? { undone_at: at } : {}),
    })
    .where("id", "=", id)
    .execute();
}

interface RunRow {
  id: string;
  created_before: Date;
  plan: string;
  until: Date | null;
  reason: string;
  state: CutoverRun["state"];
  looked_at_last: string | null;
  counts: object;
  ended: number;
  started_at: Date;
}
const asRun = (row: RunRow): CutoverRun => ({
  id: row.id,
  createdBefore: row.created_before,
  plan: row.plan,
  until: row.until,
  reason: row.reason,
  state: row.state,
  lookedAtLast: row.looked_at_last,
  counts: asCounts(row.counts),
  ended: row.ended,
  startedAt: row.started_at,
});

function asCounts(stored: object): CutoverCounts {
  const numbers = new Map<string, unknown>(Object.entries(stored));
  const counts: Record<CutoverVerdict, number> = { ...NO_COUNTS };
  for (const verdict of CUTOVER_VERDICTS) counts[verdict] = Number(numbers.get(verdict) ?? 0);
  return counts;
}
