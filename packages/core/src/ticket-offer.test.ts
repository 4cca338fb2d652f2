import fc from "fast-check";
import { expect, test } from "vitest";
import { INVITATION_STATES, invitationState, isTicketOfferOpen, ticketEnd, whyNotTakeTicketOffer } from "./ticket-offer.ts";
import { waitlistState } from "./waitlist.ts";

const ADA = "ada@example.com";
const day = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1 + n) + ms);
const waiting = { email: ADA, ticket: null, registeredAt: null };
const invited = { ...waiting, ticket: { expiresAt: day(14) } };
const signedUp = { ...invited, registeredAt: day(3) };
const forever = { until: null };

test.each<[string, Date | null, Date, boolean, Date]>([
  ["without an end it stays open, and the ticket has its whole time", null, day(99), true, day(113)],
  ["what is given for long leaves the ticket its whole time", day(15), day(1), true, day(15)],
  ["a ticket ends with what it brings", day(15, -1), day(1), true, day(15, -1)],
  ["open to the last millisecond", day(5), day(5, -1), true, day(5)],
  ["closed at the instant of its end", day(5), day(5), false, day(5)],
])("%s", (_, until, now, open, end) => {
  expect(isTicketOfferOpen({ until }, now)).toBe(open);
  expect(ticketEnd({ until }, now)).toEqual(end);
});

test("a ticket that brings nothing has its whole time", () => expect(ticketEnd(null, day(1))).toEqual(day(15)));

test.each<[string, typeof signedUp | typeof invited | typeof waiting, Date, string]>([
  ["who has a ticket is waited for", invited, day(14, -1), "waiting"],
  ["who has a sign-in by now can take it all the same", signedUp, day(14, -1), "has_sign_in"],
  ["at the instant when the ticket ends it is over, for who is new", invited, day(14), "expired"],
  ["and for who has a sign-in", signedUp, day(14), "expired"],
  ["who was put back has no ticket any more", waiting, day(1), "expired"],
])("%s", (_, entry, now, state) => expect(invitationState(entry, now)).toBe(state));

test.each<[string, Parameters<typeof whyNotTakeTicketOffer>[0], Parameters<typeof whyNotTakeTicketOffer>[1], string, Date, string | null]>([
  ["who has a sign-in takes it", signedUp, forever, ADA, day(4), null],
  ["who proved the address in this moment too", invited, forever, ADA, day(4), null],
  ["nobody else does", signedUp, forever, "grace@example.com", day(4), "waitlist_ticket_wrong_email"],
  ["nobody after its time, which is said before whose it is", signedUp, forever, "grace@example.com", day(14), "waitlist_ticket_expired"],
  ["nobody without a ticket", waiting, forever, ADA, day(4), "waitlist_ticket_not_found"],
  ["what was taken is not there a second time", signedUp, null, ADA, day(4), "waitlist_ticket_used"],
  ["a ticket without an offer gives an existing person nothing", invited, null, ADA, day(4), "waitlist_ticket_used"],
  ["nor does that of another address", invited, null, "grace@example.com", day(4), "waitlist_ticket_wrong_email"],
  ["a dead one says how it died", invited, null, ADA, day(14), "waitlist_ticket_expired"],
])("%s", (_, entry, offer, email, now, refusal) => expect(whyNotTakeTicketOffer(entry, offer, email, now)).toBe(refusal));

test("whatever there is, an offer is taken only while its ticket is good and by its own address; and who can register by the ticket could", () => {
  const at = fc.integer({ min: -30, max: 30 }).map((n) => day(n));
  const entry = fc.record({
    email: fc.constant(ADA),
    ticket: fc.option(fc.record({ expiresAt: at })),
    registeredAt: fc.option(at),
  });
  fc.assert(
    fc.property(entry, fc.constantFrom(ADA, "grace@example.com"), at, (one, email, now) => {
      const state = invitationState(one, now);
      expect(INVITATION_STATES).toContain(state);
      expect(whyNotTakeTicketOffer(one, forever, email, now) === null).toBe(state !== "expired" && email === ADA);
      expect(state === "waiting").toBe(waitlistState(one, now) === "invited");
      expect(whyNotTakeTicketOffer(one, null, email, now)).not.toBeNull();
    }),
  );
});
