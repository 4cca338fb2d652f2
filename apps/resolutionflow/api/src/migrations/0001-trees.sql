-- Troubleshooting trees. A tree is read and written whole, so its nodes are one document and not rows of their own.
-- The primary key is also the list's order: ids are UUIDv7, so reading it backwards gives the newest first.

create table trees (
  account_id uuid not null,
  id uuid not null,
  title text not null,
  description text,
  document jsonb not null,
  node_count integer not null check (node_count between 1 and 500),
  version integer not null check (version >= 1),
  created_by uuid not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id)
);

alter table trees add foreign key (account_id) references accounts (id);

grant select, insert, update, delete on trees to gatehouse_app;
grant select on trees to gatehouse_system;

alter table trees enable row level security;
alter table trees force row level security;
create policy system_all on trees to gatehouse_system using (true) with check (true);
create policy own_account on trees to gatehouse_app using (account_id = app_account_id()) with check (account_id = app_account_id());
