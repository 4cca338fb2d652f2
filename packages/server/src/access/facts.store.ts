import type { AccessFacts, GrantFact, Role, StripeSubscriptionFact, TrialFact, TrialRefusal } from "@gatehouse/core";
import { type RawBuilder, sql } from "kysely";
import { IMPERSONATION_ROLE } from "../platform/access-tokens.ts";
import type { Tx } from "../platform/app.ts";
import type { LiveCounts } from "../platform/live-counts.ts";
import { asBillingFacts, type BillingRow, billingColumns } from "./billing-facts.store.ts";
import { asOverrides, type Overrides, type OverridesRow, overridesColumns } from "./overrides.store.ts";
import type { BillingFacts, ShownPlan } from "./present-billing.ts";

/** The person as the product shows them to themself. */
export interface PersonFacts {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly emailVerifiedAt: Date | null;
  readonly roleAtSignup: string | null;
  readonly locale: string;
  readonly hasPassword: boolean;
  readonly isOperator: boolean;
  readonly createdAt: Date;
}
/** Everything that decides a request of one session in one account. */
export interface SessionFacts {
  readonly sessionId: string;
  readonly sessionExpiresAt: Date;
  readonly user: PersonFacts;
  readonly account: { readonly id: string; readonly name: string; readonly slug: string };
  readonly role: Role;
  /** An operator who looks at the account as this person; null: the person themself. */
  readonly impersonation: { readonly operatorId: string; readonly operatorSessionId: string } | null;
  readonly access: AccessFacts;
  readonly overrides: Overrides;
}

export interface FactsRow {
  trial: { id: string; plan: string; starts_at: string; ends_at: string } | null;
  grants: { id: string; plan: string; starts_at: string; until: string | null; reason: string }[];
  stripe: {
    id: string;
    status: string;
    plan: string | null;
    current_period_end: string | null;
    cancel_at_period_end: boolean;
    ends_at: string | null;
    trial_ends_at: string | null;
    collection_paused: string | null;
    seats: number;
    past_due_since: string | null;
    changed_at: string;
  }[];
  deleted_at: Date | null;
}

/** The facts of one account as columns of a statement: the same for the cache, the billing state and explain. */
export const factsColumns = (account: RawBuilder<string>): RawBuilder<FactsRow> => sql<FactsRow>`
  (select to_jsonb(t) from (select id, plan, starts_at, ends_at from trials where account_id = ${account}) t) as trial,
  (select coalesce(jsonb_agg(g), '[]'::jsonb) from
    (select id, plan, starts_at, until, reason from complimentary_grants where account_id = ${account}) g) as grants,
  (select coalesce(jsonb_agg(s), '[]'::jsonb) from
    (select id, status, plan, current_period_end, cancel_at_period_end, ends_at, trial_ends_at, collection_paused, seats, past_due_since, changed_at
     from stripe_subscriptions where account_id = ${account}) s) as stripe`;

interface SessionRow extends FactsRow, OverridesRow {
  session_id: string;
  session_expires_at: Date;
  user_id: string;
  email: string;
  user_name: string;
  email_verified_at: Date | null;
  role_at_signup: string | null;
  locale: string;
  has_password: boolean;
  is_operator: boolean;
  user_created_at: Date;
  account_id: string;
  account_name: string;
  slug: string;
  role: Role;
  operator_id: string | null;
  operator_session_id: string | null;
}

/** One statement, by primary keys. @returns null when the session has ended, the user is deleted or is no member of the account */
export const loadSessionFacts = (tx: Tx, sessionId: string, accountId: string): Promise<SessionFacts | null> =>
  loadFacts(
    tx,
    accountId,
    sql`select id, user_id, expires_at, null::uuid as operator_id, null::uuid as operator_session_id
      from sessions where id = ${sessionId} and revoked_at is null`,
  );

/**
 * As `loadSessionFacts`, for an operator who looks at the account as one of its people. @returns null also when the operator is none any
 * more or has signed out
 */
