-- Teams: invites that are sent again, ownership that is offered, accounts that wait to be erased, and how far the welcome has come.

alter table accounts add column erased_at timestamptz;

-- How far a person who came by invite is in the welcome; whoever may edit the account shares accounts.onboarding_step_completed.
alter table memberships add column onboarding_step_completed integer not null default 0;

-- How often it was sent. The link is derived from it too, so that a newer mail ends the older link.
alter table account_invites add column sends integer not null default 1;
alter table account_invites add column last_sent_at timestamptz;
alter table account_invites add column accepted_by uuid;
alter table account_invites add column revoked_by uuid;
create unique index account_invites_open on account_invites (account_id, email_normalised) where accepted_at is null and revoked_at is null;

-- An address that waits for its proof may have come by an invite.
alter table pending_sign_ins add column invite_account_id uuid;
alter table pending_sign_ins add column invite_id uuid;

-- Ownership goes over only when the other one agrees; an account has one open offer.
create table ownership_offers (
  account_id uuid not null,
  id uuid not null,
  offered_by uuid not null,
  offered_to uuid not null,
  -- What the one who offers is afterwards.
  role_after text not null check (role_after in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  ended_at timestamptz,
  ended_reason text,
  primary key (account_id, id)
);
create unique index ownership_offers_open on ownership_offers (account_id) where accepted_at is null and ended_at is null;

-- An account that is to be erased, until it is or somebody takes it back.
create table account_deletions (
  account_id uuid not null,
  id uuid not null,
  requested_by uuid,
  requested_at timestamptz not null,
  due_at timestamptz not null,
  -- Subscriptions that were set not to renew for it: what an undo sets back, and nothing else.
  held_subscriptions text[] not null default '{}',
  queued_at timestamptz,
  undone_at timestamptz,
  erased_at timestamptz,
  primary key (account_id, id)
);
create unique index account_deletions_open on account_deletions (account_id) where undone_at is null and erased_at is null;
create index account_deletions_due on account_deletions (due_at) where undone_at is null and erased_at is null;

-- The account's own audit is read newest first; ids are in the order of their making.
create index audit_events_newest on audit_events (account_id, id desc);

alter table ownership_offers add foreign key (account_id) references accounts (id);
alter table account_deletions add foreign key (account_id) references accounts (id);

grant select, insert, update on ownership_offers, account_deletions to gatehouse_app;
grant select, insert, update, delete on ownership_offers to gatehouse_system;
grant select, insert, update on account_deletions to gatehouse_system;
grant delete on trials, complimentary_grants, billing_notices to gatehouse_system;

do $$
declare t text;
begin
  foreach t in array array['ownership_offers', 'account_deletions'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to gatehouse_system using (true) with check (true)', t);
    execute format('create policy own_account on %I to gatehouse_app using (account_id = app_account_id()) with check (account_id = app_account_id())', t);
  end loop;
end $$;

-- What is only ever appended is erased with its account and not otherwise: hence with the owner's rights, for an account whose deletion
-- has fallen due by the product's clock. Forced row security binds the owner too, so it is let through for these tables alone.
create policy owner_looks on account_deletions for select to current_user using (true);
create policy owner_looks on audit_events for select to current_user using (true);
create policy owner_erases on audit_events for delete to current_user using (true);
create policy owner_looks on access_history for select to current_user using (true);
create policy owner_erases on access_history for delete to current_user using (true);

create function erase_account_records(account uuid, at timestamptz) returns void language plpgsql security definer
  set search_path = pg_catalog, public as $$
begin
  if not exists (select 1 from public.account_deletions d
    where d.account_id = account and d.undone_at is null and d.erased_at is null and d.due_at <= at) then
    raise exception 'no deletion of this account is due';
  end if;
  delete from public.audit_events e where e.account_id = account;
  delete from public.access_history h where h.account_id = account;
end $$;
revoke all on function erase_account_records(uuid, timestamptz) from public;
grant execute on function erase_account_records(uuid, timestamptz) to gatehouse_system;
