import { expect, test } from "vitest";
import { openShadow } from "./shadow.ts";

const at = (milliseconds: number) => new Date(Date.UTC(2026, 0, 1) + milliseconds);
const DAY = 86_400_000;

function shadowAt(clock: { now: number }, countsMax?: number) {
  const config = { guardsShadow: ["requireActiveSubscription"] as const };
  return openShadow({ clock: { now: () => at(clock.now) }, config }, countsMax);
}
const GUARD = "requireActiveSubscription";
const row = (accountId: string, reason: string, count: number, first: number, last = first, day = "2026-01-01") => ({
  accountId,
  guard: GUARD,
  reason,
  day,
  count,
  firstAt: at(first),
  lastAt: at(last),
});

test("what would have been refused is counted by account, reason and day of UTC, with its first and last time", () => {
  const clock = { now: DAY - 2 };
  const shadow = shadowAt(clock);
  const pass = (account: string, reason: string) => expect(shadow.letsPass(GUARD, account, reason)).toBe(true);
  pass("a", "trial_ended");
  clock.now = DAY - 1;
  pass("a", "trial_ended");
  pass("a", "canceled");
  pass("b", "trial_ended");
  clock.now = DAY;
  pass("a", "trial_ended");
  expect(shadow.take()).toEqual({
    counts: [
      row("a", "trial_ended", 2, DAY - 2, DAY - 1),
      row("a", "canceled", 1, DAY - 1),
      row("b", "trial_ended", 1, DAY - 1),
      row("a", "trial_ended", 1, DAY, DAY, "2026-01-02"),
    ],
    dropped: 0,
  });
  expect(shadow.take()).toEqual({ counts: [], dropped: 0 });
});

test("a guard that is not in shadow counts nothing and refuses, and so does every guard of a deleted account", () => {
  const shadow = shadowAt({ now: 0 });
  expect(shadow.letsPass("requireVerifiedEmailAfterGrace", "a", "grace_ended")).toBe(false);
  expect(shadow.letsPass(GUARD, "a", "account_deleted")).toBe(false);
  expect(shadow.take().counts).toEqual([]);
});

test("what is given back is counted on, whatever came meanwhile", () => {
  const clock = { now: 5 };
  const shadow = shadowAt(clock);
  shadow.letsPass(GUARD, "a", "canceled");
  const { counts } = shadow.take();
  clock.now = 9;
  shadow.letsPass(GUARD, "a", "canceled");
  shadow.giveBack(counts);
  expect(shadow.take().counts).toEqual([row("a", "canceled", 2, 5, 9)]);
});

test("a flood of accounts fills no memory: beyond the bound what is new is dropped and told, and what is known is counted on", () => {
  const shadow = shadowAt({ now: 0 }, 2);
  for (const account of ["a", "b", "c", "d", "a"]) expect(shadow.letsPass(GUARD, account, "canceled")).toBe(true);
  expect(shadow.take()).toEqual({ counts: [row("a", "canceled", 2, 0), row("b", "canceled", 1, 0)], dropped: 2 });
});
