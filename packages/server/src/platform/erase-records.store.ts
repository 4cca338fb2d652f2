import { sql } from "kysely";
import type { Tx } from "./db.ts";

/**
 * Erases what is only ever appended: audit and access history; and the answers that were kept for repeated requests.
 * @throws Error from PostgreSQL when no deletion of the account is due at `now`
 */
export async function eraseRecords(tx: Tx, accountId: string, now: Date): Promise<void> {
  await sql`select erase_account_records(${accountId}::uuid, ${now}::timestamptz)`.execute(tx);
  await tx.deleteFrom("idempotency_keys").where("account_id", "=", accountId).execute();
}
