import { accountState, decideAccess } from "@gatehouse/core";
import { listFacts } from "../access/history.store.ts";
import { presentAccess, presentSubscription } from "../access/present-access.ts";
import { readSeats } from "../access/seats.ts";
import { wireInstant } from "../access/wire-instant.ts";
import { listTrail, type TrailEvent } from "../accounts/audit-trail.store.ts";
import { findOpenDeletion } from "../accounts/deletions.store.ts";
import { listGrants } from "../billing/grants.store.ts";
import { readTrial } from "../billing/trials.store.ts";
import type { App } from "../platform/app.ts";
import { isByOperator } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import { type AccountFacts, type ListedOverride, listOverrides, listPeople, loadAccountFacts } from "./account-detail.store.ts";
import { presentGrant, presentTrial } from "./present-account.ts";

type Parts = Pick<App, "db" | "clock" | "config" | "policy" | "stripe">;
/** Entries of the audit that are shown; the account's own list pages through the rest. */
const TRAIL = 50;

/**
 * All that an operator asks first about an account, read within it: who is in it, what it has and by which facts, what was done.
 * @throws Refusal account_not_found
 */
export function showAccount(app: Parts, accountId: string) {
  return app.db.forAccount(accountId, async (tx) => {
    const now = app.clock.now();
    const facts = (await loadAccountFacts(tx, accountId, app.stripe.livemode)) ?? refuse("account_not_found");
    const decision = decideAccess(facts.access, now, app.policy);
    const { limit, used } = await readSeats(app, tx, accountId);
    const trial = await readTrial(tx, accountId);
    const { features, limits } = await listOverrides(tx, accountId);
    const deletion = await findOpenDeletion(tx, accountId);
    return {
      account: { ...presentHead(facts), state: accountState(facts.access, facts.erasedAt, now, app.policy).state },
      members: (await listPeople(tx, accountId)).map((member) => ({
        user_id: member.userId,
        name: member.name,
        email: member.email,
        role: member.role,
        email_verified_at: wireInstant(member.emailVerifiedAt),
        joined_at: member.joinedAt.toISOString(),
      })),
      seats: { limit, used },
      subscription: presentSubscription(app.config, facts.access, facts.billing, decision, now, app.policy),
      access: presentAccess(app.config, decision),
      stripe: presentStripe(facts),
      trial: trial && presentTrial(app, trial),
      grants: (await listGrants(tx, accountId)).map((grant) => presentGrant(grant, now)),
      overrides: { features: features.map(presentOverride), limits: limits.map(presentOverride) },
      deletion: deletion && {
        requested_at: deletion.requestedAt.toISOString(),
        due_at: deletion.dueAt.toISOString(),
        requested_by: deletion.requestedBy,
      },
      audit: (await listTrail(tx, accountId, { before: null, limit: TRAIL, action: null })).map(presentEvent),
      timeline: (await listFacts(tx, accountId)).map((fact) => ({
        fact: fact.kind,
        value: fact.value,
        valid_from: fact.validFrom.toISOString(),
        recorded_at: fact.recordedAt.toISOString(),
        cause: fact.cause,
      })),
    };
  });
}

const presentHead = (facts: AccountFacts) => ({
  id: facts.id,
  name: facts.name,
  slug: facts.slug,
  company_size: facts.companySize,
  industry: facts.industry,
  primary_use: facts.primaryUse,
  created_at: facts.createdAt.toISOString(),
});
const presentStripe = ({ customerId, access }: AccountFacts) => ({
  customer_id: customerId,
  subscriptions: access.stripe.map(({ id, status, plan, seats, currentPeriodEnd }) => ({
    id,
    status,
    plan,
    seats,
    current_period_end: wireInstant(currentPeriodEnd),
  })),
});
export const presentOverride = (override: ListedOverride) => ({
  key: override.key,
  value: override.value,
  reason: override.reason,
  set_by: override.setBy,
  set_at: override.setAt.toISOString(),
  expires_at: wireInstant(override.expiresAt),
  version: override.version,
});
const presentEvent = (event: TrailEvent) => ({
  id: event.id,
  at: event.at.toISOString(),
  action: event.action,
  actor: event.actor && {
    id: event.actor.id,
    name: event.actor.name ?? (isByOperator(event.details) ? "An operator" : "A former member"),
  },
  target_id: event.targetId,
  ip: event.ip,
  user_agent: event.userAgent,
  details: event.details,
});
