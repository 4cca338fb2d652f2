import fc from "fast-check";
import { expect, test } from "vitest";
import type { GrantFact, StripeSubscriptionFact } from "./subscription.ts";
import { addDays, addMilliseconds } from "./time.ts";
import { trialNoticeOf } from "./trial-notices.ts";

const startsAt = new Date(Date.UTC(2026, 0, 1, 9, 30, 15, 123));
const endsAt = addDays(startsAt, 14);
const trial = { id: "t1", plan: "pro", startsAt, endsAt };
const none = { grants: [], stripe: [] };
const ending = { kind: "trial_ending", key: "trial_ending:t1:2026-01-15T09:30:15.123Z" };
const ended = { kind: "trial_ended", key: "trial_ended:t1:2026-01-15T09:30:15.123Z" };

const subscription = (change: Partial<StripeSubscriptionFact>): StripeSubscriptionFact => ({
  id: "sub_1",
  status: "active",
  plan: "pro",
  currentPeriodEnd: addDays(endsAt, 30),
  cancelAtPeriodEnd: false,
  endsAt: null,
  trialEndsAt: null,
  collectionPaused: null,
  seats: 1,
  pastDueSince: null,
  changedAt: startsAt,
  ...change,
});
const grant = (begins: Date, until: Date | null): GrantFact => ({ plan: "pro", startsAt: begins, until, reason: "a friend" });

test.each([
  ["3 days and a millisecond before its end", addMilliseconds(addDays(endsAt, -3), -1), null],
  ["3 days before", addDays(endsAt, -3), ending],
  ["3 days less a millisecond before", addMilliseconds(addDays(endsAt, -3), 1), ending],
  ["a millisecond before", addMilliseconds(endsAt, -1), ending],
  ["at its end", endsAt, ended],
  ["3 days after", addDays(endsAt, 3), ended],
  ["3 days and a millisecond after", addMilliseconds(addDays(endsAt, 3), 1), null],
])("what is told of a trial %s", (_, now, told) => expect(trialNoticeOf(trial, none, now)).toEqual(told));

test("its end is told late where whoever tells it has been away", () => {
  expect(trialNoticeOf(trial, none, addDays(endsAt, 30), Number.POSITIVE_INFINITY)).toEqual(ended);
});

test("a trial that was extended ends anew, and is told anew", () => {
  const extended = { ...trial, endsAt: addDays(endsAt, 7) };
  expect(trialNoticeOf(extended, none, endsAt)).toBeNull();
  expect(trialNoticeOf(extended, none, addDays(endsAt, 7))?.key).toBe("trial_ended:t1:2026-01-22T09:30:15.123Z");
});

test.each<[string, Partial<StripeSubscriptionFact>, boolean]>([
  ["active", { status: "active" }, false],
  ["trialing", { status: "trialing" }, false],
  ["past due", { status: "past_due" }, false],
  ["unpaid, of which other mails tell", { status: "unpaid" }, false],
  ["canceled before the trial ended", { status: "canceled", changedAt: addDays(endsAt, -1) }, true],
  ["canceled in the second in which the trial ended", { status: "canceled", changedAt: addMilliseconds(endsAt, -123) }, false],
  ["canceled later", { status: "canceled", changedAt: addDays(endsAt, 1) }, false],
  ["paused later", { status: "paused", changedAt: addDays(endsAt, 1) }, false],
  ["never paid for", { status: "incomplete" }, true],
  ["never paid for, and called off", { status: "incomplete_expired" }, true],
  ["of a status that we do not know", { status: "dormant" }, true],
  ["active, and of no plan of ours", { status: "active", plan: null }, true],
])("L4: with a subscription that is %s the end of the local trial is told or not", (_, change, isTold) => {
  expect(trialNoticeOf(trial, { ...none, stripe: [subscription(change)] }, endsAt)).toEqual(isTold ? ended : null);
});

test.each([
  ["without an end", grant(startsAt, null), false],
  ["that goes on past the trial's end", grant(startsAt, addDays(endsAt, 1)), false],
  ["that ends with the trial", grant(startsAt, endsAt), true],
  ["that was given after the trial ended", grant(addDays(endsAt, 1), null), false],
  ["that begins next week", grant(addDays(endsAt, 7), null), true],
  ["that was given for a day after the trial, and has ended", grant(addDays(endsAt, 1), addDays(endsAt, 1.5)), true],
])("with a grant %s the end of the local trial is told or not", (_, given, isTold) => {
  expect(trialNoticeOf(trial, { ...none, grants: [given] }, addDays(endsAt, 2))).toEqual(isTold ? ended : null);
});

test("over a trial's life each is told once, the end last, and never both at one instant", () => {
  const offsets = fc.array(fc.integer({ min: -20 * 86_400_000, max: 20 * 86_400_000 }), { maxLength: 40 });
  fc.assert(
    fc.property(offsets, (looks) => {
      const told = looks
        .sort((a, b) => a - b)
        .map((offset) => trialNoticeOf(trial, none, addMilliseconds(endsAt, offset)))
        .filter((notice) => notice !== null)
        .map(({ key }) => key);
      const inOrder = [...new Set(told)];
      expect([[], [ending.key], [ended.key], [ending.key, ended.key]]).toContainEqual(inOrder);
      expect([...told].sort((a, b) => inOrder.indexOf(a) - inOrder.indexOf(b))).toEqual(told);
    }),
  );
});
