/** Days that a ticket from the waitlist can be used; sending it again starts them anew. */
export const WAITLIST_TICKET_DAYS = 14;
/** How many are invited in one transaction at the most. */
export const WAITLIST_BATCH_MAX = 500;

export const WAITLIST_STATES = ["waiting", "invited", "expired", "registered"] as const;
export type WaitlistState = (typeof WAITLIST_STATES)[number];

export interface WaitlistEntry {
  /** Normalised (see parseEmail). */
  readonly email: string;
  /** The way in that was sent to the address; null: none was yet. */
  readonly ticket: { readonly expiresAt: Date } | null;
  /** Since when the person has a user with this address proven, by the ticket or by another way; null: they have none. */
  readonly registeredAt: Date | null;
}

/** What became of the entry by `now`. Who is in needs no ticket any more, whatever became of it. */
export function waitlistState(entry: Omit<WaitlistEntry, "email">, now: Date): WaitlistState {
  if (entry.registeredAt !== null) return "registered";
  if (entry.ticket === null) return "waiting";
  return now >= entry.ticket.expiresAt ? "expired" : "invited";
}

export type TicketRefusal =
  | "waitlist_ticket_not_found"
  | "waitlist_ticket_expired"
  | "waitlist_ticket_used"
  | "waitlist_ticket_wrong_email";

const DEAD = {
  waiting: "waitlist_ticket_not_found",
  invited: null,
  expired: "waitlist_ticket_expired",
  registered: "waitlist_ticket_used",
} as const satisfies Record<WaitlistState, TicketRefusal | null>;

/** Why does the ticket let nobody in at `now`, whoever comes with it? Null: it is good. */
export const whyTicketDead = (
  entry: Omit<WaitlistEntry, "email">,
  now: Date,
): Exclude<TicketRefusal, "waitlist_ticket_wrong_email"> | null => DEAD[waitlistState(entry, now)];

/**
 * Why may the person with this address not register by the ticket at `now`? Null: they may. As with an invite, what became of it comes
 * before whose it is: to come back with the right address only to learn that it has expired is a wasted way.
 * @param normalisedEmail as parseEmail gives it
 */
export const whyNotEnter = (entry: WaitlistEntry, normalisedEmail: string, now: Date): TicketRefusal | null =>
  whyTicketDead(entry, now) ?? (entry.email === normalisedEmail ? null : "waitlist_ticket_wrong_email");

export const LEFT_OUT = ["not_found", "invited_already", "registered_already"] as const;
export type LeftOut = (typeof LEFT_OUT)[number];

/** Why is who was named not invited? Null: they are. Each is invited once; one whose ticket has expired is sent it again by name. */
export function whyNotInvite(entry: Omit<WaitlistEntry, "email"> | null): LeftOut | null {
  if (entry === null) return "not_found";
  if (entry.registeredAt !== null) return "registered_already";
  return entry.ticket === null ? null : "invited_already";
}

/** Why is the ticket not sent again? Null: it is. One that has expired is: that is what sending again is for. */
export function whyNotSendAgain(entry: Omit<WaitlistEntry, "email">): "waitlist_not_invited" | "waitlist_ticket_used" | null {
  if (entry.registeredAt !== null) return "waitlist_ticket_used";
  return entry.ticket === null ? "waitlist_not_invited" : null;
}
