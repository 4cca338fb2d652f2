-- Sales: who asked to be talked to, how far that has come, and what was noted about it.

-- Of no account: most who ask have none yet. Who was signed in is linked, and so is what became of it.
create table sales_leads (
  id uuid primary key,
  -- What they told us; all null when the person was erased.
  name text,
  email text,
  email_normalised text,
  company text,
  size text,
  message text,
  source text,
  state text not null default 'new' check (state in ('new', 'contacted', 'qualified', 'won', 'lost')),
  -- Grows with each change: of two operators who change one lead, the second is told of the first.
  version integer not null default 1,
  linked_account_id uuid,
  linked_user_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  converted_at timestamptz
);
-- Read newest first, all or those of a state; found again when an account or a person is erased.
create index sales_leads_of_state on sales_leads (state, id);
create index sales_leads_of_account on sales_leads (linked_account_id);
create index sales_leads_of_user on sales_leads (linked_user_id);
create index sales_leads_of_address on sales_leads (email_normalised);

create table sales_lead_notes (
  lead_id uuid not null,
  id uuid not null,
  -- null: the command line
  written_by uuid,
  written_at timestamptz not null,
  text text not null,
  primary key (lead_id, id)
);

alter table sales_leads add foreign key (linked_account_id) references accounts (id);
alter table sales_leads add foreign key (linked_user_id) references users (id);
alter table sales_lead_notes add foreign key (lead_id) references sales_leads (id);

grant select, insert, update on sales_leads to gatehouse_system;
grant select, insert, delete on sales_lead_notes to gatehouse_system;

do $$
declare t text;
begin
  foreach t in array array['sales_leads', 'sales_lead_notes'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to gatehouse_system using (true) with check (true)', t);
  end loop;
end $$;
