-- A lead without an account is converted by a ticket in, as the waitlist's are, that carries the plan which they are given.

-- What whoever comes in by a ticket is given. The row is there while it can be taken, and goes when it is: then the grant and the lead tell of it.
create table ticket_offers (
  entry_id uuid primary key,
  lead_id uuid not null,
  plan text not null,
  -- Exclusive; null: without an end.
  until timestamptz,
  reason text not null,
  -- null: the command line
  offered_by uuid,
  offered_at timestamptz not null
);
create unique index ticket_offers_of_lead on ticket_offers (lead_id);

-- null: they never asked to be on the waitlist; a lead was invited by it.
alter table waitlist_entries alter column asked_at drop not null;

-- Who leaves the waitlist or is erased takes along what was offered to them.
alter table ticket_offers add foreign key (entry_id) references waitlist_entries (id) on delete cascade;
alter table ticket_offers add foreign key (lead_id) references sales_leads (id);

grant select, insert, delete on ticket_offers to gatehouse_system;
alter table ticket_offers enable row level security;
alter table ticket_offers force row level security;
create policy system_all on ticket_offers to gatehouse_system using (true) with check (true);
