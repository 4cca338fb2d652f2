import type { Catalogue, PlanPrice } from "@gatehouse/core";

/** Two of twelve months are free for who pays for a year. */
const perSeat = (month: number, year: number): readonly PlanPrice[] => [
  { interval: "month", currency: "usd", amountMinor: month, perSeat: true },
  { interval: "year", currency: "usd", amountMinor: year, perSeat: true },
];

/**
 * What ResolutionFlow sells: the plans, what each costs, and what it lets an account have. A change is shown by `gatehouse catalogue plan`
 * and made, in the database and at Stripe, by `gatehouse catalogue apply`.
 * A limit of null is unlimited. `kb_conversions_lifetime` never resets, `sessions_per_month` does, the others count what there is.
 */
export const catalogue: Catalogue = {
  key: "resolutionflow",
  productName: "ResolutionFlow",
  trialPlan: "pro",
  fallbackPlan: "free",
  flags: [
    { key: "kb_converter", description: "Converts articles of a knowledge base into trees", default: true },
    { key: "copilot", description: "Suggests the next step in a session", default: false },
    { key: "branding", description: "The team's own logo and colours", default: false },
    { key: "sso", description: "Sign-in through the company's own identity provider", default: false },
    { key: "support_hours", description: "Hours until support answers", default: 72 },
  ],
  limits: {
    max_trees: { kind: "countable" },
    seats: { kind: "countable" },
    sessions_per_month: { kind: "consumable", period: "month" },
    kb_conversions_lifetime: { kind: "consumable", period: "lifetime" },
  },
  plans: [
    {
      key: "free",
      name: "Free",
      public: true,
      order: 0,
      limits: { max_trees: 5, seats: 2, sessions_per_month: 50, kb_conversions_lifetime: 3 },
      features: {},
      prices: [],
    },
    {
      key: "pro",
      name: "Pro",
      public: true,
      order: 1,
      limits: { max_trees: 100, seats: 10, sessions_per_month: 2_000, kb_conversions_lifetime: 100 },
      features: { copilot: true, support_hours: 24 },
      prices: perSeat(29_00, 290_00),
    },
    {
      key: "team",
      name: "Team",
      public: true,
      order: 2,
      limits: { max_trees: 1_000, seats: 50, sessions_per_month: 20_000, kb_conversions_lifetime: null },
      features: { copilot: true, branding: true, support_hours: 8 },
      prices: perSeat(49_00, 490_00),
    },
    {
      key: "enterprise",
      name: "Enterprise",
      public: true,
      order: 3,
      limits: { max_trees: null, seats: null, sessions_per_month: null, kb_conversions_lifetime: null },
      features: { copilot: true, branding: true, sso: true, support_hours: 4 },
      prices: [],
    },
  ],
};