export const loadImpersonatedFacts = (tx: Tx, impersonationId: string, accountId: string): Promise<SessionFacts | null> =>
  loadFacts(
    tx,
    accountId,
    sql`select i.id, i.as_user_id as user_id, i.expires_at, i.operator_id, i.operator_session_id
      from impersonations i
      join users o on o.id = i.operator_id and o.is_operator and o.deleted_at is null
      join sessions os on os.id = i.operator_session_id and os.revoked_at is null
      where i.id = ${impersonationId} and i.account_id = ${accountId} and i.ended_at is null`,
  );

async function loadFacts(tx: Tx, accountId: string, session: RawBuilder<unknown>): Promise<SessionFacts | null> {
  const result = await sql<SessionRow>`
    select s.id as session_id, s.expires_at as session_expires_at, u.id as user_id, u.email, u.name as user_name, u.email_verified_at,
      u.role_at_signup, u.locale, u.password_hash is not null as has_password, u.is_operator, u.created_at as user_created_at,
      a.id as account_id, a.name as account_name, a.slug, a.deleted_at, m.role,
      s.operator_id, s.operator_session_id, ${factsColumns(sql`a.id`)},
      ${overridesColumns(sql`a.id`)}
    from (${session}) s
    join users u on u.id = s.user_id and u.deleted_at is null
    join memberships m on m.user_id = u.id and m.account_id = ${accountId}
    join accounts a on a.id = m.account_id`.execute(tx);
  const row = result.rows[0];
  return row ? asSessionFacts(row) : null;
}

const asSessionFacts = (row: SessionRow): SessionFacts => ({
  sessionId: row.session_id,
  sessionExpiresAt: row.session_expires_at,
  user: {
    id: row.user_id,
    email: row.email,
    name: row.user_name,
    emailVerifiedAt: row.email_verified_at,
    roleAtSignup: row.role_at_signup,
    locale: row.locale,
    hasPassword: row.has_password,
    // Who looks as somebody else looks after nothing.
    isOperator: row.is_operator && row.operator_id === null,
    createdAt: row.user_created_at,
  },
  account: { id: row.account_id, name: row.account_name, slug: row.slug },
  role: row.operator_id === null ? row.role : IMPERSONATION_ROLE,
  impersonation:
    row.operator_id === null || row.operator_session_id === null
      ? null
      : { operatorId: row.operator_id, operatorSessionId: row.operator_session_id },
  access: asAccessFacts(row),
  overrides: asOverrides(row),
});

/** What decides access of these accounts; one that is not there is left out. */
export async function loadAccessFacts(tx: Tx, accountIds: readonly string[]): Promise<ReadonlyMap<string, AccessFacts>> {
  if (accountIds.length === 0) return new Map();
  const result = await sql<FactsRow & { id: string }>`
    select a.id, a.deleted_at, ${factsColumns(sql`a.id`)} from accounts a where a.id = any(${accountIds})`.execute(tx);
  return new Map(result.rows.map((row) => [row.id, asAccessFacts(row)]));
}

/** What decides the flags of an account, in one statement. @returns null when there is none */
export async function loadFeatureSource(tx: Tx, accountId: string): Promise<Pick<SessionFacts, "access" | "overrides"> | null> {
  const account = sql<string>`a.id`;
  const result = await sql<FactsRow & OverridesRow>`
    select a.deleted_at, ${factsColumns(account)}, ${overridesColumns(account)} from accounts a where a.id = ${accountId}`.execute(tx);
  const row = result.rows[0];
  return row ? { access: asAccessFacts(row), overrides: asOverrides(row) } : null;
}

export interface AccountState {
  readonly access: AccessFacts;
  readonly overrides: Overrides;
  readonly emailVerifiedAt: Date | null;
  readonly registeredAt: Date;
  /** Limits of every plan, by plan: which one counts is decided by the facts, not by the statement. */
  readonly limits: readonly { plan: string; key: string; limit: number | null }[];
  /** From the smallest; as operators may have edited them. */
  readonly plans: readonly ShownPlan[];
  readonly used: Readonly<Record<string, number>>;
  /** Why the account got no trial; null: it got one, or nobody asked. */
  readonly trialRefusal: TrialRefusal | null;
  readonly billing: BillingFacts;
}
interface StateRow extends FactsRow, OverridesRow, BillingRow {
  email_verified_at: Date | null;
  user_created_at: Date;
  limits: { plan: string; key: string; limit: number | null }[];
  plans: ShownPlan[];
  used: Record<string, number>;
  trial_refusal: TrialRefusal | null;
}

