import { type GrantWish, parseEmail, whyNotGrant } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { hashToken } from "../platform/ids.ts";
import { refuse } from "../platform/refuse.ts";
import type { Lead } from "../sales/leads.store.ts";
import { sendTicket } from "../waitlist/send-ticket.ts";
import { findOffer, insertOffer } from "../waitlist/ticket-offers.store.ts";
import { lockWaitlistEntries, putOnWaitlist } from "../waitlist/waitlist.store.ts";
import { leaveToken } from "../waitlist/waitlist-links.ts";
import { type Act, auditAct } from "./act.ts";

type Parts = Pick<App, "clock" | "ids" | "catalogue" | "secrets" | "jobs"> & { readonly mail: Pick<App["mail"], "configured"> };

/** The entry of the waitlist that the lead's address has, or one that is made for it, locked. @returns null where no address is known any more */
export function holdEntry(app: Parts, tx: Tx, { email, name, company }: Lead): Promise<string | null> {
  const address = parseEmail(email ?? "");
  if (!address.ok) return Promise.resolve(null);
  const id = app.ids.next();
  const leaveHash = hashToken(leaveToken(app, id));
  const told = { address: address.email, email: address.normalised, name, company, message: null };
  return putOnWaitlist(tx, { id, ...told, leaveHash, at: app.clock.now(), askedAt: null });
}

/**
 * Invites the lead by a ticket that carries the plan; the mail says what they get. The caller has locked the entry.
 * @throws Refusal mail_not_configured | plan_unknown | grant_in_the_past | lead_invited: by another lead of the same address
 */
export async function inviteLead(
  app: Parts,
  tx: Tx,
  by: Act,
  { leadId, entryId }: { readonly leadId: string; readonly entryId: string },
  wish: GrantWish,
): Promise<void> {
  // Nobody is told that somebody was invited who will hear nothing of it.
  if (!app.mail.configured) refuse("mail_not_configured");
  const now = app.clock.now();
  const plans = app.catalogue.plans.map(({ key }) => key);
  const refusal = whyNotGrant(wish, plans, now);
  if (refusal === "plan_unknown") refuse(refusal, { plans });
  if (refusal) refuse(refusal);
  const other = await findOffer(tx, entryId);
  if (other) refuse("lead_invited", { lead_id: other.leadId });
  const [entry] = await lockWaitlistEntries(tx, [entryId]);
  if (!entry) return refuse("waitlist_entry_not_found");
  const offer = { entryId, leadId, ...wish, reason: by.reason, offeredBy: by.userId };
  await insertOffer(tx, offer, now);
  await sendTicket(app, tx, entry, offer, { at: now, by: by.userId });
  const details = { plan: wish.plan, until: wish.until?.toISOString() ?? null };
  await auditAct(app, tx, by, { accountId: null, action: "lead.invited", targetId: leadId, details });
}
