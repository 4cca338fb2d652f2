import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

/** An event of the ledger without its payload. */
export interface ListedEvent {
  readonly id: string;
  readonly type: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly accountId: string | null;
  readonly createdAt: Date;
  readonly receivedAt: Date;
  readonly processedAt: Date | null;
  readonly origin: string;
  readonly apiVersion: string | null;
  readonly livemode: boolean;
}
const COLUMNS = [
  "id",
  "type",
  "outcome",
  "reason",
  "matched_account_id as accountId",
  "created_at as createdAt",
  "received_at as receivedAt",
  "processed_at as processedAt",
  "origin",
  "api_version as apiVersion",
  "livemode",
] as const;

/**
 * Events as they happened at Stripe, the newest first.
 * @param accountId only those of this account; null: all
 * @param after the id of the last one before; null: from the newest
 */
export async function eventsBefore(tx: Tx, accountId: string | null, after: string | null, limit: number): Promise<ListedEvent[]> {
  let query = tx.selectFrom("stripe_events").select(COLUMNS);
  if (accountId !== null) query = query.where("matched_account_id", "=", accountId);
  if (after !== null) {
    const at = sql`(select created_at from stripe_events where id = ${after})`;
    query = query.where(sql<boolean>`(created_at, id) < (${at}, ${after})`);
  }
  return await query.orderBy("created_at", "desc").orderBy("id", "desc").limit(limit).execute();
}

/** What erasing an account leaves of a payload. */
const EMPTIED = "{}";

/** @returns `payload: null` where it was emptied with its account */
export async function readEvent(tx: Tx, id: string): Promise<(ListedEvent & { readonly payload: string | null }) | null> {
  const row = await tx.selectFrom("stripe_events").select(COLUMNS).select("payload").where("id", "=", id).executeTakeFirst();
  return row ? { ...row, payload: row.payload === EMPTIED ? null : row.payload } : null;
}
