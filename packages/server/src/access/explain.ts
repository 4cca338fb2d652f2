import { decideAccess, decideVerification } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { explainViews } from "./explain-views.ts";
import { loadAccountState } from "./facts.store.ts";
import { listFacts, type RecordedFact } from "./history.store.ts";
import { presentAccess, presentSubscription, presentVerification } from "./present-access.ts";
import { explainEntitlements } from "./present-entitlements.ts";
import { presentGuards } from "./present-view.ts";

/**
 * Why the doors are open or shut at `at` for this person in this account: the same functions that the guards ask, over the facts as they
 * stand now, and the history of those facts; and the same twice over that history and the versions of policy and catalogue, as it was
 * recorded then and as it is known today.
 */
export function explainAccess(app: Pick<App, "db" | "clock" | "policy" | "config" | "stripe" | "catalogue">, actor: Actor, at: Date) {
  return app.db.forAccount(actor.accountId, async (tx) => {
    const state = (await loadAccountState(tx, actor.accountId, actor.userId, {}, app.stripe.livemode)) ?? refuse("session_ended");
    const { access, emailVerifiedAt, registeredAt } = state;
    const today = { userId: actor.userId, access, verification: { emailVerifiedAt, registeredAt } };
    const decision = decideAccess(state.access, at, app.policy);
    const verification = decideVerification(today.verification, at, app.policy);
    const timeline = await listFacts(tx, actor.accountId);
    return {
      at: at.toISOString(),
      basis: "facts_known_today" as const,
      subscription: presentSubscription(app.config, state.access, state.billing, decision, at, app.policy),
      access: presentAccess(app.config, decision),
      verification: presentVerification(app.config, verification),
      guards: presentGuards(app, today, at, app.policy),
      ...explainEntitlements(app, state, at, actor.isOperator),
      timeline: timeline.map((fact) => ({
        fact: fact.kind,
        value: actor.isOperator ? fact.value : withoutReason(fact.value),
        valid_from: fact.validFrom.toISOString(),
        recorded_at: fact.recordedAt.toISOString(),
        cause: fact.cause,
      })),
      ...(await explainViews(app, tx, actor, today, state, at)),
    };
  });
}

/** Why an operator gave something is told to operators alone. */
function withoutReason(value: RecordedFact["value"]): RecordedFact["value"] {
  if (value === null) return null;
  const { reason: _, ...rest } = value;
  return rest;
}
