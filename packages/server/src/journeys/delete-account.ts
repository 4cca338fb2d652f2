import { confirmsDeletion, deletionState, may } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { recordFact } from "../access/history.store.ts";
import { lockAccount, markAccountLiving } from "../accounts/accounts.store.ts";
import { findOpenDeletion, markUndone, type StoredDeletion } from "../accounts/deletions.store.ts";
import { lockMembers } from "../accounts/memberships.store.ts";
import type { Tx } from "../platform/app.ts";
import { audit, BY_OPERATOR, type Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { arrangeRenewal, type DeletionParts, scheduleDeletion } from "./schedule-deletion.ts";

type By = { readonly actor: Actor; readonly origin: Origin };

/**
 * Deletes the account of the actor: it is shut at once, can be taken back for 14 days, and is erased then. Again gives the same answer.
 * @param typed the account's name, as the person typed it
 * @throws Refusal confirmation_wrong | permission_denied
 */
export async function deleteAccount(app: DeletionParts, tx: Tx, by: By, typed: string): Promise<StoredDeletion> {
  const { accountId, userId } = by.actor;
  const account = (await lockAccount(tx, accountId)) ?? refuse("session_ended");
  const members = await requireOwner(tx, by.actor);
  if (!confirmsDeletion(account.name, typed)) refuse("confirmation_wrong");
  return scheduleDeletion(app, tx, { accountId, userId, origin: by.origin, memberIds: members, cause: "account.deleted" });
}

/**
 * Takes the deletion back: the account is as it was. One that lives stays as it is.
 * @throws Refusal account_deletion_due | permission_denied
 */
export async function restoreAccount(app: DeletionParts, tx: Tx, by: By): Promise<void> {
  const { accountId, userId } = by.actor;
  const memberIds = await requireOwner(tx, by.actor);
  await undoDeletion(app, tx, { accountId, userId, origin: by.origin, memberIds });
}

/**
 * What taking a deletion back does, whoever may. The caller holds the locks of `lockMembers`.
 * @param by.reason an operator's, for the audit
 * @returns false: the account lives, and nothing was done
 * @throws Refusal account_deletion_due
 */
export async function undoDeletion(
  app: DeletionParts,
  tx: Tx,
  by: { accountId: string; userId: string | null; origin: Origin; memberIds: readonly string[]; reason?: string },
): Promise<boolean> {
  const { accountId, userId, origin, memberIds, reason } = by;
  const now = app.clock.now();
  const deletion = await findOpenDeletion(tx, accountId);
  if (deletion === null) return false;
  if (deletionState(deletion, now) !== "pending") refuse("account_deletion_due");
  await markUndone(tx, accountId, deletion.id, now);
  await markAccountLiving(tx, accountId, now);
  const value = { deleted_at: null };
  await recordFact(app, tx, { accountId, kind: "account", subjectId: accountId, value, validFrom: now, cause: "account.restored" });
  await factsChanged(app, tx, `account:${accountId}`);
  const details = reason === undefined ? {} : { reason, ...BY_OPERATOR };
  await audit(app, tx, { ...origin, accountId, actorUserId: userId, action: "account.restored", targetId: accountId, details });
  await arrangeRenewal(app, tx, accountId, deletion.id);
  await app.jobs.enqueueAll(
    tx,
    memberIds.map((memberId) => ({ name: "mail.account_restored", data: { accountId, deletionId: deletion.id, userId: memberId } })),
  );
  return true;
}

/** The role as it is under the lock. @returns everybody in the account @throws Refusal permission_denied */
async function requireOwner(tx: Tx, actor: Actor): Promise<string[]> {
  const members = await lockMembers(tx, actor.accountId);
  const own = members.find(({ userId }) => userId === actor.userId);
  if (!own || !may(own.role, "account.delete")) refuse("permission_denied");
  return members.map(({ userId }) => userId);
}
