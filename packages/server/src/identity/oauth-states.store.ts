import type { Tx } from "../platform/app.ts";

/** @returns false when the state was used before, also by a request that is just committing (OI-5) */
export async function useState(tx: Tx, idHash: Buffer, expiresAt: Date): Promise<boolean> {
  const result = await tx
    .insertInto("oauth_states_used")
    .values({ id_hash: idHash, expires_at: expiresAt })
    .onConflict((conflict) => conflict.column("id_hash").doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows ?? 0) === 1;
}

/** States that could not be used any more anyway. @returns how many */
export async function pruneStates(tx: Tx, now: Date): Promise<number> {
  const result = await tx.deleteFrom("oauth_states_used").where("expires_at", "<", now).executeTakeFirst();
  return Number(result.numDeletedRows);
}
