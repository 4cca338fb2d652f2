import type { Guessed } from "@gatehouse/contract";
import {
  type AccessFacts,
  type AccessPolicy,
  type CatalogueInForce,
  type DecidingFact,
  decideAccess,
  decideVerification,
  decidingFact,
  type EntitlementFacts,
  effectiveSubscription,
  type Role,
  type VerificationFacts,
  whatPasses,
} from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import type { Refusal } from "../platform/refuse.ts";
import { whySubscriptionRequired, whyVerificationRequired } from "./guards.ts";
import { presentAccess, presentVerification } from "./present-access.ts";
import { presentDecided } from "./present-entitlements.ts";
import { wireInstant } from "./wire-instant.ts";

/** Everything that decides about a person in an account at one moment. */
export interface PersonInAccount {
  readonly userId: string;
  readonly access: AccessFacts;
  readonly verification: VerificationFacts;
}
type Parts = Pick<App, "clock" | "config">;

/** What each guard says at `at`, in the order in which they are asked, and the fact by which it does. */
export function presentGuards(app: Parts, person: PersonInAccount, at: Date, policy: AccessPolicy) {
  const { userId, access, verification } = person;
  const facts = { access, user: { emailVerifiedAt: verification.emailVerifiedAt, createdAt: verification.registeredAt } };
  const asked = { ...app, policy };
  const decision = decideAccess(access, at, policy);
  const verified = decideVerification(verification, at, policy);
  const ended = verified.open ? null : verified.graceEndsAt;
  return [
    verdict(
      "requireVerifiedEmailAfterGrace",
      whyVerificationRequired(asked, facts, at),
      { since: verified.graceEndsAt, until: verified.until, readingPasses: verified.open },
      { kind: "email_verification", id: userId, since: verification.emailVerifiedAt ?? ended ?? verification.registeredAt },
    ),
    verdict(
      "requireActiveSubscription",
      whySubscriptionRequired(asked, facts, at),
      { since: decision.since, until: decision.until, readingPasses: whatPasses(decision.mode, "GET") },
      decidingFact(access, at, policy),
    ),
  ];
}

type Decided = Omit<DecidingFact, "kind"> & { readonly kind: string };

function verdict(
  guard: string,
  refusal: Refusal | null,
  { since, until, readingPasses }: { since: Date | null; until: Date | null; readingPasses: boolean },
  decidedBy: Decided | null,
) {
  return {
    guard,
    passes: refusal === null,
    code: refusal?.code ?? null,
    reason: refusal?.details.reason ?? null,
    since: refusal === null ? null : wireInstant(since),
    until: wireInstant(until),
    mend: refusal?.details.mend ?? null,
    reading_passes: readingPasses,
    decided_by: decidedBy === null ? null : { fact: decidedBy.kind, id: decidedBy.id, since: wireInstant(decidedBy.since) },
  };
}

/** The person in the account at a moment, and what operators had set for it. */
export interface ViewFacts extends PersonInAccount, EntitlementFacts {
  readonly role: Role | null;
}
/** What is applied to them; `null` from when: what is in force today. */
export interface ViewTerms {
  readonly policy: AccessPolicy;
  readonly policyInForceFrom: Date | null;
  readonly catalogue: CatalogueInForce;
}

/**
 * One answer of explain: the person in the account at a moment, by one set of facts, one policy and one catalogue.
 * @param guessed what was not recorded, and today's taken for it
 */
export function presentView(
  app: Parts,
  facts: ViewFacts,
  { policy, policyInForceFrom, catalogue }: ViewTerms,
  { at, guessed, isOperator }: { readonly at: Date; readonly guessed: readonly Guessed[]; readonly isOperator: boolean },
) {
  const { plan, status } = effectiveSubscription(facts.access, at, policy);
  return {
    incomplete: guessed.length > 0,
    guessed: [...guessed],
    policy_in_force_from: wireInstant(policyInForceFrom),
    catalogue_in_force_from: wireInstant(catalogue.inForceFrom),
    role: facts.role,
    subscription: { plan, status },
    access: presentAccess(app.config, decideAccess(facts.access, at, policy)),
    verification: presentVerification(app.config, decideVerification(facts.verification, at, policy)),
    guards: presentGuards(app, facts, at, policy),
    ...presentDecided(facts, catalogue, at, policy, isOperator),
  };
}
