import { describe, expect, test } from "vitest";
import { type AccessDecision, type AccessFacts, decideAccess } from "./entitlement.ts";
import { type AccessMode, DEFAULT_POLICY, SHUT_REASONS, type ShutReason } from "./policy.ts";
import type { GrantFact, StripeSubscriptionFact } from "./subscription.ts";

const day = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1 + n) + ms);
const none: AccessFacts = { trial: null, grants: [], stripe: [], accountDeletedAt: null };
const trial: AccessFacts = { ...none, trial: { plan: "pro", startsAt: day(0), endsAt: day(14) } };
const granted = (until: Date | null, startsAt = day(0)): GrantFact => ({ plan: "pro", startsAt, until, reason: "pilot" });
const stripe = (status: string, change: Partial<StripeSubscriptionFact> = {}): AccessFacts => ({
  ...none,
  stripe: [
    {
      id: "sub_1",
      status,
      plan: "pro",
      currentPeriodEnd: day(30),
      cancelAtPeriodEnd: false,
      endsAt: null,
      trialEndsAt: null,
      collectionPaused: null,
      seats: 1,
      pastDueSince: null,
      changedAt: day(0),
      ...change,
    },
  ],
});

const open = (until: Date | null, since = day(0)): AccessDecision => ({
  mode: "full",
  open: true,
  reason: null,
  plan: "pro",
  since,
  until,
  mend: null,
});
const grace = (until: Date, since: Date): AccessDecision => ({ ...open(until, since), mode: "grace", mend: "update_payment" });
const shut = (
  reason: NonNullable<AccessDecision["reason"]>,
  since: Date | null,
  mend: AccessDecision["mend"],
  plan: string | null = "pro",
): AccessDecision => ({
  mode: "locked",
  open: false,
  reason,
  plan,
  since,
  until: null,
  mend,
});
const never = shut("no_subscription", null, "choose_plan", null);
const late = stripe("past_due", { pastDueSince: day(20), changedAt: day(21) });
const leaving = stripe("active", { cancelAtPeriodEnd: true });
const leavingAt = stripe("active", { cancelAtPeriodEnd: true, endsAt: day(20) });
const leavingTrial = stripe("trialing", { cancelAtPeriodEnd: true, endsAt: day(14), trialEndsAt: day(14) });

describe("the table of the design, both sides of each end", () => {
  test.each<[string, AccessFacts, Date, AccessDecision]>([
    ["an account that never subscribed is shut", none, day(0), never],
    ["a trial is open from its first millisecond", trial, day(0), open(day(14))],
    ["a trial that another process's clock dates ahead is open", trial, day(0, -5), open(day(14))],
    ["a trial is open to its last millisecond", trial, day(14, -1), open(day(14))],
    ["a trial is shut at the instant it ends", trial, day(14), shut("trial_ended", day(14), "choose_plan")],
    ["B8: Stripe's trial is open until an event: its date explains and ends nothing", stripe("trialing"), day(1), open(null)],
    [
      "B8: Stripe's trial is open past its end by our clock: Stripe's word decides, and a late one locks out nobody",
      stripe("trialing", { trialEndsAt: day(14) }),
      day(31),
      open(null),
    ],
    ["Stripe's trial without an end lasts until an event", stripe("trialing", { currentPeriodEnd: null }), day(999), open(null)],
    ["active is open until an event", stripe("active"), day(1), open(null)],
    ["active is open past its period: a late webhook locks out nobody who pays", stripe("active"), day(31), open(null)],
    ["cancelled at the period's end is open to its last millisecond", leaving, day(30, -1), open(day(30))],
    ["cancelled at the period's end is shut at that instant", leaving, day(30), shut("canceled", day(30), "choose_plan")],
    [
      "cancelled at an end that is not known: until an event",
      stripe("active", { cancelAtPeriodEnd: true, currentPeriodEnd: null }),
      day(99),
      open(null),
    ],
    ["L6: cancelled to an own instant is open to its last millisecond", leavingAt, day(20, -1), open(day(20))],
    ["L6: and shut at that instant, whatever the period", leavingAt, day(20), shut("canceled", day(20), "choose_plan")],
    ["L6: an instant that nobody asks for any more ends nothing", stripe("active", { endsAt: day(20) }), day(21), open(null)],
    ["a trial that was cancelled is open to its last millisecond", leavingTrial, day(14, -1), open(day(14))],
    ["and shut at its end: it will not be paid for", leavingTrial, day(14), shut("canceled", day(14), "choose_plan")],
    [
      "SW-11: active at a price that is none of ours opens nothing",
      stripe("active", { plan: null }),
      day(1),
      shut("unknown_plan", day(0), "contact_support", null),
    ],
    [
      "SW-11: nor does a trial at such a price",
      stripe("trialing", { plan: null }),
      day(1),
      shut("unknown_plan", day(0), "contact_support", null),
    ],
    [
      "SW-11: nor the grace of a failed payment for it",
      stripe("past_due", { plan: null, pastDueSince: day(0) }),
      day(1),
      shut("unknown_plan", day(0), "contact_support", null),
    ],
    ["past due has fourteen days", late, day(34, -1), grace(day(34), day(20))],
    ["past due is shut on the fourteenth day", late, day(34), shut("payment_required", day(34), "update_payment")],
    ["past due since nobody knows when: fourteen days from when we heard", stripe("past_due"), day(14, -1), grace(day(14), day(0))],
    ["and not a millisecond more", stripe("past_due"), day(14), shut("payment_required", day(14), "update_payment")],
    ["a grant is open to its last millisecond", { ...none, grants: [granted(day(9))] }, day(9, -1), open(day(9))],
    [
      "a grant is shut at the instant it ends",
      { ...none, grants: [granted(day(9))] },
      day(9),
      shut("complimentary_ended", day(9), "choose_plan"),
    ],
    ["a grant without an end stays open", { ...none, grants: [granted(null)] }, day(999), open(null)],
    ["unpaid", stripe("unpaid"), day(1), shut("payment_required", day(0), "update_payment")],
    ["paused", stripe("paused"), day(1), shut("paused", day(0), "resume")],
    ["canceled", stripe("canceled"), day(1), shut("canceled", day(0), "choose_plan")],
    ["incomplete", stripe("incomplete"), day(1), shut("incomplete", day(0), "update_payment")],
    ["incomplete_expired", stripe("incomplete_expired"), day(1), shut("no_subscription", day(0), "choose_plan")],
    ["a status that Stripe invents tomorrow", stripe("hibernating"), day(1), shut("unknown_status", day(0), "contact_support")],
  ])("%s", (_, facts, now, expected) => expect(decideAccess(facts, now)).toEqual(expected));
});

