import { z } from "zod";
import { mend } from "./problem.ts";
import { route } from "./route.ts";
import { instant } from "./values.ts";

const tag = "Access and billing";
const mode = z.enum(["full", "grace", "read_only", "billing_only", "locked"]);
const access = z
  .object({
    mode,
    reason: z.string().nullable(),
    since: instant.nullable(),
    until: instant.nullable().meta({ description: "When the answer changes by itself; null: only an event changes it" }),
    mend: mend.nullable(),
  })
  .meta({ id: "Access" });
const price = z.object({
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
const subscription = z
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

/** In any zone; the year has four digits in UTC too, as every instant that we answer. */
const moment = z.iso
  .datetime({ offset: true, abort: true })
  .refine((text) => /^\d{4}-/.test(new Date(text).toISOString()), "must be in the years 0 to 9999");

export const billingState = route({
  method: "GET",
  path: "/billing/state",
  auth: "session",
  tag,
  summary: "What the account has, what it may do, and until when",
  status: 200,
  response: z.object({
    subscription,
    access,
    limits: z.record(z.string(), z.object({ limit: z.int().nullable(), used: z.int().nullable(), resets_at: instant.nullable() })),
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
    features: z.record(z.string(), z.unknown()),
    verification,
  }),
  errors: [],
});

export const explainAccess = route({
  method: "GET",
  path: "/access/explain",
  auth: "session",
  tag,
  summary: "Why the doors are open or shut: the decision, its facts and their history",
  description: "`at` asks for another moment: what the facts known today say of it.",
  query: z.strictObject({ at: moment.optional() }),
  status: 200,
  response: z.object({
    at: instant,
    basis: z.literal("facts_known_today"),
    subscription,
    access,
    verification,
    guards: z.array(
      z.object({
        guard: z.string(),
        passes: z.boolean(),
        code: z.string().nullable(),
        reason: z.string().nullable(),
        since: instant.nullable(),
        until: instant.nullable(),
        mend: mend.nullable(),
      }),
    ),
    timeline: z.array(z.object({ fact: z.string(), value: z.unknown(), valid_from: instant, recorded_at: instant, cause: z.string() })),
  }),
  errors: [],
});
