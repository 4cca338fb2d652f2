import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

/** What became of an event. `received` and `failed` are still to be done. */
export type EventOutcome = "received" | "applied" | "unchanged" | "recorded" | "ignored" | "unmatched" | "quarantined" | "failed";

export interface LedgerEvent {
  readonly id: string;
  readonly type: string;
  readonly payload: string;
  readonly outcome: EventOutcome;
}

/** The event, and a ticket for what will be read because of it: one statement. @returns null where the ledger has no such event */
export async function loadEventWithTicket(tx: Tx, id: string): Promise<{ event: LedgerEvent; ticket: number } | null> {
  const result = await sql<{ type: string; payload: string; outcome: EventOutcome; ticket: number }>`
    select type, payload, outcome, nextval('stripe_tickets') as ticket from stripe_events where id = ${id}`.execute(tx);
  const [row] = result.rows;
  return row ? { event: { id, type: row.type, payload: row.payload, outcome: row.outcome }, ticket: Number(row.ticket) } : null;
}

export interface EventEnd {
  readonly outcome: EventOutcome;
  readonly reason: string | null;
  readonly accountId: string | null;
}
/** The first end stays: of two who do an event at once, the later one finds nothing left to do. */
export async function closeEvent(tx: Tx, id: string, end: EventEnd, now: Date): Promise<void> {
  await tx
    .updateTable("stripe_events")
    .set({ outcome: end.outcome, reason: end.reason, matched_account_id: end.accountId, processed_at: now })
    .where("id", "=", id)
    .where("outcome", "in", ["received", "failed"])
    .execute();
}

/** A try that failed leaves why; the job tries again. */
export async function markEventFailed(tx: Tx, id: string, reason: string): Promise<void> {
  await tx
    .updateTable("stripe_events")
    .set({ outcome: "failed", reason: reason.slice(0, 500) })
    .where("id", "=", id)
    .where("outcome", "in", ["received", "failed"])
    .execute();
}

/** To be done again, by an operator's wish (R8). @returns whose it was; null where there is no such event */
export async function reopenEvent(tx: Tx, id: string): Promise<{ accountId: string | null } | null> {
  const row = await tx
    .updateTable("stripe_events")
    .set({ outcome: "received", reason: null, processed_at: null })
    .where("id", "=", id)
    .returning("matched_account_id")
    .executeTakeFirst();
  return row ? { accountId: row.matched_account_id } : null;
}
