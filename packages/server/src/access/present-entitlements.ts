import {
  type AccessPolicy,
  type CatalogueInForce,
  type CatalogueTerms,
  type Decided,
  decidedFeatures,
  decidedLimits,
  type EntitlementFacts,
  type FlagValue,
  type LimitFacts,
  periodOf,
  type Resolution,
  type Resolved,
  resolveLimits,
  withTurns,
} from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import type { AccountState } from "./facts.store.ts";
import { featuresAt } from "./feature-resolver.ts";
import type { Overrides } from "./overrides.store.ts";
import { wireInstant } from "./wire-instant.ts";

type Parts = Pick<App, "catalogue" | "policy">;

/** What each flag is, by key. */
export const presentFeatures = (app: Parts, state: AccountState, now: Date): Record<string, FlagValue> =>
  Object.fromEntries([...featuresAt(app, state, now).byKey].map(([key, { value }]) => [key, value]));

/** Of seats there are as many as are paid for; whoever is above a limit is shown it and thrown out by nobody (L13). */
export function presentLimits(app: Parts, state: AccountState, now: Date) {
  const { byKey } = limitsAt(app, state, now);
  return Object.fromEntries(
    [...byKey].map(([key, { value }]) => [key, { limit: value, used: state.used[key] ?? null, resets_at: resetOf(app, key, now) }]),
  );
}

function resetOf({ catalogue }: Parts, key: string, now: Date): string | null {
  const kind = catalogue.limits[key];
  return kind?.kind === "consumable" ? wireInstant(periodOf(kind, now).end) : null;
}

/** Each flag and limit at `at`, with the layer that decided it. @param isOperator only they are told why an override was set */
export function explainEntitlements(app: Parts, state: AccountState, at: Date, isOperator: boolean) {
  const known = { ...state, overrides: setBy(state.overrides, at) };
  return {
    features: withTurns((moment) => featuresAt(app, known, moment), at).map((answer) => presentResolved(answer, isOperator)),
    limits: withTurns((moment) => limitsAt(app, known, moment), at).map((answer) => presentResolved(answer, isOperator)),
  };
}

/** What an operator set later said nothing at `at`. */
const setBy = ({ features, limits }: Overrides, at: Date): Overrides => ({
  features: features.filter(({ setAt }) => setAt <= at),
  limits: limits.filter(({ setAt }) => setAt <= at),
});

const presentResolved = <Value>({ key, value, layer, reason, since, until }: Resolved<Value>, isOperator: boolean) => ({
  key,
  value,
  layer,
  // The history tells no reasons: where no audit did, there is none.
  reason: isOperator && reason !== "" ? reason : null,
  since: wireInstant(since),
  until: wireInstant(until),
});

/** As `explainEntitlements`, by one set of facts and one catalogue, with the fact that made each what it is. */
export const presentDecided = (
  facts: EntitlementFacts,
  catalogue: CatalogueInForce,
  at: Date,
  policy: AccessPolicy,
  isOperator: boolean,
) => ({
  features: decidedFeatures(facts, catalogue, at, policy).map((answer) => withFact(answer, isOperator)),
  limits: decidedLimits(facts, catalogue, at, policy).map((answer) => withFact(answer, isOperator)),
});

const withFact = <Value>(answer: Decided<Value>, isOperator: boolean) => {
  const { kind, id, since } = answer.decidedBy;
  return { ...presentResolved(answer, isOperator), decided_by: { fact: kind, id, since: wireInstant(since) } };
};

/** What this process goes by, as if it had always been so. */
export function termsToday({ catalogue }: Parts, state: AccountState): CatalogueInForce {
  const { planLimits, plansBySeat } = limitFactsOf(state);
  const terms: CatalogueTerms = { flags: catalogue.flags, plans: catalogue.plans, planLimits, plansBySeat };
  return { terms, inForceFrom: null, earlier: [] };
}

const limitsAt = ({ policy }: Parts, state: AccountState, now: Date): Resolution<number | null> =>
  resolveLimits(limitFactsOf(state), now, policy);

const limitFactsOf = ({ access, limits, billing, overrides }: AccountState): LimitFacts => ({
  access,
  planLimits: limits,
  plansBySeat: billing.prices.filter((price) => price.isPerSeat).map(({ plan }) => plan),
  overrides: overrides.limits,
});
