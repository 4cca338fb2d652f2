import { advanceWelcome, endWelcome, may, type StepRefusal, type WelcomeAnswer, welcomeSteps, whyNotFinishStep } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { raiseWelcomeOfAccount } from "../accounts/accounts.store.ts";
import { type AccountChange, editAccount } from "../accounts/edit-account.ts";
import { raiseWelcomeOfMember } from "../accounts/memberships.store.ts";
import { updateUser } from "../identity/users.store.ts";
import type { App, Tx } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { type OwnSteps, onboardingFacts, welcomeFacts } from "./onboarding.ts";

export interface FinishedStep {
  /** null: the rest of the welcome is skipped. */
  readonly step: string | null;
  /** Which answers were sent: a step without any is skipped, and what was answered before stays. */
  readonly given: readonly WelcomeAnswer[];
  readonly roleAtSignup: string | null | undefined;
  readonly company: AccountChange;
}

/**
 * Finishes or skips a step of the welcome. It never goes back: a request that comes late, or at once with another, leaves what was reached.
 * @throws Refusal permission_denied | invalid_request (of `body.step`, or of answers that belong to another step) | session_ended
 */
export async function finishWelcomeStep(
  app: Pick<App, "clock" | "ids" | "signals">,
  tx: Tx,
  by: { readonly actor: Actor; readonly origin: Origin },
  own: OwnSteps,
  finished: FinishedStep,
): Promise<void> {
  const { accountId, userId, role } = by.actor;
  const mayEdit = may(role, "account.edit");
  const steps = welcomeSteps(mayEdit, own.welcomeSteps);
  const refusal = whyNotFinishStep(steps, finished.step, finished.given, mayEdit);
  if (refusal) refuseStep(refusal, steps);

  const { completed } = welcomeFacts(by.actor, await onboardingFacts(tx, by.actor, own), own);
  // The person before the account: in this order whoever deletes themself locks them.
  if (finished.roleAtSignup !== undefined) {
    await updateUser(tx, userId, { roleAtSignup: finished.roleAtSignup }, app.clock.now());
    await factsChanged(app, tx, `user:${userId}`);
  }
  if (finished.step === "company" && finished.given.length > 0) await editAccount(app, tx, by, finished.company);
  const reached = finished.step === null ? endWelcome({ steps, completed }) : advanceWelcome({ steps, completed }, finished.step);
  if (reached === null || reached <= completed) return;
  if (mayEdit) await raiseWelcomeOfAccount(tx, accountId, reached);
  else await raiseWelcomeOfMember(tx, accountId, userId, reached);
}

function refuseStep(refusal: StepRefusal, steps: readonly string[]): never {
  switch (refusal.why) {
    case "permission_denied":
      return refuse("permission_denied");
    case "no_such_step":
      return refuse("invalid_request", { problems: [{ at: "body.step", why: `must be one of ${steps.join(", ")}` }] });
    case "answers_of_another_step":
      return refuse("invalid_request", {
        problems: refusal.answers.map((answer) => ({ at: `body.${answer}`, why: "is no answer to this step" })),
      });
  }
}
