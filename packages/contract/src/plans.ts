import { z } from "zod";
import { price } from "./access.ts";
import { route } from "./route.ts";

export const listPlans = route({
  method: "GET",
  path: "/plans",
  auth: "none",
  tag: "Plans",
  summary: "Public pricing: every public plan, from the smallest",
  description:
    "The same for everybody, and to be cached: it has a strong ETag, and with `If-None-Match` answers 304 where nothing has changed.",
  status: 200,
  response: z.object({
    currency: z.string().nullable().meta({ description: "Of every price; null: nothing is sold" }),
    trial: z.object({ plan: z.string(), days: z.int() }).meta({ description: "What a new account begins with" }),
    plans: z.array(
      z
        .object({
          key: z.string(),
          name: z.string(),
          limits: z.record(z.string(), z.int().nullable()).meta({ description: "null: no limit" }),
          features: z
            .record(z.string(), z.union([z.boolean(), z.string(), z.number()]))
            .meta({ description: "Those that are on, with their values" }),
          prices: z.array(price).meta({ description: "Ways to pay for it; none: it is free, or sold by hand" }),
        })
        .meta({ id: "PublicPlan" }),
    ),
  }),
  errors: [],
});
