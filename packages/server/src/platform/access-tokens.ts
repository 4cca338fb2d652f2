import { sign } from "node:crypto";
import { errors as joseErrors, jwtVerify } from "jose";
import { refuse } from "./refuse.ts";
import { type KeyParts, loadSigningKeys, type SigningKeys } from "./signing-keys.ts";

/** What an access token says: it only names. Whether session and membership stand is asked of the facts at each request. */
export interface TokenClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly accountId: string;
  /** The operator who looks at the account as this user; `sessionId` is then the impersonation's. null: the person themself. */
  readonly operatorId: string | null;
  /** Unix milliseconds; exclusive. */
  readonly expiresAt: number;
}

export interface AccessTokens {
  issue(claims: Omit<TokenClaims, "expiresAt" | "operatorId">): Promise<{ token: string; expiresInSeconds: number }>;
  /** For an operator who looks at an account: says so, and until when. */
  issueImpersonation(claims: TokenClaims & { readonly operatorId: string }): Promise<{ token: string; expiresInSeconds: number }>;
  /** Synchronous when the token was verified before. @throws Refusal authentication_required | access_token_expired */
  verify(token: string): TokenClaims | Promise<TokenClaims>;
  publicKeys(): Promise<readonly object[]>;
}

/** What an operator may do who looks at an account. */
export const IMPERSONATION_ROLE = "viewer";
const AUDIENCE = "gatehouse";
/** Verified tokens kept; each is its text and four short values, so this bounds them to some MiB. */
const VERIFIED_MAX = 10_000;
/** Far above the length of ours. */
const TOKEN_LENGTH_MAX = 4096;
/** Keys are read again after this time even when no word of a rotation came. */
const KEYS_FRESH_MILLISECONDS = 60_000;
/** A token with an unknown key id asks the database at most this often, so that made-up ids cost nothing (OI-9's sibling). */
const UNKNOWN_KEY_PAUSE_MILLISECONDS = 2000;

/** Signed JWTs (RFC 7519, EdDSA) with the key id in the header; the public keys are at `/.well-known/jwks.json`. */
export function openAccessTokens(app: KeyParts): AccessTokens {
  const keys = keyCache(app);
  const verified = new Map<string, TokenClaims>();
  const lifeSeconds = app.config.accessTokenSeconds;

  const check = async (token: string): Promise<TokenClaims> => {
    if (token.length > TOKEN_LENGTH_MAX || !/^[A-Za-z0-9_\-.]+$/.test(token)) refuse("authentication_required");
    try {
      const { payload } = await jwtVerify(token, (header) => keys.find(header.kid), {
        issuer: app.config.baseUrl,
        audience: AUDIENCE,
        algorithms: ["EdDSA"],
        typ: "at+jwt",
        currentDate: app.clock.now(),
        requiredClaims: ["sub", "sid", "acc", "exp", "iat"],
      });
      const claims = {
        userId: idIn(payload.sub),
        sessionId: idIn(payload["sid"]),
        accountId: idIn(payload["acc"]),
        operatorId: payload["act"] === undefined ? null : idIn(Object(payload["act"])["sub"]),
        expiresAt: (payload.exp ?? 0) * 1000,
      };
      if (verified.size >= VERIFIED_MAX) verified.delete(verified.keys().next().value ?? "");
      verified.set(token, claims);
      return claims;
    } catch (error) {
      if (error instanceof joseErrors.JWTExpired) refuse("access_token_expired");
      if (error instanceof joseErrors.JOSEError) refuse("authentication_required");
      throw error;
    }
  };

  const write = writer(app, keys);
  return {
    issue: (claims) => write(claims, (issuedAt) => issuedAt + lifeSeconds),
    // Who acts is said as RFC 8693, section 4.1, says it.
    issueImpersonation: (claims) =>
      write(claims, () => Math.floor(claims.expiresAt / 1000), { act: { sub: claims.operatorId }, role: IMPERSONATION_ROLE }),
    verify(token) {
      const known = verified.get(token);
      if (known === undefined) return check(token);
      if (known.expiresAt <= app.clock.now().getTime()) {
        verified.delete(token);
        refuse("access_token_expired");
      }
      return known;
    },
    publicKeys: async () => (await keys.fresh()).publicJwks,
  };
}

type Writer = (
  claims: Omit<TokenClaims, "expiresAt" | "operatorId">,
  expiresAt: (issuedAt: number) => number,
  more?: Readonly<Record<string, unknown>>,
) => Promise<{ token: string; expiresInSeconds: number }>;

/** Times are Unix seconds, as the token says them. */
const writer =
  (app: KeyParts, keys: ReturnType<typeof keyCache>): Writer =>
  async (claims, expiresAt, more = {}) => {
    const { current } = await keys.fresh();
    const issuedAt = Math.floor(app.clock.now().getTime() / 1000);
    const token = signJwt(current, {
      sid: claims.sessionId,
      acc: claims.accountId,
      sub: claims.userId,
      iss: app.config.baseUrl,
      aud: AUDIENCE,
      iat: issuedAt,
      exp: expiresAt(issuedAt),
      ...more,
    });
    return { token, expiresInSeconds: expiresAt(issuedAt) - issuedAt };
  };

/**
 * RFC 7515, section 3.1, with EdDSA (RFC 8037). Not by jose: its signature is made by WebCrypto, at three times the cost and behind the password
 * hashes that wait for the same threads.
 */
function signJwt({ kid, key }: SigningKeys["current"], payload: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "EdDSA", kid, typ: "at+jwt" })}.${part(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
}

/** Checked although only we sign: what is no id would be an error of the database. */
const idIn = (claim: unknown): string => (typeof claim === "string" && UUID.test(claim) ? claim : refuse("authentication_required"));
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function keyCache(app: KeyParts) {
  let loaded: { keys: SigningKeys; at: number; productTime: number } | null = null;
  let loading: Promise<SigningKeys> | null = null;
  const wall = (): number => app.clock.wall().getTime();
  const load = (): Promise<SigningKeys> => {
    loading ??= loadSigningKeys(app)
      .then((keys) => {
        loaded = { keys, at: wall(), productTime: app.clock.now().getTime() };
        return keys;
      })
      .finally(() => {
        loading = null;
      });
    return loading;
  };
  const forget = (): void => {
    loaded = null;
  };
  app.signals.on("signing_keys", forget);
  app.signals.onGap(forget);
  const isFresh = (): boolean =>
    loaded !== null &&
    wall() - loaded.at < KEYS_FRESH_MILLISECONDS &&
    app.clock.now().getTime() - loaded.productTime < KEYS_FRESH_MILLISECONDS;
  const fresh = async (): Promise<SigningKeys> => (loaded !== null && isFresh() ? loaded.keys : load());
  return {
    fresh,
    async find(kid: string | undefined) {
      const known = (await fresh()).byId.get(kid ?? "");
      if (known) return known;
      if (loaded !== null && wall() - loaded.at < UNKNOWN_KEY_PAUSE_MILLISECONDS) return refuse("authentication_required");
      return (await load()).byId.get(kid ?? "") ?? refuse("authentication_required");
    },
  };
}
