import { expect, test } from "vitest";
import type { AccessFacts } from "./entitlement.ts";
import { openUntil } from "./open-until.ts";
import type { GrantFact, StripeSubscriptionFact, TrialFact } from "./subscription.ts";
import { addDays } from "./time.ts";

const day = (days: number): Date => addDays(new Date(Date.UTC(2026, 0, 1)), days);
const trial: TrialFact = { plan: "pro", startsAt: day(0), endsAt: day(14) };
const grant = (from: number, until: number | null): GrantFact => ({
  plan: "pro",
  startsAt: day(from),
  until: until === null ? null : day(until),
  reason: "a friend",
});
const pastDue: StripeSubscriptionFact = {
  id: "sub_1",
  status: "past_due",
  plan: "pro",
  currentPeriodEnd: day(40),
  cancelAtPeriodEnd: false,
  endsAt: null,
  trialEndsAt: null,
  collectionPaused: null,
  seats: 1,
  pastDueSince: day(10),
  changedAt: day(10),
};

test.each<[string, Partial<AccessFacts>, { isOpen: boolean; until?: Date | null }]>([
  ["nothing", {}, { isOpen: false }],
  ["a trial", { trial }, { isOpen: true, until: day(14) }],
  ["a trial, and a grant that takes over", { trial, grants: [grant(12, 20)] }, { isOpen: true, until: day(20) }],
  ["a trial, and a grant that comes too late", { trial, grants: [grant(15, 20)] }, { isOpen: true, until: day(14) }],
  ["a payment that failed: the days of grace", { stripe: [pastDue] }, { isOpen: true, until: day(24) }],
  ["a payment that failed, and a grant without an end", { stripe: [pastDue], grants: [grant(0, null)] }, { isOpen: true, until: null }],
  ["a subscription", { stripe: [{ ...pastDue, status: "active" }] }, { isOpen: true, until: null }],
  ["an account that is deleted", { trial, accountDeletedAt: day(1) }, { isOpen: false }],
])("until when Pro stays open with %s", (_, facts, opening) => {
  expect(openUntil({ trial: null, grants: [], stripe: [], accountDeletedAt: null, ...facts }, day(11))).toEqual(opening);
});
