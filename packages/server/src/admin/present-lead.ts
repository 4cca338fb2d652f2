import { nextLeadStates } from "@gatehouse/core";
import type { LeadNote } from "../sales/lead-notes.store.ts";
import type { Lead } from "../sales/leads.store.ts";

/** A lead as operators see it, over HTTP and on the command line. */
export const presentLead = (lead: Lead) => ({
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
});

export const presentNote = (note: LeadNote) => ({ id: note.id, at: note.at.toISOString(), by: note.by, text: note.text });
