import type { Catalogue, Plan } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";

/** Brings the tables to the catalogue file. A plan that the file no longer has stays, for the accounts that are on it. */
export async function storeCatalogue(tx: Tx, catalogue: Catalogue): Promise<void> {
  const plans = catalogue.plans.map((plan) => ({ key: plan.key, name: plan.name, is_public: plan.public, position: plan.order }));
  await tx
    .insertInto("plans")
    .values(plans)
    .onConflict((conflict) =>
      conflict.column("key").doUpdateSet((set) => ({
        name: set.ref("excluded.name"),
        is_public: set.ref("excluded.is_public"),
        position: set.ref("excluded.position"),
      })),
    )
    .execute();
  const limits = catalogue.plans.flatMap((plan) =>
    Object.entries(plan.limits).map(([key, value]) => ({ plan: plan.key, limit_key: key, limit_value: value })),
  );
  if (limits.length === 0) return;
  await tx
    .insertInto("plan_limits")
    .values(limits)
    .onConflict((conflict) =>
      conflict.columns(["plan", "limit_key"]).doUpdateSet((set) => ({ limit_value: set.ref("excluded.limit_value") })),
    )
    .execute();
}

/** A plan as the tables have it. */
export type StoredPlan = Omit<Plan, "prices">;

/** All plans, also those that the catalogue file no longer has. */
export async function listPlans(tx: Tx): Promise<StoredPlan[]> {
  const plans = await tx.selectFrom("plans").select(["key", "name", "is_public", "position"]).orderBy("position").orderBy("key").execute();
  const limits = await tx.selectFrom("plan_limits").select(["plan", "limit_key", "limit_value"]).execute();
  return plans.map((plan) => ({
    key: plan.key,
    name: plan.name,
    public: plan.is_public,
    order: plan.position,
    limits: Object.fromEntries(limits.filter((limit) => limit.plan === plan.key).map((limit) => [limit.limit_key, limit.limit_value])),
  }));
}
