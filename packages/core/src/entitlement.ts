import { type AccessMode, type AccessPolicy, DEFAULT_POLICY, type ShutReason } from "./policy.ts";
import { decidingStanding, type SubscriptionFacts, turningPoints } from "./subscription.ts";

/** What the customer can do about it; the shell knows the page for each. */
export type MendAction = "choose_plan" | "update_payment" | "resume" | "contact_support" | "restore_account";

/** Everything that decides whether an account may use Pro. */
export interface AccessFacts extends SubscriptionFacts {
  /** When the account was marked for deletion; null while it lives. Required, so that no caller opens a deleted account by forgetting it. */
  readonly accountDeletedAt: Date | null;
}

export interface AccessDecision {
  readonly mode: AccessMode;
  /** The door stands open: `mode` is `full` or `grace`. */
  readonly open: boolean;
  /** Why no fact opens the door; null where one does. A policy may leave the door open all the same. */
  readonly reason: ShutReason | "account_deleted" | null;
  readonly plan: string | null;
  readonly since: Date | null;
  /** When the answer changes by itself, exclusive; null: only an event changes it. */
  readonly until: Date | null;
  /** Also set in grace, while there is still time to mend. */
  readonly mend: MendAction | null;
}

/**
 * May the account use Pro at `now`, why not, and when does the answer change by itself?
 *
 * Total: it answers for any facts. Before `until` the same facts give the same answer, so it may be cached until then; at `until` the
 * answer is another one.
 * @see design.md, section 5 (the table of statuses)
 */
export function decideAccess(facts: AccessFacts, now: Date, policy: AccessPolicy = DEFAULT_POLICY): AccessDecision {
  const answer = answerAt(facts, now, policy);
  // Found by asking again at each turning point instead of by a rule of its own, which could contradict the answers.
  const turns = [...turningPoints(facts, policy), ...(facts.accountDeletedAt === null ? [] : [facts.accountDeletedAt])]
    .filter((instant) => instant > now)
    .sort((a, b) => a.getTime() - b.getTime());
  const until = turns.find((instant) => !isSame(answerAt(facts, instant, policy), answer)) ?? null;
  return { ...answer, until };
}

type Answer = Omit<AccessDecision, "until">;

function answerAt(facts: AccessFacts, now: Date, policy: AccessPolicy): Answer {
  const deletedAt = facts.accountDeletedAt;
  if (deletedAt !== null && now >= deletedAt) {
    // No policy reaches here: what a policy leaves to lapsed customers is not meant for an account that is being erased.
    return { mode: "locked", open: false, reason: "account_deleted", plan: null, since: deletedAt, mend: "restore_account" };
  }
  const { subscription, door } = decidingStanding(facts, now, policy);
  const { plan, since } = subscription;
  if (door.mode !== "shut") {
    return { mode: door.mode, open: true, reason: null, plan, since, mend: door.mode === "grace" ? "update_payment" : null };
  }
  const mode = policy.modes[door.reason];
  return { mode, open: mode === "full" || mode === "grace", reason: door.reason, plan, since, mend: MEND[door.reason] };
}

const MEND: Readonly<Record<ShutReason, MendAction>> = {
  trial_ended: "choose_plan",
  payment_required: "update_payment",
  canceled: "choose_plan",
  paused: "resume",
  incomplete: "update_payment",
  complimentary_ended: "choose_plan",
  unknown_status: "contact_support",
  unknown_plan: "contact_support",
  no_subscription: "choose_plan",
};

function isSame(a: Answer, b: Answer): boolean {
  return (
    a.mode === b.mode &&
    a.open === b.open &&
    a.reason === b.reason &&
    a.plan === b.plan &&
    a.mend === b.mend &&
    a.since?.getTime() === b.since?.getTime()
  );
}
