import type { AccessFacts, GrantFact, Role, StripeSubscriptionFact, TrialFact } from "@gatehouse/core";
import { type RawBuilder, sql } from "kysely";
import type { Tx } from "../platform/app.ts";
import { asBillingFacts, type BillingRow, billingColumns } from "./billing-facts.store.ts";
import type { BillingFacts } from "./present-billing.ts";

/** The person as the product shows them to themself. */
export interface PersonFacts {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly emailVerifiedAt: Date | null;
  readonly roleAtSignup: string | null;
  readonly locale: string;
  readonly hasPassword: boolean;
  readonly createdAt: Date;
}
/** Everything that decides a request of one session in one account. */
export interface SessionFacts {
  readonly sessionId: string;
  readonly sessionExpiresAt: Date;
  readonly user: PersonFacts;
  readonly account: { readonly id: string; readonly name: string; readonly slug: string };
  readonly role: Role;
  readonly access: AccessFacts;
}
/** What a limit's `used` is counted from, asked within the one statement of the account's state. */
export type LiveCounts = Readonly<Record<string, (accountId: RawBuilder<string>) => RawBuilder<number>>>;

export interface FactsRow {
  trial: { plan: string; starts_at: string; ends_at: string } | null;
  grants: { plan: string; starts_at: string; until: string | null; reason: string }[];
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
  (select to_jsonb(t) from (select plan, starts_at, ends_at from trials where account_id = ${account}) t) as trial,
  (select coalesce(jsonb_agg(g), '[]'::jsonb) from
    (select plan, starts_at, until, reason from complimentary_grants where account_id = ${account}) g) as grants,
  (select coalesce(jsonb_agg(s), '[]'::jsonb) from
    (select id, status, plan, current_period_end, cancel_at_period_end, ends_at, trial_ends_at, collection_paused, seats, past_due_since, changed_at
     from stripe_subscriptions where account_id = ${account}) s) as stripe`;

interface SessionRow extends FactsRow {
  session_id: string;
  session_expires_at: Date;
  user_id: string;
  email: string;
  user_name: string;
  email_verified_at: Date | null;
  role_at_signup: string | null;
  locale: string;
  has_password: boolean;
  user_created_at: Date;
  account_id: string;
  account_name: string;
  slug: string;
  role: Role;
}

/** One statement, by primary keys. @returns null when the session has ended, the user is deleted or is no member of the account */
export async function loadSessionFacts(tx: Tx, sessionId: string, accountId: string): Promise<SessionFacts | null> {
  const result = await sql<SessionRow>`
    select s.id as session_id, s.expires_at as session_expires_at, u.id as user_id, u.email, u.name as user_name, u.email_verified_at,
      u.role_at_signup, u.locale, u.password_hash is not null as has_password, u.created_at as user_created_at,
      a.id as account_id, a.name as account_name, a.slug, a.deleted_at, m.role, ${factsColumns(sql`a.id`)}
    from sessions s
    join users u on u.id = s.user_id and u.deleted_at is null
    join memberships m on m.user_id = u.id and m.account_id = ${accountId}
    join accounts a on a.id = m.account_id
    where s.id = ${sessionId} and s.revoked_at is null`.execute(tx);
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
    createdAt: row.user_created_at,
  },
  account: { id: row.account_id, name: row.account_name, slug: row.slug },
  role: row.role,
  access: asAccessFacts(row),
});

/** What decides access of these accounts; one that is not there is left out. */
export async function loadAccessFacts(tx: Tx, accountIds: readonly string[]): Promise<ReadonlyMap<string, AccessFacts>> {
  if (accountIds.length === 0) return new Map();
  const result = await sql<FactsRow & { id: string }>`
    select a.id, a.deleted_at, ${factsColumns(sql`a.id`)} from accounts a where a.id = any(${accountIds})`.execute(tx);
  return new Map(result.rows.map((row) => [row.id, asAccessFacts(row)]));
}

export interface AccountState {
  readonly access: AccessFacts;
  readonly emailVerifiedAt: Date | null;
  readonly registeredAt: Date;
  /** Limits of every plan, by plan: which one counts is decided by the facts, not by the statement. */
  readonly limits: readonly { plan: string; key: string; limit: number | null }[];
  readonly planNames: Readonly<Record<string, string>>;
  readonly used: Readonly<Record<string, number>>;
  readonly billing: BillingFacts;
}
interface StateRow extends FactsRow, BillingRow {
  email_verified_at: Date | null;
  user_created_at: Date;
  limits: { plan: string; key: string; limit: number | null }[];
  plan_names: Record<string, string>;
  used: Record<string, number>;
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
      (select coalesce(jsonb_object_agg(key, name), '{}'::jsonb) from plans) as plan_names,
      jsonb_build_object(${sql.join(used)}) as used, ${factsColumns(account)},
      ${billingColumns(account, livemode)}
    from accounts a join memberships m on m.account_id = a.id and m.user_id = ${userId} join users u on u.id = m.user_id
    where a.id = ${accountId}`.execute(tx);
  const row = result.rows[0];
  if (!row) return null;
  return {
    access: asAccessFacts(row),
    emailVerifiedAt: row.email_verified_at,
    registeredAt: row.user_created_at,
    limits: row.limits,
    planNames: row.plan_names,
    used: row.used,
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
  plan: trial.plan,
  startsAt: new Date(trial.starts_at),
  endsAt: new Date(trial.ends_at),
});
const asGrant = (grant: FactsRow["grants"][number]): GrantFact => ({
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
