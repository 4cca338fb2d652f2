import {
  addDays,
  type ClaimKind,
  lapsedUpTo,
  providerValue,
  type TrialPerson,
  type TrialRefusal,
  trialClaims,
  whyNotTrial,
} from "@gatehouse/core";
import type { FactChange } from "../access/history.store.ts";
import { claimForOwner, dropClaims, type HashedClaim, takeClaims } from "../access/trial-claims.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { companyOf, isDisposable } from "./mail-domains.ts";
import { insertRefusal } from "./trial-refusals.store.ts";
import { insertTrial } from "./trials.store.ts";

type Parts = Pick<App, "clock" | "config" | "policy" | "secrets">;

/** Who signs up, as far as a trial goes by it. */
export type Claimant = Omit<TrialPerson, "company"> & {
  /** Is the address known to be theirs? */
  readonly proven: boolean;
};

/**
 * Takes the one trial of this person and company for the account, or writes down why there is none: first come keeps it, and of two at once
 * one gets it. What is kept is hashed, each kind with a purpose of its own. Who gets no trial holds nothing.
 * @returns why there is no trial; null: it may be given
 */
export async function claimTrial(app: Parts, tx: Tx, accountId: string, person: Claimant): Promise<TrialRefusal | null> {
  const lists = app.config.trialAbuse;
  if (lists === null) return null;
  const throwaway = isDisposable(domainOf(person), lists);
  const taken = throwaway ? [] : await takeFree(app, tx, accountId, person);
  const refusal = whyNotTrial({ isDisposable: throwaway, taken });
  if (refusal === null) return null;
  if (taken.length > 0) await dropClaims(tx, accountId);
  await insertRefusal(tx, accountId, refusal, app.clock.now());
  return refusal;
}

/** Remembers a trial that an operator gives by what of the person is still free. */
export async function claimWhatIsFree(app: Parts, tx: Tx, accountId: string, person: Claimant): Promise<void> {
  if (app.config.trialAbuse !== null) await takeFree(app, tx, accountId, person);
}

/** Remembers an account of a provider that an owner connects later with the trial that they had. */
export async function claimIdentity(
  app: Pick<App, "clock" | "config" | "secrets">,
  tx: Tx,
  userId: string,
  identity: TrialPerson["identities"][number],
): Promise<void> {
  if (app.config.trialAbuse === null) return;
  await claimForOwner(tx, userId, hashClaim(app, "provider", providerValue(identity)), app.clock.now());
}

/** @returns the kinds that others hold */
function takeFree(app: Parts, tx: Tx, accountId: string, person: Claimant): Promise<ClaimKind[]> {
  const now = app.clock.now();
  const times = { at: now, provenAt: person.proven ? now : null, lapsedUpTo: lapsedUpTo(now, app.policy) };
  return takeClaims(tx, accountId, claimsOf(app, person), times);
}

/** Everything that a trial of this person is remembered by, as it is kept. */
export function claimsOf(app: Pick<App, "secrets">, person: Omit<Claimant, "proven">): HashedClaim[] {
  const claims = trialClaims({ ...person, company: companyOf(domainOf(person)) });
  return claims.map(({ kind, value }) => hashClaim(app, kind, value));
}

const domainOf = ({ normalisedEmail }: Pick<Claimant, "normalisedEmail">): string =>
  normalisedEmail.slice(normalisedEmail.lastIndexOf("@") + 1);

/** With a key of the server's: who has the table cannot try out whose address it is. */
export const hashClaim = (app: Pick<App, "secrets">, kind: ClaimKind, value: string): HashedClaim => ({
  kind,
  hash: app.secrets.digest(`trial.${kind}`, value),
});

/** Starts the account's trial. @returns the fact, for the history */
export async function giveTrial(
  app: Pick<App, "ids" | "policy" | "catalogue">,
  tx: Tx,
  trial: { readonly accountId: string; readonly startsAt: Date; readonly cause: string },
): Promise<FactChange & { readonly endsAt: Date }> {
  const { accountId, startsAt, cause } = trial;
  const { trialPlan: plan } = app.catalogue;
  const id = app.ids.next();
  const endsAt = addDays(startsAt, app.policy.trialDays);
  await insertTrial(tx, { accountId, id, plan, startsAt, endsAt });
  return {
    accountId,
    kind: "trial",
    subjectId: id,
    value: { plan, starts_at: startsAt.toISOString(), ends_at: endsAt.toISOString() },
    validFrom: startsAt,
    cause,
    endsAt,
  };
}
