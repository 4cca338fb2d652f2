import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

export interface SeatRows {
  /** Seats of each plan that limits them, by plan; null is no limit. */
  readonly limits: Readonly<Record<string, number | null>>;
  /** Plans that are paid for by the seat. */
  readonly plansBySeat: readonly string[];
  readonly members: number;
  /** Invites that may still be accepted: each holds a seat. */
  readonly invited: number;
}
interface Row {
  limits: Record<string, number | null>;
  plans_by_seat: string[];
  members: number;
  invited: number;
}

/** What an account's seats are counted from. @param livemode the mode of Stripe's key: prices of the other one are none of ours */
export async function loadSeatRows(tx: Tx, accountId: string, livemode: boolean, now: Date): Promise<SeatRows> {
  const result = await sql<Row>`
    select (select coalesce(jsonb_object_agg(plan, limit_value), '{}'::jsonb) from plan_limits where limit_key = 'seats') as limits,
      (select coalesce(array_agg(distinct plan), '{}') from plan_billing where livemode = ${livemode} and is_per_seat) as plans_by_seat,
      (select count(*)::int from memberships where account_id = ${accountId}) as members,
      (select count(*)::int from account_invites where account_id = ${accountId} and accepted_at is null and revoked_at is null
        and expires_at > ${now}) as invited`.execute(tx);
  const row = result.rows[0];
  if (!row) throw new Error("a statement without a table gives one row");
  return { limits: row.limits, plansBySeat: row.plans_by_seat, members: row.members, invited: row.invited };
}
