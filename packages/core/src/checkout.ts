import { addMilliseconds, DAY_MS } from "./time.ts";
import type { TrialRefusal } from "./trial-abuse.ts";

/** Stripe takes a trial's end only if it lies at least this far ahead, by its own clock (Checkout, `subscription_data.trial_end`). */
export const TRIAL_AHEAD_MIN_MS = 2 * DAY_MS;
/** For the time that the request takes and for clocks that differ: exactly two days are refused (guregu/intertube#10). */
export const TRIAL_AHEAD_MARGIN_MS = 600_000;

/**
 * When the first payment is due: the remaining local trial is carried over to the second. Less than two days cannot be told to Stripe;
 * then it is a little more than two days, so that nobody loses what they were given (C7).
 *
 * A trial that has ended gives no other one, whatever was bought and cancelled since (C8).
 * @returns null: payment is due at once
 */
export function checkoutTrialEnd(trial: { readonly endsAt: Date } | null, now: Date): Date | null {
  if (trial === null || trial.endsAt <= now) return null;
  const earliest = addMilliseconds(now, TRIAL_AHEAD_MIN_MS + TRIAL_AHEAD_MARGIN_MS);
  const end = trial.endsAt < earliest ? earliest : trial.endsAt;
  return new Date(Math.floor(end.getTime() / 1000) * 1000);
}

export interface CarriedTrial {
  /** null: payment is due at once */
  readonly trialEnd: Date | null;
  /** Why the rest of a running trial is not carried over; null: it is, or there is none. */
  readonly refusal: TrialRefusal | null;
}
/**
 * The rest of the trial, as a checkout carries it over to Stripe. One that was found to be a second trial is not carried: it runs here to
 * its end as it was given, and who buys before that pays at once, as the checkout says.
 * @param standing what speaks against the account's trial and nobody waived
 */
export function carryTrial(trial: { readonly endsAt: Date } | null, standing: TrialRefusal | null, now: Date): CarriedTrial {
  const trialEnd = checkoutTrialEnd(trial, now);
  return trialEnd !== null && standing !== null ? { trialEnd: null, refusal: standing } : { trialEnd, refusal: null };
}

export type SeatsRefusal = "seats_below_use" | "seats_above_limit";

/**
 * May the account buy so many seats?
 * @param used members and open invites: nobody is thrown out by a smaller number (L13)
 * @param limit of the plan; null is unlimited
 */
export function whyNotSeats(seats: number, used: number, limit: number | null): SeatsRefusal | null {
  if (seats < used) return "seats_below_use";
  return limit !== null && seats > limit ? "seats_above_limit" : null;
}
