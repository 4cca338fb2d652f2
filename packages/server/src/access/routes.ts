import { access } from "@gatehouse/contract";
import { decideAccess, decideVerification } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { type Actor, type Http, serve } from "../platform/serve.ts";
import { explainAccess } from "./explain.ts";
import { type AccountState, type LiveCounts, loadAccountState } from "./facts.store.ts";
import { presentAccess, presentSubscription, presentVerification } from "./present-access.ts";

/** Never guarded: a customer who is shut out can still see why, and mend it. */
export function accessRoutes(http: Http, app: App, counts: LiveCounts): void {
  serve(http, app, access.billingState, async ({ actor }) => presentState(app, await stateOf(app, actor, counts)));
  serve(http, app, access.explainAccess, ({ actor, query }) =>
    explainAccess(app, actor, query.at === undefined ? app.clock.now() : new Date(query.at)),
  );
}

const stateOf = (app: Pick<App, "db">, actor: Actor, counts: LiveCounts): Promise<AccountState> =>
  app.db.forAccount(
    actor.accountId,
    async (tx) => (await loadAccountState(tx, actor.accountId, actor.userId, counts)) ?? refuse("session_ended"),
  );

function presentState(app: Pick<App, "clock" | "policy" | "config">, state: AccountState) {
  const now = app.clock.now();
  const decision = decideAccess(state.access, now, app.policy);
  const subscription = presentSubscription(state.access, decision, now, app.policy);
  const plan = subscription.plan;
  return {
    subscription,
    access: presentAccess(app.config, decision),
    limits: Object.fromEntries(
      state.limits
        .filter((row) => row.plan === plan)
        .map(({ key, limit }) => [key, { limit, used: state.used[key] ?? null, resets_at: null }]),
    ),
    plan_billing: { configured: false, plan, display_name: plan === null ? null : (state.planNames[plan] ?? null) },
    features: {},
    verification: presentVerification(
      app.config,
      decideVerification({ emailVerifiedAt: state.emailVerifiedAt, registeredAt: state.registeredAt }, now, app.policy),
    ),
  };
}
