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

/** Of the notices of several accounts, those that were told, as `account key`. */
export async function listTold(tx: Tx, notices: readonly { readonly accountId: string; readonly key: string }[]): Promise<Set<string>> {
  if (notices.length === 0) return new Set();
  const rows = await tx
    .selectFrom("billing_notices")
    .select(["account_id", "key"])
    .where("account_id", "in", [...new Set(notices.map((notice) => notice.accountId))])
    .where("key", "in", [...new Set(notices.map((notice) => notice.key))])
    .execute();
  return new Set(rows.map((row) => `${row.account_id} ${row.key}`));
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
