import fc from "fast-check";
import { expect, test } from "vitest";
import { decideVerification, type VerificationFacts } from "./verification.ts";

const day = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1 + n) + ms);
const unverified: VerificationFacts = { emailVerifiedAt: null, registeredAt: day(0) };
const verified: VerificationFacts = { emailVerifiedAt: day(20), registeredAt: day(0) };
const inGrace = { open: true, verified: false, graceEndsAt: day(7), until: day(7) };
const afterGrace = { open: false, verified: false, graceEndsAt: day(7), until: null };
const proven = { open: true, verified: true, graceEndsAt: null, until: null };

test.each<[string, VerificationFacts, Date, object]>([
  ["who just registered may come in", unverified, day(0), inGrace],
  ["the grace is open to its last millisecond", unverified, day(7, -1), inGrace],
  ["the grace is over at the instant it ends", unverified, day(7), afterGrace],
  ["day eight is refused", unverified, day(8), afterGrace],
  ["a verified person is open for good", verified, day(400), proven],
  ["verifying after the grace opens again", verified, day(20), proven],
  ["a proof that another process's clock dates ahead counts", verified, day(20, -1), proven],
])("%s", (_, facts, now, expected) => expect(decideVerification(facts, now)).toEqual(expected));

test("the length of the grace is policy", () => {
  const policy = { verificationGraceDays: 0 };
  expect(decideVerification(unverified, day(0), policy).open).toBe(false);
  expect(decideVerification(unverified, day(0, -1), policy).open).toBe(true);
});

test("until is honest: the same answer before it, another at it", () => {
  const hours = fc.integer({ min: -1000, max: 1000 });
  fc.assert(
    fc.property(hours, hours, fc.option(hours), fc.nat({ max: 100 }), fc.nat(), (at, registered, proof, graceDays, later) => {
      const hour = (n: number) => new Date(day(0).getTime() + n * 3_600_000);
      const facts = { registeredAt: hour(registered), emailVerifiedAt: proof === null ? null : hour(proof) };
      const policy = { verificationGraceDays: graceDays };
      const now = hour(at);
      const decision = decideVerification(facts, now, policy);
      const span = decision.until === null ? 1e10 : decision.until.getTime() - now.getTime();
      expect(decideVerification(facts, new Date(now.getTime() + (later % span)), policy)).toEqual(decision);
      if (decision.until !== null) expect(decideVerification(facts, decision.until, policy)).not.toEqual(decision);
    }),
  );
});
