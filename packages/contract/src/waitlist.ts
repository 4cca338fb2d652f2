import { z } from "zod";
import { route } from "./route.ts";
import { email, instant, line, nothing, prose, token } from "./values.ts";

const tag = "Waitlist";
const params = z.strictObject({ token });

export const joinWaitlist = route({
  method: "POST",
  path: "/waitlist",
  auth: "none",
  tag,
  summary: "Join the waitlist",
  description:
    "The same answer for everybody, also for who is on it or has a sign-in: a mail to the address says what follows, and how to leave. Works in every sign-up mode. Nobody is told their place.",
  body: z.strictObject({
    email,
    name: line(120).optional(),
    company: line(120).optional(),
    message: prose(2000).optional(),
    website: z
      .string()
      .max(500)
      .optional()
      .meta({ description: "Leave it out: people do not see this field, and what fills it in is no person" }),
  }),
  status: 202,
  response: z.object({ status: z.literal("received") }),
  errors: ["mail_not_configured", "cross_site_request"],
});

export const leaveWaitlist = route({
  method: "DELETE",
  path: "/waitlist/{token}",
  auth: "none",
  tag,
  summary: "Leave the waitlist, by the token of its mail: everything that was told is erased",
  params,
  status: 204,
  response: nothing,
  errors: ["waitlist_entry_not_found", "cross_site_request"],
});

export const readTicket = route({
  method: "GET",
  path: "/waitlist/tickets/{token}",
  auth: "none",
  tag,
  summary: "Whom a ticket lets in, and until when",
  params,
  status: 200,
  response: z.object({
    email_hint: z.string().meta({ description: "The address that it was sent to, as far as its holder needs it" }),
    expires_at: instant,
  }),
  errors: ["waitlist_ticket_not_found", "waitlist_ticket_expired", "waitlist_ticket_used"],
});
