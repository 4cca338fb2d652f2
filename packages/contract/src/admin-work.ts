import { z } from "zod";
import { route } from "./route.ts";
import { id, instant, line, pageOf, paging } from "./values.ts";

const tag = "Operators: events and jobs";
const reason = line(500).meta({ description: "Why; it stands in the audit" });
const eventId = z.string().regex(/^[\w-]{1,255}$/, "must be an event's id");

const event = z
  .object({
    id: z.string(),
    type: z.string(),
    outcome: z.string(),
    reason: z.string().nullable(),
    account_id: id.nullable().meta({ description: "Whose it turned out to be" }),
    created_at: instant.meta({ description: "At Stripe" }),
    received_at: instant,
    processed_at: instant.nullable(),
    origin: z.string(),
    api_version: z.string().nullable(),
    livemode: z.boolean(),
  })
  .meta({ id: "WebhookEvent" });

export const listEvents = route({
  method: "GET",
  path: "/admin/webhook-events",
  auth: "session",
  operator: true,
  tag,
  summary: "Events of Stripe and what became of them, the newest first",
  description:
    "With `outcome` or `type` a page may be short, or empty, while there is a next one: each request looks at a bounded number of events.",
  query: z.strictObject({
    ...paging(100),
    outcome: z.enum(["received", "applied", "unchanged", "recorded", "ignored", "unmatched", "quarantined", "failed"]).optional(),
    type: z
      .string()
      .regex(/^[a-z_.]{1,100}$/, "must be a type of event such as invoice.paid")
      .optional(),
    account_id: id.optional(),
  }),
  status: 200,
  response: pageOf(event),
  errors: [],
});

export const readEvent = route({
  method: "GET",
  path: "/admin/webhook-events/{id}",
  auth: "session",
  operator: true,
  tag,
  summary: "An event with its payload, as it came",
  params: z.strictObject({ id: eventId }),
  status: 200,
  response: z.object({ ...event.shape, payload: z.unknown().meta({ description: "null: its account was erased" }) }),
  errors: ["event_not_found"],
});

export const replayEvent = route({
  method: "POST",
  path: "/admin/webhook-events/{id}/replay",
  auth: "session",
  operator: true,
  tag,
  summary: "Have an event done again",
  description:
    "A worker reads anew what the event points at: nothing that was done since is undone. One that never came is fetched from Stripe, which keeps 30 days.",
  params: z.strictObject({ id: eventId }),
  body: z.strictObject({ reason }),
  status: 202,
  response: z.object({ id: z.string(), replayed: z.enum(["reopened", "fetched"]) }),
  errors: ["event_not_found", "billing_not_configured", "billing_unavailable", "billing_failed"],
  idempotent: true,
});

const job = z
  .object({
    id,
    name: z.string(),
    state: z.enum(["created", "retry", "active", "completed", "cancelled", "failed"]),
    data: z.record(z.string(), z.unknown()),
    error: z.string().nullable(),
    tries: z.int(),
    created_at: instant,
    next_try_at: instant.nullable(),
    ended_at: instant.nullable(),
  })
  .meta({ id: "Job" });

export const listJobs = route({
  method: "GET",
  path: "/admin/jobs",
  auth: "session",
  operator: true,
  tag,
  summary: "Jobs in a state, the newest first",
  description: "A job that fails is tried again for a day or more; `failed` is one that was given up.",
  query: z.strictObject({
    ...paging(100),
    state: z.enum(["failed", "retry", "created", "active"]).default("failed"),
  }),
  status: 200,
  response: pageOf(job),
  errors: [],
});

export const retryJob = route({
  method: "POST",
  path: "/admin/jobs/{id}/retry",
  auth: "session",
  operator: true,
  tag,
  summary: "Have a job that was given up tried once more",
  params: z.strictObject({ id }),
  body: z.strictObject({ reason }),
  status: 200,
  response: job,
  errors: ["job_not_found", "job_not_failed"],
  idempotent: true,
});
