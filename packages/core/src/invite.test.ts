import fc from "fast-check";
import { expect, test } from "vitest";
import {
  INVITE_ROLES,
  INVITE_STATES,
  type Invite,
  type InviteRefusal,
  type InviteState,
  inviteState,
  whyDead,
  whyNotAccept,
  whyNotResend,
} from "./invite.ts";
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

const days = fc.integer({ min: -20, max: 20 }).map((n) => day(n));
const invites = fc.record({
  email: fc.constantFrom("grace@example.com", "ada@example.com"),
  role: fc.constantFrom(...ROLES),
  expiresAt: days,
  revokedAt: fc.option(days),
  acceptedAt: fc.option(days),
});
test("only a live invite in the right hands is accepted", () => {
  fc.assert(
    fc.property(invites, days, (invite, now) => {
      const isGood =
        invite.revokedAt === null && invite.acceptedAt === null && now.getTime() < invite.expiresAt.getTime() && invite.email === grace;
      expect(whyNotAccept(invite, grace, now) === null).toBe(isGood);
    }),
  );
});

type Answers = [InviteState, ReturnType<typeof whyDead>, ReturnType<typeof whyNotResend>];
test.each<[string, Partial<Invite>, Date, Answers]>([
  ["a new one is open, and can be sent again", {}, day(0), ["open", null, null]],
  ["it is open to its last millisecond", {}, day(7, -1), ["open", null, null]],
  ["one that has expired can be sent again all the same", {}, day(7), ["expired", "invite_expired", null]],
  ["also long after", {}, day(400), ["expired", "invite_expired", null]],
  ["one that was used is not sent again", { acceptedAt: day(1) }, day(2), ["accepted", "invite_used", "invite_used"]],
  ["also when its time is over", { acceptedAt: day(1) }, day(8), ["accepted", "invite_used", "invite_used"]],
  ["one that was taken back is not sent again", { revokedAt: day(1) }, day(2), ["revoked", "invite_revoked", "invite_revoked"]],
  ["also when its time is over", { revokedAt: day(1) }, day(8), ["revoked", "invite_revoked", "invite_revoked"]],
  ["taken back comes before used", { revokedAt: day(2), acceptedAt: day(1) }, day(3), ["revoked", "invite_revoked", "invite_revoked"]],
])("what became of an invite: %s", (_, change, now, expected) => {
  const invite = { ...live, ...change };
  expect([inviteState(invite, now), whyDead(invite, now), whyNotResend(invite, now)]).toEqual(expected);
});

test("what is open is not dead, what is dead is not accepted, and what was sent again is open once more", () => {
  fc.assert(
    fc.property(invites, days, (invite, now) => {
      expect(INVITE_STATES).toContain(inviteState(invite, now));
      expect(whyDead(invite, now) === null).toBe(inviteState(invite, now) === "open");
      if (whyDead(invite, now) !== null) expect(whyNotAccept(invite, invite.email, now)).toBe(whyDead(invite, now));
      if (whyNotResend(invite, now) === null) expect(inviteState({ ...invite, expiresAt: new Date(now.getTime() + 1) }, now)).toBe("open");
    }),
  );
});

test("nobody is invited as an owner, and as anything else that there is", () => {
  expect([...INVITE_ROLES]).toEqual(ROLES.filter((role) => role !== "owner"));
});
