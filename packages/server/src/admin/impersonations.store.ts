import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

export interface Impersonation {
  readonly accountId: string;
  readonly id: string;
  readonly operatorId: string;
  /** It ends with this session. */
  readonly operatorSessionId: string;
  readonly asUserId: string;
  readonly reason: string;
  readonly startedAt: Date;
  readonly expiresAt: Date;
}

export async function insertImpersonation(tx: Tx, impersonation: Impersonation): Promise<void> {
  await tx
    .insertInto("impersonations")
    .values({
      account_id: impersonation.accountId,
      id: impersonation.id,
      operator_id: impersonation.operatorId,
      operator_session_id: impersonation.operatorSessionId,
      as_user_id: impersonation.asUserId,
      reason: impersonation.reason,
      started_at: impersonation.startedAt,
      expires_at: impersonation.expiresAt,
      ended_at: null,
      ended_by: null,
    })
    .execute();
}

/** Locks the row, so that it ends once. Its id is all that names it: the account is what this call finds out. */
export async function lockImpersonation(tx: Tx, id: string): Promise<(Impersonation & { readonly endedAt: Date | null }) | null> {
  const row = await tx
    .selectFrom("impersonations")
    .select(["account_id", "id", "operator_id", "operator_session_id", "as_user_id", "reason", "started_at", "expires_at", "ended_at"])
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirst();
  return row
    ? {
        accountId: row.account_id,
        id: row.id,
        operatorId: row.operator_id,
        operatorSessionId: row.operator_session_id,
        asUserId: row.as_user_id,
        reason: row.reason,
        startedAt: row.started_at,
        expiresAt: row.expires_at,
        endedAt: row.ended_at,
      }
    : null;
}

export async function markImpersonationEnded(tx: Tx, accountId: string, id: string, at: Date, by: string | null): Promise<void> {
  await tx
    .updateTable("impersonations")
    .set({ ended_at: at, ended_by: by })
    .where("account_id", "=", accountId)
    .where("id", "=", id)
    .execute();
}

/**
 * Ends those that are over and were ended by nobody, at the instant when they were: their time, the operator's signing out, the end of either
 * user. When somebody stopped being an operator or left the account is not kept: then it is `now`. Rows that another process is at are its own.
 */
export async function endLapsed(tx: Tx, now: Date, limit: number) {
  const { rows } = await sql<{ account_id: string; id: string; ended_at: Date; expires_at: Date }>`
    with running as (
      select i.account_id, i.id, least(i.expires_at, s.revoked_at, o.deleted_at, u.deleted_at,
        case when o.is_operator is not true or m.id is null then ${now}::timestamptz end) as over_at
      from impersonations i
      left join sessions s on s.id = i.operator_session_id
      left join users o on o.id = i.operator_id
      left join users u on u.id = i.as_user_id
      left join memberships m on m.account_id = i.account_id and m.user_id = i.as_user_id
      where i.ended_at is null),
    due as (
      select i.account_id, i.id, r.over_at from impersonations i join running r on r.account_id = i.account_id and r.id = i.id
      where i.ended_at is null and r.over_at <= ${now}::timestamptz
      order by i.account_id, i.id limit ${limit} for update of i skip locked)
    update impersonations i set ended_at = due.over_at from due
    where i.account_id = due.account_id and i.id = due.id
    returning i.account_id, i.id, i.ended_at, i.expires_at`.execute(tx);
  return rows.map((row) => ({ accountId: row.account_id, id: row.id, endedAt: row.ended_at, expiresAt: row.expires_at }));
}
