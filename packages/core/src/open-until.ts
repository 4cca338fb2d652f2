import { type AccessFacts, decideAccess } from "./entitlement.ts";
import { type AccessPolicy, DEFAULT_POLICY } from "./policy.ts";

/** For how long the door of Pro stays open by itself. */
export type Opening =
  | { readonly isOpen: false }
  /** `until` is exclusive; null: only an event closes it. */
  | { readonly isOpen: true; readonly until: Date | null };

/**
 * When does Pro close, if nothing happens but that time passes? Unlike `decideAccess`, whose answer also ends where one fact only takes
 * over from another.
 */
export function openUntil(facts: AccessFacts, now: Date, policy: AccessPolicy = DEFAULT_POLICY): Opening {
  let decision = decideAccess(facts, now, policy);
  if (!decision.open) return { isOpen: false };
  // It ends: each answer's end is later than the one before, and there are only so many turning points.
  while (decision.until !== null) {
    const at: Date = decision.until;
    decision = decideAccess(facts, at, policy);
    if (!decision.open) return { isOpen: true, until: at };
  }
  return { isOpen: true, until: null };
}
