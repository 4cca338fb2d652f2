import { addDays } from "./time.ts";
import { type TicketRefusal, WAITLIST_TICKET_DAYS, type WaitlistEntry, whyTicketDead } from "./waitlist.ts";

/** What sales promised to whoever comes in by a ticket: a plan that their account is given. */
export interface TicketOffer {
  /** Until when the plan is given, exclusive; null: without an end. */
  readonly until: Date | null;
}

/** Is there anything left to be given at `now`? */
export const isTicketOfferOpen = (offer: TicketOffer, now: Date): boolean => offer.until === null || now < offer.until;

/** When a ticket ends that is sent at `now`. It does not outlive what it brings, so that whoever comes in by it gets what its mail said. */
export function ticketEnd(offer: TicketOffer | null, now: Date): Date {
  const end = addDays(now, WAITLIST_TICKET_DAYS);
  return offer?.until && offer.until < end ? offer.until : end;
}

export const INVITATION_STATES = ["waiting", "has_sign_in", "expired"] as const;
export type InvitationState = (typeof INVITATION_STATES)[number];

/**
 * Where an offer stands that nobody took yet. Who has a sign-in with the address, whenever they got it, takes it for an account that they
 * have or make; the ticket is good for that as long as for coming in.
 */
export function invitationState({ ticket, registeredAt }: Pick<WaitlistEntry, "ticket" | "registeredAt">, now: Date): InvitationState {
  if (ticket === null || now >= ticket.expiresAt) return "expired";
  return registeredAt === null ? "waiting" : "has_sign_in";
}

/**
 * Why may a person with this address, which is proven to be theirs, not take what comes with the ticket at `now`? Null: they may.
 * @param offer null: nothing comes with it, or it was taken or taken back
 */
export function whyNotTakeTicketOffer(
  entry: WaitlistEntry,
  offer: TicketOffer | null,
  normalisedEmail: string,
  now: Date,
): TicketRefusal | null {
  if (offer === null) return whyTicketDead(entry, now) ?? whoseElse(entry, normalisedEmail) ?? "waitlist_ticket_used";
  if (entry.ticket === null) return "waitlist_ticket_not_found";
  if (invitationState(entry, now) === "expired") return "waitlist_ticket_expired";
  return whoseElse(entry, normalisedEmail);
}

const whoseElse = (entry: WaitlistEntry, normalisedEmail: string): "waitlist_ticket_wrong_email" | null =>
  entry.email === normalisedEmail ? null : "waitlist_ticket_wrong_email";
