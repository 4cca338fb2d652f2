import fc from "fast-check";
import { expect, test } from "vitest";
import { type Invite, type InviteRefusal, whyNotAccept } from "./invite.ts";
import { ROLES } from "./roles.ts";

const day = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1 + n) + ms);
const live: Invite = { email: "grace@example.com", role: "member", expiresAt: day(7), revokedAt: null, acceptedAt: null };
const grace = "grace@example.com";

test.each<[string, Partial<Invite>, string, Date, InviteRefusal | null]>([
  ["the invited person may accept", {}, grace, day(0), null],
  ["an invite is good to its last millisecond", {}, grace, day(7, -1), null],
  ["an invite has expired at the instant it ends", {}, grace, day(7), "invite_expired"],
  ["a stranger who holds the link may not", {}, "ada@example.com", day(0), "invite_wrong_email"],
  ["an address is compared in its normalised form only", {}, "Grace@example.com", day(0), "invite_wrong_email"],
  ["an invite is used once", { acceptedAt: day(1) }, grace, day(2), "invite_used"],
  ["who was uninvited may not", { revokedAt: day(1) }, grace, day(2), "invite_revoked"],
  ["revoked is said before used", { revokedAt: day(2), acceptedAt: day(1) }, grace, day(3), "invite_revoked"],
  ["used is said before expired", { acceptedAt: day(1) }, grace, day(8), "invite_used"],
  ["revoked is said before expired", { revokedAt: day(1) }, grace, day(8), "invite_revoked"],
  ["nobody is sent to sign in as another for a dead invite", {}, "ada@example.com", day(7), "invite_expired"],
])("%s", (_, change, email, now, expected) => expect(whyNotAccept({ ...live, ...change }, email, now)).toBe(expected));

test("only a live invite in the right hands is accepted", () => {
  const days = fc.integer({ min: -20, max: 20 }).map((n) => day(n));
  const invites = fc.record({
    email: fc.constantFrom("grace@example.com", "ada@example.com"),
    role: fc.constantFrom(...ROLES),
    expiresAt: days,
    revokedAt: fc.option(days),
    acceptedAt: fc.option(days),
  });
  fc.assert(
    fc.property(invites, days, (invite, now) => {
      const isGood =
        invite.revokedAt === null && invite.acceptedAt === null && now.getTime() < invite.expiresAt.getTime() && invite.email === grace;
      expect(whyNotAccept(invite, grace, now) === null).toBe(isGood);
    }),
  );
});
