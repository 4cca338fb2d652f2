import { onboarding } from "@gatehouse/contract";
import { STEP_ANSWERS } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import type { ProductParts } from "../platform/product-parts.ts";
import { type Http, serve } from "../platform/serve.ts";
import { finishWelcomeStep } from "./finish-welcome-step.ts";
import { readOnboarding } from "./onboarding.ts";

const ANSWERS = Object.values(STEP_ANSWERS).flat();

/** Never guarded: whoever has not verified or not paid yet is just the one to be led. */
export function onboardingRoutes(
  http: Http,
  app: App,
  checklist: ProductParts["checklist"],
  welcomeSteps: ProductParts["welcomeSteps"],
): void {
  const own = { checklist, welcomeSteps };
  serve(http, app, onboarding.getOnboarding, ({ actor }) =>
    app.db.forAccount(actor.accountId, (tx) => readOnboarding(app, tx, actor, own)),
  );
  serve(http, app, onboarding.patchOnboarding, ({ actor, origin, body, transact, transactAsSystem }) => {
    const { account_name: name, company_size: companySize, industry, primary_use: primaryUse } = body;
    const finished = {
      step: body.step ?? null,
      given: ANSWERS.filter((answer) => body[answer] !== undefined),
      roleAtSignup: body.role_at_signup,
      company: { name, companySize, industry, primaryUse },
    };
    const within: typeof transact =
      finished.roleAtSignup === undefined ? transact : (work) => transactAsSystem("the person's own row belongs to no account", work);
    return within(async (tx) => {
      await finishWelcomeStep(app, tx, { actor, origin }, own, finished);
      return readOnboarding(app, tx, actor, own);
    });
  });
}
