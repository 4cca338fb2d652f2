import type { JWK } from "jose";
import { stopwatch } from "../clock.ts";
import type { BoundedFetch } from "./bounded-fetch.ts";
import { OauthFailure } from "./provider.ts";

/** After so long the set is read anew in any case, so that a key that was withdrawn is not believed for ever. */
const FRESH_SECONDS = 600;
/** How often it may be read for key ids that it does not have: some at once, then one in so many seconds. */
const ASKED_AT_ONCE_MAX = 3;
const ASKED_EVERY_SECONDS = 10;

export interface KeySet {
  /**
   * The provider's public keys, read again where `kid` is none of them: keys are rotated without notice, and a rotation must not shut
   * people out. Tokens with made-up ids must not make us ask each time (OI-9).
   */
  keys(url: string, kid: string | undefined, fetch: BoundedFetch): Promise<readonly JWK[]>;
}

export function openKeySet(): KeySet {
  let known: { url: string; keys: readonly JWK[]; readAt: number } | null = null;
  let reading: Promise<readonly JWK[]> | null = null;
  let allowance = { left: ASKED_AT_ONCE_MAX, at: stopwatch() };

  const mayAskAgain = (): boolean => {
    const now = stopwatch();
    const left = Math.min(ASKED_AT_ONCE_MAX, allowance.left + (now - allowance.at) / ASKED_EVERY_SECONDS);
    allowance = { left: left >= 1 ? left - 1 : left, at: now };
    return left >= 1;
  };
  const read = (url: string, fetch: BoundedFetch): Promise<readonly JWK[]> => {
    // Who comes while it is being read waits for that answer.
    reading ??= readKeys(url, fetch)
      .then((keys) => {
        known = { url, keys, readAt: stopwatch() };
        return keys;
      })
      .finally(() => {
        reading = null;
      });
    return reading;
  };
  return {
    keys(url, kid, fetch) {
      if (known?.url !== url || stopwatch() - known.readAt > FRESH_SECONDS) return read(url, fetch);
      const isKnown = kid === undefined || known.keys.some((key) => key.kid === kid);
      return isKnown || !mayAskAgain() ? Promise.resolve(known.keys) : read(url, fetch);
    },
  };
}

async function readKeys(url: string, fetch: BoundedFetch): Promise<readonly JWK[]> {
  const response = await fetch(url, { headers: { accept: "application/json" } });
  if (response.status !== 200) throw new OauthFailure("failed", "provider_keys");
  try {
    const { keys } = Object(await response.json());
    if (Array.isArray(keys)) return keys.filter((key) => typeof key === "object" && key !== null);
  } catch {
    // Not JSON: as below.
  }
  throw new OauthFailure("failed", "provider_keys");
}
