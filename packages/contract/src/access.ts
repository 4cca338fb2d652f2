import { LAYERS } from "@gatehouse/core";
import { z } from "zod";
import { mend } from "./problem.ts";
import { route } from "./route.ts";
import { trial } from "./trials.ts";
import { instant } from "./values.ts";

const tag = "Access and billing";
const mode = z.enum(["full", "grace", "read_only", "billing_only", "locked"]);
export const access = z
  .object({
    mode,
    reason: z.string().nullable(),
    since: instant.nullable(),
    until: instant.nullable().meta({ description: "When the answer changes by itself; null: only an event changes it" }),
    mend: mend.nullable(),
  })
  .meta({ id: "Access" });
export const price = z.object({
  interval: z.string(),
  currency: z.string(),
  amount_minor: z.int(),
  text: z.string().meta({ description: "As a person reads it: $29.00" }),
  per_seat: z.boolean(),
});
const paymentProblem = z
  .object({
    kind: z.enum(["payment_failed", "action_required", "paused"]),
    amount_minor: z.int().nullable(),
    currency: z.string().nullable(),
    text: z.string().nullable().meta({ description: "The amount as a person reads it: $29.00" }),
    since: instant.nullable(),
    attempts: z.int(),
    next_attempt_at: instant.nullable(),
    mend: mend.meta({ description: "Where it is mended: Stripe's page of the invoice, or the billing page" }),
  })
  .meta({ id: "PaymentProblem" });
export const subscription = z
  .object({
    plan: z.string().nullable(),
    status: z.string(),
    has_pro_entitlement: z.boolean(),
    trial_ends_at: instant.nullable(),
    current_period_end: instant.nullable(),
    cancel_at_period_end: z.boolean().meta({ description: "It was cancelled and goes on until `ends_at`" }),
    ends_at: instant.nullable(),
    complimentary_until: instant.nullable(),
    seats: z.int().nullable(),
    interval: z.string().nullable(),
    collection_paused: z.boolean().meta({ description: "Stripe collects no payments for now" }),
    payment_problem: paymentProblem.nullable(),
  })
  .meta({ id: "Subscription" });
const verification = z
  .object({ verified: z.boolean(), grace_ends_at: instant.nullable(), mend: mend.nullable() })
  .meta({ id: "Verification" });
const featureValue = z.union([z.boolean(), z.string(), z.number()]);
/** Why a flag or a limit is what it is. */
const decidedBy = {
  layer: z.enum(LAYERS).meta({ description: "Later ones win: the flag's default, what the plan says, what an operator set" }),
  reason: z.string().nullable().meta({ description: "Why an operator set it; told to operators alone" }),
  since: instant.nullable().meta({ description: "Since when an operator's word holds; null: as long as the plan does" }),
  until: instant.nullable().meta({ description: "When the answer changes by itself; null: only an event changes it" }),
};

/** In any zone; the year has four digits in UTC too, as every instant that we answer. */
export const moment = z.iso
  .datetime({ offset: true, abort: true })
  .refine((text) => /^\d{4}-/.test(new Date(text).toISOString()), "must be in the years 0 to 9999");

export const billingState = route({
  method: "GET",
  path: "/billing/state",
  auth: "session",
  tag,
  summary: "What the account has, what it may do, and until when",
  ofAccount: true,
  status: 200,
  response: z.object({
    subscription,
    access,
    trial,
    limits: z
      .record(z.string(), z.object({ limit: z.int().nullable(), used: z.int().nullable(), resets_at: instant.nullable() }))
      .meta({ description: "null is no limit; `used` is of the current period, which ends at `resets_at`" }),
    plan_billing: z.object({
      configured: z.boolean(),
      plan: z.string().nullable(),
      display_name: z.string().nullable(),
      prices: z.array(price).meta({ description: "What the account's plan costs" }),
      offers: z
        .array(price.extend({ plan: z.string(), display_name: z.string() }))
        .meta({ description: "What can be bought: every public plan and each way to pay for it" }),
      has_customer: z.boolean().meta({ description: "There is something to manage in the portal" }),
      actions: z.array(z.enum(["checkout", "portal", "change"])).meta({ description: "What may be done now, by this person" }),
    }),
    features: z.record(z.string(), featureValue).meta({ description: "What each flag is for the account" }),
    verification,
  }),
  errors: [],
});

