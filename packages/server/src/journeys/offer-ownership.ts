import { addDays, isProven, OFFER_DAYS, type Role, whyNotOffer } from "@gatehouse/core";
import { lockMembers } from "../accounts/memberships.store.ts";
import { endOpenOffer, findStandingOffer, insertOffer, type ShownOffer } from "../accounts/ownership-offers.store.ts";
import { findUser, type User } from "../identity/users.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";

/**
 * Offers ownership to a member, on the word of an owner who was just confirmed. It goes over when they take it; an older open offer ends,
 * and they are told by mail. Decided by the roles as they are locked: to somebody who is removed meanwhile nothing is offered.
 *
 * @param who.confirmed as the proof was checked against; a change since then refuses
 * @throws Refusal session_ended | fresh_sign_in_required | permission_denied | member_not_found | ownership_held_already | email_not_verified
 */
export async function offerOwnership(
  app: Pick<App, "clock" | "ids" | "jobs">,
  tx: Tx,
  who: { actor: Actor; confirmed: User; origin: Origin },
  offered: { memberId: string; roleAfter: Role },
): Promise<ShownOffer> {
  const now = app.clock.now();
  const { accountId, userId } = who.actor;
  const members = await lockMembers(tx, accountId);
  const giver = members.find((member) => member.userId === userId) ?? refuse("session_ended");
  const user = await findUser(tx, userId);
  if (user?.passwordHash !== who.confirmed.passwordHash) refuse("fresh_sign_in_required");
  const taker = members.find((member) => member.id === offered.memberId) ?? null;
  const proven = isProven({ emailVerifiedAt: user.emailVerifiedAt, credentialsProvenAt: user.passwordProvenAt });
  const refusal = whyNotOffer({ giver: { userId, role: giver.role, isProven: proven }, taker });
  if (refusal !== null || taker === null) return refuse(refusal ?? "member_not_found");

  const offer = { id: app.ids.next(), offeredBy: userId, offeredTo: taker.userId, roleAfter: offered.roleAfter };
  await endOpenOffer(tx, accountId, "overtaken", now);
  await insertOffer(tx, { accountId, ...offer, createdAt: now, expiresAt: addDays(now, OFFER_DAYS) });
  await audit(app, tx, {
    accountId,
    actorUserId: userId,
    action: "ownership.offered",
    targetId: offer.id,
    details: { to: taker.userId, role_after: offered.roleAfter },
    ...who.origin,
  });
  await app.jobs.enqueue(tx, "mail.ownership_offered", { accountId, offerId: offer.id });
  return (await findStandingOffer(tx, accountId, now)) ?? refuse("member_not_found");
}
