import type { Catalogue } from "@gatehouse/core";

/**
 * What ResolutionFlow sells. Prices are not here: they belong to billing; these are the plans and what each lets an account have.
 * A limit of null is unlimited. `kb_conversions_lifetime` never resets, `sessions_per_month` does, the others count what there is.
 */
export const catalogue: Catalogue = {
  productName: "ResolutionFlow",
  trialPlan: "pro",
  plans: [
    {
      key: "free",
      name: "Free",
      public: true,
      order: 0,
      limits: { max_trees: 5, seats: 2, sessions_per_month: 50, kb_conversions_lifetime: 3 },
    },
    {
      key: "pro",
      name: "Pro",
      public: true,
      order: 1,
      limits: { max_trees: 100, seats: 10, sessions_per_month: 2_000, kb_conversions_lifetime: 100 },
    },
    {
      key: "team",
      name: "Team",
      public: true,
      order: 2,
      limits: { max_trees: 1_000, seats: 50, sessions_per_month: 20_000, kb_conversions_lifetime: null },
    },
    {
      key: "enterprise",
      name: "Enterprise",
      public: true,
      order: 3,
      limits: { max_trees: null, seats: null, sessions_per_month: null, kb_conversions_lifetime: null },
    },
  ],
};
