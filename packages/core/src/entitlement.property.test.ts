import fc from "fast-check";
import { expect, test } from "vitest";
import { type AccessDecision, type AccessFacts, decideAccess } from "./entitlement.ts";
import { ACCESS_MODES, type AccessPolicy, SHUT_REASONS } from "./policy.ts";
import type { GrantFact, StripeSubscriptionFact, TrialFact } from "./subscription.ts";

const EPOCH = Date.UTC(2026, 0, 1);
/** Few distinct instants, so that facts meet at one often; and a millisecond to both sides of each. */
const instants = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: -1, max: 1 }))
  .map(([days, milliseconds]) => new Date(EPOCH + days * 86_400_000 + milliseconds));
const maybe = fc.option(instants);
const plans = fc.constantFrom("free", "pro", "team");
const statuses = ["trialing", "active", "past_due", "unpaid", "paused", "canceled", "incomplete", "incomplete_expired", "hibernating"];

const trials: fc.Arbitrary<TrialFact> = fc.record({ plan: plans, startsAt: instants, endsAt: instants });
const grants: fc.Arbitrary<GrantFact> = fc.record({ plan: plans, startsAt: instants, until: maybe, reason: fc.constant("pilot") });
const stripe: fc.Arbitrary<StripeSubscriptionFact> = fc.record({
  id: fc.constantFrom("sub_1", "sub_2", "sub_3", "sub_4", "sub_5", "sub_6"),
  status: fc.constantFrom(...statuses),
  plan: fc.option(plans),
  currentPeriodEnd: maybe,
  cancelAtPeriodEnd: fc.boolean(),
  endsAt: maybe,
  trialEndsAt: maybe,
  collectionPaused: fc.option(fc.constant("void")),
  seats: fc.nat({ max: 9 }),
  pastDueSince: maybe,
  changedAt: instants,
});
const facts: fc.Arbitrary<AccessFacts> = fc.record({
  trial: fc.option(trials),
  grants: fc.array(grants, { maxLength: 3 }),
  stripe: fc.uniqueArray(stripe, { maxLength: 3, selector: (fact) => fact.id }),
  accountDeletedAt: fc.option(instants, { freq: 6 }),
});
const modes = fc.constantFrom(...ACCESS_MODES);
const policies: fc.Arbitrary<AccessPolicy> = fc.record({
  trialDays: fc.constant(14),
  verificationGraceDays: fc.constant(7),
  pastDueGraceDays: fc.nat({ max: 20 }),
  pausedCollectionLocks: fc.boolean(),
  fallbackPlan: fc.constantFrom(null, "free"),
  modes: fc.record({
    trial_ended: modes,
    payment_required: modes,
    canceled: modes,
    paused: modes,
    incomplete: modes,
    complimentary_ended: modes,
    unknown_status: modes,
    unknown_plan: modes,
    no_subscription: modes,
  }),
});
const runs = { numRuns: 2000 };

const withoutUntil = ({ until: _, ...answer }: AccessDecision) => answer;

test("until is honest: the same decision at every instant before it, another answer at it", () => {
  fc.assert(
    fc.property(facts, instants, instants, fc.nat(), policies, (given, now, other, later, policy) => {
      const decision = decideAccess(given, now, policy);
      const { until } = decision;
      const span = until === null ? 1e10 : until.getTime() - now.getTime();
      expect(span).toBeGreaterThan(0);
      const within = [now.getTime() + (later % span), other.getTime(), now.getTime() + span - 1].filter(
        (at) => at >= now.getTime() && at < now.getTime() + span,
      );
      for (const at of within) expect(decideAccess(given, new Date(at), policy)).toEqual(decision);
      if (until !== null) expect(withoutUntil(decideAccess(given, until, policy))).not.toEqual(withoutUntil(decision));
    }),
    runs,
  );
});

test("a running trial or grant never closes an open door, and opens every shut one but a deleted account's", () => {
  fc.assert(
    fc.property(
      facts,
      instants,
      plans,
      fc.nat({ max: 1e9 }),
      fc.integer({ min: 1, max: 1e9 }),
      policies,
      (given, now, plan, age, left, policy) => {
        const startsAt = new Date(now.getTime() - age);
        const endsAt = new Date(now.getTime() + left);
        const before = decideAccess(given, now, policy);
        const withGrant = { ...given, grants: [...given.grants, { plan, startsAt, until: endsAt, reason: "pilot" }] };
        const withEndless = { ...given, grants: [...given.grants, { plan, startsAt, until: null, reason: "pilot" }] };
        const withTrial = { ...given, trial: { plan, startsAt, endsAt } };
        const isDeleted = given.accountDeletedAt !== null && given.accountDeletedAt.getTime() <= now.getTime();
        for (const more of [withGrant, withEndless, withTrial]) {
          const after = decideAccess(more, now, policy);
          expect(after.open).toBe(!isDeleted);
          if (before.open) expect(after.open).toBe(true);
        }
      },
    ),
    runs,
  );
});

test("what a decision says holds together", () => {
  fc.assert(
    fc.property(facts, instants, policies, (given, now, policy) => {
      const { mode, open, reason, mend, until, since } = decideAccess(given, now, policy);
      expect(open).toBe(mode === "full" || mode === "grace");
      if (!open) expect([...SHUT_REASONS, "account_deleted"]).toContain(reason);
      if (reason !== null) expect(mend).not.toBeNull();
      if (until !== null) expect(until.getTime()).toBeGreaterThan(now.getTime());
      if (since !== null) expect(Number.isNaN(since.getTime())).toBe(false);
    }),
    runs,
  );
});

test("the order in which rows were read decides nothing", () => {
  fc.assert(
    fc.property(facts, instants, policies, (given, now, policy) => {
      const reversed = { ...given, grants: given.grants.toReversed(), stripe: given.stripe.toReversed() };
      expect(decideAccess(reversed, now, policy)).toEqual(decideAccess(given, now, policy));
    }),
    runs,
  );
});

test("it is total: also of broken dates and of any status it makes an answer", () => {
  const broken = stripe.chain((fact) =>
    fc.record({ status: fc.string(), changedAt: fc.date(), end: fc.option(fc.date()) }).map(({ status, changedAt, end }) => ({
      ...fact,
      status,
      changedAt,
      currentPeriodEnd: end,
      pastDueSince: end,
    })),
  );
  fc.assert(
    fc.property(facts, broken, fc.date(), policies, (given, fact, now, policy) => {
      expect(ACCESS_MODES).toContain(decideAccess({ ...given, stripe: [...given.stripe, fact] }, now, policy).mode);
    }),
  );
});
