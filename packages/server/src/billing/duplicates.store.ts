import type { Tx } from "../platform/app.ts";

export interface DuplicateSubscription {
  readonly id: string;
  readonly keptId: string;
  readonly canceledAt: Date | null;
  readonly withdrawnAt: Date | null;
}

const COLUMNS = ["id", "kept_id", "canceled_at", "withdrawn_at"] as const;

export async function listDuplicates(tx: Tx, accountId: string): Promise<DuplicateSubscription[]> {
  const rows = await tx.selectFrom("duplicate_subscriptions").select(COLUMNS).where("account_id", "=", accountId).execute();
  return rows.map((row) => ({ id: row.id, keptId: row.kept_id, canceledAt: row.canceled_at, withdrawnAt: row.withdrawn_at }));
}

/** @returns false where it was flagged already, and not withdrawn since */
export async function flagDuplicate(tx: Tx, accountId: string, duplicate: { id: string; keptId: string }, now: Date): Promise<boolean> {
  const flagged = await tx
    .insertInto("duplicate_subscriptions")
    .values({ account_id: accountId, id: duplicate.id, kept_id: duplicate.keptId, flagged_at: now })
    .onConflict((conflict) =>
      conflict
        .columns(["account_id", "id"])
        .doUpdateSet({ kept_id: duplicate.keptId, flagged_at: now, withdrawn_at: null })
        .where("duplicate_subscriptions.withdrawn_at", "is not", null),
    )
    .returning("id")
    .executeTakeFirst();
  return flagged !== undefined;
}

export async function markDuplicateCanceled(tx: Tx, accountId: string, id: string, now: Date): Promise<void> {
  await tx
    .updateTable("duplicate_subscriptions")
    .set({ canceled_at: now })
    .where("account_id", "=", accountId)
    .where("id", "=", id)
    .where("canceled_at", "is", null)
    .execute();
}

/** The one that was to stay has ended meanwhile: then this one is the account's subscription. */
export async function withdrawDuplicate(tx: Tx, accountId: string, id: string, now: Date): Promise<void> {
  await tx
    .updateTable("duplicate_subscriptions")
    .set({ withdrawn_at: now })
    .where("account_id", "=", accountId)
    .where("id", "=", id)
    .where("canceled_at", "is", null)
    .execute();
}

/** A subscription too many whose money is still to be paid back. */
export interface OpenRefund extends DuplicateSubscription {
  readonly accountId: string;
  readonly flaggedAt: Date;
}
const REFUND_COLUMNS = [...COLUMNS, "account_id", "flagged_at"] as const;
const LISTED_MAX = 1000;

/** Of all accounts, the oldest first. */
export async function listOpenRefunds(tx: Tx): Promise<OpenRefund[]> {
  const rows = await tx
    .selectFrom("duplicate_subscriptions")
    .select(REFUND_COLUMNS)
    .where("refunded_at", "is", null)
    .where("withdrawn_at", "is", null)
    .orderBy("flagged_at")
    .orderBy("id")
    .limit(LISTED_MAX)
    .execute();
  return rows.map(asOpenRefund);
}

/** Locks the row: of two that mark it, one finds it open. */
export async function findOpenRefund(tx: Tx, id: string): Promise<OpenRefund | null> {
  const row = await tx
    .selectFrom("duplicate_subscriptions")
    .select(REFUND_COLUMNS)
    .where("id", "=", id)
    .where("refunded_at", "is", null)
    .where("withdrawn_at", "is", null)
    .forUpdate()
    .executeTakeFirst();
  return row ? asOpenRefund(row) : null;
}

export async function markDuplicateRefunded(tx: Tx, accountId: string, id: string, now: Date): Promise<void> {
  await tx
    .updateTable("duplicate_subscriptions")
    .set({ refunded_at: now })
    .where("account_id", "=", accountId)
    .where("id", "=", id)
    .where("refunded_at", "is", null)
    .execute();
}

const asOpenRefund = (row: {
  id: string;
  kept_id: string;
  canceled_at: Date | null;
  withdrawn_at: Date | null;
  account_id: string;
  flagged_at: Date;
}): OpenRefund => ({
  id: row.id,
  keptId: row.kept_id,
  canceledAt: row.canceled_at,
  withdrawnAt: row.withdrawn_at,
  accountId: row.account_id,
  flaggedAt: row.flagged_at,
});
