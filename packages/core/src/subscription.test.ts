import { expect, test } from "vitest";
import { DEFAULT_POLICY } from "./policy.ts";
import {
  decidingStanding,
  type EffectiveSubscription,
  effectiveSubscription,
  type GrantFact,
  type StripeSubscriptionFact,
  type SubscriptionFacts,
  type SubscriptionStatus,
} from "./subscription.ts";

const day = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1 + n) + ms);
const none: SubscriptionFacts = { trial: null, grants: [], stripe: [] };
const trial: SubscriptionFacts = { ...none, trial: { plan: "pro", startsAt: day(0), endsAt: day(14) } };
const grant = (change: Partial<GrantFact> = {}): GrantFact => ({
  plan: "team",
  startsAt: day(5),
  until: day(20),
  reason: "pilot",
  ...change,
});
const stripe = (change: Partial<StripeSubscriptionFact> = {}): StripeSubscriptionFact => ({
  id: "sub_1",
  status: "active",
  plan: "pro",
  currentPeriodEnd: day(30),
  cancelAtPeriodEnd: false,
  endsAt: null,
  trialEndsAt: null,
  collectionPaused: null,
  seats: 3,
  pastDueSince: null,
  changedAt: day(10),
  ...change,
});
const paying = (change: Partial<StripeSubscriptionFact>): SubscriptionFacts => ({ ...none, stripe: [stripe(change)] });

const nothing: EffectiveSubscription = {
  status: "none",
  plan: null,
  since: null,
  trialEndsAt: null,
  currentPeriodEnd: null,
  cancelAtPeriodEnd: false,
  endsAt: null,
  seats: null,
  pastDueSince: null,
  complimentaryUntil: null,
  source: "none",
  subscriptionId: null,
};
const stripes = { source: "stripe", subscriptionId: "sub_1", plan: "pro", currentPeriodEnd: day(30), seats: 3 } as const;

test.each<[string, SubscriptionFacts, Date, Partial<EffectiveSubscription>]>([
  ["no facts", none, day(0), {}],
  ["a trial", trial, day(0), { source: "trial", status: "trialing", plan: "pro", since: day(0), trialEndsAt: day(14) }],
  ["a trial that ended", trial, day(14), { source: "trial", status: "trial_ended", plan: "pro", since: day(14), trialEndsAt: day(14) }],
  [
    "a grant",
    { ...none, grants: [grant()] },
    day(5),
    { source: "grant", status: "complimentary", plan: "team", since: day(5), complimentaryUntil: day(20) },
  ],
  [
    "a grant that ended",
    { ...none, grants: [grant()] },
    day(20),
    { source: "grant", status: "complimentary_ended", plan: "team", since: day(20), complimentaryUntil: day(20) },
  ],
  ["a grant that has not begun", { ...none, grants: [grant()] }, day(5, -1), {}],
  ["a grant that was withdrawn before it began", { ...none, grants: [grant({ until: day(5) })] }, day(6), {}],
  ["a subscription that is paid for", paying({}), day(12), { ...stripes, status: "active", since: day(10) }],
  [
    "a trial at Stripe",
    paying({ status: "trialing", trialEndsAt: day(14) }),
    day(12),
    { ...stripes, status: "trialing", since: day(10), trialEndsAt: day(14) },
  ],
  [
    "a trial at Stripe whose end nobody told ends with its period",
    paying({ status: "trialing" }),
    day(12),
    { ...stripes, status: "trialing", since: day(10), trialEndsAt: day(30) },
  ],
  [
    "B8: a trial at Stripe that is over by our clock is a trial until Stripe says otherwise",
    paying({ status: "trialing", trialEndsAt: day(14) }),
    day(31),
    { ...stripes, status: "trialing", since: day(10), trialEndsAt: day(14) },
  ],
  [
    "a trial that was paid for after it is no trial any more",
    paying({ trialEndsAt: day(9) }),
    day(12),
    { ...stripes, status: "active", since: day(10) },
  ],
  [
    "a failed payment",
    paying({ status: "past_due", pastDueSince: day(9) }),
    day(12),
    { ...stripes, status: "past_due", since: day(9), pastDueSince: day(9) },
  ],
  [
    "a subscription that was left to run out",
    paying({ cancelAtPeriodEnd: true }),
    day(30),
    { ...stripes, status: "canceled", since: day(30), cancelAtPeriodEnd: true, endsAt: day(30) },
  ],
  [
    "L6: a subscription that was cancelled to an own instant",
    paying({ cancelAtPeriodEnd: true, endsAt: day(20) }),
    day(20, -1),
    { ...stripes, status: "active", since: day(10), cancelAtPeriodEnd: true, endsAt: day(20) },
  ],
  [
    "L6: a cancellation that was undone ends nothing",
    paying({ cancelAtPeriodEnd: false, endsAt: day(20) }),
    day(21),
    { ...stripes, status: "active", since: day(10) },
  ],
])("%s", (_, facts, now, expected) => expect(effectiveSubscription(facts, now)).toEqual({ ...nothing, ...expected }));

