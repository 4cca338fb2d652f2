import type { Tx } from "../platform/app.ts";

export interface NewNotice {
  /** Names the fact: each is told once. */
  readonly key: string;
  readonly kind: string;
  /** What the mail says; ids, amounts and dates, no secret. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}
export interface StoredNotice extends NewNotice {
  readonly at: Date;
}

/** @returns the keys that were not told before */
export async function insertNotices(tx: Tx, accountId: string, notices: readonly NewNotice[], now: Date): Promise<string[]> {
  if (notices.length === 0) return [];
  const rows = await tx
    .insertInto("billing_notices")
    .values(
      notices.map((notice) => ({
        account_id: accountId,
        key: notice.key,
        kind: notice.kind,
        details: JSON.stringify(notice.details),
        at: now,
      })),
    )
    .onConflict((conflict) => conflict.columns(["account_id", "key"]).doNothing())
    .returning("key")
    .execute();
  return rows.map((row) => row.key);
}

export async function findNotice(tx: Tx, accountId: string, key: string): Promise<StoredNotice | null> {
  const row = await tx
    .selectFrom("billing_notices")
    .select(["key", "kind", "details", "at"])
    .where("account_id", "=", accountId)
    .where("key", "=", key)
    .executeTakeFirst();
  // Written by `insertNotices` and by nobody else.
  return row ? { key: row.key, kind: row.kind, details: row.details as NewNotice["details"], at: row.at } : null;
}
