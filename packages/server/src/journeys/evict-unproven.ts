import { factsChanged } from "../access/facts-cache.ts";
import { recordFacts } from "../access/history.store.ts";
import { revokeInvitesSentBy } from "../accounts/invites.store.ts";
import { deleteMembersInvitedBy, lockAccountsOfGuests } from "../accounts/memberships.store.ts";
import { endOffersOf } from "../accounts/ownership-offers.store.ts";
import { endSessions } from "../identity/end-session.ts";
import { deleteIdentities } from "../identity/identities.store.ts";
import type { User } from "../identity/users.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";

/**
 * Throws out whoever registered an address without owning it, at the moment when the owner arrives: sessions, identities, the invites
 * that they sent and whoever came in by one, directly or by those again (law 6; PH-1, PH-3, PH-8). The password is the caller's: it sets
 * a new one or none. What was made in the account stays: it may be the owner's own work.
 */
export async function evictUnproven(app: Pick<App, "clock" | "ids" | "signals">, tx: Tx, user: User, origin: Origin): Promise<void> {
  const now = app.clock.now();
  const sessions = await endSessions(app, tx, { userId: user.id }, "evicted", origin);
  const identities = await deleteIdentities(tx, user.id);
  await lockAccountsOfGuests(tx, user.id);
  let invites = await revokeInvitesSentBy(tx, user.id, now);
  const members = await deleteMembersInvitedBy(tx, user.id);
  // Whom an accomplice let into the same account goes with them, and so on; what they do elsewhere is their own.
  for (const { accountId, userId } of members) {
    invites += await revokeInvitesSentBy(tx, userId, now, accountId);
    members.push(...(await deleteMembersInvitedBy(tx, userId, accountId)));
    await endOffersOf(tx, accountId, userId, now);
  }
  await recordFacts(
    app,
    tx,
    members.map((member) => ({
      accountId: member.accountId,
      kind: "membership",
      subjectId: member.id,
      value: null,
      validFrom: now,
      cause: "user.evicted",
    })),
  );
  await factsChanged(app, tx, ...members.map((member) => `account:${member.accountId}` as const), `user:${user.id}`);
  await audit(app, tx, {
    accountId: null,
    actorUserId: user.id,
    action: "user.evicted",
    targetId: user.id,
    details: { sessions, identities, invites, members: members.length },
    ...origin,
  });
}
