import { addSeconds } from "./time.ts";

/** Two tabs that refresh at once present one token twice; for this long that is taken for what it is, not for theft. */
export const REFRESH_REPEAT_SECONDS = 10;

export interface RefreshFacts {
  /** When this token was exchanged for its successor; null while it is fresh. */
  readonly usedAt: Date | null;
  /** When the successor was itself exchanged; null if it was not, or if there is none. */
  readonly successorUsedAt: Date | null;
  readonly expiresAt: Date;
  readonly sessionRevokedAt: Date | null;
  readonly sessionExpiresAt: Date;
}

/**
 * - `rotate`: exchange it for a new token
 * - `repeat`: answer with the same successor again
 * - `superseded`: refuse (409); the client already has, somewhere, a newer token
 * - `reused`: two parties hold the token: revoke the whole family
 * - `expired`, `revoked`: refuse; the person signs in again
 */
export type RefreshDecision = "rotate" | "repeat" | "superseded" | "reused" | "expired" | "revoked";

/**
 * What to do with a refresh token that was presented at `now` (design.md, 9.6; RFC 9700, section 4.14).
 *
 * A used token is judged as used before its own expiry is looked at: a thief who waits until a stolen token has expired still shows
 * that it was stolen, and a repeat that straddles the expiry still gets its successor. Ends are exclusive.
 */
export function decideRefresh(token: RefreshFacts, now: Date): RefreshDecision {
  if (token.sessionRevokedAt !== null) return "revoked";
  if (now >= token.sessionExpiresAt) return "expired";
  if (token.usedAt !== null) {
    if (now >= addSeconds(token.usedAt, REFRESH_REPEAT_SECONDS)) return "reused";
    return token.successorUsedAt === null ? "repeat" : "superseded";
  }
  return now < token.expiresAt ? "rotate" : "expired";
}
