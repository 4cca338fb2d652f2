-- Billing at Stripe: who is which customer, the ledger of events, what was read, and what each plan costs.

-- Every reading of Stripe takes a ticket before it begins; of two readings of one subscription the higher ticket is the newer one
-- (ADR 0008). One counter for all accounts: taking a ticket locks nothing, and the account need not be known yet.
create sequence stripe_tickets;
grant usage on sequence stripe_tickets to gatehouse_system, gatehouse_app;

-- Which customer an account is, and the one checkout that it may have open.
create table billing_customers (
  account_id uuid primary key,
  customer_id text,
  -- Grows each time a customer is forgotten (deleted at Stripe): part of the idempotency key that makes the next one.
  customer_generation integer not null default 0,
  -- What the customer is made with: fixed at the first attempt, for the same idempotency key must not carry other parameters (C2).
  customer_name text,
  customer_email text,
  -- The reservation: which attempt it is, what is being bought, and the session once Stripe has made it.
  checkout_attempt integer not null default 0,
  checkout_plan text,
  checkout_interval text,
  checkout_seats integer,
  checkout_trial_end timestamptz,
  checkout_price_id text,
  checkout_expires_at timestamptz,
  checkout_session_id text,
  created_at timestamptz not null
);
create unique index billing_customers_customer on billing_customers (customer_id);

-- The ledger: every event whose signature was right, before it is answered.
create table stripe_events (
  id text primary key,
  type text not null,
  created_at timestamptz not null,
  api_version text,
  livemode boolean not null,
  -- As it came, to the letter; it is never applied.
  payload text not null,
  received_at timestamptz not null,
  -- webhook, reconciliation
  origin text not null,
  outcome text not null default 'received' check (outcome in ('received', 'applied', 'unchanged', 'recorded', 'ignored', 'unmatched', 'quarantined', 'failed')),
  reason text,
  -- Whose it turned out to be. An account never reads the ledger, so this is no tenant's column.
  matched_account_id uuid,
  processed_at timestamptz
);
-- Not compressed: a third of what a delivery costs PostgreSQL was compressing 3 kB, and each later update wrote them again.
alter table stripe_events alter column payload set storage external;
create index stripe_events_open on stripe_events (received_at) where outcome in ('received', 'failed');
create index stripe_events_account on stripe_events (matched_account_id, received_at) where matched_account_id is not null;
create index stripe_events_created on stripe_events (created_at, id);
create index stripe_events_alarms on stripe_events (received_at) where outcome in ('unmatched', 'quarantined');

-- Append-only: what was read from Stripe and changed something. The newest one of a subscription is what its row says.
create table stripe_observations (
  account_id uuid not null,
  id uuid not null,
  subscription_id text not null,
  ticket bigint not null,
  cause text not null,
  object jsonb not null,
  observed_at timestamptz not null,
  primary key (account_id, id)
);
create unique index stripe_observations_ticket on stripe_observations (account_id, subscription_id, ticket);

alter table stripe_subscriptions
  add column customer_id text,
  add column item_id text,
  add column price_id text,
  add column billing_interval text,
  add column trial_ends_at timestamptz,
  add column ends_at timestamptz,
  add column started_at timestamptz,
  add column ended_at timestamptz,
  add column paused_reason text,
  add column collection_paused text,
  add column has_payment_method boolean not null default false,
  add column open_invoice jsonb;
create index stripe_subscriptions_customer on stripe_subscriptions (customer_id);

-- A subscription too many: cancelled at Stripe by a job, and kept here until an operator has paid the money back.
create table duplicate_subscriptions (
  account_id uuid not null,
  id text not null,
  kept_id text not null,
  flagged_at timestamptz not null,
  canceled_at timestamptz,
  withdrawn_at timestamptz,
  refunded_at timestamptz,
  primary key (account_id, id)
);
create index duplicate_subscriptions_open on duplicate_subscriptions (flagged_at) where refunded_at is null and withdrawn_at is null;

-- Each fact is told once: whoever inserts the row sends the mail.
create table billing_notices (
  account_id uuid not null,
  key text not null,
  kind text not null,
  details jsonb not null,
  at timestamptz not null,
  primary key (account_id, key)
);

