-- The foundation: people, accounts, the facts that decide access, and the platform's own tables.
-- Primary and foreign keys of account-scoped tables carry account_id, so that no row can point into another tenant.
-- Constraints stand in statements of their own: tables can be distributed first and their foreign keys added after.

revoke create on schema public from public;
grant usage on schema public to gatehouse_app, gatehouse_system;

-- People ------------------------------------------------------------------------------------------------------------
create table users (
  id uuid primary key,
  email text not null,
  email_normalised text,
  name text not null,
  password_hash text,
  password_proven_at timestamptz,
  email_verified_at timestamptz,
  role_at_signup text,
  is_operator boolean not null default false,
  locale text not null default 'en',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz
);
create unique index users_email on users (email_normalised);

create table oauth_identities (
  id uuid primary key,
  provider text not null,
  issuer text not null,
  subject text not null,
  user_id uuid not null,
  email_at_link text,
  tenant_at_link text,
  created_at timestamptz not null,
  last_used_at timestamptz,
  unique (issuer, subject)
);
create index oauth_identities_user on oauth_identities (user_id);

create table sessions (
  id uuid primary key,
  user_id uuid not null,
  user_agent text,
  ip text,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_reason text
);
create index sessions_user on sessions (user_id);
create index sessions_expiry on sessions (expires_at);

create table refresh_tokens (
  token_hash bytea primary key,
  session_id uuid not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  successor_hash bytea
);
create index refresh_tokens_session on refresh_tokens (session_id);

create table email_verification_tokens (
  id uuid primary key,
  token_hash bytea not null unique,
  user_id uuid not null,
  email text not null,
  requested_ip text,
  requested_user_agent text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  consumed_at timestamptz
);
create index email_verification_tokens_user on email_verification_tokens (user_id);

create table password_reset_tokens (
  id uuid primary key,
  token_hash bytea not null unique,
  user_id uuid not null,
  email text not null,
  purpose text not null check (purpose in ('reset', 'claim')),
  requested_ip text,
  requested_user_agent text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  consumed_at timestamptz
);
create index password_reset_tokens_user on password_reset_tokens (user_id);

-- Accounts ----------------------------------------------------------------------------------------------------------
create table accounts (
  id uuid primary key,
  name text not null,
  slug text not null,
  company_size text,
  industry text,
  primary_use text,
  onboarding_step_completed integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz
);
create unique index accounts_slug on accounts (slug);

create table memberships (
  account_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  invited_by uuid,
  created_at timestamptz not null,
  primary key (account_id, id)
);
create unique index memberships_user on memberships (account_id, user_id);
create index memberships_by_user on memberships (user_id, created_at);

create table account_invites (
  account_id uuid not null,
  id uuid not null,
  email text not null,
  email_normalised text not null,
  role text not null check (role in ('admin', 'member', 'viewer')),
  token_hash bytea not null,
  invited_by uuid,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz,
  email_sent_at timestamptz,
  primary key (account_id, id)
);
create index account_invites_token on account_invites (token_hash);

-- The facts that decide access --------------------------------------------------------------------------------------
create table trials (
  account_id uuid not null,
  id uuid not null,
  plan text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  extended_days integer not null default 0 check (extended_days >= 0),
  primary key (account_id, id),
  check (ends_at > starts_at)
);
create unique index trials_account on trials (account_id);

create table complimentary_grants (
  account_id uuid not null,
  id uuid not null,
  plan text not null,
  starts_at timestamptz not null,
  until timestamptz,
  reason text not null,
  granted_by uuid,
  primary key (account_id, id)
);

create table stripe_subscriptions (
  account_id uuid not null,
  id text not null,
  status text not null,
  plan text,
  current_period_end timestamptz,
  cancel_at_period_end boolean not null,
  seats integer not null,
  past_due_since timestamptz,
  changed_at timestamptz not null,
  last_ticket bigint not null,
  primary key (account_id, id)
);
create unique index stripe_subscriptions_id on stripe_subscriptions (id, account_id);

-- Append-only: neither role may update or delete.
create table access_history (
  account_id uuid not null,
  id uuid not null,
  kind text not null,
  subject_id text not null,
  value jsonb not null,
  valid_from timestamptz not null,
  recorded_at timestamptz not null,
  cause text not null,
  primary key (account_id, id)
);
create index access_history_order on access_history (account_id, recorded_at, id);

-- The catalogue -----------------------------------------------------------------------------------------------------
create table plans (
  key text primary key,
  name text not null,
  is_public boolean not null,
  position integer not null
);
create table plan_limits (
  plan text not null,
  limit_key text not null,
  limit_value bigint check (limit_value >= 0),
  primary key (plan, limit_key)
);

-- The platform ------------------------------------------------------------------------------------------------------
-- Append-only, a partition a month; what has no account is filed under the nil UUID.
create table audit_events (
  account_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  actor_user_id uuid,
  action text not null,
  target_id text,
  ip text,
  user_agent text,
  details jsonb not null,
  primary key (account_id, id, at)
) partition by range (at);
create table audit_events_rest partition of audit_events default;

