-- One trial a person and a company: what a trial is remembered by, and who was told why there was none.

-- Hashes with a key of the server's: what they were made of cannot be read from them. They stay when an account is erased, so that
-- deleting and coming back is no second trial; hence no reference to a person.
create table trial_claims (
  account_id uuid not null,
  kind text not null check (kind in ('address', 'card', 'company', 'provider')),
  hash bytea not null check (length(hash) = 32),
  at timestamptz not null,
  -- Since when it is known that the address was the person's own; null: anybody may have typed it.
  proven_at timestamptz,
  primary key (account_id, kind, hash)
);
-- The lock of "first come keeps it": of two who sign up at once the second waits here for the first.
create unique index trial_claims_once on trial_claims (kind, hash);

create table trial_refusals (
  account_id uuid not null,
  reason text not null,
  at timestamptz not null,
  -- When an operator gave the trial after all.
  waived_at timestamptz,
  waived_by uuid,
  waiver_reason text,
  primary key (account_id)
);

alter table trial_claims add foreign key (account_id) references accounts (id);
alter table trial_refusals add foreign key (account_id) references accounts (id);

grant select on trial_claims, trial_refusals to gatehouse_app;
grant select, insert, update, delete on trial_claims, trial_refusals to gatehouse_system;

do $$
declare t text;
begin
  foreach t in array array['trial_claims', 'trial_refusals'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to gatehouse_system using (true) with check (true)', t);
    execute format('create policy own_account on %I to gatehouse_app using (account_id = app_account_id()) with check (account_id = app_account_id())', t);
  end loop;
end $$;
