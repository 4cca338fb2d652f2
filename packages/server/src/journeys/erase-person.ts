import { factsChanged } from "../access/facts-cache.ts";
import { revokeInvitesSentBy } from "../accounts/invites.store.ts";
import { endSessions } from "../identity/end-session.ts";
import { deleteIdentities } from "../identity/identities.store.ts";
import { deleteMailTokens } from "../identity/mail-tokens.store.ts";
import { deletePendingSignIns } from "../identity/pending-sign-ins.store.ts";
import { eraseUser, normalisedEmailOf, type User } from "../identity/users.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { eraseLeadsOfPerson } from "../sales/erase-leads.store.ts";
import { deleteWaitlistEntriesOf } from "../waitlist/waitlist.store.ts";

/**
 * Erases what is known of a person: sessions, ways in, open links, invites that they sent, name and address. The address is free again
 * (PH-9). Their memberships are the caller's to end.
 * @param actorUserId who does it; null: the system, with the last account that they were in
 */
export async function erasePerson(
  app: Pick<App, "clock" | "ids" | "signals">,
  tx: Tx,
  user: User,
  actorUserId: string | null,
  origin: Origin,
): Promise<void> {
  const now = app.clock.now();
  await endSessions(app, tx, { userId: user.id }, "user_deleted", origin);
  await deleteIdentities(tx, user.id);
  await revokeInvitesSentBy(tx, user.id, now);
  await deleteMailTokens(tx, user.id);
  await deletePendingSignIns(tx, normalisedEmailOf(user));
  // Before the address is free: who comes with a ticket holds its row while they look whether the address is taken.
  const [normalisedEmail, isProven] = [normalisedEmailOf(user), user.emailVerifiedAt !== null];
  await deleteWaitlistEntriesOf(tx, { userId: user.id, normalisedEmail, isProven });
  await eraseLeadsOfPerson(tx, { userId: user.id, normalisedEmail: isProven ? normalisedEmail : null }, now);
  await eraseUser(tx, user.id, now);
  await factsChanged(app, tx, `user:${user.id}`);
  await audit(app, tx, { ...origin, accountId: null, actorUserId, action: "user.deleted", targetId: user.id });
}
