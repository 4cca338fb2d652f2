import { isTicketOfferOpen, type TicketOffer, whyNotSendAgain } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { audit } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import { sendTicket } from "../waitlist/send-ticket.ts";
import { findOffer } from "../waitlist/ticket-offers.store.ts";
import { findWaitlistEntry, lockWaitlistEntries, type WaitlistEntry } from "../waitlist/waitlist.store.ts";
import type { Doorkeeper } from "./invite-from-waitlist.ts";

/**
 * Sends a new ticket, with its whole time anew; the older link ends. One that has expired lets in again by it. What sales offered with it
 * comes with it again, and can be taken by who has a sign-in too.
 * @throws Refusal waitlist_entry_not_found | waitlist_not_invited | waitlist_ticket_used | grant_in_the_past
 */
export async function resendTicket(
  app: Pick<App, "clock" | "ids" | "secrets" | "jobs">,
  tx: Tx,
  by: Doorkeeper,
  entryId: string,
  reason: string,
): Promise<WaitlistEntry> {
  const [entry] = await lockWaitlistEntries(tx, [entryId]);
  if (!entry) return refuse("waitlist_entry_not_found");
  const offer = await findOffer(tx, entryId);
  if (offer) refuseIfOver(app, offer);
  const refusal = offer ? null : whyNotSendAgain(entry);
  if (refusal) refuse(refusal);
  await sendTicket(app, tx, entry, offer);
  await audit(app, tx, {
    ...by.origin,
    accountId: null,
    actorUserId: by.userId,
    action: "waitlist.invited_again",
    targetId: entryId,
    details: { reason },
  });
  return (await findWaitlistEntry(tx, entryId)) ?? refuse("waitlist_entry_not_found");
}

/** Of what sales offered nothing is left that could be given. @throws Refusal grant_in_the_past */
export function refuseIfOver(app: Pick<App, "clock">, offer: TicketOffer): void {
  if (!isTicketOfferOpen(offer, app.clock.now())) refuse("grant_in_the_past");
}
