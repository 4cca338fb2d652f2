import type { Catalogue } from "@gatehouse/core";
import { testProduct } from "./test-product.ts";

const LIMITS: Readonly<Record<string, Readonly<Record<string, number | null>>>> = {
  free: { seats: 2, notes: 1, exports: 3, searches: 2 },
  pro: { seats: 10, notes: 3, exports: 10, searches: 5 },
  team: { seats: 50, notes: null, exports: null, searches: 9 },
};
const FEATURES: Readonly<Record<string, Catalogue["plans"][number]["features"]>> = {
  pro: { copilot: true, hours: 24 },
  team: { copilot: true, hours: 8, theme: "blue" },
};

/** The test product with flags of each kind, and a limit of each. A note is an audit row `note.written`. */
export const catalogueWithFlags: Catalogue = {
  ...testProduct.catalogue,
  flags: [
    { key: "search", description: "On for everybody", default: true },
    { key: "copilot", description: "From pro on", default: false },
    { key: "sso", description: "In no plan", default: false },
    { key: "hours", description: "Hours until support answers", default: 72 },
    { key: "theme", description: "Colours", default: "plain" },
  ],
  limits: {
    seats: { kind: "countable" },
    notes: { kind: "countable" },
    exports: { kind: "consumable", period: "month" },
    searches: { kind: "consumable", period: "lifetime" },
  },
  plans: testProduct.catalogue.plans.map((plan) => ({ ...plan, limits: LIMITS[plan.key] ?? {}, features: FEATURES[plan.key] ?? {} })),
};
