import fc from "fast-check";
import { expect, test } from "vitest";
import { WAITLIST_STATES, waitlistState, whyNotEnter, whyNotInvite, whyNotSendAgain, whyTicketDead } from "./waitlist.ts";

const ADA = "ada@example.com";
const day = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1 + n) + ms);
const waiting = { email: ADA, ticket: null, registeredAt: null };
const invited = { ...waiting, ticket: { expiresAt: day(14) } };
const inByTicket = { ...invited, registeredAt: day(3) };
const inAnotherWay = { ...waiting, registeredAt: day(3) };

test.each<[string, typeof inByTicket | typeof invited | typeof waiting | typeof inAnotherWay, Date, string, string | null]>([
  ["who was not invited yet waits, and has no ticket", waiting, day(99), "waiting", "waitlist_ticket_not_found"],
  ["a ticket is good from its making", invited, day(0), "invited", null],
  ["a ticket is good to its last millisecond", invited, day(14, -1), "invited", null],
  ["a ticket is dead at the instant it expires", invited, day(14), "expired", "waitlist_ticket_expired"],
  ["a ticket that was used is used", inByTicket, day(4), "registered", "waitlist_ticket_used"],
  ["a ticket that was used has not expired: its person is in", inByTicket, day(14), "registered", "waitlist_ticket_used"],
  ["who came in by another way needs no ticket", inAnotherWay, day(4), "registered", "waitlist_ticket_used"],
])("%s", (_, entry, now, state, dead) => {
  expect(waitlistState(entry, now)).toBe(state);
  expect(whyTicketDead(entry, now)).toBe(dead);
});

test.each<[string, Parameters<typeof whyNotEnter>[0], string, Date, string | null]>([
  ["who was invited gets in", invited, ADA, day(1), null],
  ["another address does not", invited, "grace@example.com", day(1), "waitlist_ticket_wrong_email"],
  ["a dead ticket is said before whose it is", invited, "grace@example.com", day(14), "waitlist_ticket_expired"],
  ["a used ticket is said before whose it is", inByTicket, "grace@example.com", day(4), "waitlist_ticket_used"],
])("%s", (_, entry, email, now, refusal) => expect(whyNotEnter(entry, email, now)).toBe(refusal));

test.each<[string, Parameters<typeof whyNotInvite>[0], string | null]>([
  ["nobody", null, "not_found"],
  ["who waits", waiting, null],
  ["who was invited, also long ago", invited, "invited_already"],
  ["who is in by the ticket", inByTicket, "registered_already"],
  ["who is in by another way", inAnotherWay, "registered_already"],
])("to invite: %s", (_, entry, why) => expect(whyNotInvite(entry)).toBe(why));

test.each<[string, Parameters<typeof whyNotSendAgain>[0], string | null]>([
  ["who waits has nothing that could be sent again", waiting, "waitlist_not_invited"],
  ["who was invited", invited, null],
  ["who is in by the ticket", inByTicket, "waitlist_ticket_used"],
  ["who is in by another way", inAnotherWay, "waitlist_ticket_used"],
])("to send again: %s", (_, entry, why) => expect(whyNotSendAgain(entry)).toBe(why));

test("whatever an entry is, it has one state, and lets somebody in only while it is invited and by its own address", () => {
  const at = fc.integer({ min: -30, max: 30 }).map((n) => day(n));
  const entry = fc.record({
    email: fc.constant(ADA),
    ticket: fc.option(fc.record({ expiresAt: at })),
    registeredAt: fc.option(at),
  });
  fc.assert(
    fc.property(entry, fc.constantFrom(ADA, "grace@example.com"), at, (one, email, now) => {
      const state = waitlistState(one, now);
      expect(WAITLIST_STATES).toContain(state);
      expect(whyNotEnter(one, email, now) === null).toBe(state === "invited" && email === ADA);
      expect(whyNotInvite(one) === null).toBe(state === "waiting");
      expect(whyNotSendAgain(one) === null).toBe(state === "invited" || state === "expired");
    }),
  );
});
