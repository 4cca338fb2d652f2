import { CUTOVER_VERDICTS, type CutoverVerdict } from "@gatehouse/core";
import type { CutoverCounts, CutoverRun } from "../billing/cutover-runs.store.ts";
import type { JudgedAccount } from "../journeys/judge-accounts.ts";

const WHAT: Readonly<Record<CutoverVerdict, string>> = {
  grant: "are given the plan",
  keep_paying: "have a subscription, and keep it",
  keep_past_due: "owe a payment, and go on owing it",
  keep_canceled: "canceled, and stay so",
  already_granted: "have it already",
  deleted: "are being deleted, or are",
};
/** Of a dry run, where not all are asked for. */
const NAMES_MAX = 50;

export const sayCounts = (counts: CutoverCounts): string[] =>
  CUTOVER_VERDICTS.map((verdict) => `  ${counts[verdict].toLocaleString("en").padStart(9)}  ${WHAT[verdict]}`);

export const lookedAt = (counts: CutoverCounts): number => CUTOVER_VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0);

export const sayOffer = ({ createdBefore, plan, until }: Pick<CutoverRun, "createdBefore" | "plan" | "until">): string =>
  `${plan} ${until === null ? "without end" : `until ${until.toISOString()}`}, to who was there before ${createdBefore.toISOString()}`;

export const runAsData = (run: CutoverRun) => ({
  id: run.id,
  state: run.state,
  created_before: run.createdBefore.toISOString(),
  plan: run.plan,
  until: run.until?.toISOString() ?? null,
  reason: run.reason,
  looked_at: lookedAt(run.counts),
  counts: run.counts,
  ended: run.ended,
  started_at: run.startedAt.toISOString(),
});

export const judgedAsData = ({ id, name, verdict, why }: JudgedAccount) => ({ account_id: id, name, verdict, why });

/** Keeps the first accounts of each verdict, so that a million of them need no memory; with `all`, every one. */
export function openJudgedList(all: boolean) {
  const kept = new Map<CutoverVerdict, JudgedAccount[]>(CUTOVER_VERDICTS.map((verdict) => [verdict, []]));
  return {
    add(page: readonly JudgedAccount[]): void {
      for (const account of page) {
        const list = kept.get(account.verdict);
        if (list && (all || list.length < NAMES_MAX)) list.push(account);
      }
    },
    lines(counts: CutoverCounts): string[] {
      return CUTOVER_VERDICTS.flatMap((verdict) => {
        const list = kept.get(verdict) ?? [];
        const more = counts[verdict] - list.length;
        if (list.length === 0) return [];
        return [
          "",
          `${counts[verdict].toLocaleString("en")} ${WHAT[verdict]}:`,
          ...list.map(({ id, name, why }) => `  ${id}  ${name} (${why})`),
          ...(more > 0 ? [`  and ${more.toLocaleString("en")} more (--all lists them)`] : []),
        ];
      });
    },
  };
}
