import { adminCatalogue } from "@gatehouse/contract";
import { listFlags, listLimits, listPlans } from "../billing/catalogue.store.ts";
import type { App } from "../platform/app.ts";
import { type Http, serve } from "../platform/serve.ts";
import { editPlanBilling } from "./edit-plan-billing.ts";
import { editPlanLimit } from "./edit-plan-limit.ts";
import { presentFlags, presentPlanBilling, presentPlanLimit } from "./present-catalogue.ts";

const REASON = "the catalogue belongs to no account";

/** For operators: what the catalogue says, and what was edited of it. */
export function adminCatalogueRoutes(http: Http, app: App): void {
  const { catalogue } = app;
  serve(http, app, adminCatalogue.listPlanLimits, async () => {
    const limits = await app.db.asSystem(REASON, listLimits);
    return { items: limits.map((limit) => presentPlanLimit(catalogue, limit)), next_cursor: null };
  });
  serve(http, app, adminCatalogue.editPlanLimit, ({ actor, origin, body, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      const { plan, limit: key, value, version, reason } = body;
      const by = { userId: actor.userId, origin, reason };
      return presentPlanLimit(catalogue, await editPlanLimit(tx, app, by, { plan, key, value, version }));
    }),
  );
  serve(http, app, adminCatalogue.listPlanBilling, async () => {
    const plans = await app.db.asSystem(REASON, listPlans);
    return { items: plans.map((plan) => presentPlanBilling(catalogue, plan)), next_cursor: null };
  });
  serve(http, app, adminCatalogue.editPlanBilling, ({ actor, origin, body, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      const { plan, display_name: name, public: isPublic, order, version, reason } = body;
      const by = { userId: actor.userId, origin, reason };
      return presentPlanBilling(catalogue, await editPlanBilling(tx, app, by, { plan, name, public: isPublic, order, version }));
    }),
  );
  serve(http, app, adminCatalogue.listFlags, async () => ({
    items: presentFlags(catalogue, await app.db.asSystem(REASON, listFlags)),
    next_cursor: null,
  }));
}
