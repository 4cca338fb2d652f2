import { decideAccess, decideVerification } from "@gatehouse/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../platform/app.ts";
import { Refusal } from "../platform/refuse.ts";
import type { SessionFacts } from "./facts.store.ts";
import type { Gate } from "./gate.ts";
import { mendOf } from "./present-access.ts";
import { wireInstant } from "./wire-instant.ts";

/** A Fastify `onRequest` hook: mounted on a route or on a whole router, it answers before the body is read. */
export type Guard = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;
type Parts = Pick<App, "clock" | "config" | "policy">;
type GuardParts = Parts & Pick<App, "log">;
/** What a guard says of some facts: to let pass is null. It holds until `until`, exclusive; null: until the facts change. */
interface Judgement {
  readonly refusal: Refusal | null;
  readonly until: Date | null;
}
type Judge = (facts: SessionFacts, now: Date) => Judgement;
/** A judgement as it is kept: in Unix milliseconds, for comparing dates takes three times as long and every request does it. */
interface Verdict {
  readonly refusal: Refusal | undefined;
  readonly from: number;
  readonly until: number;
}

/** Lets pass who has Pro by trial, plan or grant; else 402 `subscription_required` with the reason, since when, and the way out. */
export const requireActiveSubscription = (gate: Gate, app: GuardParts): Guard =>
  guard(gate, app, (facts, now) => ({
    refusal: whySubscriptionRequired(app, facts, now),
    until: decideAccess(facts.access, now, app.policy).until,
  }));

/** Lets pass who verified the address or is still in the grace; else 403 `email_verification_required`. */
export const requireVerifiedEmailAfterGrace = (gate: Gate, app: GuardParts): Guard =>
  guard(gate, app, (facts, now) => ({
    refusal: whyVerificationRequired(app, facts, now),
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

function guard(gate: Gate, app: GuardParts, judge: Judge): Guard {
  const verdicts = new WeakMap<SessionFacts, Verdict>();
  /** A decision is honest about when it ends (`until`), so within that it need not be made again for the same facts. */
  const refusalFor = (facts: SessionFacts): Refusal | undefined => {
    const now = app.clock.now();
    const at = now.getTime();
    const known = verdicts.get(facts);
    if (known && at >= known.from && at < known.until) return known.refusal;
    const { refusal, until } = judge(facts, now);
    // Stripe says something that this version does not understand: somebody must look, for a customer who may be paying is shut out.
    if (refusal?.details.reason === "unknown_status")
      app.log.error({ account_id: facts.account.id }, "a subscription has a status that is not known");
    const verdict = { refusal: refusal ?? undefined, from: at, until: until?.getTime() ?? Number.POSITIVE_INFINITY };
    verdicts.set(facts, verdict);
    return verdict.refusal;
  };
  return (request, _reply, done) => {
    let facts: SessionFacts | Promise<SessionFacts>;
    try {
      facts = gate.factsOf(request);
    } catch (error) {
      return done(error instanceof Error ? error : new Error(String(error)));
    }
    if (facts instanceof Promise) facts.then((loaded) => done(refusalFor(loaded)), done);
    else done(refusalFor(facts));
  };
}
