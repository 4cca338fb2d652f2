import { factsChanged } from "../access/facts-cache.ts";
import { recordFact } from "../access/history.store.ts";
import { listAccountsOf } from "../access/member-of.store.ts";
import { markAccountDeleted } from "../accounts/accounts.store.ts";
import { revokeInvitesSentBy } from "../accounts/invites.store.ts";
import { deleteMembership, lockMembers } from "../accounts/memberships.store.ts";
import { endSessions } from "../identity/end-session.ts";
import { deleteIdentities } from "../identity/identities.store.ts";
import { deleteMailTokens } from "../identity/mail-tokens.store.ts";
import { deletePendingSignIns } from "../identity/pending-sign-ins.store.ts";
import { eraseUser, lockUser, normalisedEmailOf, type User } from "../identity/users.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";

type Parts = Pick<App, "clock" | "ids" | "signals">;

/**
 * Deletes a person whose password was just confirmed. An account that nobody else is in goes with them; one with other members needs
 * another owner first (law 10). Sessions, identities and open links end, and the address is free again (PH-9).
 *
 * @param confirmed as the password was checked against; a change since then refuses
 * @throws Refusal last_owner | fresh_sign_in_required
 */
export async function deleteMe(app: Parts, tx: Tx, confirmed: User, origin: Origin): Promise<void> {
  const now = app.clock.now();
  const user = await lockUser(tx, confirmed.id);
  if (user?.passwordHash !== confirmed.passwordHash) refuse("fresh_sign_in_required");
  // In the order of their ids: two who are in the same accounts and leave at once wait for each other and do not deadlock.
  const accountIds = (await listAccountsOf(tx, confirmed.id)).map((account) => account.id).sort();
  for (const accountId of accountIds) await leave(app, tx, accountId, confirmed.id, origin);
  await endSessions(app, tx, { userId: confirmed.id }, "user_deleted", origin);
  await deleteIdentities(tx, confirmed.id);
  await revokeInvitesSentBy(tx, confirmed.id, now);
  await deleteMailTokens(tx, confirmed.id);
  await deletePendingSignIns(tx, normalisedEmailOf(user));
  await eraseUser(tx, confirmed.id, now);
  await factsChanged(app, tx, `user:${confirmed.id}`);
  await audit(app, tx, { accountId: null, actorUserId: confirmed.id, action: "user.deleted", targetId: confirmed.id, ...origin });
}

async function leave(app: Parts, tx: Tx, accountId: string, userId: string, origin: Origin): Promise<void> {
  const now = app.clock.now();
  const members = await lockMembers(tx, accountId);
  const own = members.find((member) => member.userId === userId);
  if (!own) return;
  const others = members.filter((member) => member !== own);
  if (others.length === 0) {
    // The last one in keeps the membership: an account always has an owner, also while it waits to be erased.
    await markAccountDeleted(tx, accountId, now);
    await recordFact(app, tx, {
      accountId,
      kind: "account",
      subjectId: accountId,
      value: { deleted_at: now.toISOString() },
      validFrom: now,
      cause: "user.deleted",
    });
  } else {
    if (!others.some((member) => member.role === "owner")) refuse("last_owner");
    await deleteMembership(tx, accountId, userId);
    await recordFact(app, tx, { accountId, kind: "membership", subjectId: own.id, value: null, validFrom: now, cause: "user.deleted" });
  }
  await factsChanged(app, tx, `account:${accountId}`);
  await audit(app, tx, {
    accountId,
    actorUserId: userId,
    action: others.length === 0 ? "account.deleted" : "member.left",
    targetId: userId,
    ...origin,
  });
}
