import { factsChanged } from "../access/facts-cache.ts";
import { recordFact } from "../access/history.store.ts";
import { listAccountsOf } from "../access/member-of.store.ts";
import { findOpenDeletion } from "../accounts/deletions.store.ts";
import { deleteMembership, lockMembers } from "../accounts/memberships.store.ts";
import { endOffersOf } from "../accounts/ownership-offers.store.ts";
import { lockUser, type User } from "../identity/users.store.ts";
import type { Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import { erasePerson } from "./erase-person.ts";
import { type DeletionParts, scheduleDeletion } from "./schedule-deletion.ts";

/**
 * Deletes a person whose password was just confirmed. An account that nobody else is in goes with them; one with other members needs
 * another owner first (law 10). Sessions, identities and open links end, and the address is free again (PH-9).
 *
 * @param confirmed as the password was checked against; a change since then refuses
 * @throws Refusal last_owner | fresh_sign_in_required
 */
export async function deleteMe(app: DeletionParts, tx: Tx, confirmed: User, origin: Origin): Promise<void> {
  const user = await lockUser(tx, confirmed.id);
  if (user?.passwordHash !== confirmed.passwordHash) refuse("fresh_sign_in_required");
  // In the order of their ids: two who are in the same accounts and leave at once wait for each other and do not deadlock.
  const accountIds = (await listAccountsOf(tx, confirmed.id)).map((account) => account.id).sort();
  for (const accountId of accountIds) await leave(app, tx, accountId, confirmed.id, origin);
  await erasePerson(app, tx, user, user.id, origin);
}

async function leave(app: DeletionParts, tx: Tx, accountId: string, userId: string, origin: Origin): Promise<void> {
  const members = await lockMembers(tx, accountId);
  const own = members.find((member) => member.userId === userId);
  if (!own) return;
  const others = members.filter((member) => member !== own);
  if (others.length === 0) {
    // The last one in keeps the membership: an account always has an owner, also while it waits to be erased.
    await scheduleDeletion(app, tx, { accountId, userId, origin, memberIds: [], cause: "user.deleted" });
    return;
  }
  // What is to be erased needs nobody who looks after it.
  const isLeftAlone = !others.some((member) => member.role === "owner") && (await findOpenDeletion(tx, accountId)) === null;
  if (isLeftAlone) refuse("last_owner");
  const now = app.clock.now();
  await deleteMembership(tx, accountId, userId);
  await endOffersOf(tx, accountId, userId, now);
  await recordFact(app, tx, { accountId, kind: "membership", subjectId: own.id, value: null, validFrom: now, cause: "user.deleted" });
  await factsChanged(app, tx, `account:${accountId}`);
  await audit(app, tx, { ...origin, accountId, actorUserId: userId, action: "member.left", targetId: own.id });
}
