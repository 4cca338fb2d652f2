import { whyNotTake } from "@gatehouse/core";
import { listAccountsOf, type MemberOf } from "../access/member-of.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { findMember } from "./members.store.ts";
import { lockMembers } from "./memberships.store.ts";
import { findOpenOffer, markTaken } from "./ownership-offers.store.ts";
import { setRole } from "./set-role.ts";

/**
 * Hands ownership over to whom it was offered: both roles change in this transaction, or none (law 10). It needs their proven address, for
 * whoever registered somebody else's is thrown out when its owner comes.
 *
 * @returns the account, with them as its owner
 * @throws Refusal ownership_offer_not_found | ownership_offer_expired | ownership_offer_void | email_not_verified
 */
export async function takeOwnership(
  app: Pick<App, "clock" | "ids" | "signals" | "jobs">,
  tx: Tx,
  who: { actor: Actor; origin: Origin },
): Promise<MemberOf> {
  const now = app.clock.now();
  const { accountId, userId } = who.actor;
  const members = await lockMembers(tx, accountId);
  const offer = await findOpenOffer(tx, accountId);
  const giver = members.find((member) => member.userId === offer?.offeredBy);
  const taker = members.find((member) => member.userId === userId);
  const refusal = whyNotTake(offer, { giver: giver?.role ?? null, taker: taker?.role ?? null }, userId, now);
  if (refusal !== null || !offer || !giver || !taker) return refuse(refusal ?? "ownership_offer_void");
  if (!(await findMember(tx, accountId, taker.id))?.isVerified) refuse("email_not_verified");

  await setRole(app, tx, { accountId, ...taker }, "owner", "ownership.transferred");
  const isStepping = giver.role !== offer.roleAfter;
  const invites = isStepping ? await setRole(app, tx, { accountId, ...giver }, offer.roleAfter, "ownership.transferred") : 0;
  await markTaken(tx, accountId, offer.id, now);
  await audit(app, tx, {
    accountId,
    actorUserId: userId,
    action: "ownership.transferred",
    targetId: offer.id,
    details: { from: giver.userId, role_after: offer.roleAfter, invites },
    ...who.origin,
  });
  await app.jobs.enqueue(tx, "mail.ownership_taken", { accountId, offerId: offer.id });
  const accounts = await listAccountsOf(tx, userId);
  return accounts.find(({ id }) => id === accountId) ?? refuse("ownership_offer_void");
}
