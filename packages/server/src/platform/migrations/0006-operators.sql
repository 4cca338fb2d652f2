-- What operators do: search all accounts and people, give and take complimentary plans, extend trials, look at an account as its customer.

-- `ended_at` tells an end that somebody made from one that was agreed on (`until`). `version` grows with each change of one row: of two
-- operators who edit the same, the second is told of the first.
alter table complimentary_grants
  add column ended_at timestamptz,
  add column ended_by uuid,
  add column version integer not null default 1;
alter table trials add column version integer not null default 1;

-- An operator who looks at an account as one of its people would, reading only. `operator_session_id`: it ends with the operator's session.
create table impersonations (
  account_id uuid not null,
  id uuid not null,
  operator_id uuid not null,
  operator_session_id uuid not null,
  as_user_id uuid not null,
  reason text not null,
  started_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_by uuid,
  primary key (account_id, id)
);
-- By its id alone: whoever ends one names no account.
create index impersonations_id on impersonations (id);

-- Searches by the beginning of a text, in the order of bytes: a page is one walk along the index from where the last one ended, whatever
-- the number of accounts. Byte order, for only there the texts that begin alike stand together.
create index accounts_name_prefix on accounts (lower(name) collate "C", id);
create index users_email_prefix on users (email_normalised collate "C", id);

alter table impersonations add foreign key (account_id) references accounts (id);

grant select, insert on impersonations to gatehouse_app;
grant select, insert, update, delete on impersonations to gatehouse_system;

alter table impersonations enable row level security;
alter table impersonations force row level security;
create policy system_all on impersonations to gatehouse_system using (true) with check (true);
create policy own_account on impersonations to gatehouse_app using (account_id = app_account_id()) with check (account_id = app_account_id());
