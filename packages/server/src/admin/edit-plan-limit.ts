import { keepLimitsInForce } from "../access/catalogue-versions.store.ts";
import { listLimits, type StoredLimit } from "../billing/catalogue.store.ts";
import { editLimit, type LimitEdit } from "../billing/plan-edits.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import type { Act } from "./act.ts";

/**
 * Changes a limit for every account of a plan, at once: limits of plans are read with each request and kept nowhere.
 *
 * The change is kept as a version of the catalogue: explain answers by the one before for what was before. The catalogue file stays the
 * truth: the change is shown by `catalogue plan`, and holds until somebody applies the catalogue.
 * @throws Refusal plan_not_found | limit_not_found | edited_meanwhile, the last with the `version` that there is now
 */
export async function editPlanLimit(
  tx: Tx,
  app: Pick<App, "clock" | "ids">,
  by: Act,
  edit: LimitEdit & { readonly version: number },
): Promise<StoredLimit> {
  const before = await requireLimit(tx, edit);
  const layer = { at: app.clock.now(), by: by.userId, reason: by.reason };
  if (!(await editLimit(tx, edit, edit.version, layer))) refuse("edited_meanwhile", { version: (await requireLimit(tx, edit)).version });
  await keepLimitsInForce(tx, layer.at);
  const after = await requireLimit(tx, edit);
  await audit(app, tx, {
    ...by.origin,
    accountId: null,
    actorUserId: by.userId,
    action: "plan.limit_edited",
    targetId: `${edit.plan}:${edit.key}`,
    details: { before: before.value, after: after.value, reason: by.reason },
  });
  return after;
}

async function requireLimit(tx: Tx, { plan, key }: Pick<LimitEdit, "plan" | "key">): Promise<StoredLimit> {
  const limits = await listLimits(tx);
  const ofPlan = limits.filter((limit) => limit.plan === plan);
  if (ofPlan.length === 0) refuse("plan_not_found", { plan, known: [...new Set(limits.map((limit) => limit.plan))] });
  const found = ofPlan.find((limit) => limit.key === key);
  return found ?? refuse("limit_not_found", { limit: key, known: ofPlan.map((limit) => limit.key) });
}
