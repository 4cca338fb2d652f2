import {
  addEffects,
  type CatalogueTerms,
  catalogueEffects,
  changedKeys,
  type EffectSum,
  type EffectSums,
  type Terms,
} from "@gatehouse/core";
import { findCatalogueAt } from "../access/catalogue-versions.store.ts";
import { loadAccountTerms } from "../access/entitlements.store.ts";
import { usageCounts } from "../access/usage.store.ts";
import { accountsAfter, countAccounts } from "../accounts/all-accounts.store.ts";
import { listFlags, listPlans } from "../billing/catalogue.store.ts";
import { listPrices } from "../billing/prices.store.ts";
import type { App } from "../platform/app.ts";

type Parts = Pick<App, "db" | "clock" | "policy" | "catalogue" | "liveCounts" | "stripe">;
const WHY = "a look at what the catalogue would do to all accounts";
/** Accounts read at once; each page is a short transaction, and nothing is locked. */
const PAGE = 1000;

/** A catalogue that was in force, with the limits as operators had edited them. */
export interface FormerCatalogue {
  readonly terms: Terms;
  readonly inForceFrom: Date;
}

/** @returns null: none was kept by then, or it cannot be read any more */
export async function findFormer(app: Pick<App, "db" | "stripe">, at: Date): Promise<FormerCatalogue | null> {
  const [found] = await readVersions(app, at);
  return found ?? null;
}

/** Since when former catalogues were in force, of which flags or limits are not as they are stored now; newest first. */
export async function listFormer(app: Parts, max: number): Promise<readonly Date[]> {
  const { stored } = await readStored(app);
  const versions = await readVersions(app, app.clock.now());
  const unlike = versions.filter(({ terms }) => {
    const { features, limits } = changedKeys(terms, stored);
    return features.length > 0 || limits.length > 0;
  });
  return unlike.slice(0, max).map(({ inForceFrom }) => inForceFrom);
}

async function readVersions(app: Pick<App, "db" | "stripe">, at: Date): Promise<FormerCatalogue[]> {
  const found = await app.db.asSystem(WHY, (tx) => findCatalogueAt(tx, at, app.stripe.livemode));
  if (found === null || found.inForceFrom === null) return [];
  const newest = { ...found.terms, inForceFrom: found.inForceFrom };
  return [newest, ...found.earlier].map((version) => ({ terms: asTerms(version), inForceFrom: version.inForceFrom }));
}

function asTerms({ flags, plans, planLimits }: CatalogueTerms): Terms {
  const keys = new Set([...plans.map(({ key }) => key), ...planLimits.map(({ plan }) => plan)]);
  const limitsOf = (key: string) => Object.fromEntries(planLimits.filter(({ plan }) => plan === key).map((one) => [one.key, one.limit]));
  const featuresOf = (key: string) => plans.find((plan) => plan.key === key)?.features ?? {};
  return { flags, plans: [...keys].map((key) => ({ key, features: featuresOf(key), limits: limitsOf(key) })) };
}

/**
 * What every account that lives would gain or lose if the catalogue file took the place of what is stored, or took the place of a former
 * catalogue; nothing is written. Where flags and limits are the same, no account is looked at, and the answer is null.
 * @param former null: what is stored
 * @param namedMax so many accounts of each sum are named
 * @param tell how many accounts were looked at, of how many; called after each page
 */
export async function surveyEffects(
  app: Parts,
  former: Terms | null,
  namedMax: number,
  tell: (done: number, total: number) => void,
): Promise<readonly EffectSum[] | null> {
  const { stored, plansBySeat, total } = await readStored(app);
  const before = former ?? stored;
  const after = withLeftPlans(app.catalogue, before);
  const keys = changedKeys(before, after);
  if (keys.features.length === 0 && keys.limits.length === 0) return null;
  const now = app.clock.now();
  const used = { ...app.liveCounts, ...usageCounts(app.catalogue.limits, now) };
  const counts = Object.fromEntries(Object.entries(used).filter(([key]) => keys.limits.includes(key)));
  const sums: EffectSums = new Map();
  let done = 0;
  for (let last: string | null = null; ; ) {
    const from: string | null = last;
    const { accounts, terms } = await app.db.asSystem(WHY, async (tx) => {
      const listed = await accountsAfter(tx, null, from, PAGE);
      const ids = listed.map(({ id }) => id);
      return { accounts: listed, terms: await loadAccountTerms(tx, ids, counts) };
    });
    if (accounts.length === 0) return inOrder(app.catalogue, sums);
    for (const { id, name } of accounts) {
      const found = terms.get(id);
      if (!found) continue;
      const told = catalogueEffects(before, after, found, { now, plansBySeat, policy: app.policy, keys });
      addEffects(sums, { id, name, ...told }, namedMax);
    }
    last = accounts.at(-1)?.id ?? null;
    done += accounts.length;
    tell(done, total);
  }
}

const readStored = (app: Parts): Promise<{ stored: Terms; plansBySeat: string[]; total: number }> =>
  app.db.asSystem(WHY, async (tx) => {
    const plans = await listPlans(tx);
    const prices = await listPrices(tx, app.stripe.livemode);
    return {
      stored: { flags: await listFlags(tx), plans: plans.map((plan) => ({ ...plan, prices: [] })) },
      plansBySeat: prices.filter(({ isPerSeat }) => isPerSeat).map(({ plan }) => plan),
      total: await countAccounts(tx, null),
    };
  });

/** A plan that the file no longer has keeps its limits, for the accounts that are on it; of flags it says nothing any more. */
function withLeftPlans({ flags, plans, limits }: App["catalogue"], before: Terms): Terms {
  const left = before.plans.filter((plan) => !plans.some(({ key }) => key === plan.key));
  const kept = (plan: Terms["plans"][number]) => Object.entries(plan.limits).filter(([key]) => Object.hasOwn(limits, key));
  return { flags, plans: [...plans, ...left.map((plan) => ({ ...plan, features: {}, limits: Object.fromEntries(kept(plan)) }))] };
}

/** By plan, from the smallest; losses first, and the largest of them. */
function inOrder({ plans }: Pick<App["catalogue"], "plans">, sums: EffectSums): EffectSum[] {
  const rank = (plan: string | null): number => plans.find(({ key }) => key === plan)?.order ?? -1;
  const losses = (sum: EffectSum): number => (sum.effect === "loses" ? 0 : 1);
  return [...sums.values()].sort(
    (a, b) => rank(a.plan) - rank(b.plan) || losses(a) - losses(b) || b.accounts - a.accounts || (a.key < b.key ? -1 : 1),
  );
}
