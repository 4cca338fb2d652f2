import { findAccount } from "../accounts/accounts.store.ts";
import { lockMembers } from "../accounts/memberships.store.ts";
import { undoDeletion } from "../journeys/delete-account.ts";
import type { DeletionParts } from "../journeys/schedule-deletion.ts";
import type { Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import type { Act } from "./act.ts";

/**
 * Takes the deletion of an account back for its people, where no owner can any more. Of one that lives nothing is changed.
 * @throws Refusal account_not_found | account_deletion_due
 */
export async function restoreForPeople(app: DeletionParts, tx: Tx, by: Act, accountId: string) {
  const members = await lockMembers(tx, accountId);
  const account = (await findAccount(tx, accountId)) ?? refuse("account_not_found");
  const memberIds = members.map(({ userId }) => userId);
  const restored = await undoDeletion(app, tx, { accountId, userId: by.userId, origin: by.origin, memberIds, reason: by.reason });
  return { id: accountId, name: account.name, slug: account.slug, restored };
}
