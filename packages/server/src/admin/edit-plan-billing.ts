import { listPlans, type StoredPlan } from "../billing/catalogue.store.ts";
import { editPlan, lockPlans, type PlanEdit } from "../billing/plan-edits.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import type { Act } from "./act.ts";

/**
 * Changes how a plan is called, whether it is shown and sold, and where it stands. It holds until the catalogue is applied, as a limit's
 * change does (`edit-plan-limit.ts`).
 * @throws Refusal plan_not_found | invalid_request (its place is another plan's) | edited_meanwhile, with the `version` that there is now
 */
export async function editPlanBilling(
  tx: Tx,
  app: Pick<App, "clock" | "ids">,
  by: Act,
  edit: PlanEdit & { readonly version: number },
): Promise<StoredPlan> {
  await lockPlans(tx);
  const plans = await listPlans(tx);
  const before = plans.find(({ key }) => key === edit.plan);
  if (!before) refuse("plan_not_found", { plan: edit.plan, known: plans.map(({ key }) => key) });
  const taken = plans.find(({ key, order }) => key !== edit.plan && order === edit.order);
  if (taken) refuse("invalid_request", { problems: [{ at: "body.order", why: `is the place of the plan ${taken.key}` }] });
  const layer = { at: app.clock.now(), by: by.userId, reason: by.reason };
  if (!(await editPlan(tx, edit, edit.version, layer))) refuse("edited_meanwhile", { version: before.version });
  const { name, public: isPublic, order } = edit;
  await audit(app, tx, {
    ...by.origin,
    accountId: null,
    actorUserId: by.userId,
    action: "plan.edited",
    targetId: edit.plan,
    details: {
      name_before: before.name,
      name,
      public_before: before.public,
      public: isPublic,
      order_before: before.order,
      order,
      reason: by.reason,
    },
  });
  return { ...before, name, public: isPublic, order, version: before.version + 1, edit: layer };
}
