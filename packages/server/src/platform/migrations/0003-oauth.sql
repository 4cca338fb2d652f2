-- Sign-in with providers. Identities stand since the first migration; here is what a sign-in needs on its way.

-- A state travels sealed in the browser; what is stored is that it was used, until it would have expired.
create table oauth_states_used (
  id_hash bytea primary key,
  expires_at timestamptz not null
);
create index oauth_states_used_expiry on oauth_states_used (expires_at);

-- What waits for a mail to prove an address: a sign-up where the answer comes by mail, or a provider's account whose address is not proven.
create table pending_sign_ins (
  id uuid primary key,
  token_hash bytea not null unique,
  email text not null,
  email_normalised text not null,
  name text not null,
  account_name text,
  password_hash text,
  provider text,
  issuer text,
  subject text,
  tenant text,
  browser_hash bytea not null,
  return_to text,
  requested_ip text,
  requested_user_agent text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  consumed_at timestamptz,
  check ((provider is null) = (issuer is null) and (provider is null) = (subject is null)),
  check ((provider is null) <> (password_hash is null))
);
create index pending_sign_ins_email on pending_sign_ins (email_normalised);
create index pending_sign_ins_expiry on pending_sign_ins (expires_at);

grant select, insert, update, delete on oauth_states_used, pending_sign_ins to gatehouse_system;

do $$
declare t text;
begin
  foreach t in array array['oauth_states_used', 'pending_sign_ins'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to gatehouse_system using (true) with check (true)', t);
  end loop;
end $$;
