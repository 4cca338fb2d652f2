import { type AccessDecision, type AccessFacts, decideAccess } from "./entitlement.ts";
import { type AccessPolicy, DEFAULT_POLICY } from "./policy.ts";

/** What the guard of Pro would do to an account. */
export interface Rehearsal {
  /** It would be refused at the instant that was asked about. */
  readonly refused: boolean;
  /** Why it is refused, or will be; null: nothing that is known shuts it. */
  readonly reason: AccessDecision["reason"];
  /** From when on it is refused without a break; of one that is open, from when on it will be. null: since ever, or never. */
  readonly from: Date | null;
  /** Stripe has a subscription of it that is paid, or on a trial there: to refuse it would be to refuse who pays. */
  readonly pays: boolean;
}

/**
 * What would the guard say to an account at `at`, were it enforced then; and if it lets it in, from when on no more?
 * @see decideAccess, which the guard asks
 */
export function rehearse(facts: AccessFacts, at: Date, policy: AccessPolicy = DEFAULT_POLICY): Rehearsal {
  const pays = facts.stripe.some(({ status }) => status === "active" || status === "trialing");
  const now = decideAccess(facts, at, policy);
  if (!now.open) return { refused: true, reason: now.reason, from: now.since, pays };
  const shut = firstShut(facts, now, policy);
  return { refused: false, reason: shut?.decision.reason ?? null, from: shut?.at ?? null, pays };
}

/** Each step goes to a later turning point of the facts, of which there are few. */
function firstShut(facts: AccessFacts, open: AccessDecision, policy: AccessPolicy): { decision: AccessDecision; at: Date } | null {
  let at = open.until;
  while (at !== null) {
    const decision = decideAccess(facts, at, policy);
    if (!decision.open) return { decision, at };
    at = decision.until;
  }
  return null;
}
