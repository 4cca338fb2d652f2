import { type AccessPolicy, DEFAULT_POLICY } from "./policy.ts";
import { addDays } from "./time.ts";

export interface VerificationFacts {
  readonly emailVerifiedAt: Date | null;
  readonly registeredAt: Date;
}

export interface VerificationDecision {
  /** May the person pass the guard? */
  readonly open: boolean;
  readonly verified: boolean;
  /** When the grace ends or ended; null for a verified address, which needs none. */
  readonly graceEndsAt: Date | null;
  /** When the answer changes by itself (exclusive); null where only following the link changes it. */
  readonly until: Date | null;
}

/**
 * May a person who registered at `registeredAt` use guarded routes at `now`?
 *
 * The end of the grace is exclusive: at that instant the door is shut.
 */
export function decideVerification(
  facts: VerificationFacts,
  now: Date,
  policy: Pick<AccessPolicy, "verificationGraceDays"> = DEFAULT_POLICY,
): VerificationDecision {
  // Not compared with `now`: a proof is a proof, also where another process's clock is a few milliseconds ahead.
  if (facts.emailVerifiedAt !== null) return { open: true, verified: true, graceEndsAt: null, until: null };
  const graceEndsAt = addDays(facts.registeredAt, policy.verificationGraceDays);
  const open = now < graceEndsAt;
  return { open, verified: false, graceEndsAt, until: open ? graceEndsAt : null };
}
