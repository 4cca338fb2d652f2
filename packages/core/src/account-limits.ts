import { earliest, type Resolution } from "./features.ts";
import { holds, type Override, type Resolved } from "./flags.ts";
import { resolveLimit } from "./limits.ts";
import { type AccessPolicy, DEFAULT_POLICY } from "./policy.ts";
import { seatLimit } from "./seats.ts";
import { effectiveSubscription, type SubscriptionFacts, turningPoints } from "./subscription.ts";

/** The one limit that is also sold: of a plan that is paid for by the seat there are as many as are paid for. */
export const SEATS = "seats";

/** What decides the limits of one account. */
export interface LimitFacts {
  readonly access: SubscriptionFacts;
  /** Of every plan, for which one counts is decided here; null is no limit. */
  readonly planLimits: readonly { readonly plan: string; readonly key: string; readonly limit: number | null }[];
  /** Plans that are paid for by the seat. */
  readonly plansBySeat: readonly string[];
  readonly overrides: readonly Override<number | null>[];
}

/**
 * What one limit is for an account at `now`: an override wins over what the plan gives and over seats that are paid for.
 *
 * The plan counts whether or not its door is open, as it is shown. An account without a plan has 0 of what any plan limits.
 */
export function limitOf(facts: LimitFacts, key: string, now: Date, policy: AccessPolicy = DEFAULT_POLICY): Resolved<number | null> {
  const { plan, seats } = effectiveSubscription(facts.access, now, policy);
  const rows = facts.planLimits.filter((row) => row.key === key);
  const ofPlan = rows.find((row) => row.plan === plan)?.limit ?? (plan === null && rows.length > 0 ? 0 : null);
  const bought = key === SEATS && plan !== null && facts.plansBySeat.includes(plan) ? seats : null;
  return resolveLimit(key, seatLimit(ofPlan, bought), facts.overrides.find((override) => override.key === key) ?? null, now);
}

/** Every limit that the account's plan or an operator sets: an account that has neither has none to show. */
export function resolveLimits(facts: LimitFacts, now: Date, policy: AccessPolicy = DEFAULT_POLICY): Resolution<number | null> {
  const { plan } = effectiveSubscription(facts.access, now, policy);
  // An override of what no plan limits any more says nothing.
  const known = facts.overrides.filter(({ key }) => facts.planLimits.some((row) => row.key === key));
  const running = known.filter((override) => holds(override, now));
  const keys = [...facts.planLimits.filter((row) => row.plan === plan).map(({ key }) => key), ...running.map(({ key }) => key)];
  // Every instant at which a plan may begin or end counts, for those are few and asking anew is cheap.
  const ends = [...turningPoints(facts.access, policy), ...running.map(({ expiresAt }) => expiresAt)];
  return {
    byKey: new Map(keys.map((key) => [key, limitOf(facts, key, now, policy)])),
    until: ends.filter((end) => end !== null && end > now).reduce(earliest, null),
  };
}
