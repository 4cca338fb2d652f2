import { describe, expect, test } from "vitest";
import { BILLING_ACTIONS, type BillingActions, billingActions, blockingSubscription } from "./billing-actions.ts";
import { type AccessFacts, decideAccess } from "./entitlement.ts";
import { STRIPE_STATUSES } from "./stripe-record.ts";

const day = (n: number) => new Date(Date.UTC(2026, 0, 1 + n));
const NOW = day(10);
const none: AccessFacts = { trial: null, grants: [], stripe: [], accountDeletedAt: null };
const trial: AccessFacts = { ...none, trial: { plan: "pro", startsAt: day(0), endsAt: day(14) } };
const over: AccessFacts = { ...none, trial: { plan: "pro", startsAt: day(-9), endsAt: day(5) } };
const grant: AccessFacts = { ...none, grants: [{ plan: "pro", startsAt: day(0), until: null, reason: "pilot" }] };
const stripe = (status: string, facts: AccessFacts = none, pastDueSince: Date | null = null): AccessFacts => ({
  ...facts,
  stripe: [
    {
      id: "sub_1",
      status,
      plan: "pro",
      currentPeriodEnd: day(20),
      cancelAtPeriodEnd: false,
      endsAt: null,
      trialEndsAt: null,
      collectionPaused: null,
      seats: 1,
      pastDueSince,
      changedAt: day(1),
    },
  ],
});

const YES = true;
const NO = false;
type Row = readonly [
  what: string,
  facts: AccessFacts,
  guard: string,
  checkout: boolean,
  change: boolean,
  mend: BillingActions["mend"] | null,
];
describe("the whole table: may Pro be used, may one check out, may plan and seats be changed, and what is told instead", () => {
  test.each<Row>([
    ["nothing", none, "no_subscription", YES, NO, null],
    ["a local trial", trial, "full", YES, NO, null],
    ["a local trial that is over", over, "trial_ended", YES, NO, null],
    ["complimentary: it may check out, and then pays", grant, "full", YES, NO, null],
    ["trialing", stripe("trialing"), "full", NO, YES, "change_plan"],
    ["active", stripe("active"), "full", NO, YES, "change_plan"],
    ["past_due in its grace", stripe("past_due", none, day(1)), "grace", NO, NO, "update_payment"],
    ["past_due after its grace", stripe("past_due", none, day(-5)), "payment_required", NO, NO, "update_payment"],
    ["unpaid", stripe("unpaid"), "payment_required", NO, NO, "update_payment"],
    ["paused", stripe("paused"), "paused", NO, NO, "resume"],
    ["incomplete", stripe("incomplete"), "incomplete", NO, NO, "pay_invoice"],
    ["incomplete, while the local trial runs", stripe("incomplete", trial), "full", NO, NO, "pay_invoice"],
    ["incomplete_expired", stripe("incomplete_expired"), "no_subscription", YES, NO, null],
    ["incomplete_expired, while the local trial runs", stripe("incomplete_expired", trial), "full", YES, NO, null],
    ["canceled", stripe("canceled"), "canceled", YES, NO, null],
    ["canceled, while the local trial runs", stripe("canceled", trial), "full", YES, NO, null],
    ["complimentary and past_due after its grace", stripe("past_due", grant, day(-5)), "full", NO, NO, "update_payment"],
    ["L27: complimentary, whatever Stripe says", stripe("canceled", grant), "full", YES, NO, null],
    ["a status that Stripe invents tomorrow", stripe("hibernating"), "unknown_status", NO, NO, "contact_support"],
    ["a status in other letters", stripe("ACTIVE"), "unknown_status", NO, NO, "contact_support"],
    ["our own word from Stripe's mouth", stripe("complimentary"), "unknown_status", NO, NO, "contact_support"],
  ])("%s", (_, facts, guard, checkout, change, mend) => {
    const decision = decideAccess(facts, NOW);
    const blocking = blockingSubscription(facts.stripe);
    expect({
      guard: decision.reason ?? decision.mode,
      checkout: blocking === null,
      change: facts.stripe.some(({ status }) => billingActions(status).change),
      mend: blocking && billingActions(blocking.status).mend,
    }).toEqual({ guard, checkout, change, mend });
  });
});

test("every status of Stripe has its row, and every other one the row of the unknown", () => {
  expect(Object.keys(BILLING_ACTIONS).sort()).toEqual([...STRIPE_STATUSES, "unknown"].sort());
  for (const status of STRIPE_STATUSES) expect(billingActions(status)).toBe(BILLING_ACTIONS[status]);
  for (const status of ["", "unknown", "constructor", "__proto__", "Active"]) expect(billingActions(status)).toBe(BILLING_ACTIONS.unknown);
});

test("whoever may not check out is told what to do instead, and who may is not", () => {
  for (const { checkout, mend } of Object.values(BILLING_ACTIONS)) expect(mend === "none").toBe(checkout);
});

describe("what stands in the way of another checkout", () => {
  const found = (...statuses: string[]) => blockingSubscription(statuses.map((status) => ({ status })))?.status ?? null;
  test.each<[string, string[], string | null]>([
    ["nothing where there is nothing", [], null],
    ["nothing that has ended", ["canceled", "incomplete_expired"], null],
    ["what still may come to life, behind what has ended", ["canceled", "incomplete"], "incomplete"],
    ["O10: what lives, beside what has ended", ["canceled", "active", "incomplete_expired"], "active"],
    ["what can be changed rather than what waits for a payment", ["incomplete", "active"], "active"],
    ["whichever was read first", ["active", "incomplete"], "active"],
    ["and a trial too", ["past_due", "trialing"], "trialing"],
    ["of those that wait, the first", ["past_due", "incomplete"], "past_due"],
  ])("%s", (_, statuses, expected) => expect(found(...statuses)).toBe(expected));
});
