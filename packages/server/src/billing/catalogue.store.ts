import type { Catalogue } from "@gatehouse/core";
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
