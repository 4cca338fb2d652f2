import fc from "fast-check";
import { expect, test } from "vitest";
import { type CutoverFacts, decideCutover } from "./cutover.ts";
import { decideAccess } from "./entitlement.ts";
import type { GrantFact, StripeSubscriptionFact } from "./subscription.ts";

/** Few distinct instants, so that facts meet at one often; and a millisecond to both sides of each. */
const instants = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: -1, max: 1 }))
  .map(([days, milliseconds]) => new Date(Date.UTC(2026, 0, 1) + days * 86_400_000 + milliseconds));
const maybe = fc.option(instants);
const statuses = ["trialing", "active", "past_due", "unpaid", "paused", "canceled", "incomplete", "incomplete_expired", "hibernating"];
const grants: fc.Arbitrary<GrantFact> = fc.record({
  plan: fc.constant("pro"),
  startsAt: instants,
  until: maybe,
  reason: fc.constant("pilot"),
});
const stripe: fc.Arbitrary<StripeSubscriptionFact> = fc.record({
  id: fc.constantFrom("sub_1", "sub_2", "sub_3"),
  status: fc.constantFrom(...statuses),
  plan: fc.option(fc.constant("pro")),
  currentPeriodEnd: maybe,
  cancelAtPeriodEnd: fc.boolean(),
  endsAt: maybe,
  trialEndsAt: maybe,
  collectionPaused: fc.option(fc.constant("void")),
  seats: fc.nat({ max: 9 }),
  pastDueSince: maybe,
  changedAt: instants,
});
const facts: fc.Arbitrary<CutoverFacts> = fc.record({
  trial: fc.option(fc.record({ plan: fc.constant("pro"), startsAt: instants, endsAt: instants })),
  grants: fc.array(grants, { maxLength: 3 }),
  stripe: fc.uniqueArray(stripe, { maxLength: 3, selector: (fact) => fact.id }),
  accountDeletedAt: fc.option(instants, { freq: 6 }),
  hasCutoverGrant: fc.boolean(),
});
const given = (before: CutoverFacts, now: Date, until: Date | null): CutoverFacts => ({
  ...before,
  grants: [...before.grants, { plan: "pro", startsAt: now, until, reason: "a cutover" }],
  hasCutoverGrant: true,
});
const runs = { numRuns: 2000 };

test("twice is once: who was given to is not given to again", () => {
  fc.assert(
    fc.property(facts, instants, maybe, (before, now, until) => {
      if (decideCutover(before, { until }, now).verdict !== "grant") return;
      expect(decideCutover(given(before, now, until), { until }, now).verdict).toBe("already_granted");
    }),
    runs,
  );
});

test("whoever is given to has Pro in full from that moment on", () => {
  fc.assert(
    fc.property(facts, instants, (before, now) => {
      if (decideCutover(before, { until: null }, now).verdict !== "grant") return;
      expect(decideAccess(given(before, now, null), now)).toMatchObject({ mode: "full", until: null });
    }),
    runs,
  );
});

test("nobody who pays, owes or left is given to, and in no order of their subscriptions", () => {
  fc.assert(
    fc.property(facts, instants, maybe, (before, now, until) => {
      const decision = decideCutover(before, { until }, now);
      expect(decideCutover({ ...before, stripe: before.stripe.toReversed() }, { until }, now).verdict).toBe(decision.verdict);
      const isCustomer = before.stripe.some(({ status }) => !status.startsWith("incomplete"));
      if (isCustomer || before.accountDeletedAt !== null) expect(decision.verdict).not.toBe("grant");
    }),
    runs,
  );
});
