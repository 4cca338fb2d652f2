import type { AccountDeletion } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";

export interface StoredDeletion extends AccountDeletion {
  readonly id: string;
  readonly accountId: string;
  readonly requestedBy: string | null;
  /** Subscriptions that were set not to renew for it. */
  readonly heldSubscriptions: readonly string[];
}
const COLUMNS = ["account_id", "id", "requested_by", "requested_at", "due_at", "held_subscriptions", "undone_at", "erased_at"] as const;
interface Row {
  account_id: string;
  id: string;
  requested_by: string | null;
  requested_at: Date;
  due_at: Date;
  held_subscriptions: string[];
  undone_at: Date | null;
  erased_at: Date | null;
}
const asDeletion = (row: Row): StoredDeletion => ({
  accountId: row.account_id,
  id: row.id,
  requestedBy: row.requested_by,
  requestedAt: row.requested_at,
  dueAt: row.due_at,
  heldSubscriptions: row.held_subscriptions,
  undoneAt: row.undone_at,
  erasedAt: row.erased_at,
});

export async function insertDeletion(
  tx: Tx,
  deletion: { accountId: string; id: string; requestedBy: string; requestedAt: Date; dueAt: Date },
): Promise<void> {
  await tx
    .insertInto("account_deletions")
    .values({
      account_id: deletion.accountId,
      id: deletion.id,
      requested_by: deletion.requestedBy,
      requested_at: deletion.requestedAt,
      due_at: deletion.dueAt,
      queued_at: null,
      undone_at: null,
      erased_at: null,
    })
    .execute();
}

/** The one that waits; null: the account is not to be deleted. */
export async function findOpenDeletion(tx: Tx, accountId: string): Promise<StoredDeletion | null> {
  const row = await tx
    .selectFrom("account_deletions")
    .select(COLUMNS)
    .where("account_id", "=", accountId)
    .where("undone_at", "is", null)
    .where("erased_at", "is", null)
    .executeTakeFirst();
  return row ? asDeletion(row) : null;
}
export async function findDeletion(tx: Tx, accountId: string, id: string): Promise<StoredDeletion | null> {
  const row = await tx
    .selectFrom("account_deletions")
    .select(COLUMNS)
    .where("account_id", "=", accountId)
    .where("id", "=", id)
    .executeTakeFirst();
  return row ? asDeletion(row) : null;
}

type Ending = { readonly undone_at: Date } | { readonly erased_at: Date };
const endDeletion = async (tx: Tx, accountId: string, id: string, ending: Ending): Promise<void> => {
  await tx.updateTable("account_deletions").set(ending).where("account_id", "=", accountId).where("id", "=", id).execute();
};
export const markUndone = (tx: Tx, accountId: string, id: string, at: Date): Promise<void> =>
  endDeletion(tx, accountId, id, { undone_at: at });
export const markErased = (tx: Tx, accountId: string, id: string, at: Date): Promise<void> =>
  endDeletion(tx, accountId, id, { erased_at: at });

/** Keeps which subscriptions will be set not to renew, before they are: a crash between the two forgets none. */
export async function keepHeldSubscriptions(tx: Tx, accountId: string, id: string, subscriptions: readonly string[]): Promise<void> {
  await tx
    .updateTable("account_deletions")
    .set({ held_subscriptions: [...subscriptions] })
    .where("account_id", "=", accountId)
    .where("id", "=", id)
    .execute();
}

/**
 * Takes the deletions that have fallen due, each once; one whose job was given up is taken again.
 * @param queuedBefore a job that was queued before then has been given up by now
 */
export async function takeDueDeletions(tx: Tx, now: Date, queuedBefore: Date): Promise<{ accountId: string; id: string }[]> {
  const rows = await tx
    .updateTable("account_deletions")
    .set({ queued_at: now })
    .where("due_at", "<=", now)
    .where("undone_at", "is", null)
    .where("erased_at", "is", null)
    .where((where) => where.or([where("queued_at", "is", null), where("queued_at", "<", queuedBefore)]))
    .returning(["account_id", "id"])
    .execute();
  return rows.map((row) => ({ accountId: row.account_id, id: row.id }));
}
