import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import type { Actor } from "../platform/serve.ts";
import { lockMembers } from "./memberships.store.ts";
import { endOpenOffer, findOpenOffer } from "./ownership-offers.store.ts";

/**
 * Ends the open offer of ownership: an owner withdraws it, whoever it is made to declines it. For anybody else it is not there, and nothing
 * happens.
 */
export async function endOwnershipOffer(app: Pick<App, "clock" | "ids">, tx: Tx, who: { actor: Actor; origin: Origin }): Promise<void> {
  const { accountId, userId } = who.actor;
  // As locked: an offer is not taken and ended at once, and who was an owner a moment ago withdraws nothing.
  const members = await lockMembers(tx, accountId);
  const actor = members.find((member) => member.userId === userId);
  const offer = await findOpenOffer(tx, accountId);
  if (!actor || !offer) return;
  const end = offer.offeredTo === userId ? "declined" : actor.role === "owner" ? "withdrawn" : null;
  if (end === null) return;
  await endOpenOffer(tx, accountId, end, app.clock.now());
  await audit(app, tx, { accountId, actorUserId: userId, action: `ownership.${end}`, targetId: offer.id, ...who.origin });
}
