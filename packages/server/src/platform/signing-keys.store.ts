import type { JWK } from "jose";
import type { Tx } from "./db.ts";

export interface StoredSigningKey {
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly privateJwkSealed: Buffer;
  readonly createdAt: Date;
  readonly retiresAt: Date;
}
const COLUMNS = ["kid", "public_jwk", "private_jwk_sealed", "created_at", "retires_at"] as const;

/** Keys whose tokens may still be about, newest first. */
export async function listSigningKeys(tx: Tx, now: Date): Promise<StoredSigningKey[]> {
  const rows = await tx
    .selectFrom("signing_keys")
    .select(COLUMNS)
    .where("retires_at", ">", now)
    .orderBy("created_at", "desc")
    .orderBy("kid")
    .execute();
  return rows.map((row) => ({
    kid: row.kid,
    publicJwk: row.public_jwk,
    privateJwkSealed: row.private_jwk_sealed,
    createdAt: row.created_at,
    retiresAt: row.retires_at,
  }));
}
export async function insertSigningKey(tx: Tx, key: StoredSigningKey): Promise<void> {
  await tx
    .insertInto("signing_keys")
    .values({
      kid: key.kid,
      public_jwk: JSON.stringify(key.publicJwk),
      private_jwk_sealed: key.privateJwkSealed,
      created_at: key.createdAt,
      retires_at: key.retiresAt,
    })
    .execute();
}
export async function deleteRetiredKeys(tx: Tx, now: Date): Promise<void> {
  await tx.deleteFrom("signing_keys").where("retires_at", "<=", now).execute();
}
