import { adminCatalogue } from "@gatehouse/contract";
import type { Catalogue } from "@gatehouse/core";
import { type Edit, listFlags, listLimits, listPlans, type StoredLimit, type StoredPlan } from "../billing/catalogue.store.ts";
import { presentPlanPrices } from "../billing/public-plans.ts";
import type { App } from "../platform/app.ts";
import { type Http, serve } from "../platform/serve.ts";
import { editPlanBilling } from "./edit-plan-billing.ts";
import { editPlanLimit } from "./edit-plan-limit.ts";

const REASON = "the catalogue belongs to no account";

/** For operators: what the catalogue says, and what was edited of it. */
export function adminCatalogueRoutes(http: Http, app: App): void {
  const { catalogue } = app;
  serve(http, app, adminCatalogue.listPlanLimits, async () => {
    const limits = await app.db.asSystem(REASON, listLimits);
    return { items: limits.map((limit) => presentLimit(catalogue, limit)), next_cursor: null };
  });
  serve(http, app, adminCatalogue.editPlanLimit, ({ actor, origin, body, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      const { plan, limit: key, value, version, reason } = body;
      return presentLimit(catalogue, await editPlanLimit(tx, app, { actor, origin, reason }, { plan, key, value, version }));
    }),
  );
  serve(http, app, adminCatalogue.listPlanBilling, async () => {
    const plans = await app.db.asSystem(REASON, listPlans);
    return { items: plans.map((plan) => presentBilling(catalogue, plan)), next_cursor: null };
  });
  serve(http, app, adminCatalogue.editPlanBilling, ({ actor, origin, body, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      const { plan, display_name: name, public: isPublic, order, version, reason } = body;
      const edit = { plan, name, public: isPublic, order, version };
      return presentBilling(catalogue, await editPlanBilling(tx, app, { actor, origin, reason }, edit));
    }),
  );
  serve(http, app, adminCatalogue.listFlags, async () => {
    const stored = await app.db.asSystem(REASON, listFlags);
    return {
      items: catalogue.flags.map((flag) => ({
        key: flag.key,
        description: flag.description,
        default: flag.default,
        plans: Object.fromEntries(
          catalogue.plans.flatMap(({ key, features }) => {
            const value = features[flag.key];
            return value === undefined ? [] : [[key, value]];
          }),
        ),
        overrides: stored.find(({ key }) => key === flag.key)?.overrides ?? 0,
      })),
      next_cursor: null,
    };
  });
}

function presentLimit({ plans }: Catalogue, limit: StoredLimit) {
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

function presentBilling({ plans }: Catalogue, stored: StoredPlan) {
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

const presentEdit = (edit: Edit | null) => edit && { at: edit.at.toISOString(), by: edit.by, reason: edit.reason };
