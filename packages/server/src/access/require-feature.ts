import { type Flag, isOn, lowestPlanWith } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { Refusal } from "../platform/refuse.ts";
import type { Gate } from "./gate.ts";
import { type Guard, onFacts } from "./on-facts.ts";
import { mendOf } from "./present-access.ts";

type Parts = Pick<App, "catalogue" | "clock" | "config">;

/**
 * Lets pass who has the flag, by its default, the plan or an override; else 403 `feature_not_in_plan` with the lowest plan that has it.
 * A route behind it names that code among its errors. In shadow it counts under the reason `feature:<key>`: who would be refused is asked of
 * each flag apart.
 * @param key of a flag of the catalogue
 * @throws RangeError at once when the catalogue has no such flag: a misspelt one must not be found out by a customer
 */
export function requireFeature(gate: Pick<Gate, "factsOf" | "features" | "shadow">, app: Parts, key: string): Guard {
  const flag = app.catalogue.flags.find((one) => one.key === key);
  if (!flag) throw new RangeError(`there is no flag ${key}; there are ${app.catalogue.flags.map((one) => one.key).join(", ")}`);
  return onFacts(gate, (_request, facts) => {
    const { byKey } = gate.features(facts, app.clock.now());
    if (isOn(byKey.get(key)?.value ?? flag.default)) return undefined;
    const reason = facts.access.accountDeletedAt === null ? `feature:${key}` : "account_deleted";
    return gate.shadow.letsPass("requireFeature", facts.account.id, reason) ? undefined : whyNot(app, flag);
  });
}

/** Where no plan has it, only people can help. */
function whyNot({ catalogue, config }: Parts, flag: Flag): Refusal {
  const plan = lowestPlanWith(flag, catalogue.plans);
  const mend = mendOf(config, plan === null ? "contact_support" : "choose_plan");
  return new Refusal("feature_not_in_plan", { flag: flag.key, plan, ...(mend ? { mend } : {}) });
}
