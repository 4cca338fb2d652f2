-- The cutover: who was there before the product became public is given a plan, account by account, in a run that can be broken off.

create table cutover_runs (
  id uuid primary key,
  created_before timestamptz not null,
  plan text not null,
  until timestamptz,
  reason text not null,
  state text not null check (state in ('running', 'done', 'undoing', 'undone')),
  -- The last account that was looked at, in the order of ids; null: none yet.
  looked_at_last uuid,
  counts jsonb not null,
  ended integer not null default 0,
  started_at timestamptz not null,
  finished_at timestamptz,
  undone_at timestamptz
);
-- One at a time: a second one would be looked for among the accounts of the first.
create unique index cutover_runs_open on cutover_runs ((true)) where state in ('running', 'undoing');
alter table cutover_runs add foreign key (plan) references plans (key);

-- Which run gave a grant; null: a person did. A run gives an account one, whatever is killed and tried again.
alter table complimentary_grants add column cutover_run_id uuid;
create unique index complimentary_grants_cutover on complimentary_grants (cutover_run_id, account_id) where cutover_run_id is not null;
alter table complimentary_grants add foreign key (cutover_run_id) references cutover_runs (id);

grant select, insert, update on cutover_runs to gatehouse_system;
-- A run makes a small table large within seconds, and must let the planner know before plans for the small one are used on it.
grant maintain on complimentary_grants to gatehouse_system;
alter table cutover_runs enable row level security;
alter table cutover_runs force row level security;
create policy system_all on cutover_runs to gatehouse_system using (true) with check (true);
