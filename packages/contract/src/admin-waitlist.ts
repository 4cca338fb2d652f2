import { LEFT_OUT, WAITLIST_BATCH_MAX, WAITLIST_STATES } from "@gatehouse/core";
import { z } from "zod";
import { route } from "./route.ts";
import { id, instant, line, pageOf, paging } from "./values.ts";

const tag = "Operators: waitlist";
const reason = line(500).meta({ description: "Why; it stands in the audit" });

const entry = z
  .object({
    id,
    email: z.string(),
    name: z.string().nullable(),
    company: z.string().nullable(),
    message: z.string().nullable(),
    state: z.enum(WAITLIST_STATES),
    joined_at: instant,
    invited_at: instant.nullable(),
    invited_by: id.nullable().meta({ description: "null: nobody yet, or the command line" }),
    expires_at: instant.nullable().meta({ description: "Until when the ticket is good" }),
    email_sent_at: instant.nullable().meta({ description: "When the newest ticket went out; null: it has not yet" }),
    registered_at: instant.nullable(),
    user_id: id.nullable().meta({ description: "Who they are since they registered" }),
  })
  .meta({ id: "WaitlistEntry" });

export const listWaitlist = route({
  method: "GET",
  path: "/admin/waitlist",
  auth: "session",
  operator: true,
  tag,
  summary: "Who is on the waitlist, in the order of joining",
  query: z.strictObject({ ...paging(100), state: z.enum(WAITLIST_STATES).optional() }),
  status: 200,
  response: pageOf(entry),
  errors: [],
});

export const inviteFromWaitlist = route({
  method: "POST",
  path: "/admin/waitlist/invite",
  auth: "session",
  operator: true,
  tag,
  summary: "Let in the next ones in the order of joining, or those who are named",
  description: "Each is invited once; `left_out` says why somebody who was named was not. The mails go out by themselves.",
  body: z
    .strictObject({
      count: z.int().min(1).max(WAITLIST_BATCH_MAX).optional().meta({ description: "The next so many" }),
      ids: z.array(id).min(1).max(WAITLIST_BATCH_MAX).optional().meta({ description: "Those who are named, instead" }),
      reason,
    })
    .refine(({ count, ids }) => (count === undefined) !== (ids === undefined), "say either `count` or `ids`"),
  status: 200,
  response: z.object({ items: z.array(entry), left_out: z.array(z.object({ id, why: z.enum(LEFT_OUT) })) }),
  errors: ["mail_not_configured"],
  idempotent: true,
});

export const resendTicket = route({
  method: "POST",
  path: "/admin/waitlist/{id}/resend",
  auth: "session",
  operator: true,
  tag,
  summary: "Send somebody a new ticket, with its whole time anew; the older one ends",
  params: z.strictObject({ id }),
  body: z.strictObject({ reason }),
  status: 200,
  response: entry,
  errors: ["waitlist_entry_not_found", "waitlist_not_invited", "waitlist_ticket_used", "grant_in_the_past", "mail_not_configured"],
  idempotent: true,
});
