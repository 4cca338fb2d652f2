import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideDuplicates, type RivalSubscription } from "./duplicate-subscriptions.ts";
import { STRIPE_STATUSES } from "./stripe-record.ts";

const day = (n: number) => new Date(Date.UTC(2026, 0, 1 + n));
const RANKS: Readonly<Record<string, number>> = { free: 0, pro: 1, team: 2 };
const rankOf = (plan: string) => RANKS[plan] ?? -1;

const one = (id: string, status: string, change: Partial<RivalSubscription> = {}): RivalSubscription => ({
  id,
  status,
  plan: "pro",
  startedAt: day(0),
  currentPeriodEnd: day(31),
  endsAt: null,
  ...change,
});
const keeps = (keep: string, ...cancel: string[]) => ({ keep, cancel });
const runsOut = { endsAt: day(31) };

describe("C5: of several that bill one stays, and the others are cancelled", () => {
  test.each<[string, readonly RivalSubscription[], ReturnType<typeof decideDuplicates>]>([
    ["none", [], null],
    ["one is no duplicate", [one("a", "active")], null],
    ["two that are paid for: the older stays", [one("b", "active", { startedAt: day(1) }), one("a", "active")], keeps("a", "b")],
    ["the older, whatever its id", [one("a", "active", { startedAt: day(1) }), one("b", "active")], keeps("b", "a")],
    ["two of one second: always the same stays", [one("b", "active"), one("a", "active")], keeps("a", "b")],
    ["nobody knows when it began: it counts as the oldest", [one("a", "active"), one("b", "active", { startedAt: null })], keeps("b", "a")],
    ["the higher plan before the older", [one("a", "active"), one("b", "active", { plan: "team", startedAt: day(9) })], keeps("b", "a")],
    ["paid for before in trial, whatever the plan", [one("a", "trialing", { plan: "team" }), one("b", "active")], keeps("b", "a")],
    ["in trial before past due", [one("a", "past_due"), one("b", "trialing")], keeps("b", "a")],
    ["past due before unpaid", [one("a", "unpaid"), one("b", "past_due")], keeps("b", "a")],
    [
      "what may still come to life is cancelled too",
      [one("a", "incomplete"), one("b", "paused"), one("c", "unpaid"), one("d", "active")],
      keeps("d", "c", "b", "a"),
    ],
    ["three that are paid for", [one("a", "active"), one("b", "active"), one("c", "active")], keeps("a", "b", "c")],
    ["what has ended cannot bill", [one("a", "active"), one("b", "canceled"), one("c", "incomplete_expired")], null],
    ["while nothing is paid for, either may still be completed", [one("a", "incomplete"), one("b", "incomplete")], null],
    ["and unpaid and paused are nothing that is paid for", [one("a", "unpaid"), one("b", "paused")], null],
    ["what carries none of our plans is not ours to cancel", [one("a", "active"), one("b", "active", { plan: null })], null],
    [
      "nor does it stay in the place of ours",
      [one("b", "active", { plan: null }), one("a", "past_due"), one("c", "unpaid")],
      keeps("a", "c"),
    ],
    ["a status that we do not know is left alone", [one("a", "active"), one("b", "hibernating")], null],
    ["a plan that the catalogue lost is below all others", [one("a", "active", { plan: "gone" }), one("b", "active")], keeps("b", "a")],
  ])("%s", (_, subscriptions, expected) => expect(decideDuplicates(subscriptions, rankOf)).toEqual(expected));
});

describe("C5: access is never lost: what only runs out bills no more, and is no rival", () => {
  test.each<[string, readonly RivalSubscription[], ReturnType<typeof decideDuplicates>]>([
    ["cancelled to the end of its period", [one("a", "active", runsOut), one("b", "active", { startedAt: day(5) })], null],
    ["and of the higher plan", [one("a", "active", { ...runsOut, plan: "team" }), one("b", "active")], null],
    ["a trial that is cancelled to its end", [one("a", "trialing", { ...runsOut }), one("b", "active")], null],
    ["cancelled before the end of its period", [one("a", "active", { endsAt: day(20) }), one("b", "active")], null],
    ["both run out", [one("a", "active", runsOut), one("b", "active", runsOut)], null],
    ["it renews once more before it ends: it bills", [one("a", "active"), one("b", "active", { endsAt: day(32) })], keeps("a", "b")],
    [
      "nobody knows how long its period is: it may bill",
      [one("a", "active"), one("b", "active", { ...runsOut, currentPeriodEnd: null })],
      keeps("a", "b"),
    ],
    ["late with a payment, it is still charged for it", [one("a", "active"), one("b", "past_due", runsOut)], keeps("a", "b")],
    ["beside it two others bill", [one("a", "active", runsOut), one("b", "active"), one("c", "active")], keeps("b", "c")],
  ])("%s", (_, subscriptions, expected) => expect(decideDuplicates(subscriptions, rankOf)).toEqual(expected));
});

const instants = fc.option(fc.constantFrom(day(0), day(1), day(31)));
const rival: fc.Arbitrary<RivalSubscription> = fc.record({
  id: fc.constantFrom("sub_a", "sub_b", "sub_c", "sub_d", "sub_e"),
  status: fc.constantFrom("active", "active", "trialing", ...STRIPE_STATUSES, "hibernating"),
  plan: fc.constantFrom("free", "pro", "team", null),
  startedAt: instants,
  currentPeriodEnd: instants,
  endsAt: instants,
});
const rivals = fc.uniqueArray(rival, { maxLength: 5, selector: ({ id }) => id });

test("C5: the order in which they were read decides nothing", () => {
  fc.assert(
    fc.property(
      rivals.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all], { minLength: all.length }))),
      ([all, shuffled]) => {
        expect(decideDuplicates(shuffled, rankOf)).toEqual(decideDuplicates(all, rankOf));
      },
    ),
  );
});

test("C5: exactly one stays, it opens Pro, nothing opens better, and only what is ours and could bill is cancelled", () => {
  const opens = ["active", "trialing", "past_due"];
  fc.assert(
    fc.property(rivals, (all) => {
      const decision = decideDuplicates(all, rankOf);
      if (decision === null) return;
      const of = (id: string) => all.find((subscription) => subscription.id === id);
      const kept = of(decision.keep);
      expect(opens).toContain(kept?.status);
      expect(kept?.plan).not.toBeNull();
      expect(decision.cancel.length).toBeGreaterThan(0);
      expect(new Set([decision.keep, ...decision.cancel]).size).toBe(decision.cancel.length + 1);
      for (const subscription of decision.cancel.map(of)) {
        expect(subscription?.plan).not.toBeNull();
        expect(["active", "trialing", "past_due", "unpaid", "paused", "incomplete"]).toContain(subscription?.status);
        if (opens.includes(subscription?.status ?? "")) {
          expect(opens.indexOf(kept?.status ?? "")).toBeLessThanOrEqual(opens.indexOf(subscription?.status ?? ""));
        }
      }
      // Doing what was decided leaves nothing to decide: two runs at once cancel nothing more.
      expect(
        decideDuplicates(
          all.filter(({ id }) => !decision.cancel.includes(id)),
          rankOf,
        ),
      ).toBeNull();
    }),
    { numRuns: 2000 },
  );
});
