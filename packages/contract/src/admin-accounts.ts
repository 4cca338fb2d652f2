import { ACCOUNT_STATES } from "@gatehouse/core";
import { z } from "zod";
import { access, explanation, moment, subscription } from "./access.ts";
import { auditEvent } from "./accounts.ts";
import { account, role } from "./auth.ts";
import { route } from "./route.ts";
import { id, instant, line, pageOf, paging } from "./values.ts";

const tag = "Operators: accounts";
const params = z.strictObject({ id });
const reason = line(500).meta({ description: "Why; it stands in the audit of the account" });
const version = z.int().min(1).optional().meta({ description: "As it was read: where it has changed since, nothing is done" });

const state = z.enum(ACCOUNT_STATES);

const found = z
  .object({
    id,
    name: z.string(),
    slug: z.string(),
    state,
    plan: z.string().nullable(),
    owner_email: z.string().nullable(),
    created_at: instant,
  })
  .meta({ id: "FoundAccount" });
const grant = z
  .object({
    id,
    plan: z.string(),
    state: z.enum(["planned", "running", "ended"]),
    starts_at: instant,
    until: instant.nullable().meta({ description: "null: without an end" }),
    reason: z.string(),
    granted_by: id.nullable().meta({ description: "null: the command line" }),
    ended_at: instant.nullable().meta({ description: "It was ended before its time, by an operator or by a payment" }),
    ended_by: id.nullable(),
    version: z.int(),
  })
  .meta({ id: "ComplimentaryGrant" });
const trial = z
  .object({
    id,
    plan: z.string(),
    starts_at: instant,
    ends_at: instant,
    extended_days: z.int(),
    extension_days_left: z.int(),
    version: z.int(),
  })
  .meta({ id: "Trial" });
const override = z.object({
  key: z.string(),
  value: z.unknown(),
  reason: z.string(),
  set_by: id.nullable(),
  set_at: instant,
  expires_at: instant.nullable(),
  version: z.int(),
});

export const searchAccounts = route({
  method: "GET",
  path: "/admin/accounts",
  auth: "session",
  operator: true,
  tag,
  summary: "Find accounts, or list them, the newest first",
  description:
    "`query` is an id, a whole slug, a customer of Stripe (cus_...), the beginning of a member's address, or of any words of an account's name; names that begin so come first. With `state` a page may be short, or empty, while there is a next one: each request looks at a bounded number of accounts.",
  query: z.strictObject({ ...paging(100), query: line(254).optional(), state: state.optional() }),
  status: 200,
  response: pageOf(found),
  errors: [],
});

export const readAccount = route({
  method: "GET",
  path: "/admin/accounts/{id}",
  auth: "session",
  operator: true,
  tag,
  summary: "All that is known of an account: its people, what it has and why, and what was done",
  params,
  status: 200,
  response: z.object({
    account: z.object({
      id,
      name: z.string(),
      slug: z.string(),
      company_size: z.string().nullable(),
      industry: z.string().nullable(),
      primary_use: z.string().nullable(),
      created_at: instant,
      state,
    }),
    members: z.array(
      z.object({
        user_id: id,
        name: z.string(),
        email: z.string(),
        role,
        email_verified_at: instant.nullable(),
        joined_at: instant,
      }),
    ),
    seats: z.object({ limit: z.int().nullable(), used: z.int() }),
    subscription,
    access,
    stripe: z.object({
      customer_id: z.string().nullable(),
      subscriptions: z.array(
        z.object({
          id: z.string(),
          status: z.string(),
          plan: z.string().nullable(),
          seats: z.int(),
          current_period_end: instant.nullable(),
        }),
      ),
    }),
    trial: trial.nullable(),
    grants: z.array(grant).meta({ description: "The newest first, the ended ones too" }),
    overrides: z.object({ features: z.array(override), limits: z.array(override) }),
    deletion: z.object({ requested_at: instant, due_at: instant, requested_by: id.nullable() }).nullable(),
    audit: z.array(auditEvent).meta({ description: "What was done last, the newest first" }),
    timeline: z
      .array(z.object({ fact: z.string(), value: z.unknown(), valid_from: instant, recorded_at: instant, cause: z.string() }))
      .meta({ description: "Each change of a fact that decides access, the oldest first" }),
  }),
  errors: ["account_not_found"],
});

