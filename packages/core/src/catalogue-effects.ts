import { limitOf } from "./account-limits.ts";
import type { AccessFacts } from "./entitlement.ts";
import { resolveFeatures } from "./features.ts";
import { type FlagValue, isOn, type Override } from "./flags.ts";
import type { Catalogue, Plan } from "./plan.ts";
import { type AccessPolicy, DEFAULT_POLICY } from "./policy.ts";
import { effectiveSubscription } from "./subscription.ts";

/** What of a catalogue decides what accounts may do. */
export interface Terms extends Pick<Catalogue, "flags"> {
  readonly plans: readonly Pick<Plan, "key" | "limits" | "features">[];
}

/** What decides one account's flags and limits, and how much of its limits it uses. */
export interface AccountTerms {
  readonly access: AccessFacts;
  readonly features: readonly Override<FlagValue>[];
  readonly limits: readonly Override<number | null>[];
  /** By limit key; a limit whose use nobody counts is not here. */
  readonly used: Readonly<Record<string, number>>;
}

/** `changes`: a flag that is on before and after, with another value. */
export const EFFECTS = ["loses", "gains", "changes"] as const;
/** What becomes of one flag or limit of one account. */
export interface CatalogueEffect {
  readonly kind: "feature" | "limit";
  readonly key: string;
  readonly effect: (typeof EFFECTS)[number];
  /** Of a limit, null is no limit. Of a flag: there was none. */
  readonly before: FlagValue | null;
  readonly after: FlagValue | null;
  /** It uses more than the lowered limit: it keeps what it has, and gets no more. */
  readonly isAbove: boolean;
}

/** Flags and limits about which two catalogues do not say the same; of the rest no account needs to be asked. */
export interface ChangedKeys {
  readonly features: readonly string[];
  readonly limits: readonly string[];
}

export function changedKeys(before: Terms, after: Terms): ChangedKeys {
  const says = (terms: Terms, key: string): string => {
    const flag = terms.flags.find((one) => one.key === key);
    return JSON.stringify([flag?.default ?? null, ...inOrder(terms).map((plan) => [plan.key, (flag && plan.features[key]) ?? null])]);
  };
  const limits = (terms: Terms, key: string): string =>
    JSON.stringify(inOrder(terms).flatMap((plan) => (Object.hasOwn(plan.limits, key) ? [[plan.key, plan.limits[key]]] : [])));
  const both = [before, after];
  const flagKeys = both.flatMap(({ flags }) => flags.map(({ key }) => key));
  const limitKeys = both.flatMap(({ plans }) => plans.flatMap((plan) => Object.keys(plan.limits)));
  return {
    features: [...new Set(flagKeys)].filter((key) => says(before, key) !== says(after, key)),
    limits: [...new Set(limitKeys)].filter((key) => limits(before, key) !== limits(after, key)),
  };
}
const inOrder = ({ plans }: Terms): Terms["plans"] => plans.toSorted((a, b) => (a.key < b.key ? -1 : 1));

/**
 * What an account would gain or lose at `now` if `after` took the place of `before`; what is the same for it is left out.
 * @param plansBySeat plans that are paid for by the seat, as they are sold now
 * @returns `plan`: the one it is on
 */
export function catalogueEffects(
  before: Terms,
  after: Terms,
  account: AccountTerms,
  options: { readonly now: Date; readonly plansBySeat: readonly string[]; readonly policy?: AccessPolicy; readonly keys?: ChangedKeys },
): { readonly plan: string | null; readonly effects: readonly CatalogueEffect[] } {
  const { now, plansBySeat, policy = DEFAULT_POLICY, keys = changedKeys(before, after) } = options;
  const featureIn = (terms: Terms) => {
    const flags = terms.flags.filter(({ key }) => keys.features.includes(key));
    return resolveFeatures({ flags, plans: terms.plans }, { access: account.access, overrides: account.features }, now, policy).byKey;
  };
  const limitIn = (terms: Terms, key: string): number | null => {
    const planLimits = limitsOf(terms, key);
    // What no plan limits is not limited, whatever an operator once set.
    if (planLimits.length === 0) return null;
    return limitOf({ access: account.access, planLimits, plansBySeat, overrides: account.limits }, key, now, policy).value;
  };
  const [then, next] = [featureIn(before), featureIn(after)];
  return {
    plan: effectiveSubscription(account.access, now, policy).plan,
    effects: [
      ...keys.features.flatMap((key) => featureEffect(key, then.get(key)?.value ?? null, next.get(key)?.value ?? null)),
      ...keys.limits.flatMap((key) => limitEffect(key, limitIn(before, key), limitIn(after, key), account.used[key] ?? null)),
    ],
  };
}

const limitsOf = (terms: Terms, key: string) =>
  terms.plans.flatMap((plan) => {
    const limit = Object.hasOwn(plan.limits, key) ? plan.limits[key] : undefined;
    return limit === undefined ? [] : [{ plan: plan.key, key, limit }];
  });

function featureEffect(key: string, before: FlagValue | null, after: FlagValue | null): CatalogueEffect[] {
  const [wasOn, willBeOn] = [before, after].map((value) => value !== null && isOn(value));
  if (before === after || (!wasOn && !willBeOn)) return [];
  const effect = wasOn && willBeOn ? "changes" : willBeOn ? "gains" : "loses";
  return [{ kind: "feature", key, effect, before, after, isAbove: false }];
}

function limitEffect(key: string, before: number | null, after: number | null, used: number | null): CatalogueEffect[] {
  if (before === after) return [];
  const isLower = after !== null && (before === null || after < before);
  const isAbove = isLower && used !== null && used > after;
  return [{ kind: "limit", key, effect: isLower ? "loses" : "gains", before, after, isAbove }];
}

/** Accounts of one plan to which the same happens. */
export interface EffectSum extends Omit<CatalogueEffect, "isAbove"> {
  readonly plan: string | null;
  accounts: number;
  /** How many of them use more than the lowered limit. */
  above: number;
  readonly named: NamedAccount[];
}
export interface NamedAccount {
  readonly id: string;
  readonly name: string;
  readonly isAbove: boolean;
}
export type EffectSums = Map<string, EffectSum>;

/**
 * Adds what happens to one more account to `sums`, in place: there may be millions of them.
 * @param namedMax so many accounts of each sum are named; of those that stand above a limit as many again
 */
export function addEffects(
  sums: EffectSums,
  account: { readonly id: string; readonly name: string; readonly plan: string | null; readonly effects: readonly CatalogueEffect[] },
  namedMax: number,
): void {
  const { id, name, plan } = account;
  for (const { isAbove, ...effect } of account.effects) {
    const key = JSON.stringify([plan, effect.kind, effect.key, effect.before, effect.after]);
    const sum = sums.get(key) ?? { ...effect, plan, accounts: 0, above: 0, named: [] };
    sums.set(key, sum);
    if ((isAbove ? sum.above : sum.accounts - sum.above) < namedMax) sum.named.push({ id, name, isAbove });
    sum.accounts += 1;
    if (isAbove) sum.above += 1;
  }
}
