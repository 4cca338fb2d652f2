import fc from "fast-check";
import { expect, test } from "vitest";
import { type LimitFacts, limitOf, resolveLimits } from "./account-limits.ts";
import { withTurns } from "./features.ts";
import type { Override } from "./flags.ts";
import type { StripeSubscriptionFact } from "./subscription.ts";

const day = (days: number, milliseconds = 0) => new Date(Date.UTC(2026, 0, 1 + days) + milliseconds);
const set = (key: string, value: number | null, expiresAt: Date | null = null): Override<number | null> => ({
  key,
  value,
  reason: "a pilot",
  setBy: null,
  setAt: day(0),
  expiresAt,
});
const nothing: LimitFacts = {
  access: { trial: null, grants: [], stripe: [] },
  planLimits: [
    { plan: "free", key: "trees", limit: 5 },
    { plan: "free", key: "seats", limit: 2 },
    { plan: "pro", key: "trees", limit: 100 },
    { plan: "pro", key: "seats", limit: 10 },
    { plan: "big", key: "trees", limit: null },
    { plan: "big", key: "seats", limit: null },
  ],
  plansBySeat: ["pro"],
  overrides: [],
};
const on = (plan: string, endsAt = day(14)): LimitFacts => ({
  ...nothing,
  access: { ...nothing.access, trial: { plan, startsAt: day(0), endsAt } },
});
const active: StripeSubscriptionFact = {
  id: "sub_1",
  status: "active",
  plan: "pro",
  currentPeriodEnd: null,
  cancelAtPeriodEnd: false,
  endsAt: null,
  trialEndsAt: null,
  collectionPaused: null,
  seats: 7,
  pastDueSince: null,
  changedAt: day(0),
};
const paying = (plan: string): LimitFacts => ({ ...nothing, access: { ...nothing.access, stripe: [{ ...active, plan }] } });
const overridden = (facts: LimitFacts, ...overrides: Override<number | null>[]): LimitFacts => ({ ...facts, overrides });

test.each<[string, LimitFacts, string, Date, number | null]>([
  ["what the plan gives", on("pro"), "trees", day(0), 100],
  ["what the plan gives, also when its door has shut, as it is shown", on("pro"), "trees", day(14), 100],
  ["none, where the plan has none", on("big"), "trees", day(0), null],
  ["nothing, where there is no plan", nothing, "trees", day(0), 0],
  ["none, where no plan limits it", nothing, "wings", day(0), null],
  ["the plan's seats in a trial, for nobody has paid for any", on("pro"), "seats", day(0), 10],
  ["the seats that are paid for, of a plan by the seat", paying("pro"), "seats", day(0), 7],
  ["the plan's seats, of a plan that has one price for all", paying("free"), "seats", day(0), 2],
  ["seats that are paid for are no trees", paying("pro"), "trees", day(0), 100],
  ["an operator's before the plan's", overridden(on("pro"), set("trees", 3)), "trees", day(0), 3],
  ["an operator's before the seats that are paid for", overridden(paying("pro"), set("seats", 20)), "seats", day(0), 20],
  ["an operator's, also without a plan", overridden(nothing, set("trees", 3)), "trees", day(0), 3],
  ["an operator's to its last millisecond", overridden(on("pro"), set("trees", 3, day(2))), "trees", day(2, -1), 3],
  ["the plan's at the instant at which an operator's ends", overridden(on("pro"), set("trees", 3, day(2))), "trees", day(2), 100],
])("a limit of an account is %s", (_, facts, key, now, expected) => expect(limitOf(facts, key, now).value).toBe(expected));

const shown = (facts: LimitFacts, now: Date) =>
  Object.fromEntries([...resolveLimits(facts, now).byKey].map(([key, { value }]) => [key, value]));
test.each<[string, LimitFacts, object]>([
  ["those of the plan", on("pro"), { trees: 100, seats: 10 }],
  ["none without a plan", nothing, {}],
  ["what an operator set, also without a plan", overridden(nothing, set("trees", 3)), { trees: 3 }],
  ["not what an operator set of a limit that there is no more", overridden(on("pro"), set("gone", 3)), { trees: 100, seats: 10 }],
  ["not what an operator set once", overridden(nothing, set("trees", 3, day(0))), {}],
])("an account is shown %s", (_, facts, expected) => expect(shown(facts, day(0))).toEqual(expected));

test("each limit is told when it turns itself: with an override, and with a grant that gives another plan", () => {
  const grant = { plan: "big", startsAt: day(5), until: day(30), reason: "a partner" };
  const facts = overridden({ ...on("pro"), access: { ...on("pro").access, grants: [grant] } }, set("seats", 50, day(2)));
  expect(withTurns((at) => resolveLimits(facts, at), day(0))).toMatchObject([
    { key: "trees", value: 100, layer: "plan_default", since: null, until: day(5) },
    { key: "seats", value: 50, layer: "account_override", since: day(0), until: day(2) },
  ]);
});

test("until is honest: before it the same facts give the same limits", () => {
  const instants = fc.tuple(fc.nat(30), fc.integer({ min: -1, max: 1 })).map(([days, ms]) => day(days, ms));
  const ends = fc.option(instants);
  const plans = fc.constantFrom("free", "pro", "big");
  const stripe = fc.record({
    status: fc.constantFrom("active", "past_due", "canceled"),
    plan: fc.option(plans),
    seats: fc.nat(9),
    cancelAtPeriodEnd: fc.boolean(),
    endsAt: ends,
    pastDueSince: ends,
    changedAt: instants,
  });
  const access = fc.record({
    trial: fc.option(fc.record({ plan: plans, startsAt: fc.constant(day(0)), endsAt: instants })),
    grants: fc.array(fc.record({ plan: plans, startsAt: instants, until: ends, reason: fc.constant("") }), { maxLength: 2 }),
    stripe: fc.array(
      stripe.map((one) => ({ ...active, ...one })),
      { maxLength: 1 },
    ),
  });
  const overrides = fc.array(fc.tuple(fc.constantFrom("trees", "seats"), fc.option(fc.nat(9)), ends), { maxLength: 2 });
  fc.assert(
    fc.property(access, overrides, instants, instants, (given, pairs, now, other) => {
      const facts = { ...nothing, access: given, overrides: pairs.map(([key, value, until]) => set(key, value, until)) };
      const { byKey, until } = resolveLimits(facts, now);
      const within = [other, ...(until ? [new Date(until.getTime() - 1)] : [])].filter((at) => at >= now && (until === null || at < until));
      for (const at of within) expect(resolveLimits(facts, at).byKey).toEqual(byKey);
    }),
  );
});
