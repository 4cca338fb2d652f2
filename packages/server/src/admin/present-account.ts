import { grantState } from "@gatehouse/core";
import { wireInstant } from "../access/wire-instant.ts";
import type { StoredGrant } from "../billing/grants.store.ts";
import type { StoredTrial } from "../billing/trials.store.ts";
import type { App } from "../platform/app.ts";
import type { FoundPerson } from "./account-search.store.ts";
import type { FoundAccount } from "./search-accounts.ts";

/** Accounts and people as operators are shown them, over HTTP and at the command line. */
export const presentFound = (account: FoundAccount) => ({
  id: account.id,
  name: account.name,
  slug: account.slug,
  state: account.state,
  plan: account.plan,
  owner_email: account.ownerEmail,
  created_at: account.createdAt.toISOString(),
});

export const presentGrant = (grant: StoredGrant, now: Date) => ({
  id: grant.id,
  plan: grant.plan,
  state: grantState(grant, now),
  starts_at: grant.startsAt.toISOString(),
  until: wireInstant(grant.until),
  reason: grant.reason,
  granted_by: grant.grantedBy,
  ended_at: wireInstant(grant.endedAt),
  ended_by: grant.endedBy,
  version: grant.version,
});

export const presentTrial = (app: Pick<App, "config">, trial: StoredTrial) => ({
  id: trial.id,
  plan: trial.plan,
  starts_at: trial.startsAt.toISOString(),
  ends_at: trial.endsAt.toISOString(),
  extended_days: trial.extendedDays,
  extension_days_left: Math.max(0, app.config.trialExtensionDaysMax - trial.extendedDays),
  version: trial.version,
});

export const presentPerson = (person: FoundPerson) => ({
  id: person.id,
  email: person.email,
  name: person.name,
  email_verified_at: wireInstant(person.emailVerifiedAt),
  is_operator: person.isOperator,
  created_at: person.createdAt.toISOString(),
  accounts: [...person.accounts],
});
