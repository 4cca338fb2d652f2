import {
  type AccessFacts,
  type AccessPolicy,
  type DecidingFact,
  decideAccess,
  decideVerification,
  decidingFact,
  effectiveSubscription,
  type Role,
  type VerificationFacts,
  whatPasses,
} from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import type { Refusal } from "../platform/refuse.ts";
import { whySubscriptionRequired, whyVerificationRequired } from "./guards.ts";
import { presentAccess, presentVerification } from "./present-access.ts";
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

/** One answer of explain: the person in the account at a moment, by one set of facts and one policy. */
export function presentView(
  app: Parts,
  person: PersonInAccount & { readonly role: Role | null; readonly incomplete: boolean },
  at: Date,
  { policy, inForceFrom }: { readonly policy: AccessPolicy; readonly inForceFrom: Date | null },
) {
  const { plan, status } = effectiveSubscription(person.access, at, policy);
  return {
    incomplete: person.incomplete,
    policy_in_force_from: wireInstant(inForceFrom),
    role: person.role,
    subscription: { plan, status },
    access: presentAccess(app.config, decideAccess(person.access, at, policy)),
    verification: presentVerification(app.config, decideVerification(person.verification, at, policy)),
    guards: presentGuards(app, person, at, policy),
  };
}
