-- Whom guards in shadow would have refused, and which policy and catalogue were in force from when on.

-- Counted in memory and added up here a day; an account's own row says how often its people would have stood before a shut door.
create table guard_refusals (
  account_id uuid not null,
  guard text not null,
  reason text not null,
  -- In UTC.
  day date not null,
  count bigint not null check (count > 0),
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (account_id, guard, reason, day)
);
create index guard_refusals_day on guard_refusals (day);

-- Append-only: what was in force at a moment is the newest version before it.
create table policy_versions (
  kind text not null check (kind in ('policy', 'catalogue')),
  in_force_from timestamptz not null,
  value jsonb not null,
  primary key (kind, in_force_from)
);

alter table guard_refusals add foreign key (account_id) references accounts (id);

grant select on guard_refusals, policy_versions to gatehouse_app;
grant select, insert, update, delete on guard_refusals to gatehouse_system;
grant select, insert on policy_versions to gatehouse_system;

do $$
declare t text;
begin
  foreach t in array array['guard_refusals', 'policy_versions'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to gatehouse_system using (true) with check (true)', t);
  end loop;
end $$;
create policy own_account on guard_refusals for select to gatehouse_app using (account_id = app_account_id());
create policy everyone on policy_versions for select to gatehouse_app using (true);
