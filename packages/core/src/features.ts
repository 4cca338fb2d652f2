import { type AccessFacts, decideAccess } from "./entitlement.ts";
import { type FlagValue, holds, type Override, type Resolved, resolveFlag, whyNotFlagValue } from "./flags.ts";
import type { Catalogue, Plan } from "./plan.ts";
import { type AccessPolicy, DEFAULT_POLICY } from "./policy.ts";

/** What decides the flags of one account. */
export interface FeatureFacts {
  readonly access: AccessFacts;
  readonly overrides: readonly Override<FlagValue>[];
}

/** What of a catalogue decides flags. */
export interface FeatureTerms extends Pick<Catalogue, "flags"> {
  readonly plans: readonly Pick<Plan, "key" | "features">[];
}

/** Answers by key, in the order in which the catalogue names them. */
export interface Resolution<Value> {
  readonly byKey: ReadonlyMap<string, Resolved<Value>>;
  /** Before this instant the same facts give the same answers; null: always. */
  readonly until: Date | null;
}

/**
 * What each flag of the catalogue is for an account at `now`.
 *
 * Its plan counts while its door is open, and the plan to fall back to always; whoever is shut out of another one has the flags' own
 * defaults, so that nothing of a plan outlives it. An override of a flag that the catalogue knows no more, or whose kind has changed since,
 * says nothing.
 */
export function resolveFeatures(
  catalogue: FeatureTerms,
  facts: FeatureFacts,
  now: Date,
  policy: AccessPolicy = DEFAULT_POLICY,
): Resolution<FlagValue> {
  const decision = decideAccess(facts.access, now, policy);
  const counts = decision.open || decision.plan === policy.fallbackPlan;
  const plan = counts ? catalogue.plans.find(({ key }) => key === decision.plan) : undefined;
  const byKey = new Map<string, Resolved<FlagValue>>();
  let until = decision.until;
  for (const flag of catalogue.flags) {
    const override = facts.overrides.find(({ key, value }) => key === flag.key && whyNotFlagValue(flag, value) === null) ?? null;
    byKey.set(flag.key, resolveFlag(flag, plan?.features[flag.key], override, now));
    if (override && holds(override, now)) until = earliest(until, override.expiresAt);
  }
  return { byKey, until };
}

/**
 * The answers of `now`, each with the instant at which it, and not just another one, changes by itself.
 * @param resolveAt a resolution of facts that stay as they are
 */
export function withTurns<Value>(resolveAt: (at: Date) => Resolution<Value>, now: Date): readonly Resolved<Value>[] {
  const first = resolveAt(now);
  const turns = new Map<string, Date>();
  // It ends: each resolution holds longer than the one before, and facts have only so many ends.
  for (let at = first.until; at !== null && turns.size < first.byKey.size; ) {
    const next = resolveAt(at);
    for (const [key, before] of first.byKey) if (!turns.has(key) && !isSame(before, next.byKey.get(key))) turns.set(key, at);
    at = next.until;
  }
  return [...first.byKey.values()].map((answer) => ({ ...answer, until: turns.get(answer.key) ?? null }));
}

/** Do two answers say the same by the same layer, whatever since when and until when? */
export const isSame = <Value>(a: Resolved<Value>, b: Resolved<Value> | undefined): boolean => a.value === b?.value && a.layer === b.layer;

/** The first of two ends; null is none. */
export const earliest = (a: Date | null, b: Date | null): Date | null => (a === null || (b !== null && b < a) ? b : a);
