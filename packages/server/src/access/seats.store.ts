import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

export interface TakenSeats {
  readonly members: number;
  /** Invites that may still be accepted: each holds a seat. */
  readonly invited: number;
}

export async function countTakenSeats(tx: Tx, accountId: string, now: Date): Promise<TakenSeats> {
  const result = await sql<TakenSeats>`
    select (select count(*)::int from memberships where account_id = ${accountId}) as members,
      (select count(*)::int from account_invites where account_id = ${accountId} and accepted_at is null and revoked_at is null
        and expires_at > ${now}) as invited`.execute(tx);
  const row = result.rows[0];
  if (!row) throw new Error("a statement without a table gives one row");
  return row;
}
