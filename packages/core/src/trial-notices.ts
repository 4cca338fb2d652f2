import { NEWS_DAYS, TRIAL_NOTICE_DAYS } from "./billing-notices.ts";
import { knownStatus } from "./stripe-record.ts";
import type { GrantFact, StripeSubscriptionFact, SubscriptionFacts, TrialFact } from "./subscription.ts";
import { DAY_MS } from "./time.ts";

export type TrialNoticeKind = "trial_ending" | "trial_ended";

/** `key` names the fact: the trial, and the end that it has. One that was extended ends anew, and is told anew. */
export interface TrialNotice {
  readonly kind: TrialNoticeKind;
  readonly key: string;
}

/**
 * What the account's people should hear of its local trial at `now`: that it ends in three days or less, or that it has ended. Never both:
 * where both have become true since somebody looked, only the end is told.
 *
 * None where something else keeps Pro open past the trial's end: then nothing ends for them.
 * @param newsDays an end that is longer ago is no news
 */
export function trialNoticeOf(
  trial: TrialFact & { readonly id: string },
  others: Pick<SubscriptionFacts, "grants" | "stripe">,
  now: Date,
  newsDays: number = NEWS_DAYS,
): TrialNotice | null {
  const kind = dueKind(trial.endsAt, now, newsDays);
  if (kind === null || isOutlived(trial, others, now)) return null;
  return { kind, key: `${kind}:${trial.id}:${trial.endsAt.toISOString()}` };
}

function dueKind(endsAt: Date, now: Date, newsDays: number): TrialNoticeKind | null {
  const ahead = endsAt.getTime() - now.getTime();
  if (ahead > TRIAL_NOTICE_DAYS * DAY_MS || -ahead > newsDays * DAY_MS) return null;
  return ahead > 0 ? "trial_ending" : "trial_ended";
}

function isOutlived(trial: TrialFact, { grants, stripe }: Pick<SubscriptionFacts, "grants" | "stripe">, now: Date): boolean {
  const last = now > trial.endsAt ? now : trial.endsAt;
  return stripe.some((fact) => outlives(fact, trial)) || grants.some((grant) => runs(grant, trial.endsAt) || runs(grant, last));
}

/** Of what carries none of our plans nothing opens Pro (SW-11). */
function outlives(fact: StripeSubscriptionFact, trial: TrialFact): boolean {
  if (fact.plan === null) return false;
  switch (knownStatus(fact.status)) {
    case "active":
    case "trialing":
    case "past_due":
    case "unpaid":
      return true;
    // A trial that was cut short by a paid subscription did not end by itself, and what is told then is the subscription's end.
    case "canceled":
    case "paused":
      return fact.changedAt.getTime() >= wholeSecond(trial.endsAt);
    case "incomplete":
    case "incomplete_expired":
    case null:
      return false;
  }
}

/** Stripe's times are whole seconds: a trial that was carried over to it ends there up to a second earlier. */
function wholeSecond(at: Date): number {
  return Math.floor(at.getTime() / 1000) * 1000;
}

function runs(grant: GrantFact, at: Date): boolean {
  return grant.startsAt <= at && (grant.until === null || grant.until > at);
}
