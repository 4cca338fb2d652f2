import { decideAccess, decideVerification } from "@gatehouse/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../platform/app.ts";
import { Refusal } from "../platform/refuse.ts";
import type { SessionFacts } from "./facts.store.ts";
import type { Gate } from "./gate.ts";
import { mendOf, wireInstant } from "./present-access.ts";

/** A Fastify `onRequest` hook: mounted on a route or on a whole router, it answers before the body is read. */
export type Guard = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;
type Parts = Pick<App, "clock" | "config" | "policy">;
/** null: go on. */
type Verdict = (facts: SessionFacts, now: Date) => Refusal | null;

/** Lets pass who has Pro by trial, plan or grant; else 402 `subscription_required` with the reason, since when, and the way out. */
export const requireActiveSubscription = (gate: Gate, app: Parts): Guard =>
  guard(gate, app, (facts, now) => whySubscriptionRequired(app, facts, now));

/** Lets pass who verified the address or is still in the grace; else 403 `email_verification_required`. */
export const requireVerifiedEmailAfterGrace = (gate: Gate, app: Parts): Guard =>
  guard(gate, app, (facts, now) => whyVerificationRequired(app, facts, now));

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

function guard(gate: Gate, app: Parts, verdict: Verdict): Guard {
  return (request, _reply, done) => {
    let facts: SessionFacts | Promise<SessionFacts>;
    try {
      facts = gate.factsOf(request);
    } catch (error) {
      return done(error instanceof Error ? error : new Error(String(error)));
    }
    if (facts instanceof Promise) {
      facts.then((loaded) => done(verdict(loaded, app.clock.now()) ?? undefined), done);
    } else {
      done(verdict(facts, app.clock.now()) ?? undefined);
    }
  };
}
