import fc from "fast-check";
import { expect, test } from "vitest";
import { type AccessFacts, decideAccess } from "./entitlement.ts";
import { DEFAULT_POLICY } from "./policy.ts";
import { rehearse } from "./rehearse.ts";
import type { GrantFact, StripeSubscriptionFact } from "./subscription.ts";

const day = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1 + n) + ms);
const none: AccessFacts = { trial: null, grants: [], stripe: [], accountDeletedAt: null };
const trial = { plan: "pro", startsAt: day(0), endsAt: day(14) };
const grant = (startsAt: Date, until: Date | null): GrantFact => ({ plan: "pro", startsAt, until, reason: "a friend" });
const sub = (status: string, change: Partial<StripeSubscriptionFact> = {}): StripeSubscriptionFact => ({
  id: "sub_1",
  status,
  plan: "pro",
  currentPeriodEnd: day(60),
  cancelAtPeriodEnd: false,
  endsAt: null,
  trialEndsAt: null,
  collectionPaused: null,
  seats: 1,
  pastDueSince: null,
  changedAt: day(1),
  ...change,
});
const open = (reason: string | null, from: Date | null, pays = false) => ({ refused: false, reason, from, pays });
const shut = (reason: string, from: Date | null, pays = false) => ({ refused: true, reason, from, pays });

test.each<[string, Partial<AccessFacts>, Date, object]>([
  ["an account that never had anything is refused since ever", {}, day(3), shut("no_subscription", null)],
  ["a trial is let in to its last millisecond, and the day of its end is told", { trial }, day(14, -1), open("trial_ended", day(14))],
  ["and refused at the instant of its end", { trial }, day(14), shut("trial_ended", day(14))],
  ["who pays is let in, without a day", { stripe: [sub("active")] }, day(3), open(null, null, true)],
  [
    "who pays for nothing of ours is refused, and pays",
    { stripe: [sub("active", { plan: null })] },
    day(3),
    shut("unknown_plan", day(1), true),
  ],
  [
    "a grace is let in until it ends",
    { stripe: [sub("past_due", { pastDueSince: day(2) })] },
    day(16, -1),
    open("payment_required", day(16)),
  ],
  ["and refused from its end on", { stripe: [sub("past_due", { pastDueSince: day(2) })] }, day(16), shut("payment_required", day(16))],
  [
    "a trial that a grant takes over is refused when the grant ends",
    { trial, grants: [grant(day(10), day(20))] },
    day(3),
    open("complimentary_ended", day(20)),
  ],
  [
    "one that a grant takes up later is refused in between",
    { trial, grants: [grant(day(14, 1), null)] },
    day(3),
    open("trial_ended", day(14)),
  ],
])("%s", (_, facts, at, expected) => expect(rehearse({ ...none, ...facts }, at)).toEqual(expected));

test("a policy that lets the lapsed in refuses nobody", () => {
  const lenient = { ...DEFAULT_POLICY, modes: { ...DEFAULT_POLICY.modes, trial_ended: "full" as const } };
  expect(rehearse({ ...none, trial }, day(20), lenient)).toMatchObject({ refused: false, from: null });
});

const instants = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: -1, max: 1 }))
  .map(([days, milliseconds]) => day(days, milliseconds));
const grants = fc.array(fc.record({ plan: fc.constant("pro"), startsAt: instants, until: fc.option(instants), reason: fc.constant("") }), {
  maxLength: 4,
});
test("it says what the guard would say, and from the day that it tells the guard refuses", () => {
  fc.assert(
    fc.property(grants, fc.option(instants), instants, (given, trialEndsAt, at) => {
      const facts = { ...none, grants: given, trial: trialEndsAt && { plan: "pro", startsAt: day(0), endsAt: trialEndsAt } };
      const { refused, from } = rehearse(facts, at);
      expect(refused).toBe(!decideAccess(facts, at).open);
      if (refused || from === null) return;
      expect(decideAccess(facts, from).open).toBe(false);
      expect(decideAccess(facts, new Date(from.getTime() - 1)).open).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
