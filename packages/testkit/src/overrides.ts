import type { FlagValue, Override } from "@gatehouse/core";
import { tell } from "./facts.ts";
import type { TestServer } from "./test-server.ts";

type Planted<Value> = Pick<Override<Value>, "value"> & Partial<Pick<Override<Value>, "reason" | "expiresAt">>;

/**
 * Puts these in the place of every override of the account, by key, and tells every process. Straight into the tables, for tests of what
 * overrides do and not of who may set them.
 */
export async function plantOverrides(
  server: Pick<TestServer, "app" | "database" | "clock">,
  accountId: string,
  { features = {}, limits = {} }: { features?: Record<string, Planted<FlagValue>>; limits?: Record<string, Planted<number | null>> },
): Promise<void> {
  const at = server.clock.now();
  for (const table of ["account_feature_overrides", "account_limit_overrides"]) {
    await server.database.query(`delete from ${table} where account_id = $1`, [accountId]);
  }
  for (const [flag, { value, reason = "a pilot", expiresAt = null }] of Object.entries(features)) {
    await server.database.query(
      "insert into account_feature_overrides (account_id, flag, value, reason, set_at, expires_at) values ($1, $2, $3, $4, $5, $6)",
      [accountId, flag, JSON.stringify(value), reason, at, expiresAt],
    );
  }
  for (const [key, { value, reason = "a pilot", expiresAt = null }] of Object.entries(limits)) {
    await server.database.query(
      "insert into account_limit_overrides (account_id, limit_key, value, reason, set_at, expires_at) values ($1, $2, $3, $4, $5, $6)",
      [accountId, key, value, reason, at, expiresAt],
    );
  }
  await tell(server, `account:${accountId}`);
}
