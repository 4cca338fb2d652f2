import { z } from "zod";
import { price } from "./access.ts";
import { route } from "./route.ts";
import { id, instant, line } from "./values.ts";

const tag = "Operators: the catalogue";
const about = { auth: "session", operator: true, tag, status: 200 } as const;
const reason = line(500).meta({ description: "Why; it stands in the audit" });
const version = z.int().min(1).max(2_147_483_647).meta({ description: "As it was read" });
const planKey = z.string().max(63);
const flagValue = z.union([z.boolean(), z.string(), z.number()]);
const edit = z
  .object({ at: instant, by: id.nullable(), reason: z.string() })
  .nullable()
  .meta({ description: "Who changed it from what the catalogue says; the next `gatehouse catalogue apply` undoes it" });

const planLimit = z
  .object({
    plan: z.string(),
    limit: z.string(),
    value: z.int().nullable().meta({ description: "null: no limit" }),
    catalogue_value: z.int().nullable(),
    is_in_catalogue: z
      .boolean()
      .meta({ description: "false: the catalogue has no such plan any more, and `catalogue_value` says nothing" }),
    version: z.int(),
    edit,
  })
  .meta({ id: "PlanLimit" });

export const listPlanLimits = route({
  ...about,
  method: "GET",
  path: "/admin/plan-limits",
  summary: "What every plan limits",
  response: z.object({ items: z.array(planLimit), next_cursor: z.null() }),
  errors: [],
});
export const editPlanLimit = route({
  ...about,
  method: "PUT",
  path: "/admin/plan-limits",
  summary: "Change a limit for every account of a plan",
  description:
    "At once, and until the catalogue is applied the next time: `gatehouse catalogue plan` shows it as a difference. What is to stay is written into the catalogue file. Who stands above a lowered limit keeps what they have.",
  body: z.strictObject({
    plan: planKey,
    limit: z.string().max(63),
    value: z.int().min(0).nullable().meta({ description: "null: no limit" }),
    version,
    reason,
  }),
  response: planLimit,
  errors: ["plan_not_found", "limit_not_found", "edited_meanwhile"],
  idempotent: true,
});

const planBilling = z
  .object({
    plan: z.string(),
    display_name: z.string(),
    public: z.boolean(),
    order: z.int(),
    version: z.int(),
    edit,
    prices: z.array(price).meta({ description: "As the catalogue file has them; they are not edited here" }),
  })
  .meta({ id: "PlanBilling" });

export const listPlanBilling = route({
  ...about,
  method: "GET",
  path: "/admin/plan-billing",
  summary: "How each plan is shown and what it costs",
  response: z.object({ items: z.array(planBilling), next_cursor: z.null() }),
  errors: [],
});
const AMOUNTS = "amounts are not edited here: a price at Stripe cannot be changed, and `gatehouse catalogue apply` makes a new one";
export const editPlanBilling = route({
  ...about,
  method: "PUT",
  path: "/admin/plan-billing",
  summary: "Change how a plan is called, whether it is shown, and where",
  description: `At once, and until the catalogue is applied the next time, as with limits. A plan that is not public is not sold either; who has it keeps it. Note that ${AMOUNTS}.`,
  body: z.strictObject(
    { plan: planKey, display_name: line(100), public: z.boolean(), order: z.int().min(0).max(2_147_483_647), version, reason },
    { error: (issue) => (issue.code === "unrecognized_keys" ? `takes no ${issue.keys.join(", ")}; ${AMOUNTS}` : undefined) },
  ),
  response: planBilling,
  errors: ["plan_not_found", "edited_meanwhile"],
  idempotent: true,
});

export const listFlags = route({
  ...about,
  method: "GET",
  path: "/admin/feature-flags",
  summary: "Every flag of the catalogue: its default, what plans say of it, and for how many accounts it was set",
  response: z.object({
    items: z.array(
      z
        .object({
          key: z.string(),
          description: z.string(),
          default: flagValue,
          plans: z.record(z.string(), flagValue).meta({ description: "Plans that say something of it" }),
          overrides: z.int().meta({ description: "Accounts for which it was set, expired ones too" }),
        })
        .meta({ id: "FeatureFlag" }),
    ),
    next_cursor: z.null(),
  }),
  errors: [],
});
