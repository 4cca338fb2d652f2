import { createHash } from "node:crypto";
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, type JWK, jwtVerify } from "jose";
import { type Claims, OauthFailure } from "./provider.ts";

/** Asymmetric alone: with a symmetric one, whoever knows the client secret or even the public key could sign (OI-8). */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];
/** How far the provider's clock may be from ours. */
const TOLERANCE_SECONDS = 30;
const SUBJECT_CHARACTERS_MAX = 255;

export interface Expected {
  readonly issuer: string;
  readonly clientId: string;
  readonly nonce: string;
  readonly accessToken: string;
  /** The world's time. */
  readonly now: Date;
  keys(kid: string | undefined): Promise<readonly JWK[]>;
}
export type CheckedClaims = Claims & { readonly iss: string; readonly sub: string };

/**
 * Checks an id_token whole, the signature first: openid-client takes the code flow's token on trust, as OpenID Connect Core 3.1.3.7 (6)
 * allows, and leaves `iat`, `at_hash` and an empty `sub` alone. Keys come from the configured issuer, never from the token (OI-15).
 * @see https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
 * @throws OauthFailure refused, with the check that it failed
 */
export async function checkIdToken(token: string, expected: Expected): Promise<CheckedClaims> {
  const { kid } = readHeader(token);
  const keys = await expected.keys(kid);
  const { payload, protectedHeader } = await verify(token, keys, expected);
  const { sub, iss, aud, azp, iat, nonce, at_hash: accessTokenHash } = payload;
  if (typeof sub !== "string" || sub === "" || sub.length > SUBJECT_CHARACTERS_MAX) refused("subject");
  if (nonce !== expected.nonce) refused("nonce");
  if (iat === undefined || iat > expected.now.getTime() / 1000 + TOLERANCE_SECONDS) refused("issued_at");
  const isForOthersToo = Array.isArray(aud) && aud.length > 1;
  if ((isForOthersToo || azp !== undefined) && azp !== expected.clientId) refused("authorized_party");
  if (accessTokenHash !== undefined && accessTokenHash !== halfHash(expected.accessToken, protectedHeader.alg))
    refused("access_token_hash");
  return { ...payload, iss: iss ?? refused("issuer"), sub };
}

/** What a token says, before anything of it is believed: only to know whose keys and issuer it must be held to. */
export function claimsUnchecked(token: string): Claims {
  try {
    return decodeJwt(token);
  } catch {
    return refused("malformed");
  }
}

function readHeader(token: string): { kid: string | undefined } {
  try {
    const { kid } = decodeProtectedHeader(token);
    return { kid: typeof kid === "string" ? kid : undefined };
  } catch {
    return refused("malformed");
  }
}

async function verify(token: string, keys: readonly JWK[], { issuer, clientId, now }: Expected) {
  try {
    return await jwtVerify(token, createLocalJWKSet({ keys: [...keys] }), {
      issuer,
      audience: clientId,
      algorithms: ALGORITHMS,
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: now,
      requiredClaims: ["iss", "sub", "aud", "exp", "iat"],
    });
  } catch (error) {
    return refused(wordFor(error));
  }
}

function wordFor(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "expired";
  if (error instanceof errors.JWTClaimValidationFailed) return WORDS[error.claim] ?? "claims";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "signature";
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) return "algorithm";
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys ? "key" : "malformed";
}
const WORDS: Readonly<Record<string, string>> = {
  iss: "issuer",
  aud: "audience",
  sub: "subject",
  exp: "expiry",
  iat: "issued_at",
  nbf: "not_before",
};

/** OpenID Connect Core, 3.1.3.6: the left half of the hash that the signature's algorithm names. */
function halfHash(accessToken: string, algorithm: string): string {
  const bits = /(256|384|512)$/.exec(algorithm)?.[1] ?? "512";
  const digest = createHash(`sha${algorithm === "Ed25519" ? "512" : bits}`)
    .update(accessToken, "ascii")
    .digest();
  return digest.subarray(0, digest.length / 2).toString("base64url");
}

function refused(what: string): never {
  throw new OauthFailure("refused", `id_token_${what}`);
}
