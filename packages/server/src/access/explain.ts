import { decideAccess, decideVerification } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { type Refusal, refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { loadAccountState } from "./facts.store.ts";
import { whySubscriptionRequired, whyVerificationRequired } from "./guards.ts";
import { listFacts } from "./history.store.ts";
import { presentAccess, presentSubscription, presentVerification } from "./present-access.ts";
import { wireInstant } from "./wire-instant.ts";

/**
 * Why the doors are open or shut at `at` for this person in this account: the same functions that the guards ask, over the facts as they
 * are known today, and the history of those facts.
 */
export function explainAccess(app: Pick<App, "db" | "clock" | "policy" | "config" | "stripe">, actor: Actor, at: Date) {
  return app.db.forAccount(actor.accountId, async (tx) => {
    const state = (await loadAccountState(tx, actor.accountId, actor.userId, {}, app.stripe.livemode)) ?? refuse("session_ended");
    const facts = { access: state.access, user: { emailVerifiedAt: state.emailVerifiedAt, createdAt: state.registeredAt } };
    const decision = decideAccess(state.access, at, app.policy);
    const verification = decideVerification({ emailVerifiedAt: state.emailVerifiedAt, registeredAt: state.registeredAt }, at, app.policy);
    const timeline = await listFacts(tx, actor.accountId);
    return {
      at: at.toISOString(),
      basis: "facts_known_today" as const,
      subscription: presentSubscription(app.config, state.access, state.billing, decision, at, app.policy),
      access: presentAccess(app.config, decision),
      verification: presentVerification(app.config, verification),
      guards: [
        verdict("requireVerifiedEmailAfterGrace", whyVerificationRequired(app, facts, at), verification.graceEndsAt, verification.until),
        verdict("requireActiveSubscription", whySubscriptionRequired(app, facts, at), decision.since, decision.until),
      ],
      timeline: timeline.map((fact) => ({
        fact: fact.kind,
        value: fact.value,
        valid_from: fact.validFrom.toISOString(),
        recorded_at: fact.recordedAt.toISOString(),
        cause: fact.cause,
      })),
    };
  });
}

const verdict = (guard: string, refusal: Refusal | null, since: Date | null, until: Date | null) => ({
  guard,
  passes: refusal === null,
  code: refusal?.code ?? null,
  reason: refusal?.details.reason ?? null,
  since: refusal === null ? null : wireInstant(since),
  until: wireInstant(until),
  mend: refusal?.details.mend ?? null,
});