const guard = z.object({
  guard: z.string(),
  passes: z.boolean(),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  since: instant.nullable(),
  until: instant.nullable(),
  mend: mend.nullable(),
  reading_passes: z.boolean().meta({ description: "GET, HEAD and exports pass, also where the policy leaves nothing else" }),
  decided_by: z
    .object({ fact: z.string(), id: z.string().nullable(), since: instant.nullable() })
    .nullable()
    .meta({ description: "The fact that decided, and since when it is so; null: there is none" }),
});
/** What explain may lack of a past moment. */
const GUESSED = ["history", "policy", "catalogue"] as const;
export type Guessed = (typeof GUESSED)[number];
const decidingFact = {
  since: instant.nullable().meta({ description: "Since when the fact that decided is so; null: as long as the catalogue is" }),
  decided_by: z.object({ fact: z.string(), id: z.string().nullable(), since: instant.nullable() }).meta({
    description:
      "The youngest of the facts that meet in it: an override or its end, what gives the account its plan, or the version of the `catalogue` that changed it",
  }),
};
const feature = z.object({ key: z.string(), value: featureValue, ...decidedBy });
const limit = z.object({ key: z.string(), value: z.int().nullable().meta({ description: "null: no limit" }), ...decidedBy });
const view = z
  .object({
    incomplete: z.boolean().meta({ description: "Something was not recorded and had to be guessed; `guessed` says what" }),
    guessed: z.array(z.enum(GUESSED)).meta({
      description:
        "The history lacks something; or no policy or catalogue had been kept yet for that moment, and the one of today is taken",
    }),
    policy_in_force_from: instant.nullable().meta({ description: "Of the policy that was applied; null: the one of today" }),
    catalogue_in_force_from: instant.nullable().meta({ description: "Of the catalogue that was applied; null: the one of today" }),
    role: z.string().nullable().meta({ description: "What the person was in the account; null: no member" }),
    subscription: z.object({ plan: z.string().nullable(), status: z.string() }),
    access,
    verification,
    guards: z.array(guard),
    features: z.array(feature.extend(decidingFact)),
    limits: z.array(limit.extend(decidingFact)),
  })
  .meta({ id: "AccessView" });

/** The answer to why somebody is let in or shut out, at one moment. */
export const explanation = z.object({
  at: instant,
  basis: z.literal("facts_known_today"),
  subscription,
  access,
  verification,
  guards: z.array(guard),
  features: z.array(feature).meta({ description: "By today's catalogue" }),
  limits: z.array(limit).meta({ description: "By today's catalogue" }),
  timeline: z.array(z.object({ fact: z.string(), value: z.unknown(), valid_from: instant, recorded_at: instant, cause: z.string() })),
  as_recorded: view.meta({
    description: "What was answered at that moment, by what was recorded, and by the policy and catalogue in force then",
  }),
  as_known_today: view.meta({
    description: "What would have been answered, had everything been known that is known today, by today's policy and catalogue",
  }),
});

export const explainAccess = route({
  method: "GET",
  path: "/access/explain",
  auth: "session",
  ofAccount: true,
  tag,
  summary: "Why the doors are open or shut: the decision, its facts and their history",
  description:
    "`at` asks for another moment, past or to come. A past one is answered twice: `as_recorded`, and `as_known_today`. What stands beside them is what the facts as they stand now say of it.",
  query: z.strictObject({ at: moment.optional() }),
  status: 200,
  response: explanation,
  errors: [],
});
