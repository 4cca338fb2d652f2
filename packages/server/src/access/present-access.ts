import type { AccessFacts, AccessPolicy } from "@gatehouse/core";
import {
  type AccessDecision,
  type EffectiveSubscription,
  effectiveSubscription,
  type MendAction,
  type VerificationDecision,
} from "@gatehouse/core";
import type { Config } from "../platform/config.ts";
import { type BillingFacts, detailsOf, presentPaymentProblem } from "./present-billing.ts";
import { wireInstant } from "./wire-instant.ts";

type Site = Pick<Config, "baseUrl" | "supportEmail">;

/** Where a person mends what shut the door. */
export function mendOf(site: Site, action: MendAction | "verify_email" | null): { action: string; url: string } | null {
  switch (action) {
    case null:
      return null;
    case "contact_support":
      return { action, url: `mailto:${site.supportEmail}` };
    case "verify_email":
      return { action, url: `${site.baseUrl}/verify-email` };
    case "restore_account":
      return { action, url: `${site.baseUrl}/team` };
    case "choose_plan":
    case "update_payment":
    case "resume":
      return { action, url: `${site.baseUrl}/billing` };
  }
}
export const presentAccess = (site: Site, decision: AccessDecision) => ({
  mode: decision.mode,
  reason: decision.reason,
  since: wireInstant(decision.since),
  until: wireInstant(decision.until),
  mend: mendOf(site, decision.mend),
});
export const presentVerification = (site: Site, decision: VerificationDecision) => ({
  verified: decision.verified,
  grace_ends_at: wireInstant(decision.graceEndsAt),
  mend: mendOf(site, decision.verified ? null : "verify_email"),
});
export function presentSubscription(
  site: Site,
  facts: AccessFacts,
  billing: BillingFacts,
  decision: AccessDecision,
  now: Date,
  policy: AccessPolicy,
) {
  const subscription: EffectiveSubscription = effectiveSubscription(facts, now, policy);
  const details = detailsOf(billing, subscription);
  return {
    plan: subscription.plan,
    status: subscription.status,
    has_pro_entitlement: decision.open,
    trial_ends_at: wireInstant(subscription.trialEndsAt),
    current_period_end: wireInstant(subscription.currentPeriodEnd),
    cancel_at_period_end: subscription.cancelAtPeriodEnd,
    ends_at: wireInstant(subscription.endsAt),
    complimentary_until: wireInstant(subscription.complimentaryUntil),
    seats: subscription.seats,
    interval: details?.interval ?? null,
    collection_paused: (details?.collectionPaused ?? null) !== null,
    payment_problem: presentPaymentProblem(site, billing),
  };
}
