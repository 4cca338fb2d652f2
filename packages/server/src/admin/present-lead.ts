import { invitationState, nextLeadStates } from "@gatehouse/core";
import type { LeadNote } from "../sales/lead-notes.store.ts";
import type { Lead, LeadInvitation } from "../sales/leads.store.ts";

/** A lead as operators see it, over HTTP and on the command line. */
export const presentLead = (lead: Lead, now: Date) => ({
  id: lead.id,
  name: lead.name,
  email: lead.email,
  company: lead.company,
  size: lead.size,
  message: lead.message,
  source: lead.source,
  state: lead.state,
  next_states: [...nextLeadStates(lead.state)],
  version: lead.version,
  account_id: lead.accountId,
  user_id: lead.userId,
  created_at: lead.createdAt.toISOString(),
  updated_at: lead.updatedAt.toISOString(),
  converted_at: lead.convertedAt?.toISOString() ?? null,
  invitation: lead.invitation && presentInvitation(lead.invitation, now),
});

function presentInvitation(invitation: LeadInvitation, now: Date) {
  const { plan, until, offeredAt, offeredBy, expiresAt, emailSentAt, registeredAt } = invitation;
  return {
    state: invitationState({ ticket: expiresAt && { expiresAt }, registeredAt }, now),
    plan,
    until: until?.toISOString() ?? null,
    invited_at: offeredAt.toISOString(),
    invited_by: offeredBy,
    expires_at: expiresAt?.toISOString() ?? null,
    email_sent_at: emailSentAt?.toISOString() ?? null,
  };
}

export const presentNote = (note: LeadNote) => ({ id: note.id, at: note.at.toISOString(), by: note.by, text: note.text });
