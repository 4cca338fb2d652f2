import { addDays, DELETION_UNDO_DAYS } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { recordFact } from "../access/history.store.ts";
import { markAccountDeleted } from "../accounts/accounts.store.ts";
import { findOpenDeletion, insertDeletion, type StoredDeletion } from "../accounts/deletions.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";

export type DeletionParts = Pick<App, "clock" | "ids" | "signals" | "jobs" | "stripe">;

/**
 * Shuts the account and sets when it will be erased; no further period is charged, which a job arranges with Stripe. Where it is to be
 * deleted already nothing changes. The caller holds the locks of `lockMembers`.
 * @param memberIds users who are told by mail
 */
export async function scheduleDeletion(
  app: DeletionParts,
  tx: Tx,
  by: { accountId: string; userId: string; origin: Origin; memberIds: readonly string[]; cause: string },
): Promise<StoredDeletion> {
  const { accountId, userId, origin, memberIds, cause } = by;
  const pending = await findOpenDeletion(tx, accountId);
  if (pending) return pending;
  const now = app.clock.now();
  const deletion = { accountId, id: app.ids.next(), requestedBy: userId, requestedAt: now, dueAt: addDays(now, DELETION_UNDO_DAYS) };
  await insertDeletion(tx, deletion);
  await markAccountDeleted(tx, accountId, now);
  const value = { deleted_at: now.toISOString() };
  await recordFact(app, tx, { accountId, kind: "account", subjectId: accountId, value, validFrom: now, cause });
  await factsChanged(app, tx, `account:${accountId}`);
  const details = { due_at: deletion.dueAt.toISOString() };
  await audit(app, tx, { ...origin, accountId, actorUserId: userId, action: "account.deleted", targetId: accountId, details });
  await arrangeRenewal(app, tx, accountId, deletion.id);
  await app.jobs.enqueueAll(
    tx,
    memberIds.map((memberId) => ({
      name: "mail.account_deleted",
      data: { accountId, deletionId: deletion.id, userId: memberId, ip: origin.ip, userAgent: origin.userAgent },
    })),
  );
  return { ...deletion, heldSubscriptions: [], undoneAt: null, erasedAt: null };
}

/** Lets Stripe renew or not, as the deletion stands when the job runs. Without Stripe there is nothing to renew. */
export async function arrangeRenewal(app: Pick<App, "jobs" | "stripe">, tx: Tx, accountId: string, deletionId: string): Promise<void> {
  if (app.stripe.configured) await app.jobs.enqueue(tx, "stripe.arrange_renewal", { accountId, deletionId });
}
