import { type TicketOffer, ticketEnd } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { type WaitlistEntry, writeTickets } from "./waitlist.store.ts";
import { nextTicket } from "./waitlist-links.ts";

/**
 * Sends a new ticket of the entry, which the caller has locked, with its whole time anew; an older link ends.
 * @param offer what it carries; null: nothing but the way in
 * @param invited absent: the ticket is sent again, and who invited them stays
 */
export async function sendTicket(
  app: Pick<App, "clock" | "secrets" | "jobs">,
  tx: Tx,
  entry: WaitlistEntry,
  offer: TicketOffer | null,
  invited?: { readonly at: Date; readonly by: string | null },
): Promise<void> {
  await writeTickets(tx, [nextTicket(app, entry)], ticketEnd(offer, app.clock.now()), invited);
  await app.jobs.enqueue(tx, "mail.waitlist_invited", { entryId: entry.id, sends: entry.sends + 1 });
}
