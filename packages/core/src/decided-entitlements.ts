import { type LimitFacts, resolveLimits, SEATS } from "./account-limits.ts";
import { type DecidingFact, decidingFact } from "./deciding-fact.ts";
import type { AccessFacts } from "./entitlement.ts";
import { type FeatureTerms, isSame, type Resolution, resolveFeatures, withTurns } from "./features.ts";
import type { FlagValue, Resolved } from "./flags.ts";
import { type HistoryEntry, saidSince } from "./fold-history.ts";
import type { FoldedOverrides } from "./fold-overrides.ts";
import type { AccessPolicy } from "./policy.ts";
import { effectiveSubscription } from "./subscription.ts";

/** What decides flags and limits beside an account's own facts: the catalogue, with limits as operators have edited them. */
export interface CatalogueTerms extends FeatureTerms, Pick<LimitFacts, "planLimits" | "plansBySeat"> {}

export interface CatalogueVersion extends CatalogueTerms {
  readonly inForceFrom: Date;
}

/** The catalogue that is applied at a moment. */
export interface CatalogueInForce {
  readonly terms: CatalogueTerms;
  /** null: it is applied as if it had always been in force. */
  readonly inForceFrom: Date | null;
  /** Versions that had been in force before it, newest first; as many as are known. */
  readonly earlier: readonly CatalogueVersion[];
}

/** What decides the flags and limits of one account at a moment. */
export interface EntitlementFacts {
  readonly access: AccessFacts;
  readonly overrides: FoldedOverrides;
  /** The entries of the history that count at that moment. */
  readonly history: readonly HistoryEntry[];
}

/** A fact that decided about a flag or limit, and since when it is so. */
export interface EntitlementFact {
  readonly kind: DecidingFact["kind"] | "override" | "catalogue";
  /** As in the history (`feature:sso` of an override); null: of the catalogue, or of the account itself. */
  readonly id: string | null;
  readonly since: Date | null;
}
export interface Decided<Value> extends Resolved<Value> {
  readonly decidedBy: EntitlementFact;
}

/**
 * Each flag at `at`, and the fact that made it what it is.
 *
 * Several facts meet in an answer: that no override holds (any more), which plan the account has, and what the catalogue says of that plan.
 * The youngest of them decided, for before it the answer was another one. An override that holds decides alone.
 */
export function decidedFeatures(
  facts: EntitlementFacts,
  catalogue: CatalogueInForce,
  at: Date,
  policy: AccessPolicy,
): readonly Decided<FlagValue>[] {
  const { access, overrides } = facts;
  const resolve = (terms: CatalogueTerms, moment: Date) =>
    resolveFeatures(terms, { access, overrides: overrides.features }, moment, policy);
  const door = decidingFact(access, at, policy);
  const isOfPlans = (key: string): boolean => catalogue.terms.plans.some(({ features }) => Object.hasOwn(features, key));
  return decide("feature", resolve, facts, catalogue, at, (key) => (isOfPlans(key) ? planFact(facts, door, ["plan"]) : null));
}

/** Each limit at `at`, as `decidedFeatures`. A plan's limits are shown also when its door has shut, so they do not begin with that. */
export function decidedLimits(
  facts: EntitlementFacts,
  catalogue: CatalogueInForce,
  at: Date,
  policy: AccessPolicy,
): readonly Decided<number | null>[] {
  const { access, overrides } = facts;
  const { plansBySeat } = catalogue.terms;
  const resolve = ({ planLimits, plansBySeat }: CatalogueTerms, moment: Date) =>
    resolveLimits({ access, planLimits, plansBySeat, overrides: overrides.limits }, moment, policy);
  const { plan } = effectiveSubscription(access, at, policy);
  const begun = fromItsBeginning(access, decidingFact({ ...access, accountDeletedAt: null }, at, policy));
  const areSeatsSold = plan !== null && plansBySeat.includes(plan);
  const fieldsOf = (key: string) => (key === SEATS && areSeatsSold ? ["plan", "seats"] : ["plan"]);
  return decide("limit", resolve, facts, catalogue, at, (key) => planFact(facts, begun, fieldsOf(key)));
}

/** @param planFactOf the fact that gives the account its plan, where the plan has a say in this key */
function decide<Value>(
  kind: "feature" | "limit",
  resolve: (terms: CatalogueTerms, at: Date) => Resolution<Value>,
  facts: EntitlementFacts,
  catalogue: CatalogueInForce,
  at: Date,
  planFactOf: (key: string) => EntitlementFact | null,
): readonly Decided<Value>[] {
  const earlier = catalogue.earlier.map((version) => ({ from: version.inForceFrom, byKey: resolve(version, at).byKey }));
  return withTurns((moment) => resolve(catalogue.terms, moment), at).map((answer) => {
    const subject = `${kind}:${answer.key}`;
    if (answer.layer === "account_override") return { ...answer, decidedBy: { kind: "override", id: subject, since: answer.since } };
    const { isChange, ...version } = versionOf(answer, catalogue.inForceFrom, earlier);
    const ended = facts.overrides.endedAt.get(subject);
    const made = [
      ended ? { kind: "override" as const, id: subject, since: ended } : null,
      planFactOf(answer.key),
      isChange ? version : null,
    ];
    const decidedBy = youngest(made) ?? version;
    return { ...answer, since: decidedBy.since, decidedBy };
  });
}

/**
 * The oldest version from which on the catalogue gave this answer.
 * @returns `isChange`: the one before it gave another; else none is known that did
 */
function versionOf<Value>(
  answer: Resolved<Value>,
  inForceFrom: Date | null,
  earlier: readonly { readonly from: Date; readonly byKey: Resolution<Value>["byKey"] }[],
): EntitlementFact & { readonly isChange: boolean } {
  const changed = earlier.findIndex(({ byKey }) => !isSame(answer, byKey.get(answer.key)));
  const same = changed === -1 ? earlier : earlier.slice(0, changed);
  return { kind: "catalogue", id: null, since: same.at(-1)?.from ?? inForceFrom, isChange: changed !== -1 };
}

/** Of a subscription that changed its plan or its seats while it went on: since then. */
function planFact({ history }: EntitlementFacts, fact: DecidingFact | null, fields: readonly string[]): EntitlementFact | null {
  if (fact === null) return null;
  const said = fact.kind === "stripe_subscription" ? saidSince(history, fact, fields) : null;
  return { ...fact, since: said !== null && (fact.since === null || said > fact.since) ? said : fact.since };
}

function fromItsBeginning({ trial, grants }: AccessFacts, fact: DecidingFact | null): DecidingFact | null {
  if (fact?.kind === "trial" && trial !== null) return { ...fact, since: trial.startsAt };
  const grant = fact?.kind === "grant" ? grants.find(({ id }) => id === fact.id) : undefined;
  return fact && grant ? { ...fact, since: grant.startsAt } : fact;
}

/** Of those of one instant the first; one that nobody knows the beginning of is older than all. */
function youngest(facts: readonly (EntitlementFact | null)[]): EntitlementFact | null {
  const time = ({ since }: EntitlementFact): number => since?.getTime() ?? Number.NEGATIVE_INFINITY;
  return facts.reduce((best, fact) => (fact !== null && (best === null || time(fact) > time(best)) ? fact : best), null);
}
