import type { Tx } from "./db.ts";

export interface IdempotencyClaim {
  readonly accountId: string;
  readonly userId: string;
  /** Method and path as declared, so that one key on two routes is two keys. */
  readonly route: string;
  readonly key: string;
  readonly bodyHash: Buffer;
}

/**
 * Takes the key for the caller's transaction. While another transaction holds it, this waits for that one to end.
 * @returns null when the key is ours; else what was stored with it
 */
export async function claimKey(
  tx: Tx,
  claim: IdempotencyClaim,
  now: Date,
  expiresAt: Date,
): Promise<{ bodyHash: Buffer; answer: unknown } | null> {
  const identity = { account_id: claim.accountId, user_id: claim.userId, route: claim.route, key: claim.key };
  await tx
    .deleteFrom("idempotency_keys")
    .where("account_id", "=", claim.accountId)
    .where("user_id", "=", claim.userId)
    .where("route", "=", claim.route)
    .where("key", "=", claim.key)
    .where("expires_at", "<=", now)
    .execute();
  const inserted = await tx
    .insertInto("idempotency_keys")
    .values({ ...identity, body_hash: claim.bodyHash, answer: null, created_at: now, expires_at: expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (Number(inserted.numInsertedOrUpdatedRows ?? 0) === 1) return null;
  const stored = await findKey(tx, claim, now);
  if (stored === null) throw new Error("the key is taken and is not there");
  return stored;
}

/** What was stored with the key, without taking it; null: it was not used, or has expired. */
export async function findKey(tx: Tx, claim: IdempotencyClaim, now: Date): Promise<{ bodyHash: Buffer; answer: unknown } | null> {
  const row = await tx
    .selectFrom("idempotency_keys")
    .select(["body_hash", "answer"])
    .where("account_id", "=", claim.accountId)
    .where("user_id", "=", claim.userId)
    .where("route", "=", claim.route)
    .where("key", "=", claim.key)
    .where("expires_at", ">", now)
    .executeTakeFirst();
  return row ? { bodyHash: row.body_hash, answer: row.answer } : null;
}

export async function storeAnswer(tx: Tx, claim: IdempotencyClaim, answer: unknown): Promise<void> {
  await tx
    .updateTable("idempotency_keys")
    .set({ answer: JSON.stringify({ answer }) })
    .where("account_id", "=", claim.accountId)
    .where("user_id", "=", claim.userId)
    .where("route", "=", claim.route)
    .where("key", "=", claim.key)
    .execute();
}

/** @returns how many were removed */
export async function pruneIdempotencyKeys(tx: Tx, now: Date): Promise<number> {
  const result = await tx.deleteFrom("idempotency_keys").where("expires_at", "<", now).executeTakeFirst();
  return Number(result.numDeletedRows);
}
