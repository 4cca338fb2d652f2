import type { Role } from "./roles.ts";

/** One owner's offer to hand ownership over; the other one has to agree. */
export interface OwnershipOffer {
  readonly offeredBy: string;
  readonly offeredTo: string;
  /** What the one who offers is afterwards; `owner`: both are. */
  readonly roleAfter: Role;
  readonly expiresAt: Date;
  readonly acceptedAt: Date | null;
  /** Withdrawn, declined, or overtaken by a newer one. */
  readonly endedAt: Date | null;
}
/** Who the two are in the account by now; null: no longer in it. */
export interface OfferStanding {
  readonly giver: Role | null;
  readonly taker: Role | null;
}
/** Days that an offer waits for its answer. */
export const OFFER_DAYS = 7;

export type OfferRefusal = "ownership_offer_not_found" | "ownership_offer_expired" | "ownership_offer_void";

/** Does the offer still wait for an answer? */
export const isOfferOpen = (offer: Pick<OwnershipOffer, "acceptedAt" | "endedAt" | "expiresAt">, now: Date): boolean =>
  offer.acceptedAt === null && offer.endedAt === null && now < offer.expiresAt;

/**
 * Why may `userId` not take the offer? Null: they may. To anybody but the two it is not there. One who offered and is no owner any more has
 * nothing to give.
 */
export function whyNotTake(offer: OwnershipOffer | null, standing: OfferStanding, userId: string, now: Date): OfferRefusal | null {
  if (offer === null || offer.offeredTo !== userId) return "ownership_offer_not_found";
  if (offer.acceptedAt !== null || offer.endedAt !== null) return "ownership_offer_not_found";
  if (now >= offer.expiresAt) return "ownership_offer_expired";
  return standing.giver === "owner" && standing.taker !== null ? null : "ownership_offer_void";
}

/** Who makes an offer, and to whom, as far as the rule asks. */
export interface OfferFacts {
  readonly giver: { readonly userId: string; readonly role: Role; readonly isProven: boolean };
  readonly taker: { readonly userId: string; readonly role: Role } | null;
}
export type OfferingRefusal = "permission_denied" | "email_not_verified" | "member_not_found" | "ownership_held_already";

/**
 * Why may the offer not be made? Null: it may. Only who has proven address and credentials gives ownership away: whoever registered
 * somebody else's address is thrown out when its owner comes, with all whom they let in, and must not leave an account without an owner
 * behind, or with an accomplice for one (laws 6 and 10).
 */
export function whyNotOffer({ giver, taker }: OfferFacts): OfferingRefusal | null {
  if (giver.role !== "owner") return "permission_denied";
  if (taker === null) return "member_not_found";
  if (taker.userId === giver.userId || taker.role === "owner") return "ownership_held_already";
  return giver.isProven ? null : "email_not_verified";
}
