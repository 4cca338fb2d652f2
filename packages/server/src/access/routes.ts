import { access } from "@gatehouse/contract";
import { decideAccess, decideVerification, type Role } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { type Actor, type Http, serve } from "../platform/serve.ts";
import { explainAccess } from "./explain.ts";
import { type AccountState, loadAccountState } from "./facts.store.ts";
import { presentAccess, presentSubscription, presentVerification } from "./present-access.ts";
import { presentActions, presentOffers, presentPrices } from "./present-billing.ts";
import { presentFeatures, presentLimits } from "./present-entitlements.ts";
import { presentTrial } from "./present-trial.ts";
import { usageCounts } from "./usage.store.ts";

/** Never guarded: a customer who is shut out can still see why, and mend it. */
export function accessRoutes(http: Http, app: App, stateOf: BillingStateOf): void {
  serve(http, app, access.billingState, ({ actor }) => app.db.forAccount(actor.accountId, (tx) => stateOf(tx, actor)));
  serve(http, app, access.explainAccess, ({ actor, query }) =>
    explainAccess(app, actor, query.at === undefined ? app.clock.now() : new Date(query.at)),
  );
}

type Parts = Pick<App, "clock" | "policy" | "config" | "stripe" | "catalogue" | "liveCounts">;
/** What `/billing/state` answers: the same after whatever changes it. */
export type BillingStateOf = (tx: Tx, actor: Actor) => Promise<ReturnType<typeof presentState>>;

export function billingStateOf(app: Parts): BillingStateOf {
  return async (tx, actor) => {
    const now = app.clock.now();
    const counts = { ...app.liveCounts, ...usageCounts(app.catalogue.limits, now) };
    const state = await loadAccountState(tx, actor.accountId, actor.userId, counts, app.stripe.livemode);
    return presentState(app, state ?? refuse("session_ended"), actor.role, now);
  };
}

function presentState(app: Parts, state: AccountState, role: Role, now: Date) {
  const decision = decideAccess(state.access, now, app.policy);
  const subscription = presentSubscription(app.config, state.access, state.billing, decision, now, app.policy);
  const plan = subscription.plan;
  return {
    subscription,
    access: presentAccess(app.config, decision),
    trial: presentTrial(app.config, state.access.trial !== null, state.trialRefusal),
    limits: presentLimits(app, state, now),
    plan_billing: {
      configured: app.stripe.configured,
      plan,
      display_name: plan === null ? null : (state.plans.find(({ key }) => key === plan)?.name ?? null),
      prices: presentPrices(state.billing, plan),
      offers: presentOffers(state.billing, app.catalogue, state.plans),
      has_customer: state.billing.hasCustomer,
      actions: presentActions(role, app.stripe.configured, state.billing),
    },
    features: presentFeatures(app, state, now),
    verification: presentVerification(
      app.config,
      decideVerification({ emailVerifiedAt: state.emailVerifiedAt, registeredAt: state.registeredAt }, now, app.policy),
    ),
  };
}