create table idempotency_keys (
  account_id uuid not null,
  user_id uuid not null,
  route text not null,
  key text not null,
  body_hash bytea not null,
  -- json and not jsonb: the second answer is the first one to the letter.
  answer json,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (account_id, user_id, route, key)
);
create index idempotency_keys_expiry on idempotency_keys (expires_at);

create table signing_keys (
  kid text primary key,
  public_jwk jsonb not null,
  private_jwk_sealed bytea not null,
  created_at timestamptz not null,
  retires_at timestamptz not null
);

create table settings (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz not null
);

create table rate_limits (
  bucket bytea primary key,
  used integer not null,
  window_ends_at timestamptz not null
);
create index rate_limits_expiry on rate_limits (window_ends_at);

-- Foreign keys ------------------------------------------------------------------------------------------------------
alter table oauth_identities add foreign key (user_id) references users (id);
alter table sessions add foreign key (user_id) references users (id);
alter table refresh_tokens add foreign key (session_id) references sessions (id) on delete cascade;
alter table email_verification_tokens add foreign key (user_id) references users (id);
alter table password_reset_tokens add foreign key (user_id) references users (id);
alter table memberships add foreign key (account_id) references accounts (id);
alter table memberships add foreign key (user_id) references users (id);
alter table account_invites add foreign key (account_id) references accounts (id);
alter table trials add foreign key (account_id) references accounts (id);
alter table trials add foreign key (plan) references plans (key);
alter table complimentary_grants add foreign key (account_id) references accounts (id);
alter table complimentary_grants add foreign key (plan) references plans (key);
alter table stripe_subscriptions add foreign key (account_id) references accounts (id);
alter table access_history add foreign key (account_id) references accounts (id);
alter table plan_limits add foreign key (plan) references plans (key);

-- Roles: what each may touch ----------------------------------------------------------------------------------------
-- The tenant that a statement is for; unset or empty is none, and then no policy lets a row through.
create function app_account_id() returns uuid language sql stable parallel safe
  return nullif(current_setting('app.account_id', true), '')::uuid;

grant select on users, plans, plan_limits, settings to gatehouse_app;
grant select, update on accounts to gatehouse_app;
grant select, insert, update, delete on memberships, account_invites, idempotency_keys to gatehouse_app;
grant select, insert, update on trials, complimentary_grants, stripe_subscriptions to gatehouse_app;
grant select, insert on access_history, audit_events to gatehouse_app;

grant select, insert, update, delete on users, oauth_identities, sessions, refresh_tokens, email_verification_tokens,
  password_reset_tokens, memberships, account_invites, plans, plan_limits, idempotency_keys, signing_keys, settings, rate_limits
  to gatehouse_system;
grant select, insert, update on accounts, trials, complimentary_grants, stripe_subscriptions to gatehouse_system;
grant select, insert on access_history, audit_events to gatehouse_system;

-- Row-level security: forced everywhere, the owner included ---------------------------------------------------------
do $$
declare t text;
begin
  for t in select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and c.relname not like '%\_migrations%' loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to gatehouse_system using (true) with check (true)', t);
  end loop;
  foreach t in array array['memberships', 'account_invites', 'trials', 'complimentary_grants', 'stripe_subscriptions', 'access_history',
                           'audit_events', 'idempotency_keys'] loop
    execute format('create policy own_account on %I to gatehouse_app using (account_id = app_account_id()) with check (account_id = app_account_id())', t);
  end loop;
end $$;
create policy own_account on accounts to gatehouse_app using (id = app_account_id()) with check (id = app_account_id());
create policy own_members on users for select to gatehouse_app
  using (exists (select 1 from memberships m where m.account_id = app_account_id() and m.user_id = users.id));
create policy everyone on plans for select to gatehouse_app using (true);
create policy everyone on plan_limits for select to gatehouse_app using (true);
create policy everyone on settings for select to gatehouse_app using (true);

-- Forced row security binds the owner too, and the function below looks, as the owner, whether a month has begun in the rest partition.
create policy owner_looks on audit_events_rest for select to current_user using (true);

-- Partitions of the audit are made ahead by whoever runs the sweep, who owns nothing: hence with the owner's rights, for one fixed statement.
create function ensure_audit_partition(month date) returns void language plpgsql security definer
  set search_path = pg_catalog, public set timezone = 'UTC' as $$
declare
  first date := date_trunc('month', month);
  part text := 'audit_events_' || to_char(first, 'YYYY_MM');
begin
  if to_regclass('public.' || part) is not null then return; end if;
  -- Two sweeps at once: the second one waits, and finds it made. It looks in the catalogue itself: to_regclass may remember the answer above.
  perform pg_advisory_xact_lock(hashtext('gatehouse.audit_partitions'));
  if exists (select 1 from pg_class where relname = part and relnamespace = 'public'::regnamespace) then return; end if;
  -- A month that has already begun in the rest partition stays there.
  if exists (select 1 from public.audit_events_rest where at >= first and at < first + interval '1 month') then return; end if;
  execute format('create table public.%I partition of public.audit_events for values from (%L) to (%L)', part, first, first + interval '1 month');
  execute format('alter table public.%I enable row level security', part);
  execute format('alter table public.%I force row level security', part);
end $$;
revoke all on function ensure_audit_partition(date) from public;
grant execute on function ensure_audit_partition(date) to gatehouse_system;
