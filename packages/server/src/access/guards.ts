import { type AccessMode, decideAccess, decideVerification, type GuardName, whatPasses } from "@gatehouse/core";
import type { FastifyRequest } from "fastify";
import type { App } from "../platform/app.ts";
import { Refusal } from "../platform/refuse.ts";
import type { SessionFacts } from "./facts.store.ts";
import type { Gate } from "./gate.ts";
import { type Guard, onFacts } from "./on-facts.ts";
import { mendOf } from "./present-access.ts";
import { wireInstant } from "./wire-instant.ts";

type Parts = Pick<App, "clock" | "config" | "policy">;
type GuardParts = Parts & Pick<App, "log">;
/** What a guard says of some facts: to let pass is null. It holds until `until`, exclusive; null: until the facts change. */
interface Judgement {
  readonly refusal: Refusal | null;
  /** What passes all the same. */
  readonly mode: AccessMode;
  readonly until: Date | null;
}
type Judge = (facts: SessionFacts, now: Date) => Judgement;
/** A judgement as it is kept: in Unix milliseconds, for comparing dates takes three times as long and every request does it. */
interface Verdict {
  readonly refusal: Refusal | undefined;
  readonly mode: AccessMode;
  readonly from: number;
  readonly until: number;
}

/**
 * Lets pass who has Pro by trial, plan or grant, and of the others what the policy leaves to them (`read_only`: reading and exports); else
 * 402 `subscription_required` with the reason, since when, and the way out.
 */
export const requireActiveSubscription = (gate: Gate, app: GuardParts): Guard =>
  guard("requireActiveSubscription", gate, app, (facts, now) => {
    const { mode, until } = decideAccess(facts.access, now, app.policy);
    return { refusal: whySubscriptionRequired(app, facts, now), mode, until };
  });

/** Lets pass who verified the address or is still in the grace; else 403 `email_verification_required`. */
export const requireVerifiedEmailAfterGrace = (gate: Gate, app: GuardParts): Guard =>
  guard("requireVerifiedEmailAfterGrace", gate, app, (facts, now) => ({
    refusal: whyVerificationRequired(app, facts, now),
    mode: "locked",
    until: decideVerification({ emailVerifiedAt: facts.user.emailVerifiedAt, registeredAt: facts.user.createdAt }, now, app.policy).until,
  }));

export function whySubscriptionRequired(app: Parts, facts: Pick<SessionFacts, "access">, now: Date): Refusal | null {
  const decision = decideAccess(facts.access, now, app.policy);
  if (decision.open) return null;
  return new Refusal("subscription_required", {
    reason: decision.reason ?? "no_subscription",
    mode: decision.mode,
    since: wireInstant(decision.since),
    until: wireInstant(decision.until),
    ...withMend(mendOf(app.config, decision.mend)),
  });
}

export function whyVerificationRequired(
  app: Parts,
  facts: { user: Pick<SessionFacts["user"], "emailVerifiedAt" | "createdAt"> },
  now: Date,
): Refusal | null {
  const decision = decideVerification({ emailVerifiedAt: facts.user.emailVerifiedAt, registeredAt: facts.user.createdAt }, now, app.policy);
  if (decision.open) return null;
  return new Refusal("email_verification_required", {
    reason: "grace_ended",
    grace_ended_at: wireInstant(decision.graceEndsAt),
    ...withMend(mendOf(app.config, "verify_email")),
  });
}

const withMend = (mend: { action: string; url: string } | null) => (mend ? { mend } : {});

function guard(name: GuardName, gate: Gate, app: GuardParts, judge: Judge): Guard {
  const verdicts = new WeakMap<SessionFacts, Verdict>();
  /** A decision is honest about when it ends (`until`), so within that it need not be made again for the same facts. */
  const verdictOn = (facts: SessionFacts): Verdict => {
    const now = app.clock.now();
    const at = now.getTime();
    const known = verdicts.get(facts);
    if (known && at >= known.from && at < known.until) return known;
    const { refusal, mode, until } = judge(facts, now);
    // Stripe says something that this version does not understand: somebody must look, for a customer who may be paying is shut out.
    if (refusal?.details.reason === "unknown_status")
      app.log.error({ account_id: facts.account.id }, "a subscription has a status that is not known");
    const verdict = { refusal: refusal ?? undefined, mode, from: at, until: until?.getTime() ?? Number.POSITIVE_INFINITY };
    verdicts.set(facts, verdict);
    return verdict;
  };
  const refusalFor = (request: FastifyRequest, facts: SessionFacts): Refusal | undefined => {
    const { refusal, mode } = verdictOn(facts);
    if (refusal === undefined || whatPasses(mode, request.method, request.routeOptions.config.isExport ?? false)) return undefined;
    return gate.shadow.letsPass(name, facts.account.id, String(refusal.details.reason)) ? undefined : refusal;
  };
  return onFacts(gate, refusalFor);
}