/**
 * Everything that `/billing/state` and explain say, read in one statement from PostgreSQL and not from a cache.
 * @param livemode the mode of Stripe's key: prices of the other one are none of ours
 */
export async function loadAccountState(
  tx: Tx,
  accountId: string,
  userId: string,
  counts: LiveCounts,
  livemode: boolean,
): Promise<AccountState | null> {
  const account = sql<string>`a.id`;
  const used = Object.entries(counts).map(([key, count]) => sql`${sql.lit(key)}, ${count(account)}`);
  const result = await sql<StateRow>`
    select a.deleted_at, u.email_verified_at, u.created_at as user_created_at,
      (select coalesce(jsonb_agg(jsonb_build_object('plan', plan, 'key', limit_key, 'limit', limit_value)), '[]'::jsonb) from plan_limits) as limits,
      (select coalesce(jsonb_agg(jsonb_build_object('key', key, 'name', name, 'public', is_public) order by position, key), '[]'::jsonb)
        from plans) as plans,
      (select reason from trial_refusals where account_id = a.id) as trial_refusal,
      jsonb_build_object(${sql.join(used)}) as used, ${factsColumns(account)},
      ${overridesColumns(account)}, ${billingColumns(account, livemode)}
    from accounts a join memberships m on m.account_id = a.id and m.user_id = ${userId} join users u on u.id = m.user_id
    where a.id = ${accountId}`.execute(tx);
  const row = result.rows[0];
  if (!row) return null;
  return {
    access: asAccessFacts(row),
    overrides: asOverrides(row),
    emailVerifiedAt: row.email_verified_at,
    registeredAt: row.user_created_at,
    limits: row.limits,
    plans: row.plans,
    used: row.used,
    trialRefusal: row.trial_refusal,
    billing: asBillingFacts(row),
  };
}

export const asAccessFacts = (row: FactsRow): AccessFacts => ({
  trial: row.trial === null ? null : asTrial(row.trial),
  grants: row.grants.map(asGrant),
  stripe: row.stripe.map(asStripe),
  accountDeletedAt: row.deleted_at,
});
const asDate = (text: string | null): Date | null => (text === null ? null : new Date(text));
const asTrial = (trial: NonNullable<FactsRow["trial"]>): TrialFact => ({
  id: trial.id,
  plan: trial.plan,
  startsAt: new Date(trial.starts_at),
  endsAt: new Date(trial.ends_at),
});
const asGrant = (grant: FactsRow["grants"][number]): GrantFact => ({
  id: grant.id,
  plan: grant.plan,
  startsAt: new Date(grant.starts_at),
  until: asDate(grant.until),
  reason: grant.reason,
});
const asStripe = (row: FactsRow["stripe"][number]): StripeSubscriptionFact => ({
  id: row.id,
  status: row.status,
  plan: row.plan,
  currentPeriodEnd: asDate(row.current_period_end),
  cancelAtPeriodEnd: row.cancel_at_period_end,
  endsAt: asDate(row.ends_at),
  trialEndsAt: asDate(row.trial_ends_at),
  collectionPaused: row.collection_paused,
  seats: row.seats,
  pastDueSince: asDate(row.past_due_since),
  changedAt: new Date(row.changed_at),
});

/** Members and invites that may still be accepted: a seat is taken by either. */
export const countSeats =
  (now: () => Date) =>
  (account: RawBuilder<string>): RawBuilder<number> =>
    sql<number>`((select count(*) from memberships where account_id = ${account}) + (select count(*) from account_invites
      where account_id = ${account} and accepted_at is null and revoked_at is null and expires_at > ${now()}))::int`;
