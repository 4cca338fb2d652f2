import { type Catalogue, isOn, type Plan, sayMoney } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { listPlans, type StoredPlan } from "./catalogue.store.ts";

/**
 * The price list that everybody may read. Names, order, limits and what is shown are the tables', where operators edit them; prices and
 * features are the catalogue file's, so that it can be read before anything can be bought.
 */
export async function publicPlans(app: Pick<App, "catalogue" | "policy">, tx: Tx) {
  const stored = await listPlans(tx);
  const { plans, trialPlan } = app.catalogue;
  return {
    currency: plans.flatMap((plan) => plan.prices)[0]?.currency ?? null,
    trial: { plan: trialPlan, days: app.policy.trialDays },
    // A plan that the file no longer has is not sold; its row stays for those who are on it.
    plans: stored.flatMap((row) => {
      const plan = plans.find(({ key }) => key === row.key);
      return row.public && plan ? [presentPlan(app.catalogue, row, plan)] : [];
    }),
  };
}

const presentPlan = ({ flags }: Catalogue, stored: StoredPlan, plan: Plan) => ({
  key: plan.key,
  name: stored.name,
  limits: Object.fromEntries(Object.keys(plan.limits).map((key) => [key, stored.limits[key] ?? null])),
  features: Object.fromEntries(
    flags.map((flag) => [flag.key, plan.features[flag.key] ?? flag.default] as const).filter(([, value]) => isOn(value)),
  ),
  prices: presentPlanPrices(plan),
});

/** As the catalogue file has them: the same as at Stripe once the catalogue was applied. */
export const presentPlanPrices = ({ prices }: Plan) =>
  prices.map(({ interval, currency, amountMinor, perSeat }) => ({
    interval,
    currency,
    amount_minor: amountMinor,
    text: sayMoney(amountMinor, currency),
    per_seat: perSeat,
  }));
