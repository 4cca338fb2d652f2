import { access } from "@gatehouse/contract";
import { decideAccess, decideVerification, type Role, seatLimit } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { type Actor, type Http, serve } from "../platform/serve.ts";
import { explainAccess } from "./explain.ts";
import { type AccountState, type LiveCounts, loadAccountState } from "./facts.store.ts";
import { presentAccess, presentSubscription, presentVerification } from "./present-access.ts";
import { presentActions, presentOffers, presentPrices } from "./present-billing.ts";

/** Never guarded: a customer who is shut out can still see why, and mend it. */
export function accessRoutes(http: Http, app: App, stateOf: BillingStateOf): void {
  serve(http, app, access.billingState, ({ actor }) => app.db.forAccount(actor.accountId, (tx) => stateOf(tx, actor)));
  serve(http, app, access.explainAccess, ({ actor, query }) =>
    explainAccess(app, actor, query.at === undefined ? app.clock.now() : new Date(query.at)),
  );
}

type Parts = Pick<App, "clock" | "policy" | "config" | "stripe" | "catalogue">;
/** What `/billing/state` answers: the same after whatever changes it. */
export type BillingStateOf = (tx: Tx, actor: Actor) => Promise<ReturnType<typeof presentState>>;

export function billingStateOf(app: Parts, counts: LiveCounts): BillingStateOf {
  return async (tx, actor) => {
    const state = await loadAccountState(tx, actor.accountId, actor.userId, counts, app.stripe.livemode);
    return presentState(app, state ?? refuse("session_ended"), actor.role);
  };
}

function presentState(app: Parts, state: AccountState, role: Role) {
  const now = app.clock.now();
  const decision = decideAccess(state.access, now, app.policy);
  const subscription = presentSubscription(app.config, state.access, state.billing, decision, now, app.policy);
  const plan = subscription.plan;
  const prices = presentPrices(state.billing, plan);
  const bought = prices.some((price) => price.per_seat) ? subscription.seats : null;
  return {
    subscription,
    access: presentAccess(app.config, decision),
    limits: Object.fromEntries(
      state.limits
        .filter((row) => row.plan === plan)
        // Of seats there are as many as are paid for; whoever is above that is shown it and thrown out by nobody (L13).
        .map(({ key, limit }) => [
          key,
          { limit: key === "seats" ? seatLimit(limit, bought) : limit, used: state.used[key] ?? null, resets_at: null },
        ]),
    ),
    plan_billing: {
      configured: app.stripe.configured,
      plan,
      display_name: plan === null ? null : (state.planNames[plan] ?? null),
      prices,
      offers: presentOffers(state.billing, app.catalogue),
      has_customer: state.billing.hasCustomer,
      actions: presentActions(role, app.stripe.configured, state.billing),
    },
    features: {},
    verification: presentVerification(
      app.config,
      decideVerification({ emailVerifiedAt: state.emailVerifiedAt, registeredAt: state.registeredAt }, now, app.policy),
    ),
  };
}
