import { knownStatus, type StripeStatus } from "./stripe-record.ts";

export interface RivalSubscription {
  readonly id: string;
  readonly status: string;
  readonly plan: string | null;
  readonly startedAt: Date | null;
  readonly currentPeriodEnd: Date | null;
  /** When the cancellation that was asked for takes effect; null: none was. */
  readonly endsAt: Date | null;
}
export interface DuplicateDecision {
  readonly keep: string;
  readonly cancel: readonly string[];
}

/**
 * Which subscription of an account stays, where several could bill (law 4).
 *
 * The one that opens Pro best stays, then the higher plan, then the older one. What carries none of our plans is not ours to cancel.
 * One that only runs out what was paid for is no rival: it bills no more, and cancelling the other for it would lose access at its end.
 * While nothing is being paid for, nothing is cancelled: the customer may still complete either.
 * @param rankOf rank of a plan; the higher is the upgrade
 * @returns null: there is nothing to do
 */
export function decideDuplicates(subscriptions: readonly RivalSubscription[], rankOf: (plan: string) => number): DuplicateDecision | null {
  const rivals = subscriptions.flatMap((one) => {
    const rank = rankOfStatus(one.status);
    return rank === null || one.plan === null || isRunningOut(one) ? [] : [{ ...one, rank, planRank: rankOf(one.plan) }];
  });
  const [keep, ...rest] = rivals.sort(
    (a, b) => a.rank - b.rank || b.planRank - a.planRank || time(a.startedAt) - time(b.startedAt) || (a.id < b.id ? -1 : 1),
  );
  if (!keep || rest.length === 0 || keep.rank > STATUS_RANK.past_due) return null;
  return { keep: keep.id, cancel: rest.map((one) => one.id) };
}

/** What may bill, from the best. What has ended cannot. */
const STATUS_RANK = { active: 0, trialing: 1, past_due: 2, unpaid: 3, paused: 4, incomplete: 5 } as const satisfies Partial<
  Record<StripeStatus, number>
>;

function rankOfStatus(status: string): number | null {
  const known = knownStatus(status);
  return known === null || known === "canceled" || known === "incomplete_expired" ? null : STATUS_RANK[known];
}

/** Active or in trial, and cancelled to the end of what runs. */
function isRunningOut({ status, endsAt, currentPeriodEnd }: RivalSubscription): boolean {
  if (status !== "active" && status !== "trialing") return false;
  return endsAt !== null && currentPeriodEnd !== null && endsAt <= currentPeriodEnd;
}

function time(at: Date | null): number {
  return at?.getTime() ?? 0;
}
