import { whyNotSendAgain } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { audit } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import { findWaitlistEntry, lockWaitlistEntries, type WaitlistEntry, writeTickets } from "../waitlist/waitlist.store.ts";
import { nextTicket, ticketExpiry } from "../waitlist/waitlist-links.ts";
import type { Doorkeeper } from "./invite-from-waitlist.ts";

/**
 * Sends a new ticket, with its whole time anew; the older link ends. One that has expired lets in again by it.
 * @throws Refusal waitlist_entry_not_found | waitlist_not_invited | waitlist_ticket_used
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
  const refusal = whyNotSendAgain(entry);
  if (refusal) refuse(refusal);
  await writeTickets(tx, [nextTicket(app, entry)], ticketExpiry(app.clock.now()));
  await app.jobs.enqueue(tx, "mail.waitlist_invited", { entryId, sends: entry.sends + 1 });
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