describe("until looks through all facts", () => {
  test.each<[string, AccessFacts, Date, AccessDecision]>([
    ["a trial within a grant ends nothing", { ...trial, grants: [granted(day(20))] }, day(1), open(day(20))],
    [
      "a grant that begins where the trial ended opens again",
      { ...trial, grants: [granted(null, day(16))] },
      day(15),
      {
        ...shut("trial_ended", day(14), "choose_plan"),
        until: day(16),
      },
    ],
    [
      "a grant that is to come opens what never was open",
      { ...none, grants: [granted(day(9), day(5))] },
      day(5, -1),
      { ...never, until: day(5) },
    ],
    [
      "a trial that hides a failed payment ends in its grace",
      { ...late, trial: { plan: "pro", startsAt: day(0), endsAt: day(30) } },
      day(29),
      open(day(30)),
    ],
    [
      "which ends when it would have",
      { ...late, trial: { plan: "pro", startsAt: day(0), endsAt: day(30) } },
      day(30),
      grace(day(34), day(20)),
    ],
  ])("%s", (_, facts, now, expected) => expect(decideAccess(facts, now)).toEqual(expected));
});

describe("a deleted account", () => {
  const deleted: AccessFacts = { ...stripe("active"), accountDeletedAt: day(5) };
  const gone = shut("account_deleted", day(5), "restore_account", null);
  test.each<[string, AccessFacts, Date, AccessDecision]>([
    ["is open to the instant of its deletion", deleted, day(5, -1), open(day(5))],
    ["is locked from that instant, though it pays", deleted, day(5), gone],
    ["and for good", deleted, day(999), gone],
  ])("%s", (_, facts, now, expected) => expect(decideAccess(facts, now)).toEqual(expected));

  test("is locked by every policy", () => {
    const policy = { ...DEFAULT_POLICY, modes: { ...DEFAULT_POLICY.modes, no_subscription: "full" as const } };
    expect(decideAccess(deleted, day(5), policy)).toEqual(gone);
  });
});

describe("policy", () => {
  const shutBy: Record<ShutReason, [AccessFacts, Date]> = {
    trial_ended: [trial, day(14)],
    payment_required: [stripe("unpaid"), day(1)],
    canceled: [stripe("canceled"), day(1)],
    paused: [stripe("paused"), day(1)],
    incomplete: [stripe("incomplete"), day(1)],
    complimentary_ended: [{ ...none, grants: [granted(day(9))] }, day(9)],
    unknown_status: [stripe("hibernating"), day(1)],
    unknown_plan: [stripe("active", { plan: null }), day(1)],
    no_subscription: [none, day(1)],
  };
  const modes: readonly [AccessMode, boolean][] = [
    ["full", true],
    ["grace", true],
    ["read_only", false],
    ["billing_only", false],
    ["locked", false],
  ];
  const rows = SHUT_REASONS.flatMap((reason) => modes.map(([mode, opens]) => [reason, mode, opens] as const));
  test.each(rows)("%s may lead to %s, open %s", (reason, mode, opens) => {
    const policy = { ...DEFAULT_POLICY, modes: { ...DEFAULT_POLICY.modes, [reason]: mode } };
    expect(decideAccess(...shutBy[reason], policy)).toMatchObject({ mode, open: opens, reason });
  });

  const locks = { ...DEFAULT_POLICY, pausedCollectionLocks: true };
  const behaviors = ["void", "keep_as_draft", "mark_uncollectible", "what_stripe_invents_tomorrow"];
  const paused = behaviors.flatMap((how) => ["active", "trialing"].map((status) => [status, how] as const));
  test.each(paused)("pause_collection: %s with payments paused (%s) stays open, unless the operator lets it lock", (status, how) => {
    const facts = stripe(status, { collectionPaused: how });
    expect(decideAccess(facts, day(1))).toEqual(open(null));
    expect(decideAccess(facts, day(1), locks)).toEqual(shut("paused", day(0), "resume"));
    expect(decideAccess(stripe(status), day(1), locks)).toEqual(open(null));
  });

  test("the past-due grace is policy", () => {
    const policy = { ...DEFAULT_POLICY, pastDueGraceDays: 3 };
    expect(decideAccess(late, day(23, -1), policy)).toEqual(grace(day(23), day(20)));
    expect(decideAccess(late, day(23), policy)).toEqual(shut("payment_required", day(23), "update_payment"));
  });
});