const words: readonly [string, SubscriptionStatus][] = [
  ["trialing", "trialing"],
  ["active", "active"],
  ["past_due", "past_due"],
  ["unpaid", "unpaid"],
  ["paused", "paused"],
  ["canceled", "canceled"],
  ["incomplete", "incomplete"],
  ["incomplete_expired", "incomplete_expired"],
  ["", "unknown"],
  ["ACTIVE", "unknown"],
  ["constructor", "unknown"],
  ["unknown", "unknown"],
  ["complimentary", "unknown"],
];
test.each(words)("Stripe's %j is %s", (status, expected) =>
  expect(effectiveSubscription(paying({ status }), day(12)).status).toBe(expected),
);

const ends = day(14).getTime();
const withTrial = (...subscriptions: StripeSubscriptionFact[]): SubscriptionFacts => ({ ...trial, stripe: subscriptions });
test.each<[string, SubscriptionFacts, Date, Partial<EffectiveSubscription>]>([
  ["a running trial outlives what Stripe cancelled", withTrial(stripe({ status: "canceled" })), day(14, -1), { source: "trial" }],
  ["then the trial's end is the latest", withTrial(stripe({ status: "canceled" })), day(14), { status: "trial_ended" }],
  [
    "what Stripe cancelled later is later",
    withTrial(stripe({ status: "canceled", changedAt: new Date(ends + 1) })),
    day(15),
    { status: "canceled" },
  ],
  [
    "at one instant Stripe's word is the latest",
    withTrial(stripe({ status: "canceled", changedAt: day(14) })),
    day(15),
    { status: "canceled" },
  ],
  ["paid for wins over a trial that runs", withTrial(stripe()), day(11), { status: "active" }],
  ["a trial is better than grace", withTrial(stripe({ status: "past_due", pastDueSince: day(10) })), day(13), { status: "trialing" }],
  [
    "a trial carried over to Stripe is Stripe's",
    withTrial(stripe({ status: "trialing", currentPeriodEnd: day(14) })),
    day(11),
    { source: "stripe" },
  ],
  ["an unknown price does not hide a trial on Pro", withTrial(stripe({ plan: null })), day(11), { source: "trial", plan: "pro" }],
  ["SW-11: and opens nothing after it", withTrial(stripe({ plan: null })), day(14), { source: "trial", status: "trial_ended" }],
  [
    "L2: a local trial that still runs is told with its own end, beside a subscription that carries none",
    withTrial(stripe({ status: "incomplete", trialEndsAt: null })),
    day(11),
    { source: "trial", trialEndsAt: day(14) },
  ],
  ["L3: the local trial is over for all when a paid subscription starts", withTrial(stripe()), day(11), { trialEndsAt: null }],
  ["the longer grant wins over the trial", { ...trial, grants: [grant()] }, day(6), { source: "grant" }],
  [
    "of a subscription and a grant without end, the paid one",
    { ...none, grants: [grant({ until: null })], stripe: [stripe()] },
    day(11),
    { source: "stripe" },
  ],
  ["of a grant and a trial that end as one, the grant", { ...trial, grants: [grant({ until: day(14) })] }, day(6), { source: "grant" }],
  [
    "of two that end, the longer",
    paying2({ cancelAtPeriodEnd: true, currentPeriodEnd: day(25) }, { cancelAtPeriodEnd: true, currentPeriodEnd: day(26), seats: 9 }),
    day(11),
    { seats: 9 },
  ],
  [
    "full before grace",
    paying2({ status: "past_due", pastDueSince: day(10) }, { cancelAtPeriodEnd: true, currentPeriodEnd: day(12) }),
    day(11),
    { status: "active" },
  ],
  [
    "of two in grace, the longer",
    paying2({ status: "past_due", pastDueSince: day(9) }, { status: "past_due", pastDueSince: day(8) }),
    day(11),
    { since: day(9) },
  ],
  [
    "of two that are over, the latest",
    paying2({ status: "unpaid", changedAt: day(8) }, { status: "canceled", changedAt: day(9) }),
    day(11),
    { status: "canceled" },
  ],
  ["of two equals, always the same one", paying2({ seats: 1 }, { seats: 2 }), day(11), { seats: 1 }],
  ["of two equals that are over, always the same one", paying2({ status: "unpaid" }, { status: "paused" }), day(11), { status: "unpaid" }],
])("%s", (_, facts, now, expected) => {
  expect(effectiveSubscription(facts, now)).toMatchObject(expected);
  const reversed = { ...facts, grants: facts.grants.toReversed(), stripe: facts.stripe.toReversed() };
  expect(effectiveSubscription(reversed, now)).toMatchObject(expected);
});

function paying2(a: Partial<StripeSubscriptionFact>, b: Partial<StripeSubscriptionFact>): SubscriptionFacts {
  return { ...none, stripe: [stripe(a), stripe({ id: "sub_2", ...b })] };
}

const freely = { ...DEFAULT_POLICY, fallbackPlan: "free" };

test("who has no fact at all is on the plan to fall back to, and no door is open for it", () => {
  expect(effectiveSubscription(none, day(0), freely)).toEqual({ ...nothing, plan: "free" });
  expect(decidingStanding(none, day(0), freely).door).toEqual({ mode: "shut", reason: "no_subscription" });
});

test("any fact, also one that has ended, comes before the plan to fall back to", () => {
  expect(effectiveSubscription(trial, day(14), freely).plan).toBe("pro");
  expect(effectiveSubscription({ ...none, grants: [grant()] }, day(5), freely).plan).toBe(grant().plan);
});
