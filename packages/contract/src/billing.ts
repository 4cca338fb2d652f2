import { z } from "zod";
import { billingState } from "./access.ts";
import { route } from "./route.ts";
import { trialRefusal } from "./trials.ts";
import { instant } from "./values.ts";

const tag = "Access and billing";
const state = billingState.response;
const planKey = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, "must be the key of a plan");
const interval = z.enum(["month", "year"]);
const seats = z.int().min(1).max(100_000);
const stripeErrors = ["billing_not_configured", "billing_unavailable", "billing_failed"] as const;

/** Amounts are integers in the currency's smallest unit: cents, but whole yen. */
const money = z
  .object({
    amount_minor: z.int(),
    currency: z.string(),
    text: z.string().meta({ description: "As a person reads it: $29.00" }),
  })
  .meta({ id: "Money" });

export const createCheckoutSession = route({
  method: "POST",
  path: "/billing/checkout-session",
  auth: "session",
  permission: "billing.manage",
  tag,
  summary: "Begin to pay: answers the address of Stripe's checkout page",
  description:
    "Price, trial and return addresses are the server's. An account has one open checkout: asking again for the same plan answers the same one, for another plan ends the first.",
  body: z.strictObject({ plan: planKey, interval: interval.default("month"), seats: seats.optional() }),
  status: 200,
  response: z.object({
    session_id: z.string(),
    url: z.url(),
    expires_at: instant,
    plan: z.string(),
    interval,
    seats: z.int(),
    trial_ends_at: instant
      .nullable()
      .meta({ description: "Until when nothing is charged: the rest of the trial. null: payment is due at once" }),
    trial_refusal: trialRefusal.nullable().meta({
      description:
        "Why payment is due at once although a trial is running; until somebody buys, the trial itself goes on to its end. null: it is carried over, or none runs",
    }),
  }),
  errors: [
    "account_deleted",
    "plan_not_for_sale",
    "seats_below_use",
    "seats_above_limit",
    "subscription_exists",
    "checkout_superseded",
    "idempotency_key_reused",
    ...stripeErrors,
  ],
  idempotent: true,
});

export const createPortalSession = route({
  method: "POST",
  path: "/billing/portal-session",
  auth: "session",
  permission: "billing.manage",
  tag,
  summary: "Manage cards, invoices and the plan: answers the address of Stripe's portal",
  body: z.strictObject({ purpose: z.enum(["overview", "update_payment", "cancel"]).default("overview") }).default({ purpose: "overview" }),
  status: 200,
  response: z.object({ url: z.url() }),
  errors: ["no_billing_customer", "no_subscription", "idempotency_key_reused", ...stripeErrors],
  idempotent: true,
});

export const listInvoices = route({
  method: "GET",
  path: "/billing/invoices",
  auth: "session",
  permission: "billing.read",
  tag,
  summary: "The account's invoices, newest first",
  query: z.strictObject({
    cursor: z
      .string()
      .regex(/^in_\w{1,250}$/, "must be a next_cursor of this list")
      .optional(),
    limit: z.coerce.number().int().min(1).max(100).default(20),
  }),
  status: 200,
  response: z.object({
    items: z.array(
      z.object({
        id: z.string(),
        number: z.string().nullable(),
        status: z.string(),
        created_at: instant,
        total: money,
        remaining: money,
        page_url: z.url().nullable().meta({ description: "Stripe's page of the invoice, where it can be paid" }),
        pdf_url: z.url().nullable(),
      }),
    ),
    next_cursor: z.string().nullable(),
  }),
  errors: [...stripeErrors],
});

export const syncBilling = route({
  method: "POST",
  path: "/billing/sync",
  auth: "session",
  permission: "billing.manage",
  tag,
  summary: "Read the account's subscriptions from Stripe now: for the page that people return to before the webhook has come",
  body: z
    .strictObject({
      session_id: z
        .string()
        .regex(/^cs_\w{1,250}$/, "must be the id of a checkout session")
        .optional(),
    })
    .default({}),
  status: 200,
  response: state,
  errors: ["checkout_not_found", "idempotency_key_reused", ...stripeErrors],
  idempotent: true,
});

export const changeSubscription = route({
  method: "PATCH",
  path: "/billing/subscription",
  auth: "session",
  permission: "billing.manage",
  tag,
  summary: "Change plan, interval or seats of the living subscription",
  description:
    "What costs more is charged at once, in proportion to the rest of the period; where the card is declined nothing changes. What costs less is credited on the next invoice.",
  body: z
    .strictObject({ plan: planKey.optional(), interval: interval.optional(), seats: seats.optional() })
    .refine((body) => Object.keys(body).length > 0, "must name what to change"),
  status: 200,
  response: state,
  errors: [
    "no_subscription",
    "subscription_not_changeable",
    "account_deleted",
    "plan_not_for_sale",
    "seats_below_use",
    "seats_above_limit",
    "payment_declined",
    "idempotency_key_reused",
    ...stripeErrors,
  ],
  idempotent: true,
});

export const stripeWebhook = route({
  method: "POST",
  path: "/webhooks/stripe",
  auth: "none",
  tag: "Webhooks",
  summary: "Receive an event of Stripe",
  description:
    "The body is taken byte for byte and checked against the header Stripe-Signature. What was verified is stored before it is answered; what it means is read from Stripe by a job.",
  bodyBytesMax: 1024 * 1024,
  status: 200,
  response: z.object({ received: z.literal(true) }),
  errors: ["signature_invalid", "event_malformed", "webhooks_not_configured"],
});
