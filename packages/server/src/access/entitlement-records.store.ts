import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

/** Deletes what was set for the account and what it used up. */
export async function eraseEntitlements(tx: Tx, accountId: string): Promise<void> {
  await tx.deleteFrom("account_feature_overrides").where("account_id", "=", accountId).execute();
  await tx.deleteFrom("account_limit_overrides").where("account_id", "=", accountId).execute();
  await tx.deleteFrom("usage_counters").where("account_id", "=", accountId).execute();
}

/** In the order of their flags. Who set one and why is between operators. */
export async function featureOverridesAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx
    .selectFrom("account_feature_overrides")
    .select(["flag as id", "value", "set_at", "expires_at"])
    .where("account_id", "=", accountId);
  if (after !== null) query = query.where("flag", ">", after);
  return await query.orderBy("flag").limit(limit).execute();
}

/** In the order of their limits; as little of who and why as of flags. */
export async function limitOverridesAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx
    .selectFrom("account_limit_overrides")
    .select(["limit_key as id", "value", "set_at", "expires_at"])
    .where("account_id", "=", accountId);
  if (after !== null) query = query.where("limit_key", ">", after);
  return await query.orderBy("limit_key").limit(limit).execute();
}

/** By limit and period, oldest first. */
export async function usageAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx
    .selectFrom("usage_counters")
    .select(["limit_key", "period_start", "used"])
    .where("account_id", "=", accountId)
    .orderBy("limit_key")
    .orderBy("period_start")
    .limit(limit);
  if (after !== null) {
    const [key = "", periodStart = ""] = after.split(" ");
    query = query.where(sql<boolean>`(limit_key, period_start) > (${key}, ${periodStart}::timestamptz)`);
  }
  const rows = await query.execute();
  return rows.map((row) => ({ id: `${row.limit_key} ${row.period_start.toISOString()}`, ...row }));
}
