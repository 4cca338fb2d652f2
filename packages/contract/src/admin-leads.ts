import { INVITATION_STATES, LEAD_STATES } from "@gatehouse/core";
import { z } from "zod";
import { route } from "./route.ts";
import { id, instant, line, pageOf, paging, prose } from "./values.ts";

const tag = "Operators: leads";
const params = z.strictObject({ id });
const state = z.enum(LEAD_STATES);
const version = z.int().min(1).meta({ description: "As it was read" });
const reason = line(500).meta({ description: "Why; it stands in the audit" });

const invitation = z
  .object({
    state: z.enum(INVITATION_STATES).meta({
      description:
        "has_sign_in: somebody with this address has a sign-in by now, and can still take it; expired: send it again, or take it back",
    }),
    plan: z.string(),
    until: instant.nullable().meta({ description: "Until when the plan is given; null: without an end" }),
    invited_at: instant,
    invited_by: id.nullable().meta({ description: "null: the command line" }),
    expires_at: instant.nullable().meta({ description: "Until when the link lets in; null: no longer" }),
    email_sent_at: instant.nullable().meta({ description: "When the newest mail went out; null: it has not yet" }),
  })
  .meta({ id: "LeadInvitation" });
const lead = z
  .object({
    id,
    name: z.string().nullable().meta({ description: "null, as what else they told us: the person was erased" }),
    email: z.string().nullable(),
    company: z.string().nullable(),
    size: z.string().nullable(),
    message: z.string().nullable(),
    source: z.string().nullable(),
    state,
    next_states: z.array(state),
    version: z.int(),
    account_id: id.nullable().meta({ description: "Who was signed in when they wrote, or the account that it became" }),
    user_id: id.nullable(),
    created_at: instant,
    updated_at: instant,
    converted_at: instant.nullable(),
    invitation: invitation.nullable().meta({ description: "What they were invited to come in and take, and have not taken yet" }),
  })
  .meta({ id: "Lead" });
const note = z
  .object({ id, at: instant, by: id.nullable().meta({ description: "null: the command line" }), text: z.string() })
  .meta({ id: "LeadNote" });

const chosen = {
  state: state.optional(),
  query: line(100).optional().meta({ description: "Part of a name, address or company" }),
};

export const listLeads = route({
  method: "GET",
  path: "/admin/leads",
  auth: "session",
  operator: true,
  tag,
  summary: "Who wrote to sales, the newest first",
  query: z.strictObject({ ...paging(100), ...chosen }),
  status: 200,
  response: pageOf(lead),
  errors: [],
});

export const exportLeads = route({
  method: "GET",
  path: "/admin/leads/export",
  auth: "session",
  operator: true,
  tag,
  summary: "The leads as CSV, the newest first",
  description: "A cell that a spreadsheet would run as a formula begins with an apostrophe.",
  query: z.strictObject(chosen),
  status: 200,
  media: ["text/csv"],
  response: z.string(),
  errors: [],
});

export const getLead = route({
  method: "GET",
  path: "/admin/leads/{id}",
  auth: "session",
  operator: true,
  tag,
  summary: "A lead, and what was noted about it, the newest first",
  params,
  status: 200,
  response: z.object({ lead, notes: z.array(note) }),
  errors: ["lead_not_found"],
});

export const moveLead = route({
  method: "PATCH",
  path: "/admin/leads/{id}",
  auth: "session",
  operator: true,
  tag,
  summary: "Say how far it has come",
  params,
  body: z.strictObject({ state, version, reason }),
  status: 200,
  response: lead,
  errors: ["lead_not_found", "lead_state_unreachable", "lead_invited", "edited_meanwhile"],
  idempotent: true,
});

export const noteLead = route({
  method: "POST",
  path: "/admin/leads/{id}/notes",
  auth: "session",
  operator: true,
  tag,
  summary: "Note something about a lead",
  params,
  body: z.strictObject({
    text: prose(5000).refine((text) => text.trim() !== "", "must not be empty"),
    reason: reason.optional().meta({ description: "A note says why itself" }),
  }),
  status: 201,
  response: note,
  errors: ["lead_not_found"],
  idempotent: true,
});

export const convertLead = route({
  method: "POST",
  path: "/admin/leads/{id}/convert",
  auth: "session",
  operator: true,
  tag,
  summary: "Give their account a plan, free of charge or by contract; who has none is invited to come in and have it",
  description:
    "The plan is a complimentary grant: no event of Stripe touches it, and it ends when they pay for a plan themselves. It is given to `account_id`, or to the account that asked, or to the one account that the person owns who proved the lead's address; the lead is won by it (`converted`). Otherwise a mail invites them (`invited`): its ticket lets them in whatever the sign-up mode, their new account has the plan instead of a trial, and then the lead is won.",
  params,
  body: z.strictObject({
    plan: z.string().min(1).max(60),
    until: instant.nullable().meta({ description: "null: without an end" }),
    reason,
    account_id: id.optional().meta({ description: "Default: the account that asked, or that its address owns" }),
    version: version.optional().meta({ description: "As it was read; left out: whatever it is by now" }),
  }),
  status: 200,
  response: z.object({
    outcome: z.enum(["converted", "invited"]),
    lead,
    account_id: id.nullable().meta({ description: "null: there is none until they come in" }),
    grant_id: id.nullable(),
  }),
  errors: [
    "lead_not_found",
    "lead_state_unreachable",
    "lead_converted",
    "lead_invited",
    "lead_without_account",
    "edited_meanwhile",
    "account_not_found",
    "account_deleted",
    "plan_unknown",
    "grant_in_the_past",
    "mail_not_configured",
  ],
  idempotent: true,
});

export const resendInvitation = route({
  method: "POST",
  path: "/admin/leads/{id}/invitation/resend",
  auth: "session",
  operator: true,
  tag,
  summary: "Send the invitation again, with its whole time anew; the older link ends",
  params,
  body: z.strictObject({ version, reason }),
  status: 200,
  response: lead,
  errors: ["lead_not_found", "lead_not_invited", "edited_meanwhile", "grant_in_the_past", "mail_not_configured"],
  idempotent: true,
});

export const takeBackInvitation = route({
  method: "DELETE",
  path: "/admin/leads/{id}/invitation",
  auth: "session",
  operator: true,
  tag,
  summary: "Take the invitation back: its link lets nobody in any more, and the lead can be converted anew",
  params,
  body: z.strictObject({ version, reason }),
  status: 200,
  response: lead,
  errors: ["lead_not_found", "lead_not_invited", "edited_meanwhile"],
  idempotent: true,
});
