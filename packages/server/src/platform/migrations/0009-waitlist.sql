-- Who waits to be let in, and who was reminded to confirm their address.

create table waitlist_entries (
  id uuid primary key,
  email text not null,
  email_normalised text not null,
  name text,
  company text,
  message text,
  -- Of the link that leaves the waitlist.
  leave_hash bytea not null,
  joined_at timestamptz not null,
  -- When the address was last typed; the position stays that of the first time.
  asked_at timestamptz not null,
  -- When the mail was queued that says that they are on it.
  welcomed_at timestamptz,
  invited_at timestamptz,
  -- null: nobody yet, or the command line
  invited_by uuid,
  ticket_hash bytea,
  expires_at timestamptz,
  -- How often a ticket was sent. The link is derived from it too, so that a newer mail ends the older link.
  sends integer not null default 0,
  email_sent_at timestamptz,
  registered_at timestamptz,
  registered_user uuid,
  check ((invited_at is null) = (ticket_hash is null) and (invited_at is null) = (expires_at is null)),
  check ((registered_at is null) = (registered_user is null))
);
create unique index waitlist_entries_email on waitlist_entries (email_normalised);
create unique index waitlist_entries_leave on waitlist_entries (leave_hash);
create unique index waitlist_entries_ticket on waitlist_entries (ticket_hash);
create index waitlist_entries_waiting on waitlist_entries (id) where invited_at is null and registered_at is null;

-- The last of the days on which they were reminded to confirm their address; 0: none yet.
alter table users add column verification_reminded_day integer not null default 0;
create index users_unverified on users (created_at) where email_verified_at is null and deleted_at is null;

alter table waitlist_entries add foreign key (invited_by) references users (id);
alter table waitlist_entries add foreign key (registered_user) references users (id);

grant select, insert, update, delete on waitlist_entries to gatehouse_system;
alter table waitlist_entries enable row level security;
alter table waitlist_entries force row level security;
create policy system_all on waitlist_entries to gatehouse_system using (true) with check (true);
