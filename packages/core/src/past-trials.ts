import type { ClaimKind } from "./trial-abuse.ts";

/**
 * What becomes of a trial that was given before trials were remembered. `known`: it is remembered already. `held_by_others`: all that it
 * could be remembered by is held with another account's trial. `nobody_left`: who took it is gone.
 */
export const PAST_TRIAL_VERDICTS = ["remembered", "known", "held_by_others", "nobody_left"] as const;
export type PastTrialVerdict = (typeof PAST_TRIAL_VERDICTS)[number];

/** Whose trial a claim is remembered with. */
export interface ClaimHolder {
  readonly accountId: string;
  /** Is it known that the address was the person's own? */
  readonly isProven: boolean;
}
export interface PastTrial<Claim> extends ClaimHolder {
  /** Of who took it; none: nobody is left. */
  readonly claims: readonly Claim[];
}

/**
 * What a trial of the past is remembered by: whatever nobody holds yet. Asked again, the answer is `known`, and nothing is taken.
 *
 * Of a company, what was proven goes before what anybody may have typed: else the stranger's claim would lapse, and the company whose trial
 * was a real one would have another.
 * @param holderOf null: nobody holds it
 */
export function judgePastTrial<Claim extends { readonly kind: ClaimKind }>(
  trial: PastTrial<Claim>,
  holderOf: (claim: Claim) => ClaimHolder | null,
): { readonly verdict: PastTrialVerdict; readonly takes: readonly Claim[] } {
  if (trial.claims.length === 0) return { verdict: "nobody_left", takes: [] };
  const takes = trial.claims.filter((claim) => mayTake(trial, claim.kind, holderOf(claim)));
  if (takes.length > 0) return { verdict: "remembered", takes };
  const isKnown = trial.claims.some((claim) => holderOf(claim)?.accountId === trial.accountId);
  return { verdict: isKnown ? "known" : "held_by_others", takes };
}

const mayTake = (trial: ClaimHolder, kind: ClaimKind, holder: ClaimHolder | null): boolean =>
  holder === null || (kind === "company" && trial.isProven && !holder.isProven && holder.accountId !== trial.accountId);
