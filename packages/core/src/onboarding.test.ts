import { expect, test } from "vitest";
import {
  advanceWelcome,
  endWelcome,
  hasChosenPlan,
  type StepRefusal,
  type WelcomeAnswer,
  welcomeOf,
  welcomeSteps,
  whyNotFinishStep,
} from "./onboarding.ts";
import type { GrantFact, StripeSubscriptionFact, SubscriptionFacts } from "./subscription.ts";

test("whoever may edit the account is led through everything, and the others only through what is about them", () => {
  expect(welcomeSteps(true, ["first_tree"])).toEqual(["about_you", "company", "team", "first_tree"]);
  expect(welcomeSteps(true, [])).toEqual(["about_you", "company", "team"]);
  expect(welcomeSteps(false, ["first_tree"])).toEqual(["about_you"]);
});

const steps = ["about_you", "company", "team"];

test.each<[string, number, string[], string | null]>([
  ["a count below 0 is the beginning", -1, ["current", "ahead", "ahead"], "about_you"],
  ["nobody has begun", 0, ["current", "ahead", "ahead"], "about_you"],
  ["the first step is done", 1, ["done", "current", "ahead"], "company"],
  ["one step is left", 2, ["done", "done", "current"], "team"],
  ["everything is done", 3, ["done", "done", "done"], null],
  ["the product had more steps once", 9, ["done", "done", "done"], null],
])("where the welcome goes on: %s", (_, completed, states, current) => {
  const welcome = welcomeOf({ steps, completed });
  expect(welcome).toMatchObject({ current, isOver: current === null });
  expect(welcome.steps.map(({ state }) => state)).toEqual(states);
});

test.each<[string, number, string, number | null]>([
  ["the first step", 0, "about_you", 1],
  ["the last step, with the earlier ones passed by", 0, "team", 3],
  ["a step that is done already leaves what was reached", 3, "about_you", 3],
  ["a count beyond the steps stays", 9, "team", 9],
  ["a step that there is not", 1, "first_tree", null],
])("how far it has come after %s", (_, completed, step, expected) => expect(advanceWelcome({ steps, completed }, step)).toBe(expected));

test.each([
  [0, 3],
  [2, 3],
  [3, 3],
  [9, 9],
])("who skips the rest after %i steps has done %i", (completed, expected) => expect(endWelcome({ steps, completed })).toBe(expected));

const all = ["about_you", "company", "team", "first_tree"];
const own = ["about_you"];
const foreign = (...answers: WelcomeAnswer[]): StepRefusal => ({ why: "answers_of_another_step", answers });

test.each<[string, readonly string[], string | null, WelcomeAnswer[], StepRefusal | null]>([
  ["about oneself", all, "about_you", ["role_at_signup"], null],
  ["about oneself, skipped", all, "about_you", [], null],
  ["the company, whole", all, "company", ["account_name", "company_size", "industry", "primary_use"], null],
  ["the company, in part", all, "company", ["industry"], null],
  ["the team asks nothing", all, "team", [], null],
  ["nor does a step of the product", all, "first_tree", [], null],
  ["the rest is skipped", all, null, [], null],
  ["a step that there is not", all, "billing", [], { why: "no_such_step" }],
  ["a step by the name of what every object has", all, "constructor", [], { why: "no_such_step" }],
  ["the company's answers about oneself", all, "about_you", ["role_at_signup", "industry"], foreign("industry")],
  ["one's own answer about the company", all, "company", ["role_at_signup", "industry"], foreign("role_at_signup")],
  ["answers to the team", all, "team", ["industry"], foreign("industry")],
  ["answers to a step of the product", all, "first_tree", ["role_at_signup"], foreign("role_at_signup")],
  ["answers while the rest is skipped", all, null, ["role_at_signup", "account_name"], foreign("role_at_signup", "account_name")],
  ["a member, about themself", own, "about_you", ["role_at_signup"], null],
  ["a member who skips the rest", own, null, [], null],
  ["a member at a step that is not theirs", own, "company", [], { why: "no_such_step" }],
  ["a member who answers for the company", own, "company", ["industry"], { why: "permission_denied" }],
  ["a member who smuggles in the account's name", own, "about_you", ["account_name"], { why: "permission_denied" }],
  ["a member who does so while skipping", own, null, ["primary_use"], { why: "permission_denied" }],
])("%s", (_, led, step, given, expected) => expect(whyNotFinishStep(led, step, given, led === all)).toEqual(expected));

const day = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1 + n) + ms);
const now = day(10);
const grant = (startsAt: Date, until: Date | null): GrantFact => ({ plan: "pro", startsAt, until, reason: "pilot" });
const stripe = (status: string, more: Partial<StripeSubscriptionFact> = {}): StripeSubscriptionFact => ({
  id: "sub_1",
  status,
  plan: "pro",
  currentPeriodEnd: day(40),
  cancelAtPeriodEnd: false,
  endsAt: null,
  trialEndsAt: null,
  collectionPaused: null,
  seats: 1,
  pastDueSince: null,
  changedAt: day(1),
  ...more,
});
const of = (facts: Partial<Pick<SubscriptionFacts, "grants" | "stripe">>) => ({ grants: [], stripe: [], ...facts });

test.each<[string, Pick<SubscriptionFacts, "grants" | "stripe">, boolean]>([
  ["the trial alone is no choice", of({}), false],
  ["a subscription that is paid", of({ stripe: [stripe("active")] }), true],
  ["one with a trial at Stripe", of({ stripe: [stripe("trialing")] }), true],
  ["one that waits for a payment", of({ stripe: [stripe("past_due", { pastDueSince: day(1) })] }), true],
  ["one that waits long past its grace", of({ stripe: [stripe("past_due", { pastDueSince: day(-40) })] }), true],
  ["one that is unpaid", of({ stripe: [stripe("unpaid")] }), true],
  ["one that is paused", of({ stripe: [stripe("paused")] }), true],
  ["one of a status that we do not know", of({ stripe: [stripe("hibernating")] }), true],
  ["one that was never paid for the first time", of({ stripe: [stripe("incomplete")] }), false],
  ["one whose first payment never came", of({ stripe: [stripe("incomplete_expired")] }), false],
  ["one that ended", of({ stripe: [stripe("canceled")] }), false],
  ["one that will end, a millisecond before", of({ stripe: [stripe("active", { cancelAtPeriodEnd: true, endsAt: day(10, 1) })] }), true],
  ["one that will end, at that instant", of({ stripe: [stripe("active", { cancelAtPeriodEnd: true, endsAt: day(10) })] }), false],
  ["a new one after one that ended", of({ stripe: [stripe("canceled", { changedAt: day(9) }), stripe("unpaid", { id: "sub_2" })] }), true],
  ["a grant without an end", of({ grants: [grant(day(0), null)] }), true],
  ["a grant from this instant on", of({ grants: [grant(day(10), null)] }), true],
  ["a grant that begins in a millisecond", of({ grants: [grant(day(10, 1), null)] }), false],
  ["a grant in its last millisecond", of({ grants: [grant(day(0), day(10, 1))] }), true],
  ["a grant at the instant of its end", of({ grants: [grant(day(0), day(10))] }), false],
  ["an unpaid subscription that a grant outlived", of({ grants: [grant(day(2), day(9))], stripe: [stripe("unpaid")] }), true],
])("was a plan chosen: %s", (_, facts, expected) => expect(hasChosenPlan(facts, now)).toBe(expected));