export const explainFor = route({
  method: "GET",
  path: "/admin/accounts/{id}/explain",
  auth: "session",
  operator: true,
  tag,
  summary: "Why somebody is let into an account or shut out of it, now or at another moment",
  description:
    "What `GET /access/explain` answers that person, with the reasons that only operators are told. Without `user_id` it is about the owner who has been in the account the longest.",
  params,
  query: z.strictObject({ at: moment.optional(), user_id: id.optional() }),
  status: 200,
  response: explanation.extend({ person: z.object({ user_id: id, name: z.string(), email: z.string(), role }) }),
  errors: ["account_not_found", "member_not_found"],
});

export const giveGrant = route({
  method: "POST",
  path: "/admin/accounts/{id}/comp",
  auth: "session",
  operator: true,
  tag,
  summary: "Give the account a plan for nothing",
  description: "No event of Stripe touches it while nobody pays; when they begin to pay for a plan themselves, it ends.",
  params,
  body: z.strictObject({ plan: z.string().min(1).max(60), until: instant.nullable(), reason }),
  status: 201,
  response: grant,
  errors: ["account_not_found", "account_deleted", "plan_unknown", "grant_in_the_past"],
  idempotent: true,
});

export const endGrant = route({
  method: "DELETE",
  path: "/admin/accounts/{id}/comp/{grant_id}",
  auth: "session",
  operator: true,
  tag,
  summary: "End a complimentary plan now; one that has ended stays as it is",
  params: z.strictObject({ id, grant_id: id }),
  body: z.strictObject({ reason, version }),
  status: 200,
  response: grant,
  errors: ["grant_not_found", "account_not_found", "edited_meanwhile"],
  idempotent: true,
});

export const extendTrial = route({
  method: "POST",
  path: "/admin/accounts/{id}/trial-extension",
  auth: "session",
  operator: true,
  tag,
  summary: "Make the trial longer: from its end, or from now where it has ended",
  params,
  body: z.strictObject({ days: z.int().min(1).max(3650), reason, version }),
  status: 200,
  response: trial,
  errors: ["account_not_found", "account_deleted", "trial_not_found", "trial_is_second", "trial_extension_too_long", "edited_meanwhile"],
  idempotent: true,
});

export const restoreDeleted = route({
  method: "POST",
  path: "/admin/accounts/{id}/restore",
  auth: "session",
  operator: true,
  tag,
  summary: "Take the deletion of an account back, for a customer whose owner is gone; of one that lives it changes nothing",
  params,
  body: z.strictObject({ reason }),
  status: 200,
  response: z.object({ id, name: z.string(), slug: z.string(), restored: z.boolean() }),
  errors: ["account_not_found", "account_deletion_due"],
  idempotent: true,
});

export const impersonate = route({
  method: "POST",
  path: "/admin/accounts/{id}/impersonate",
  auth: "session",
  operator: true,
  tag,
  summary: "Look at an account as its people do, for 30 minutes, reading only",
  description:
    "The token has the power of a viewer; whatever is not a GET answers 403 `impersonation_read_only`, and what is a person's own 403 `impersonation_account_only`. Guards answer as to the customer. Every answer carries the header `gatehouse-impersonated-by` with the operator's id. It ends with the operator's session, at its end, or by POST /admin/impersonations/{id}/end.",
  params,
  body: z.strictObject({ reason }),
  status: 201,
  response: z.object({
    impersonation_id: id,
    access_token: z.string(),
    token_type: z.literal("Bearer"),
    expires_in: z.int().meta({ description: "Seconds" }),
    account,
  }),
  errors: ["account_not_found", "impersonation_refused"],
});

export const endImpersonation = route({
  method: "POST",
  path: "/admin/impersonations/{id}/end",
  auth: "session",
  operator: true,
  tag,
  summary: "End an impersonation, one's own or another operator's; one that has ended stays as it is",
  params,
  body: z.strictObject({ reason }),
  status: 204,
  response: z.undefined(),
  errors: ["impersonation_not_found"],
  idempotent: true,
});
