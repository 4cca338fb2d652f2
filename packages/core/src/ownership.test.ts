import fc from "fast-check";
import { expect, test } from "vitest";
import {
  isOfferOpen,
  OFFER_DAYS,
  type OfferFacts,
  type OfferRefusal,
  type OfferStanding,
  type OwnershipOffer,
  whyNotOffer,
  whyNotTake,
} from "./ownership.ts";
import { ROLES } from "./roles.ts";

const day = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1 + n) + ms);
const open: OwnershipOffer = {
  offeredBy: "ada",
  offeredTo: "grace",
  roleAfter: "admin",
  expiresAt: day(OFFER_DAYS),
  acceptedAt: null,
  endedAt: null,
};
const standing: OfferStanding = { giver: "owner", taker: "member" };
const not_found = "ownership_offer_not_found";
const expired = "ownership_offer_expired";
const voided = "ownership_offer_void";

test("an offer waits for a week", () => expect(OFFER_DAYS).toBe(7));

test.each<[string, Partial<OwnershipOffer>, Partial<OfferStanding>, string, Date, OfferRefusal | null]>([
  ["who was asked may take it", {}, {}, "grace", day(0), null],
  ["a viewer who was asked may", {}, { taker: "viewer" }, "grace", day(0), null],
  ["one who owns it with the other by now may", {}, { taker: "owner" }, "grace", day(0), null],
  ["an offer is good to its last millisecond", {}, {}, "grace", day(7, -1), null],
  ["an offer has expired at the instant it ends", {}, {}, "grace", day(7), expired],
  ["to a third one it is not there", {}, {}, "eve", day(0), not_found],
  ["nor when it has expired", {}, {}, "eve", day(7), not_found],
  ["who offers cannot take it for the other", {}, {}, "ada", day(0), not_found],
  ["an offer is taken once", { acceptedAt: day(1) }, {}, "grace", day(2), not_found],
  ["one that was withdrawn is not there", { endedAt: day(1) }, {}, "grace", day(2), not_found],
  ["nor after its time", { endedAt: day(1) }, {}, "grace", day(8), not_found],
  ["who is no owner any more has nothing to give", {}, { giver: "admin" }, "grace", day(0), voided],
  ["nor who has left", {}, { giver: null }, "grace", day(0), voided],
  ["who has left takes nothing", {}, { taker: null }, "grace", day(0), voided],
  ["expired is said before void", {}, { giver: null }, "grace", day(7), expired],
])("%s", (_, change, stand, userId, now, expected) => {
  expect(whyNotTake({ ...open, ...change }, { ...standing, ...stand }, userId, now)).toBe(expected);
});

test("where there is no offer, there is none to take", () => {
  expect(whyNotTake(null, standing, "grace", day(0))).toBe(not_found);
});

test.each<[string, Partial<OwnershipOffer>, Date, boolean]>([
  ["a new one waits", {}, day(0), true],
  ["to its last millisecond", {}, day(7, -1), true],
  ["not at the instant it ends", {}, day(7), false],
  ["not when it was taken", { acceptedAt: day(1) }, day(2), false],
  ["not when it was withdrawn", { endedAt: day(1) }, day(2), false],
])("an offer waits for its answer: %s", (_, change, now, expected) => expect(isOfferOpen({ ...open, ...change }, now)).toBe(expected));

test("what can be taken waits for its answer, and is an owner's to give", () => {
  const days = fc.integer({ min: -10, max: 10 }).map((n) => day(n));
  const offers = fc.record({
    offeredBy: fc.constant("ada"),
    offeredTo: fc.constant("grace"),
    roleAfter: fc.constantFrom(...ROLES),
    expiresAt: days,
    acceptedAt: fc.option(days),
    endedAt: fc.option(days),
  });
  const role = fc.option(fc.constantFrom(...ROLES), { freq: 3 });
  fc.assert(
    fc.property(
      offers,
      fc.record({ giver: role, taker: role }),
      fc.constantFrom("ada", "grace", "eve"),
      days,
      (offer, two, userId, now) => {
        const isGood = isOfferOpen(offer, now) && userId === "grace" && two.giver === "owner" && two.taker !== null;
        expect(whyNotTake(offer, two, userId, now) === null).toBe(isGood);
      },
    ),
  );
});

const giver: OfferFacts["giver"] = { userId: "ada", role: "owner", isProven: true };
const taker: OfferFacts["taker"] = { userId: "grace", role: "member" };
test.each<[string, OfferFacts, ReturnType<typeof whyNotOffer>]>([
  ["an owner offers it to a member", { giver, taker }, null],
  ["to an admin", { giver, taker: { ...taker, role: "admin" } }, null],
  ["to a viewer", { giver, taker: { ...taker, role: "viewer" } }, null],
  ["an admin has none to offer", { giver: { ...giver, role: "admin" }, taker }, "permission_denied"],
  ["and is not told who is in the account", { giver: { ...giver, role: "admin" }, taker: null }, "permission_denied"],
  ["a member neither", { giver: { ...giver, role: "member" }, taker }, "permission_denied"],
  ["a viewer neither", { giver: { ...giver, role: "viewer" }, taker }, "permission_denied"],
  ["nobody is offered it who is not in the account", { giver, taker: null }, "member_not_found"],
  ["an owner has it already", { giver, taker: { ...taker, role: "owner" } }, "ownership_held_already"],
  ["oneself too", { giver, taker: { userId: "ada", role: "owner" } }, "ownership_held_already"],
  ["who has proven nothing gives nothing away", { giver: { ...giver, isProven: false }, taker }, "email_not_verified"],
  ["what cannot be at all is said before that", { giver: { ...giver, isProven: false }, taker: null }, "member_not_found"],
])("%s", (_, facts, expected) => expect(whyNotOffer(facts)).toBe(expected));
