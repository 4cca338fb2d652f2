import { createPrivateKey, type KeyObject } from "node:crypto";
import { addDays, addSeconds } from "@gatehouse/core";
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import { sql } from "kysely";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Db, Tx } from "./db.ts";
import type { Ids } from "./ids.ts";
import type { Secrets } from "./secrets.ts";
import type { Signals } from "./signals.ts";
import { deleteRetiredKeys, insertSigningKey, listSigningKeys, type StoredSigningKey } from "./signing-keys.store.ts";

/** A key signs for this long; the next one is published a day before it takes over, so that no verifier meets a key that it cannot know. */
const SIGNING_DAYS = 30;
const PUBLISH_AHEAD_DAYS = 1;
/** Kept after its last signature for as long as a token can live, and an hour. */
const KEPT_SECONDS_AFTER = 3600;

export interface SigningKeys {
  /** Keys by id, to verify with; each is in the published set. */
  readonly byId: ReadonlyMap<string, CryptoKey>;
  readonly current: { kid: string; key: KeyObject };
  readonly publicJwks: readonly JWK[];
}
/** What keys are made, kept and announced with. */
export interface KeyParts {
  readonly db: Db;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly config: Pick<Config, "accessTokenSeconds" | "baseUrl">;
  readonly ids: Ids;
  readonly signals: Signals;
}

/** The keys as they stand, after making a new one where that is due. Safe with many processes at once: one of them makes it. */
export function loadSigningKeys(app: KeyParts): Promise<SigningKeys> {
  const now = app.clock.now();
  return app.db.asSystem("signing keys belong to no account", async (tx) => {
    let stored = await listSigningKeys(tx, now);
    if (isRotationDue(stored, now)) {
      // Held to the end of the transaction: a second process waits, and then finds the new key.
      await sql`select pg_advisory_xact_lock(hashtext('gatehouse.signing_keys'))`.execute(tx);
      stored = await listSigningKeys(tx, now);
      if (isRotationDue(stored, now)) {
        await addKey(app, tx, now);
        stored = await listSigningKeys(tx, now);
      }
    }
    return unseal(app, stored, now);
  });
}

/** Makes a new key now, whatever the age of the present one; tokens of the old one stay good until they expire. */
export function rotateSigningKeys(app: KeyParts): Promise<string> {
  const now = app.clock.now();
  return app.db.asSystem("signing keys belong to no account", async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('gatehouse.signing_keys'))`.execute(tx);
    await deleteRetiredKeys(tx, now);
    return addKey(app, tx, now);
  });
}

export const isRotationDue = (keys: readonly Pick<StoredSigningKey, "createdAt">[], now: Date): boolean =>
  !keys[0] || addDays(keys[0].createdAt, SIGNING_DAYS - PUBLISH_AHEAD_DAYS) <= now;

async function addKey(app: KeyParts, tx: Tx, now: Date): Promise<string> {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const sealed = app.secrets.seal(JSON.stringify(await exportJWK(privateKey)), app.ids);
  const retiresAt = addSeconds(addDays(now, SIGNING_DAYS), app.config.accessTokenSeconds + KEPT_SECONDS_AFTER);
  await insertSigningKey(tx, {
    kid,
    publicJwk: { ...publicJwk, kid, alg: "EdDSA", use: "sig" },
    privateJwkSealed: sealed,
    createdAt: now,
    retiresAt,
  });
  await app.signals.publish(tx, "signing_keys", kid);
  return kid;
}

async function unseal(app: KeyParts, stored: readonly StoredSigningKey[], now: Date): Promise<SigningKeys> {
  const byId = new Map<string, CryptoKey>();
  for (const { kid, publicJwk } of stored) byId.set(kid, asKey(await importJWK(publicJwk, "EdDSA")));
  // The newest key that has been published long enough signs; right after the first start there is only one.
  const signer = stored.find((key) => addDays(key.createdAt, PUBLISH_AHEAD_DAYS) <= now) ?? stored.at(-1);
  if (!signer) throw new Error("there is no signing key");
  const key = createPrivateKey({ key: JSON.parse(app.secrets.open(signer.privateJwkSealed)), format: "jwk" });
  return { byId, current: { kid: signer.kid, key }, publicJwks: stored.map((one) => one.publicJwk) };
}

function asKey(key: CryptoKey | Uint8Array): CryptoKey {
  if (key instanceof Uint8Array) throw new Error("a signing key is a key pair");
  return key;
}
