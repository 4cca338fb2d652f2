import { sql } from "kysely";
import type { Tx } from "./db.ts";

/**
 * Counts one try in a bucket and says how the window stands, in one statement: of any number at once, exactly `limit` pass.
 * The window is fixed: it begins with the first try and ends `windowSeconds` later.
 */
export async function countTry(tx: Tx, bucket: Buffer, windowSeconds: number, now: Date): Promise<{ used: number; windowEndsAt: Date }> {
  const end = new Date(now.getTime() + windowSeconds * 1000);
  const row = await tx
    .insertInto("rate_limits")
    .values({ bucket, used: 1, window_ends_at: end })
    .onConflict((conflict) =>
      conflict.column("bucket").doUpdateSet((set) => ({
        used: sql<number>`case when rate_limits.window_ends_at <= ${now} then 1 else rate_limits.used + 1 end`,
        window_ends_at: sql<Date>`case when rate_limits.window_ends_at <= ${now} then ${set.ref("excluded.window_ends_at")} else rate_limits.window_ends_at end`,
      })),
    )
    .returning(["used", "window_ends_at"])
    .executeTakeFirstOrThrow();
  return { used: row.used, windowEndsAt: row.window_ends_at };
}

/** Empties a bucket, so that its window begins anew. */
export async function forgetTries(tx: Tx, bucket: Buffer): Promise<void> {
  await tx.deleteFrom("rate_limits").where("bucket", "=", bucket).execute();
}

/** @returns how many were removed */
export async function pruneRateLimits(tx: Tx, now: Date): Promise<number> {
  const result = await tx.deleteFrom("rate_limits").where("window_ends_at", "<", now).executeTakeFirst();
  return Number(result.numDeletedRows);
}
