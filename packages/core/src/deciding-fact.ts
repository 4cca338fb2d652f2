import type { AccessFacts } from "./entitlement.ts";
import type { AccessPolicy } from "./policy.ts";
import { decidingStanding } from "./subscription.ts";

/** Which fact an answer rests on. */
export interface DecidingFact {
  readonly kind: "account" | "stripe_subscription" | "grant" | "trial";
  /** Of its row, or of the subscription at Stripe; null: of the account itself, or whoever read the facts did not ask for ids. */
  readonly id: string | null;
  /** When the state that decides began. */
  readonly since: Date | null;
}

/** The fact that `decideAccess` decides by at `now`; null: there is none, and that decides. */
export function decidingFact(facts: AccessFacts, now: Date, policy: AccessPolicy): DecidingFact | null {
  const deletedAt = facts.accountDeletedAt;
  if (deletedAt !== null && now >= deletedAt) return { kind: "account", id: null, since: deletedAt };
  const { subscription, factId } = decidingStanding(facts, now, policy);
  const { source, since } = subscription;
  return source === "none" ? null : { kind: source === "stripe" ? "stripe_subscription" : source, id: factId, since };
}
