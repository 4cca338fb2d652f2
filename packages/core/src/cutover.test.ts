import { expect, test } from "vitest";
import { type CutoverFacts, decideCutover } from "./cutover.ts";
import type { GrantFact, StripeSubscriptionFact } from "./subscription.ts";

const day = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1 + n) + ms);
const now = day(30);
const none: CutoverFacts = { trial: null, grants: [], stripe: [], accountDeletedAt: null, hasCutoverGrant: false };
const trial = (endsAt: Date) => ({ plan: "pro", startsAt: day(0), endsAt });
const grant = (startsAt: Date, until: Date | null): GrantFact => ({ plan: "pro", startsAt, until, reason: "a friend" });
const sub = (status: string, change: Partial<StripeSubscriptionFact> = {}): StripeSubscriptionFact => ({
  id: `sub_${status}`,
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
const cancelling = (endsAt: Date) => sub("active", { cancelAtPeriodEnd: true, endsAt });

test.each<[string, Partial<CutoverFacts>, string, string]>([
  ["an account with nothing is given to", {}, "grant", "none"],
  ["one on trial is given to", { trial: trial(day(30, 1)) }, "grant", "trialing"],
  ["one whose trial has just ended is given to", { trial: trial(now) }, "grant", "trial_ended"],
  ["one that pays keeps what it pays for", { stripe: [sub("active")] }, "keep_paying", "active"],
  ["a trial at Stripe is a subscription", { stripe: [sub("trialing")] }, "keep_paying", "trialing"],
  ["one on a price that is none of ours pays all the same", { stripe: [sub("active", { plan: null })] }, "keep_paying", "active"],
  ["who has cancelled pays to the last millisecond", { stripe: [cancelling(day(30, 1))] }, "keep_paying", "active"],
  ["and is gone at the end, also before Stripe says so", { stripe: [cancelling(now)] }, "keep_canceled", "canceled"],
  ["a pause is Stripe's, and ends there", { stripe: [sub("paused")] }, "keep_paying", "paused"],
  ["a word of Stripe that nobody knows is left alone", { stripe: [sub("hibernating")] }, "keep_paying", "unknown"],
  ["a payment that is late stays owed", { stripe: [sub("past_due")] }, "keep_past_due", "past_due"],
  ["so does one that was given up", { stripe: [sub("unpaid")] }, "keep_past_due", "unpaid"],
  ["who left is not brought back", { stripe: [sub("canceled")] }, "keep_canceled", "canceled"],
  ["nor by a trial that still runs", { stripe: [sub("canceled")], trial: trial(day(40)) }, "keep_canceled", "canceled"],
  ["a first payment that never came is no subscription", { stripe: [sub("incomplete_expired")] }, "grant", "incomplete_expired"],
  ["nor one that is under way", { stripe: [sub("incomplete")] }, "grant", "incomplete"],
  ["who left and came back pays", { stripe: [sub("canceled"), sub("active")] }, "keep_paying", "active"],
  ["who left one and owes for another owes", { stripe: [sub("canceled"), sub("past_due")] }, "keep_past_due", "past_due"],
  ["who pays, with a grant besides, pays", { stripe: [sub("active")], grants: [grant(day(0), null)] }, "keep_paying", "active"],
  ["a grant without end is as much", { grants: [grant(day(0), null)] }, "already_granted", "complimentary"],
  ["from the instant of its start", { grants: [grant(now, null)] }, "already_granted", "complimentary"],
  ["one that starts a millisecond later is not there", { grants: [grant(day(30, 1), null)] }, "grant", "none"],
  ["one that ends some day is less than one that does not", { grants: [grant(day(0), day(999))] }, "grant", "complimentary"],
  ["one that has ended is none", { grants: [grant(day(0), now)] }, "grant", "complimentary_ended"],
  ["what a cutover gave is not given again, whoever ended it", { hasCutoverGrant: true }, "already_granted", "cutover"],
  ["who canceled after a cutover has canceled", { hasCutoverGrant: true, stripe: [sub("canceled")] }, "keep_canceled", "canceled"],
  ["a deleted account is left alone", { accountDeletedAt: day(29) }, "deleted", "account_deleted"],
  ["whatever it pays", { accountDeletedAt: day(29), stripe: [sub("active")] }, "deleted", "account_deleted"],
])("%s", (_, facts, verdict, why) => {
  expect(decideCutover({ ...none, ...facts }, { until: null }, now)).toEqual({ verdict, why });
});

test.each<[string, Date | null, string]>([
  ["a grant that ends when the offer ends is as much", day(50), "already_granted"],
  ["one that ends a millisecond before is less", day(50, -1), "grant"],
  ["one without end is more", null, "already_granted"],
])("%s", (_, until, verdict) => {
  expect(decideCutover({ ...none, grants: [grant(day(0), until)] }, { until: day(50) }, now).verdict).toBe(verdict);
});
