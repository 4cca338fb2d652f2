-- What operators edit of a plan stands where the catalogue stands, with who did it and why: the next `gatehouse catalogue apply` undoes it.
-- `version` grows with each change of one row: of two operators who edit the same, the second is told of the first.

alter table plans
  add column edited_at timestamptz,
  add column edited_by uuid,
  add column edit_reason text,
  add column version integer not null default 1;
alter table plan_limits
  add column edited_at timestamptz,
  add column edited_by uuid,
  add column edit_reason text,
  add column version integer not null default 1;

-- Shown to operators alone: an account's role reads the columns that every customer may see.
revoke select on plans, plan_limits from gatehouse_app;
grant select (key, name, is_public, position) on plans to gatehouse_app;
grant select (plan, limit_key, limit_value) on plan_limits to gatehouse_app;

-- Who has an override of a flag is asked before the flag goes.
create index account_feature_overrides_flag on account_feature_overrides (flag);
