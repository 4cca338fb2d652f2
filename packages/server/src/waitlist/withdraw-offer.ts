import type { Tx } from "../platform/app.ts";
import { deleteOffer } from "./ticket-offers.store.ts";
import { deleteIfNeverAsked, putBackOnWaitlist } from "./waitlist.store.ts";

/**
 * Ends what was offered and the ticket with it, whose link lets nobody in any more. Who asked to be on the waitlist themself waits again at
 * their place; of who did not, nothing is kept. The caller has locked the entry.
 */
export async function withdrawOffer(tx: Tx, entryId: string): Promise<void> {
  await deleteOffer(tx, entryId);
  if (!(await deleteIfNeverAsked(tx, entryId))) await putBackOnWaitlist(tx, entryId);
}
