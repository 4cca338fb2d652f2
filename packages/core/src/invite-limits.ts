/** Mails of invites that an account sends in 24 hours at the most. */
export const INVITES_A_DAY_MAX = 1_000;
/** As long as who invites has not shown that their own address is theirs. */
export const UNVERIFIED_INVITES_A_DAY_MAX = 20;

export interface InviteMailFacts {
  /** Has who invites proven their address? */
  readonly isVerified: boolean;
  /** Mails of the last 24 hours. */
  readonly sentToday: number;
  readonly wanted: number;
  /** RATE_LIMIT_FACTOR. */
  readonly factor: number;
}

/** Why may these mails not be sent? Null: they may. All or none: a list is not cut off in the middle. */
export function whyNotInviteMore(facts: InviteMailFacts): "email_not_verified" | "rate_limited" | null {
  const total = facts.sentToday + facts.wanted;
  if (total > INVITES_A_DAY_MAX * facts.factor) return "rate_limited";
  return !facts.isVerified && total > UNVERIFIED_INVITES_A_DAY_MAX * facts.factor ? "email_not_verified" : null;
}
