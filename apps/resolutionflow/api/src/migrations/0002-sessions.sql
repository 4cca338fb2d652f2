-- Troubleshooting sessions: a person runs through a tree with a customer, and what happened is kept. `document` is the tree as it was at the
-- start, so that a session goes on whatever becomes of the tree: hence no foreign key to trees either, a deleted tree keeps its sessions.
-- The primary key is also the list's order, as with trees.

create table tree_sessions (
  account_id uuid not null,
  id uuid not null,
  tree_id uuid not null,
  tree_title text not null,
  tree_version integer not null check (tree_version >= 1),
  document jsonb not null,
  -- The steps that were taken: [{node_id, text, answer, at}], with an answer of null where an action was done.
  path jsonb not null,
  current_node_id text not null,
  outcome text check (outcome in ('resolved', 'unresolved', 'abandoned')),
  note text,
  started_by uuid not null,
  started_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz,
  primary key (account_id, id),
  check ((outcome is null) = (ended_at is null))
);
create index tree_sessions_of_tree on tree_sessions (account_id, tree_id, id);

alter table tree_sessions add foreign key (account_id) references accounts (id);

grant select, insert, update, delete on tree_sessions to gatehouse_app;
grant select on tree_sessions to gatehouse_system;
-- An account that is erased takes both with it.
grant delete on trees, tree_sessions to gatehouse_system;

alter table tree_sessions enable row level security;
alter table tree_sessions force row level security;
create policy system_all on tree_sessions to gatehouse_system using (true) with check (true);
create policy own_account on tree_sessions to gatehouse_app using (account_id = app_account_id()) with check (account_id = app_account_id());
