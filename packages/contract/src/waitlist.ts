import { z } from "zod";
import { account } from "./auth.ts";
import { route } from "./route.ts";
import { email, id, instant, line, nothing, prose, token } from "./values.ts";

const tag = "Waitlist";
const params = z.strictObject({ token });
const offer = z
  .object({
    plan: z.string(),
    plan_name: z.string(),
    until: instant.nullable().meta({ description: "Until when it is given; null: without an end" }),
  })
  .meta({ id: "TicketOffer" });

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
  summary: "Whom a ticket lets in, until when, and what comes with it",
  params,
  status: 200,
  response: z.object({
    email_hint: z.string().meta({ description: "The address that it was sent to, as far as its holder needs it" }),
    expires_at: instant,
    has_sign_in: z.boolean().meta({ description: "Only with an offer: the address has a sign-in, so that its person takes it (accept)" }),
    offer: offer.nullable().meta({ description: "null: nothing but the way in" }),
  }),
  errors: ["waitlist_ticket_not_found", "waitlist_ticket_expired", "waitlist_ticket_used"],
});

export const acceptTicket = route({
  method: "POST",
  path: "/waitlist/tickets/{token}/accept",
  auth: "session",
  tag,
  summary: "Take what comes with a ticket, having a sign-in already: for the account of the token, or for a new one",
  description:
    "Who has no sign-in registers with the ticket instead, and has it with the new account. Needs a person whose address, the one that the ticket was sent to, is verified, and who owns the account.",
  params,
  body: z.strictObject({
    account_name: line(120).optional().meta({ description: "The name of a new account; left out: the account that the token is for" }),
  }),
  status: 200,
  response: z.object({ account, grant_id: id, offer }),
  errors: [
    "waitlist_ticket_not_found",
    "waitlist_ticket_expired",
    "waitlist_ticket_used",
    "waitlist_ticket_wrong_email",
    "email_not_verified",
    "account_deleted",
    "permission_denied",
  ],
  idempotent: true,
});
