import type { TrialFact } from "./subscription.ts";
import { addDays } from "./time.ts";

export type TrialExtension =
  | { readonly ok: true; readonly endsAt: Date; readonly extendedDays: number }
  /** `daysLeft`: how many more it may be extended by. */
  | { readonly ok: false; readonly daysLeft: number };

/**
 * A trial that is made longer, by an operator's hand: from its end, or from `now` where it has ended already.
 * @param days 1 or more
 * @param daysMax all extensions of one trial together
 */
export function extendTrial(
  trial: Pick<TrialFact, "endsAt"> & { readonly extendedDays: number },
  days: number,
  daysMax: number,
  now: Date,
): TrialExtension {
  const daysLeft = Math.max(0, daysMax - trial.extendedDays);
  if (days > daysLeft) return { ok: false, daysLeft };
  const from = trial.endsAt > now ? trial.endsAt : now;
  return { ok: true, endsAt: addDays(from, days), extendedDays: trial.extendedDays + days };
}
