import type { App, Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { findLead, type Lead, lockLead, setLead } from "../sales/leads.store.ts";
import { sendTicket } from "../waitlist/send-ticket.ts";
import { findOffer, type StoredOffer } from "../waitlist/ticket-offers.store.ts";
import { lockWaitlistEntries, type WaitlistEntry } from "../waitlist/waitlist.store.ts";
import { withdrawOffer } from "../waitlist/withdraw-offer.ts";
import { type Act, auditAct } from "./act.ts";
import { refuseIfOver } from "./resend-ticket.ts";

type Parts = Pick<App, "clock" | "ids" | "secrets" | "jobs">;
/** Which lead; `version`: as it was read by who decides, null: whatever it is by now. */
export interface LeadRef {
  readonly leadId: string;
  readonly version: number | null;
}

/**
 * Sends the invitation of a lead again, with its whole time anew; the older link ends. One that has expired lets in again by it.
 * @throws Refusal lead_not_found | edited_meanwhile | lead_not_invited | grant_in_the_past
 */
export async function resendInvitation(app: Parts, tx: Tx, by: Act, which: LeadRef): Promise<Lead> {
  const { lead, entry, offer } = await lockInvited(tx, which);
  refuseIfOver(app, offer);
  await sendTicket(app, tx, entry, offer);
  await auditAct(app, tx, by, { accountId: null, action: "lead.invited_again", targetId: lead.id });
  return setLead(tx, lead.id, { state: lead.state }, app.clock.now());
}

/**
 * Takes the invitation of a lead back: its link lets nobody in any more, and the lead can be converted anew.
 * @throws Refusal lead_not_found | edited_meanwhile | lead_not_invited
 */
export async function takeBackInvitation(app: Parts, tx: Tx, by: Act, which: LeadRef): Promise<Lead> {
  const { lead, entry } = await lockInvited(tx, which);
  await withdrawOffer(tx, entry.id);
  await auditAct(app, tx, by, { accountId: null, action: "lead.invitation_taken_back", targetId: lead.id });
  return setLead(tx, lead.id, { state: lead.state }, app.clock.now());
}

interface Invited {
  readonly lead: Lead;
  readonly entry: WaitlistEntry;
  readonly offer: StoredOffer;
}

/** The entry before the lead: as who comes in by the ticket locks them. */
async function lockInvited(tx: Tx, { leadId, version }: LeadRef): Promise<Invited> {
  const seen = (await findLead(tx, leadId)) ?? refuse("lead_not_found");
  const entryId = seen.invitation?.entryId ?? null;
  const [entry] = entryId === null ? [] : await lockWaitlistEntries(tx, [entryId]);
  const lead = (await lockLead(tx, leadId)) ?? refuse("lead_not_found");
  if (version !== null && version !== lead.version) refuse("edited_meanwhile", { version: lead.version, state: lead.state });
  const offer = entry ? await findOffer(tx, entry.id) : null;
  if (!entry || !offer || offer.leadId !== leadId) return refuse("lead_not_invited", { account_id: lead.accountId, state: lead.state });
  return { lead, entry, offer };
}
