import type { TicketOffer } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";

/** What whoever comes in by the ticket of an entry is given, as it is stored. */
export interface StoredOffer extends TicketOffer {
  readonly entryId: string;
  /** Of whom sales hopes that they come. */
  readonly leadId: string;
  readonly plan: string;
  /** Why, as the operator said it. */
  readonly reason: string;
  /** The operator; null: the command line. */
  readonly offeredBy: string | null;
}

export async function insertOffer(tx: Tx, offer: StoredOffer, at: Date): Promise<void> {
  await tx
    .insertInto("ticket_offers")
    .values({
      entry_id: offer.entryId,
      lead_id: offer.leadId,
      plan: offer.plan,
      until: offer.until,
      reason: offer.reason,
      offered_by: offer.offeredBy,
      offered_at: at,
    })
    .execute();
}

/** What the ticket of the entry carries. It is safe to act on for whoever has locked the entry: nobody changes it without that. */
export async function findOffer(tx: Tx, entryId: string): Promise<StoredOffer | null> {
  const row = await tx
    .selectFrom("ticket_offers")
    .select(["entry_id", "lead_id", "plan", "until", "reason", "offered_by"])
    .where("entry_id", "=", entryId)
    .executeTakeFirst();
  if (!row) return null;
  const { plan, until, reason } = row;
  return { entryId: row.entry_id, leadId: row.lead_id, plan, until, reason, offeredBy: row.offered_by };
}

/** It was taken, or taken back. */
export async function deleteOffer(tx: Tx, entryId: string): Promise<void> {
  await tx.deleteFrom("ticket_offers").where("entry_id", "=", entryId).execute();
}
