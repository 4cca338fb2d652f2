import { freeSeats, type InviteRefusal, whyNotAccept } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { recordFacts } from "../access/history.store.ts";
import { listAccountsOf, type MemberOf } from "../access/member-of.store.ts";
import { readSeats } from "../access/seats.ts";
import { lockInvite, markAccepted, type StoredInvite } from "../accounts/invites.store.ts";
import { insertMembership } from "../accounts/memberships.store.ts";
import { normalisedEmailOf, type User } from "../identity/users.store.ts";
import { verificationFact } from "../identity/verify-email.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { hashToken } from "../platform/ids.ts";
import { refuse } from "../platform/refuse.ts";
import { membershipFact } from "./membership-fact.ts";

export type AdmitParts = Pick<App, "clock" | "ids" | "policy" | "stripe" | "signals" | "jobs">;
export type JoinRefusal = "invite_not_found" | InviteRefusal | "invite_already_member" | "invite_no_seat";

/**
 * Finds the invite of a link and locks its account, so that of all who come in at once each sees the seats that the one before left. Whoever
 * locks a person too locks the person first.
 */
export const findInvite = (tx: Tx, token: string): Promise<StoredInvite | null> => lockInvite(tx, hashToken(token));

/** Why may this person, who has a sign-in already, not join by the invite? Null: they may. */
export async function whyNotJoin(app: AdmitParts, tx: Tx, user: User, invite: StoredInvite): Promise<JoinRefusal | null> {
  const refusal = whyNotAccept(invite, normalisedEmailOf(user), app.clock.now());
  if (refusal) return refusal;
  if ((await listAccountsOf(tx, user.id)).some(({ id }) => id === invite.accountId)) return "invite_already_member";
  return (await hasSeat(app, tx, invite)) ? null : "invite_no_seat";
}

/** An open invite holds a seat, but a smaller plan may have come after it: members alone never exceed what there is. */
async function hasSeat(app: AdmitParts, tx: Tx, { accountId }: StoredInvite): Promise<boolean> {
  const { limit, members } = await readSeats(app, tx, accountId);
  return freeSeats(limit, members) !== 0;
}

/**
 * Makes the person a member, uses the invite up, writes history and audit, and tells who invited them; in the caller's transaction, which
 * holds the locks of `findInvite`. The address is proven by the invite: the caller writes that.
 *
 * @param verifiedAt since when the address is proven
 * @throws Refusal invite_no_seat
 */
export async function admit(
  app: AdmitParts,
  tx: Tx,
  user: User,
  invite: StoredInvite,
  verifiedAt: Date,
  origin: Origin,
): Promise<MemberOf> {
  if (!(await hasSeat(app, tx, invite))) refuse("invite_no_seat");
  const now = app.clock.now();
  const { accountId, role, invitedBy } = invite;
  const membershipId = app.ids.next();
  await insertMembership(tx, { accountId, id: membershipId, userId: user.id, role, invitedBy, createdAt: now });
  await markAccepted(tx, accountId, invite.id, user.id, now);
  await recordFacts(app, tx, [
    membershipFact(accountId, membershipId, user.id, role, now, "invite.accepted"),
    verificationFact(accountId, user.id, user.createdAt, verifiedAt, "invite.accepted"),
  ]);
  await factsChanged(app, tx, `account:${accountId}`, `user:${user.id}`);
  await audit(app, tx, {
    ...origin,
    accountId,
    actorUserId: user.id,
    action: "member.joined",
    targetId: membershipId,
    details: { invite_id: invite.id, role },
  });
  if (invitedBy !== null) await app.jobs.enqueue(tx, "mail.member_joined", { accountId, membershipId, inviteId: invite.id });
  const joined = (await listAccountsOf(tx, user.id)).find(({ id }) => id === accountId);
  return joined ?? refuse("invite_not_found");
}
