import type { Catalogue } from "@gatehouse/core";
import type { Edit, StoredFlag, StoredLimit, StoredPlan } from "../billing/catalogue.store.ts";
import { presentPlanPrices } from "../billing/public-plans.ts";

/** The catalogue as operators are shown it, over HTTP and at the command line: what the tables hold beside what the file says. */
export function presentPlanLimit({ plans }: Catalogue, limit: StoredLimit) {
  const plan = plans.find(({ key }) => key === limit.plan);
  return {
    plan: limit.plan,
    limit: limit.key,
    value: limit.value,
    catalogue_value: plan?.limits[limit.key] ?? null,
    is_in_catalogue: plan !== undefined,
    version: limit.version,
    edit: presentEdit(limit.edit),
  };
}

export function presentPlanBilling({ plans }: Catalogue, stored: StoredPlan) {
  const plan = plans.find(({ key }) => key === stored.key);
  return {
    plan: stored.key,
    display_name: stored.name,
    public: stored.public,
    order: stored.order,
    version: stored.version,
    edit: presentEdit(stored.edit),
    prices: plan ? presentPlanPrices(plan) : [],
  };
}

/** Every flag of the catalogue file. @param stored for how many accounts each was set */
export const presentFlags = ({ flags, plans }: Catalogue, stored: readonly StoredFlag[]) =>
  flags.map((flag) => ({
    key: flag.key,
    description: flag.description,
    default: flag.default,
    plans: Object.fromEntries(
      plans.flatMap(({ key, features }) => {
        const value = features[flag.key];
        return value === undefined ? [] : [[key, value]];
      }),
    ),
    overrides: stored.find(({ key }) => key === flag.key)?.overrides ?? 0,
  }));

const presentEdit = (edit: Edit | null) => edit && { at: edit.at.toISOString(), by: edit.by, reason: edit.reason };
