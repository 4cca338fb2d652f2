import type { FlagValue, Override } from "@gatehouse/core";
import { type RawBuilder, sql } from "kysely";

/** What operators set for one account; those that have expired too. */
export interface Overrides {
  readonly features: readonly Override<FlagValue>[];
  readonly limits: readonly Override<number | null>[];
}
interface StoredOverride<Value> {
  key: string;
  value: Value;
  reason: string;
  set_by: string | null;
  set_at: string;
  expires_at: string | null;
}
export interface OverridesRow {
  feature_overrides: StoredOverride<FlagValue>[];
  limit_overrides: StoredOverride<number | null>[];
}

/** The overrides of one account as columns of a statement, beside the facts of its access. */
export const overridesColumns = (account: RawBuilder<string>): RawBuilder<OverridesRow> => sql<OverridesRow>`
  (select coalesce(jsonb_agg(o), '[]'::jsonb) from
    (select flag as key, value, reason, set_by, set_at, expires_at from account_feature_overrides where account_id = ${account}) o)
    as feature_overrides,
  ${limitOverridesColumn(account)}`;

/** Those of limits alone, where no flag is asked for. */
export const limitOverridesColumn = (account: RawBuilder<string>): RawBuilder<Pick<OverridesRow, "limit_overrides">> => sql<
  Pick<OverridesRow, "limit_overrides">
>`
  (select coalesce(jsonb_agg(o), '[]'::jsonb) from
    (select limit_key as key, value, reason, set_by, set_at, expires_at from account_limit_overrides where account_id = ${account}) o)
    as limit_overrides`;

export const asOverrides = (row: OverridesRow): Overrides => ({
  features: row.feature_overrides.map(asOverride),
  limits: row.limit_overrides.map(asOverride),
});

export const asOverride = <Value>(stored: StoredOverride<Value>): Override<Value> => ({
  key: stored.key,
  value: stored.value,
  reason: stored.reason,
  setBy: stored.set_by,
  setAt: new Date(stored.set_at),
  expiresAt: stored.expires_at === null ? null : new Date(stored.expires_at),
});
