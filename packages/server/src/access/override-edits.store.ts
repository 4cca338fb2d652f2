import type { FlagValue, Override } from "@gatehouse/core";
import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

export type StoredOverride<Value> = Override<Value> & { readonly version: number };

/** What operators set for single accounts, of one kind. Whoever writes has locked the account, so that two do not overwrite each other. */
export interface OverrideTable<Value> {
  /** What a key of it is called in audit and history, where both kinds stand: `feature:sso`. */
  readonly kind: "feature" | "limit";
  find(tx: Tx, accountId: string, key: string): Promise<StoredOverride<Value> | null>;
  put(tx: Tx, accountId: string, override: Override<Value>): Promise<void>;
  remove(tx: Tx, accountId: string, key: string): Promise<void>;
}

const COLUMNS = ["value", "reason", "set_by", "set_at", "expires_at", "version"] as const;

export const featureOverrides: OverrideTable<FlagValue> = {
  kind: "feature",
  async find(tx, accountId, key) {
    const row = await tx
      .selectFrom("account_feature_overrides")
      .select(COLUMNS)
      .where("account_id", "=", accountId)
      .where("flag", "=", key)
      .executeTakeFirst();
    return row ? { key, value: row.value as FlagValue, ...asSetting(row) } : null;
  },
  async put(tx, accountId, { key, value, ...setting }) {
    const version = firstVersion(accountId, `feature:${key}`);
    await tx
      .insertInto("account_feature_overrides")
      .values({ account_id: accountId, flag: key, value: JSON.stringify(value), ...columnsOf(setting), version })
      .onConflict((conflict) =>
        conflict.columns(["account_id", "flag"]).doUpdateSet({
          value: JSON.stringify(value),
          ...columnsOf(setting),
          version: sql<number>`account_feature_overrides.version + 1`,
        }),
      )
      .execute();
  },
  async remove(tx, accountId, key) {
    await tx.deleteFrom("account_feature_overrides").where("account_id", "=", accountId).where("flag", "=", key).execute();
  },
};

export const limitOverrides: OverrideTable<number | null> = {
  kind: "limit",
  async find(tx, accountId, key) {
    const row = await tx
      .selectFrom("account_limit_overrides")
      .select(COLUMNS)
      .where("account_id", "=", accountId)
      .where("limit_key", "=", key)
      .executeTakeFirst();
    return row ? { key, value: row.value, ...asSetting(row) } : null;
  },
  async put(tx, accountId, { key, value, ...setting }) {
    const version = firstVersion(accountId, `limit:${key}`);
    await tx
      .insertInto("account_limit_overrides")
      .values({ account_id: accountId, limit_key: key, value, ...columnsOf(setting), version })
      .onConflict((conflict) =>
        conflict
          .columns(["account_id", "limit_key"])
          .doUpdateSet({ value, ...columnsOf(setting), version: sql<number>`account_limit_overrides.version + 1` }),
      )
      .execute();
  },
  async remove(tx, accountId, key) {
    await tx.deleteFrom("account_limit_overrides").where("account_id", "=", accountId).where("limit_key", "=", key).execute();
  },
};

/** Locks the account. @returns whether there is one that has not been erased */
export async function lockAccountOfOverrides(tx: Tx, accountId: string): Promise<boolean> {
  const row = await tx.selectFrom("accounts").select("erased_at").where("id", "=", accountId).forNoKeyUpdate().executeTakeFirst();
  return row?.erased_at === null;
}
export async function isAccountThere(tx: Tx, accountId: string): Promise<boolean> {
  const row = await tx.selectFrom("accounts").select("erased_at").where("id", "=", accountId).executeTakeFirst();
  return row?.erased_at === null;
}

/** Higher than any that one with this key has had: each change has left a row, and what was taken away and set anew is no old version. */
const firstVersion = (accountId: string, subject: string) =>
  sql<number>`(select count(*) + 1 from access_history where account_id = ${accountId} and kind = 'override' and subject_id = ${subject})`;

type Setting = Pick<Override<unknown>, "reason" | "setBy" | "setAt" | "expiresAt">;
interface SettingRow {
  readonly reason: string;
  readonly set_by: string | null;
  readonly set_at: Date;
  readonly expires_at: Date | null;
  readonly version: number;
}
const asSetting = (row: SettingRow): Setting & { readonly version: number } => ({
  reason: row.reason,
  setBy: row.set_by,
  setAt: row.set_at,
  expiresAt: row.expires_at,
  version: row.version,
});
const columnsOf = ({ reason, setBy, setAt, expiresAt }: Setting) => ({ reason, set_by: setBy, set_at: setAt, expires_at: expiresAt });
