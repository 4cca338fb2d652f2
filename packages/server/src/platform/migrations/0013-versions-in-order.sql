-- Two versions of policy or catalogue may come into force at one instant: they are kept in the order of their keeping, and the last one counts.

alter table policy_versions drop constraint policy_versions_pkey;
alter table policy_versions add column id bigint generated always as identity;
alter table policy_versions add primary key (id);
create index policy_versions_in_force on policy_versions (kind, in_force_from desc, id desc);
