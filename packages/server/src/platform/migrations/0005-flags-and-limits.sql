-- Flags and limits in layers: what the catalogue says, what a plan says, what an operator set for one account; and what was used up.

create table feature_flags (
  key text primary key,
  description text not null,
  default_value jsonb not null
);
create table plan_feature_defaults (
  plan text not null,
  flag text not null,
  value jsonb not null,
  primary key (plan, flag)
);
-- `version` grows with each change of one row: of two operators who edit the same, the second is told of the first.
create table account_feature_overrides (
  account_id uuid not null,
  flag text not null,
  value jsonb not null,
  reason text not null,
  set_by uuid,
  set_at timestamptz not null,
  expires_at timestamptz,
  version integer not null default 1,
  primary key (account_id, flag)
);
create table account_limit_overrides (
  account_id uuid not null,
  limit_key text not null,
  -- null: no limit
  value bigint check (value >= 0),
  reason text not null,
  set_by uuid,
  set_at timestamptz not null,
  expires_at timestamptz,
  version integer not null default 1,
  primary key (account_id, limit_key)
);
create table usage_counters (
  account_id uuid not null,
  limit_key text not null,
  period_start timestamptz not null,
  used bigint not null check (used >= 0),
  primary key (account_id, limit_key, period_start)
);

alter table plan_feature_defaults add foreign key (plan) references plans (key);
alter table plan_feature_defaults add foreign key (flag) references feature_flags (key);
alter table account_feature_overrides add foreign key (account_id) references accounts (id);
alter table account_limit_overrides add foreign key (account_id) references accounts (id);
alter table usage_counters add foreign key (account_id) references accounts (id);

grant select on feature_flags, plan_feature_defaults to gatehouse_app;
grant select, insert, update, delete on account_feature_overrides, account_limit_overrides, usage_counters to gatehouse_app, gatehouse_system;
grant select, insert, update, delete on feature_flags, plan_feature_defaults to gatehouse_system;

do $$
declare t text;
begin
  foreach t in array array['feature_flags', 'plan_feature_defaults', 'account_feature_overrides', 'account_limit_overrides', 'usage_counters'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to gatehouse_system using (true) with check (true)', t);
  end loop;
  foreach t in array array['account_feature_overrides', 'account_limit_overrides', 'usage_counters'] loop
    execute format('create policy own_account on %I to gatehouse_app using (account_id = app_account_id()) with check (account_id = app_account_id())', t);
  end loop;
end $$;
create policy everyone on feature_flags for select to gatehouse_app using (true);
create policy everyone on plan_feature_defaults for select to gatehouse_app using (true);
