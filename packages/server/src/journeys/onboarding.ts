import { hasChosenPlan, may, type WelcomeFacts, welcomeOf, welcomeSteps } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import type { ProductParts } from "../platform/product-parts.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { loadOnboarding, type OnboardingFacts } from "./onboarding.store.ts";

/** What the product adds to the welcome and to the checklist. */
export type OwnSteps = Pick<ProductParts, "checklist" | "welcomeSteps">;

/**
 * How far the welcome of this person has come, and what is done of the first steps: as `GET /onboarding` answers it.
 * @throws Refusal session_ended when they are no member any more
 */
export async function readOnboarding(app: Pick<App, "clock">, tx: Tx, actor: Actor, own: OwnSteps) {
  const facts = await onboardingFacts(tx, actor, own);
  const { steps, current, isOver } = welcomeOf(welcomeFacts(actor, facts, own));
  const items = checklistOf(facts, own, app.clock.now());
  return {
    welcome: { steps: steps.map(({ key, state }) => ({ key, state })), current, is_over: isOver },
    answers: {
      role_at_signup: facts.roleAtSignup,
      account_name: facts.accountName,
      company_size: facts.companySize,
      industry: facts.industry,
      primary_use: facts.primaryUse,
    },
    checklist: { items, done: items.filter((item) => item.done).length, total: items.length },
  };
}

/** @throws Refusal session_ended */
export async function onboardingFacts(tx: Tx, actor: Actor, own: OwnSteps): Promise<OnboardingFacts> {
  return (await loadOnboarding(tx, actor.accountId, actor.userId, own.checklist)) ?? refuse("session_ended");
}

/** Whoever may edit the account shares its welcome; everybody else has one of their own, in which nothing is asked of the account. */
export function welcomeFacts({ role }: Pick<Actor, "role">, facts: OnboardingFacts, own: OwnSteps): WelcomeFacts {
  const mayEdit = may(role, "account.edit");
  return {
    steps: welcomeSteps(mayEdit, own.welcomeSteps),
    completed: mayEdit ? facts.completedOfAccount : facts.completedOfMember,
  };
}

/** In the order in which a new customer does them: what the product is for comes before whom to ask in and what to pay. */
function checklistOf(facts: OnboardingFacts, own: OwnSteps, now: Date) {
  return [
    { key: "verified_email", title: "Verify your email address", done: facts.emailVerifiedAt !== null, path: "/verify-email" },
    ...own.checklist.map(({ key, title, path }) => ({ key, title, done: facts.isDone[key] ?? false, path })),
    { key: "invited_someone", title: "Invite your team", done: facts.hasInvited, path: "/team" },
    { key: "chose_plan", title: "Choose a plan", done: hasChosenPlan(facts.subscription, now), path: "/billing" },
  ];
}
