import fc from "fast-check";
import { expect, test } from "vitest";
import { decideRefresh, type RefreshDecision, type RefreshFacts } from "./refresh.ts";

const second = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1, 0, 0, n) + ms);
const fresh: RefreshFacts = {
  usedAt: null,
  successorUsedAt: null,
  expiresAt: second(1000),
  sessionRevokedAt: null,
  sessionExpiresAt: second(5000),
};
const used: RefreshFacts = { ...fresh, usedAt: second(100) };
const left: RefreshFacts = { ...used, successorUsedAt: second(103) };

test.each<[string, RefreshFacts, Date, RefreshDecision]>([
  ["a fresh token is rotated", fresh, second(1), "rotate"],
  ["a token is good to its last millisecond", fresh, second(1000, -1), "rotate"],
  ["a token has expired at the instant it ends", fresh, second(1000), "expired"],
  ["a second tab at the same instant gets the same successor", used, second(100), "repeat"],
  ["a tab on a process whose clock is behind gets it too", used, second(99), "repeat"],
  ["a repeat is answered to the last millisecond of ten seconds", used, second(110, -1), "repeat"],
  ["a thief ten seconds later revokes the family", used, second(110), "reused"],
  ["a token whose successor went on is superseded within ten seconds", left, second(110, -1), "superseded"],
  ["and is theft from then on", left, second(110), "reused"],
  ["a stolen token that has expired since still shows the theft", used, second(1001), "reused"],
  ["a repeat that straddles the expiry gets its successor", { ...fresh, usedAt: second(999) }, second(1001), "repeat"],
  ["a session ends at its instant, whatever its tokens say", { ...fresh, expiresAt: second(9000) }, second(5000), "expired"],
  ["a session is good to its last millisecond", { ...fresh, expiresAt: second(9000) }, second(5000, -1), "rotate"],
  ["of an ended session there is nothing to revoke", used, second(5000), "expired"],
  ["a revoked session refuses a fresh token", { ...fresh, sessionRevokedAt: second(1) }, second(2), "revoked"],
  ["a revoked session repeats nothing", { ...used, sessionRevokedAt: second(101) }, second(102), "revoked"],
  ["revoked is said before expired", { ...fresh, sessionRevokedAt: second(1) }, second(6000), "revoked"],
])("%s", (_, facts, now, expected) => expect(decideRefresh(facts, now)).toBe(expected));

const seconds = fc.integer({ min: 0, max: 60 }).map((n) => second(n));
const tokens = fc.record({
  usedAt: fc.option(seconds),
  successorUsedAt: fc.option(seconds),
  expiresAt: seconds,
  sessionRevokedAt: fc.option(seconds, { freq: 8 }),
  sessionExpiresAt: seconds,
});

test("a token that was used is never rotated again, and a revoked session gives nothing out", () => {
  fc.assert(
    fc.property(tokens, seconds, (token, now) => {
      const decision = decideRefresh(token, now);
      if (token.usedAt !== null) expect(decision).not.toBe("rotate");
      if (token.sessionRevokedAt !== null) expect(decision).toBe("revoked");
      if (decision === "repeat") expect(token.successorUsedAt).toBeNull();
    }),
  );
});

test("what was refused stays refused", () => {
  fc.assert(
    fc.property(tokens, seconds, seconds, (token, a, b) => {
      const [early, late] = a.getTime() <= b.getTime() ? [a, b] : [b, a];
      const gives = (now: Date) => ["rotate", "repeat"].includes(decideRefresh(token, now));
      if (!gives(early)) expect(gives(late)).toBe(false);
    }),
  );
});
