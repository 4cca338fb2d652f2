/** Why Pro is shut to an account; the wire shows it, so a value never changes its meaning. */
export const SHUT_REASONS = [
  "trial_ended",
  "payment_required",
  "canceled",
  "paused",
  "incomplete",
  "complimentary_ended",
  "unknown_status",
  "unknown_plan",
  "no_subscription",
] as const;
export type ShutReason = (typeof SHUT_REASONS)[number];

/** What an account may do: everything; everything, for now; read and export; only pay; nothing behind the guard. */
export const ACCESS_MODES = ["full", "grace", "read_only", "billing_only", "locked"] as const;
export type AccessMode = (typeof ACCESS_MODES)[number];

/**
 * Does a request pass where this mode is left? Reading is GET and HEAD; an export takes out what is the account's own, and counts as reading
 * whatever its method.
 */
export function whatPasses(mode: AccessMode, method: string, isExport = false): boolean {
  switch (mode) {
    case "full":
    case "grace":
      return true;
    case "read_only":
      return isExport || method === "GET" || method === "HEAD";
    case "billing_only":
    case "locked":
      return false;
  }
}

/** The guards that can be rehearsed in shadow, by the names under which routes mount them. */
export const GUARDS = ["requireVerifiedEmailAfterGrace", "requireActiveSubscription", "requireFeature"] as const;
export type GuardName = (typeof GUARDS)[number];

/** What an operator may decide about access without touching a law. */
export interface AccessPolicy {
  /** Length of the trial that sign-up starts. */
  readonly trialDays: number;
  /** How long after registration an unverified person may use guarded routes. */
  readonly verificationGraceDays: number;
  /** How long Pro stays open after the first failed attempt at the oldest open invoice. */
  readonly pastDueGraceDays: number;
  /** A subscription whose collection was paused at Stripe opens nothing. Stripe leaves its status as it was. */
  readonly pausedCollectionLocks: boolean;
  /** The plan that limits and flags go by where no fact gives one: what is left to who has no trial and pays nothing. It opens no door. */
  readonly fallbackPlan: string | null;
  /** What is left to an account that has no open subscription, by the reason why it is shut. */
  readonly modes: Readonly<Record<ShutReason, AccessMode>>;
}

/** The policy of design.md, section 5: whatever shuts the door locks it. */
export const DEFAULT_POLICY: AccessPolicy = {
  trialDays: 14,
  verificationGraceDays: 7,
  pastDueGraceDays: 14,
  pausedCollectionLocks: false,
  fallbackPlan: null,
  modes: {
    trial_ended: "locked",
    payment_required: "locked",
    canceled: "locked",
    paused: "locked",
    incomplete: "locked",
    complimentary_ended: "locked",
    unknown_status: "locked",
    unknown_plan: "locked",
    no_subscription: "locked",
  },
};
