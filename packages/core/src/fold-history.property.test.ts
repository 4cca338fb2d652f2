import fc from "fast-check";
import { expect, test } from "vitest";
import { type AccessFacts, decideAccess } from "./entitlement.ts";
import { foldHistory, type HistoryEntry } from "./fold-history.ts";
import { DEFAULT_POLICY } from "./policy.ts";
import type { GrantFact, StripeSubscriptionFact } from "./subscription.ts";

const EPOCH = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const instants = fc.integer({ min: 0, max: 60 }).map((days) => new Date(EPOCH + days * 24 * HOUR));
const maybe = fc.option(instants);
const plans = fc.constantFrom("pro", "team");
const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

/** A change of one fact, with what its writer records of it. */
interface Change {
  readonly after: (facts: AccessFacts) => AccessFacts;
  readonly entry: Omit<HistoryEntry, "recordedAt" | "validFrom">;
}
const trials = fc.record({ plan: plans, startsAt: instants, endsAt: instants }).map(
  (trial): Change => ({
    after: (facts) => ({ ...facts, trial: { id: "trial", ...trial } }),
    entry: { kind: "trial", subjectId: "trial", value: { plan: trial.plan, starts_at: iso(trial.startsAt), ends_at: iso(trial.endsAt) } },
  }),
);
const grants = fc.record({ id: fc.constantFrom("g1", "g2"), plan: plans, startsAt: instants, until: maybe }).map((given): Change => {
  const grant: GrantFact = { ...given, reason: "" };
  const { id, plan, startsAt, until } = given;
  return {
    after: (facts) => ({ ...facts, grants: [...facts.grants.filter((one) => one.id !== id), grant] }),
    entry: { kind: "grant", subjectId: id, value: { plan, starts_at: iso(startsAt), until: iso(until) } },
  };
});
const subscriptions: fc.Arbitrary<StripeSubscriptionFact> = fc.record({
  id: fc.constantFrom("sub_1", "sub_2"),
  status: fc.constantFrom("trialing", "active", "past_due", "unpaid", "paused", "canceled", "incomplete", "hibernating"),
  plan: fc.option(plans),
  currentPeriodEnd: maybe,
  cancelAtPeriodEnd: fc.boolean(),
  endsAt: maybe,
  trialEndsAt: maybe,
  collectionPaused: fc.option(fc.constant("void")),
  seats: fc.integer({ min: 1, max: 9 }),
  pastDueSince: maybe,
  changedAt: instants,
});
const stripe = subscriptions.map((fact): Change => {
  const value = {
    status: fact.status,
    plan: fact.plan,
    seats: fact.seats,
    current_period_end: iso(fact.currentPeriodEnd),
    cancel_at_period_end: fact.cancelAtPeriodEnd,
    ends_at: iso(fact.endsAt),
    trial_ends_at: iso(fact.trialEndsAt),
    past_due_since: iso(fact.pastDueSince),
    collection_paused: fact.collectionPaused,
    changed_at: iso(fact.changedAt),
  };
  return {
    after: (facts) => ({ ...facts, stripe: [...facts.stripe.filter((one) => one.id !== fact.id), fact] }),
    entry: { kind: "stripe_subscription", subjectId: fact.id, value },
  };
});
const deletions = maybe.map(
  (at): Change => ({
    after: (facts) => ({ ...facts, accountDeletedAt: at }),
    entry: { kind: "account", subjectId: "account", value: { deleted_at: iso(at) } },
  }),
);
/** Several in one hour, also at one instant; learnt at once, late, or ahead of their time. */
const lives = fc.array(
  fc.record({ change: fc.oneof(trials, grants, stripe, deletions), hoursLater: fc.nat({ max: 100 }), validFrom: instants }),
  { maxLength: 12 },
);
const policies = fc
  .record({ pastDueGraceDays: fc.nat({ max: 20 }), pausedCollectionLocks: fc.boolean() })
  .map((more) => ({ ...DEFAULT_POLICY, ...more }));

test("at any moment, what was recorded until then decides as the facts did that stood then", () => {
  fc.assert(
    fc.property(lives, fc.array(fc.nat({ max: 60 * 24 }), { maxLength: 5 }), policies, (life, hours, policy) => {
      let facts: AccessFacts = { trial: null, grants: [], stripe: [], accountDeletedAt: null };
      let at = EPOCH;
      const stood = [{ at: at - 1, facts }];
      const entries: HistoryEntry[] = [];
      for (const { change, hoursLater, validFrom } of life) {
        at += hoursLater * HOUR;
        facts = change.after(facts);
        stood.push({ at, facts });
        entries.push({ ...change.entry, recordedAt: new Date(at), validFrom });
      }
      const moments = [...hours.map((hour) => EPOCH + hour * HOUR), ...stood.flatMap((one) => [one.at - 1, one.at])];
      for (const moment of moments.map((time) => new Date(time))) {
        const then = stood.findLast((one) => one.at <= moment.getTime())?.facts ?? stood[0]?.facts;
        const folded = foldHistory(entries, "ada", moment, "as_recorded");
        expect(folded.incomplete).toBe(false);
        expect(then && decideAccess(then, moment, policy)).toEqual(decideAccess(folded.access, moment, policy));
      }
    }),
    { numRuns: 1000 },
  );
});

test("it is total: whatever the history holds, there are facts that can be decided by", () => {
  const kinds = fc.constantFrom("trial", "grant", "stripe_subscription", "account", "membership", "email_verification", "other");
  const values = fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom("plan", "ends_at", "status", "user_id", "role"), fc.anything()));
  const anything = fc.record({
    kind: kinds,
    subjectId: fc.constantFrom("ada", "x"),
    value: values,
    validFrom: instants,
    recordedAt: instants,
  });
  fc.assert(
    fc.property(fc.array(anything), instants, fc.constantFrom("as_recorded", "as_known_today"), (entries, at, basis) => {
      expect(() => decideAccess(foldHistory(entries, "ada", at, basis).access, at)).not.toThrow();
    }),
  );
});
