import { effectiveSubscription, type SubscriptionFacts, type SubscriptionStatus } from "./subscription.ts";

/** Steps of the welcome that every product has; a product's own come after them. */
export const WELCOME_STEPS = ["about_you", "company", "team"] as const;

/** What a step asks, named as on the wire. A step that is not here (the team, a product's own) asks nothing: what is done there is seen elsewhere. */
export const STEP_ANSWERS = {
  about_you: ["role_at_signup"],
  company: ["account_name", "company_size", "industry", "primary_use"],
} as const;
export type WelcomeAnswer = (typeof STEP_ANSWERS)[keyof typeof STEP_ANSWERS][number];

/** How far the welcome has come for one person in one account. */
export interface WelcomeFacts {
  /** In order; of who may not edit the account only the first, which is about the person. */
  readonly steps: readonly string[];
  /** How many steps are done or skipped. */
  readonly completed: number;
}
export interface Welcome {
  readonly steps: readonly { readonly key: string; readonly state: "done" | "current" | "ahead" }[];
  /** Where to go on; null: the welcome is over. */
  readonly current: string | null;
  readonly isOver: boolean;
}

/** The steps that a person is led through. @param own those of the product */
export function welcomeSteps(mayEditAccount: boolean, own: readonly string[]): readonly string[] {
  return mayEditAccount ? [...WELCOME_STEPS, ...own] : WELCOME_STEPS.slice(0, 1);
}

/** Total: a count beyond the steps (a product that has fewer by now) is the end, one below 0 the beginning. */
export function welcomeOf({ steps, completed }: WelcomeFacts): Welcome {
  const position = Math.max(0, completed);
  return {
    steps: steps.map((key, index) => ({ key, state: index < position ? "done" : index === position ? "current" : "ahead" })),
    current: steps[position] ?? null,
    isOver: position >= steps.length,
  };
}

/**
 * How many steps are done after `step` was. It never goes back: a request that comes late, or a person who corrects an earlier answer,
 * leaves what was reached. Null: there is no such step for this person.
 */
export function advanceWelcome({ steps, completed }: WelcomeFacts, step: string): number | null {
  const index = steps.indexOf(step);
  return index === -1 ? null : Math.max(completed, index + 1);
}

/** How many steps are done when the rest is skipped. A count beyond the steps stays: it never goes back. */
export function endWelcome({ steps, completed }: WelcomeFacts): number {
  return Math.max(completed, steps.length);
}

export type StepRefusal =
  | { readonly why: "permission_denied" }
  | { readonly why: "no_such_step" }
  /** These answers belong to another step, or to none where the rest is skipped. */
  | { readonly why: "answers_of_another_step"; readonly answers: readonly WelcomeAnswer[] };

/**
 * Why may the person not finish `step` with these answers? Null: they may. What the role forbids is told first, so that nobody is sent to
 * mend a request that they may not make.
 * @param steps those that the person is led through
 * @param step null: the rest is skipped
 * @param given the answers that were sent, also those that take one back
 */
export function whyNotFinishStep(
  steps: readonly string[],
  step: string | null,
  given: readonly WelcomeAnswer[],
  mayEditAccount: boolean,
): StepRefusal | null {
  const ofAccount: readonly string[] = STEP_ANSWERS.company;
  if (!mayEditAccount && given.some((answer) => ofAccount.includes(answer))) return { why: "permission_denied" };
  if (step !== null && !steps.includes(step)) return { why: "no_such_step" };
  const asked: readonly string[] = step === "about_you" || step === "company" ? STEP_ANSWERS[step] : [];
  const answers = given.filter((answer) => !asked.includes(answer));
  return answers.length > 0 ? { why: "answers_of_another_step", answers } : null;
}

/** Whether a plan counts as chosen while a subscription or a grant stands so. One whose first payment is open is not chosen yet. */
const IS_CHOSEN: Readonly<Record<SubscriptionStatus, boolean>> = {
  none: false,
  trialing: true,
  trial_ended: false,
  complimentary: true,
  complimentary_ended: false,
  active: true,
  past_due: true,
  unpaid: true,
  paused: true,
  canceled: false,
  incomplete: false,
  incomplete_expired: false,
  unknown: true,
};

/**
 * Did somebody choose a plan for the account, beside the trial that everybody gets? By what stands at `now`: a subscription at Stripe that
 * lives, paid up or not, or a grant that runs.
 */
export function hasChosenPlan({ grants, stripe }: Pick<SubscriptionFacts, "grants" | "stripe">, now: Date): boolean {
  // Each alone: which of several facts decides the access does not matter here.
  const alone = [
    ...grants.map((grant) => ({ trial: null, grants: [grant], stripe: [] })),
    ...stripe.map((fact) => ({ trial: null, grants: [], stripe: [fact] })),
  ];
  return alone.some((facts) => IS_CHOSEN[effectiveSubscription(facts, now).status]);
}
