import { route } from "@gatehouse/contract";
import type { Product } from "@gatehouse/server";
import { requireActiveSubscription, requireVerifiedEmailAfterGrace } from "@gatehouse/server/access/guards";
import { serve } from "@gatehouse/server/platform/serve";
import { z } from "zod";

/** Behind both guards; it answers whose things were asked for. */
export const listThings = route({
  method: "GET",
  path: "/things",
  auth: "session",
  tag: "Things",
  summary: "List things",
  status: 200,
  response: z.object({ account_id: z.uuid() }),
  errors: [],
  guarded: true,
});

/** The smallest product that Gatehouse can open: three plans, no table, one guarded route. */
export const testProduct: Product = {
  name: "testproduct",
  catalogue: {
    key: "testproduct",
    productName: "Testproduct",
    trialPlan: "pro",
    fallbackPlan: "free",
    flags: [],
    limits: { seats: { kind: "countable" } },
    plans: [
      { key: "free", name: "Free", public: true, order: 0, limits: { seats: 2 }, features: {}, prices: [] },
      {
        key: "pro",
        name: "Pro",
        public: true,
        order: 1,
        limits: { seats: 10 },
        features: {},
        prices: [
          { interval: "month", currency: "usd", amountMinor: 29_00, perSeat: true },
          { interval: "year", currency: "usd", amountMinor: 290_00, perSeat: true },
        ],
      },
      {
        key: "team",
        name: "Team",
        public: true,
        order: 2,
        limits: { seats: 50 },
        features: {},
        prices: [{ interval: "month", currency: "usd", amountMinor: 490_00, perSeat: false }],
      },
    ],
  },
  // A folder without a single .sql file.
  migrations: { name: "testproduct", folder: import.meta.dirname },
  errors: {},
  liveCounts: {},
  exportSections: [],
  checklist: [],
  welcomeSteps: [],
  eraseAccount: () => Promise.resolve(),
  async routes(http, app, gate) {
    await http.fastify.register((scope, _options, done) => {
      scope.addHook("onRequest", requireVerifiedEmailAfterGrace(gate, app));
      scope.addHook("onRequest", requireActiveSubscription(gate, app));
      serve({ ...http, fastify: scope }, app, listThings, ({ actor }) => ({ account_id: actor.accountId }));
      done();
    });
  },
};