-- What a plan costs, and what it is at Stripe. One row for each way to pay for it; ids are null until `gatehouse catalogue apply`.
create table plan_billing (
  plan text not null,
  billing_interval text not null check (billing_interval in ('month', 'year')),
  livemode boolean not null,
  currency text not null,
  amount_minor bigint not null check (amount_minor >= 0),
  is_per_seat boolean not null,
  lookup_key text not null,
  product_id text not null,
  price_id text not null,
  primary key (plan, billing_interval, livemode)
);
create unique index plan_billing_price on plan_billing (price_id);
-- Prices that were sold before: subscriptions on them go on.
create table former_prices (
  price_id text primary key,
  plan text not null,
  livemode boolean not null,
  product_id text not null,
  is_per_seat boolean not null,
  -- When Stripe was told that it is no longer sold; null: it is still to be told.
  archived_at timestamptz
);

-- Where the reconciler stands, and what its last runs found.
create table stripe_reconciliations (
  id uuid primary key,
  livemode boolean not null,
  -- events: those since the last run; all: every subscription too
  scope text not null check (scope in ('events', 'all')),
  started_at timestamptz not null,
  -- The last sign of life of whoever works on it.
  stepped_at timestamptz not null,
  finished_at timestamptz,
  stage text not null check (stage in ('events', 'subscriptions', 'unlisted', 'done')),
  -- Pages taken. Of two that take the same page at once, the one that stores this first goes on.
  page integer not null default 0,
  -- Where the next page of the stage begins; null: at its beginning.
  cursor_id text,
  events_since timestamptz not null,
  -- Of the first page of subscriptions: a row with a lower one was not in Stripe's list.
  first_ticket bigint,
  events_seen integer not null default 0,
  events_new integer not null default 0,
  subscriptions_seen integer not null default 0,
  subscriptions_changed integer not null default 0,
  subscriptions_unmatched integer not null default 0,
  subscriptions_quarantined integer not null default 0,
  subscriptions_missing integer not null default 0,
  subscriptions_failed integer not null default 0,
  -- Why it stands still; null: it does not.
  trouble text
);
create unique index stripe_reconciliations_open on stripe_reconciliations (livemode) where finished_at is null;
create index stripe_reconciliations_started on stripe_reconciliations (started_at);

-- What a run found, and why it was changed or left; the first thousand.
create table stripe_reconciliation_changes (
  run_id uuid not null,
  id uuid not null,
  change jsonb not null,
  primary key (run_id, id)
);

create index trials_ends on trials (ends_at);

alter table billing_customers add foreign key (account_id) references accounts (id);
alter table stripe_observations add foreign key (account_id) references accounts (id);
alter table duplicate_subscriptions add foreign key (account_id) references accounts (id);
alter table billing_notices add foreign key (account_id) references accounts (id);
alter table plan_billing add foreign key (plan) references plans (key);
alter table former_prices add foreign key (plan) references plans (key);
alter table stripe_reconciliation_changes add foreign key (run_id) references stripe_reconciliations (id) on delete cascade;

grant select, insert, update on billing_customers, duplicate_subscriptions to gatehouse_app;
grant select, insert on stripe_observations, billing_notices to gatehouse_app;
grant select on plan_billing, former_prices to gatehouse_app;
grant select, insert, update on billing_customers, duplicate_subscriptions, stripe_events, stripe_reconciliations to gatehouse_system;
grant select, insert on stripe_observations, billing_notices to gatehouse_system;
grant select, insert, update, delete on plan_billing, former_prices to gatehouse_system;
grant delete on stripe_reconciliations to gatehouse_system;
grant select, insert on stripe_reconciliation_changes to gatehouse_system;

do $$
declare t text;
begin
  foreach t in array array['billing_customers', 'stripe_events', 'stripe_observations', 'duplicate_subscriptions', 'billing_notices',
                           'plan_billing', 'former_prices', 'stripe_reconciliations', 'stripe_reconciliation_changes'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to gatehouse_system using (true) with check (true)', t);
  end loop;
  foreach t in array array['billing_customers', 'stripe_observations', 'duplicate_subscriptions', 'billing_notices'] loop
    execute format('create policy own_account on %I to gatehouse_app using (account_id = app_account_id()) with check (account_id = app_account_id())', t);
  end loop;
end $$;
create policy everyone on plan_billing for select to gatehouse_app using (true);
create policy everyone on former_prices for select to gatehouse_app using (true);
