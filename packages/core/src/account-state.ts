import type { AccessFacts } from "./entitlement.ts";
import type { AccessPolicy } from "./policy.ts";
import { effectiveSubscription, SUBSCRIPTION_STATUSES } from "./subscription.ts";

/** What an account comes to, for whoever looks at many. `deleting` can still be taken back. */
export const ACCOUNT_STATES = [...SUBSCRIPTION_STATUSES, "deleting", "erased"] as const;
export type AccountState = (typeof ACCOUNT_STATES)[number];

/** That the account is going, or else what its subscription is at `now`. */
export function accountState(
  facts: AccessFacts,
  erasedAt: Date | null,
  now: Date,
  policy: AccessPolicy,
): { readonly state: AccountState; readonly plan: string | null } {
  if (erasedAt !== null) return { state: "erased", plan: null };
  const { status, plan } = effectiveSubscription(facts, now, policy);
  return facts.accountDeletedAt === null ? { state: status, plan } : { state: "deleting", plan };
}
