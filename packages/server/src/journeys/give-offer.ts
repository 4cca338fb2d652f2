import { insertGrant } from "../billing/grants.store.ts";
import { recordGrant } from "../billing/record-grant.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, BY_OPERATOR, type Origin } from "../platform/audit.store.ts";
import { setLead } from "../sales/leads.store.ts";
import { deleteOffer, type StoredOffer } from "../waitlist/ticket-offers.store.ts";

/** Who takes it, for which account. */
export interface Taker {
  readonly userId: string;
  readonly accountId: string;
  readonly origin: Origin;
}

/**
 * Gives the account what came with a ticket, and the lead is won by it, in the caller's transaction, which has locked the ticket. It is given
 * in the name of the operator who offered it, whose reason the account's audit keeps; it holds also where the plan is sold no more.
 */
export async function giveOffer(app: Pick<App, "clock" | "ids" | "signals">, tx: Tx, offer: StoredOffer, by: Taker): Promise<string> {
  const now = app.clock.now();
  const { accountId, userId, origin } = by;
  const { plan, until, reason, offeredBy, leadId } = offer;
  const id = app.ids.next();
  await insertGrant(tx, { accountId, id, plan, until, startsAt: now, reason, grantedBy: offeredBy });
  await recordGrant(app, tx, accountId, { id, plan, startsAt: now, until }, "grant.given");
  await deleteOffer(tx, offer.entryId);
  await setLead(tx, leadId, { state: "won", accountId, convertedAt: now }, now);
  const details = { plan, until: until?.toISOString() ?? null, reason, ...BY_OPERATOR };
  const given = { accountId, actorUserId: offeredBy, ip: null, userAgent: null };
  await audit(app, tx, { ...given, action: "grant.given", targetId: id, details });
  await audit(app, tx, {
    ...origin,
    accountId,
    actorUserId: userId,
    action: "lead.converted",
    targetId: leadId,
    details: { grant_id: id },
  });
  return id;
}
