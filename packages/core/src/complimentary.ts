import type { GrantFact } from "./subscription.ts";

/** What an operator wants to give an account for nothing. */
export interface GrantWish {
  readonly plan: string;
  /** Exclusive; null: without an end. */
  readonly until: Date | null;
}

/**
 * Why can this not be given at `now`? Null: it can. A grant that has ended before it begins would only say in the history that something
 * was given.
 * @param plans keys of the catalogue
 */
export function whyNotGrant(wish: GrantWish, plans: readonly string[], now: Date): "plan_unknown" | "grant_in_the_past" | null {
  if (!plans.includes(wish.plan)) return "plan_unknown";
  return wish.until !== null && wish.until <= now ? "grant_in_the_past" : null;
}

export type GrantState = "planned" | "running" | "ended";

/** Where a grant stands at `now`; its end is exclusive. */
export function grantState({ startsAt, until }: Pick<GrantFact, "startsAt" | "until">, now: Date): GrantState {
  if (until !== null && until <= now) return "ended";
  return startsAt <= now ? "running" : "planned";
}

/**
 * Does a subscription that was just read take the place of what was given for nothing? When somebody begins to pay it does, and the account
 * goes on as one that pays. A grant that was given to somebody who pays already is meant beside it, and no later word of Stripe ends it.
 * @param before the same subscription as it was stored; null: it is new
 */
export function replacesGrants(
  read: { readonly status: string; readonly plan: string | null },
  before: { readonly status: string; readonly plan: string | null } | null,
): boolean {
  const isPaid = (one: { readonly status: string; readonly plan: string | null }) => one.status === "active" && one.plan !== null;
  return isPaid(read) && (before === null || !isPaid(before));
}
