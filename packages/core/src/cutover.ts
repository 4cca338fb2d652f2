import type { AccessFacts } from "./entitlement.ts";
import {
  effectiveSubscription,
  type GrantFact,
  type StripeSubscriptionFact,
  type SubscriptionFacts,
  type SubscriptionStatus,
} from "./subscription.ts";

/** What becomes of an account when the pilot ends; all but `grant` leave it as it is. */
export const CUTOVER_VERDICTS = ["grant", "keep_paying", "keep_past_due", "keep_canceled", "already_granted", "deleted"] as const;
export type CutoverVerdict = (typeof CUTOVER_VERDICTS)[number];

/** What decides the cutover of one account. */
export interface CutoverFacts extends AccessFacts {
  /** A cutover that was not taken back gave it a grant, whatever became of that since. */
  readonly hasCutoverGrant: boolean;
}
export interface CutoverDecision {
  readonly verdict: CutoverVerdict;
  /** The status on which the verdict rests; `cutover` where an earlier one gave already. */
  readonly why: SubscriptionStatus | "cutover" | "account_deleted";
}

/**
 * What becomes of a pilot account at `now`?
 *
 * Who has, or had, a subscription at Stripe keeps what that comes to: a gift would hide a payment that is owed, or bring back who left. A
 * first payment that never came is no subscription. An operator's own grant that lasts as long stands; one that a cutover gave is never given
 * again, though somebody ended it.
 * @param until end of what is offered, exclusive; null: without end
 */
export function decideCutover(facts: CutoverFacts, offer: { readonly until: Date | null }, now: Date): CutoverDecision {
  if (facts.accountDeletedAt !== null) return { verdict: "deleted", why: "account_deleted" };
  const kept = facts.stripe.map((fact) => keptBy(fact, now)).filter((decision) => decision !== null);
  const [strongest] = kept.sort((a, b) => STRENGTH.indexOf(a.verdict) - STRENGTH.indexOf(b.verdict));
  if (strongest) return strongest;
  if (facts.hasCutoverGrant) return { verdict: "already_granted", why: "cutover" };
  if (facts.grants.some((grant) => lastsAsLong(grant, offer.until, now))) return { verdict: "already_granted", why: "complimentary" };
  return { verdict: "grant", why: effectiveSubscription(facts, now).status };
}

/** Of several subscriptions: who pays for one is a payer, whatever the others say. */
const STRENGTH: readonly CutoverVerdict[] = ["keep_paying", "keep_past_due", "keep_canceled"];

function keptBy(fact: StripeSubscriptionFact, now: Date): CutoverDecision | null {
  const why = statusOf(fact, now);
  switch (why) {
    case "active":
    case "trialing":
    case "paused":
    // What Stripe means by a word that we do not know is not ours to decide away.
    case "unknown":
      return { verdict: "keep_paying", why };
    case "past_due":
    case "unpaid":
      return { verdict: "keep_past_due", why };
    case "canceled":
      return { verdict: "keep_canceled", why };
    case "incomplete":
    case "incomplete_expired":
    case "none":
    case "trial_ended":
    case "complimentary":
    case "complimentary_ended":
      return null;
  }
}

/** Read as everywhere: a cancellation whose day has come is one, also before Stripe says so. */
function statusOf(fact: StripeSubscriptionFact, now: Date): SubscriptionStatus {
  const alone: SubscriptionFacts = { trial: null, grants: [], stripe: [fact] };
  return effectiveSubscription(alone, now).status;
}

function lastsAsLong(grant: GrantFact, until: Date | null, now: Date): boolean {
  if (grant.startsAt > now) return false;
  if (grant.until === null) return true;
  return grant.until > now && until !== null && grant.until >= until;
}
