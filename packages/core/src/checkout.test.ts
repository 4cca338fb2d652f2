import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { carryTrial, checkoutTrialEnd, type SeatsRefusal, TRIAL_AHEAD_MARGIN_MS, TRIAL_AHEAD_MIN_MS, whyNotSeats } from "./checkout.ts";
import type { TrialRefusal } from "./trial-abuse.ts";

const HOUR = 3_600_000;
/** Within a second, as clocks are. */
const NOW = new Date(Date.UTC(2026, 0, 1, 12, 0, 0, 250));
const ahead = (milliseconds: number) => new Date(NOW.getTime() + milliseconds);
/** The second in which it lies. */
const second = (instant: Date) => new Date(Math.floor(instant.getTime() / 1000) * 1000);
/** Two days, and ten minutes for the way there. */
const EARLIEST = 48 * HOUR + 600_000;

describe("C7: the first payment is due when the local trial ends", () => {
  test.each<[string, number, number]>([
    ["nine days left: exactly its end", 9 * 24 * HOUR + 750, 9 * 24 * HOUR + 750],
    ["two days and the margin, and a second more: its end", EARLIEST + 1000, EARLIEST + 1000],
    ["two days and the margin: its end", EARLIEST, EARLIEST],
    ["a second less: what Stripe takes, a little more than was left", EARLIEST - 1000, EARLIEST],
    ["two days and a second", 48 * HOUR + 1000, EARLIEST],
    ["exactly two days, which Stripe refuses", 48 * HOUR, EARLIEST],
    ["two days less a second", 48 * HOUR - 1000, EARLIEST],
    ["an hour", HOUR, EARLIEST],
    ["its last millisecond", 1, EARLIEST],
  ])("%s", (_, left, expected) => {
    expect(checkoutTrialEnd({ endsAt: ahead(left) }, NOW)).toEqual(second(ahead(expected)));
  });

  test.each<[string, { endsAt: Date } | null]>([
    ["at the instant at which it ends", { endsAt: NOW }],
    ["a trial that ended a millisecond ago gives no second one", { endsAt: ahead(-1) }],
    ["a trial that ended long ago", { endsAt: ahead(-400 * 24 * HOUR) }],
    ["an account that never had one, whatever it cancelled at Stripe", null],
  ])("C8: payment is due at once: %s", (_, trial) => expect(checkoutTrialEnd(trial, NOW)).toBeNull());

  test("the margin is worth what it is for: clocks that differ, and a slow request", () => {
    expect(TRIAL_AHEAD_MIN_MS).toBe(48 * HOUR);
    expect(TRIAL_AHEAD_MARGIN_MS).toBeGreaterThanOrEqual(60_000);
  });

  const instants = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) }).map((at) => new Date(at));
  const lefts = fc.oneof(fc.integer({ min: -10 * HOUR, max: 60 * HOUR }), fc.integer({ min: 0, max: 400 * 24 * HOUR }));
  test("Stripe always takes it, nobody loses a second that they were given, and nobody gains more than the two days", () => {
    fc.assert(
      fc.property(instants, lefts, (now, left) => {
        const endsAt = new Date(now.getTime() + left);
        const end = checkoutTrialEnd({ endsAt }, now);
        expect(end === null).toBe(left <= 0);
        if (end === null) return;
        expect(end.getTime() % 1000).toBe(0);
        expect(end.getTime() - now.getTime()).toBeGreaterThan(48 * HOUR + 60_000);
        expect(end.getTime()).toBeGreaterThan(endsAt.getTime() - 1000);
        expect(end.getTime()).toBeLessThanOrEqual(Math.max(endsAt.getTime(), now.getTime() + EARLIEST));
      }),
    );
  });

  test("C8: buying and cancelling again and again within the trial ends within two days of it", () => {
    fc.assert(
      fc.property(instants, fc.array(fc.integer({ min: 0, max: 50 * HOUR }), { maxLength: 5 }), (start, waits) => {
        const endsAt = new Date(start.getTime() + 50 * HOUR);
        let now = start;
        for (const wait of waits) {
          now = new Date(now.getTime() + wait);
          const end = checkoutTrialEnd({ endsAt }, now);
          if (end !== null) expect(end.getTime()).toBeLessThanOrEqual(endsAt.getTime() + EARLIEST);
        }
      }),
    );
  });
});

test.each<[string, number | null, TrialRefusal | null, boolean, TrialRefusal | null]>([
  ["nothing speaks against the trial: its rest is carried over", HOUR, null, true, null],
  ["it was found to be a second one: payment is due at once, and it is said why", HOUR, "trial_used_by_card", false, "trial_used_by_card"],
  ["it has ended: payment is due at once, and nothing else is said", -HOUR, "trial_used_by_card", false, null],
  ["it ends at this instant", 0, "trial_used_by_card", false, null],
  ["there was none", null, "trial_used_by_company", false, null],
])("carrying a trial over: %s", (_, left, standing, isCarried, refusal) => {
  const trial = left === null ? null : { endsAt: ahead(left) };
  expect(carryTrial(trial, standing, NOW)).toEqual({ trialEnd: isCarried ? checkoutTrialEnd(trial, NOW) : null, refusal });
  expect(checkoutTrialEnd(trial, NOW) !== null).toBe(left !== null && left > 0);
});

test.each<[string, number, number, number | null, SeatsRefusal | null]>([
  ["as many as are used", 3, 3, 10, null],
  ["one fewer than are used throws nobody out: it is refused", 2, 3, 10, "seats_below_use"],
  ["as many as the plan has", 10, 3, 10, null],
  ["one more than the plan has", 11, 3, 10, "seats_above_limit"],
  ["any number where the plan has no limit", 100_000, 3, null, null],
  ["fewer than are used, without a limit", 2, 3, null, "seats_below_use"],
  ["a plan that is too small for who is there says what is in the way", 10, 11, 10, "seats_below_use"],
  ["a plan of no seats", 1, 0, 0, "seats_above_limit"],
])("L13: %s", (_, seats, used, limit, refusal) => expect(whyNotSeats(seats, used, limit)).toBe(refusal));
