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
