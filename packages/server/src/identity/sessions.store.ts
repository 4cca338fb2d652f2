import type { RefreshFacts } from "@gatehouse/core";
import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";

export interface NewSession extends Origin {
  readonly id: string;
  readonly userId: string;
  readonly createdAt: Date;
  /** No refresh prolongs it beyond. */
  readonly expiresAt: Date;
}
/** A session and the first token of its family, in one statement. */
export async function insertSession(tx: Tx, session: NewSession, token: { hash: Buffer; expiresAt: Date }): Promise<void> {
  await tx
    .with("session", (db) =>
      db.insertInto("sessions").values({
        id: session.id,
        user_id: session.userId,
        user_agent: session.userAgent,
        ip: session.ip,
        created_at: session.createdAt,
        last_seen_at: session.createdAt,
        expires_at: session.expiresAt,
        revoked_at: null,
        revoked_reason: null,
      }),
    )
    .insertInto("refresh_tokens")
    .values({
      token_hash: token.hash,
      session_id: session.id,
      issued_at: session.createdAt,
      expires_at: token.expiresAt,
      used_at: null,
      successor_hash: null,
    })
    .execute();
}

export interface PresentedToken {
  readonly sessionId: string;
  readonly userId: string;
  readonly userAgent: string | null;
  readonly facts: RefreshFacts;
  readonly sessionExpiresAt: Date;
}
/** Locks session and token: of two refreshes at once, or a refresh and a revocation, one waits and sees what the other did (RT-5). */
export async function lockPresentedToken(tx: Tx, tokenHash: Buffer): Promise<PresentedToken | null> {
  const found = await tx.selectFrom("refresh_tokens").select("session_id").where("token_hash", "=", tokenHash).executeTakeFirst();
  if (!found) return null;
  const session = await tx
    .selectFrom("sessions")
    .select(["id", "user_id", "user_agent", "expires_at", "revoked_at"])
    .where("id", "=", found.session_id)
    .forUpdate()
    .executeTakeFirst();
  const token = await tx
    .selectFrom("refresh_tokens as t")
    .leftJoin("refresh_tokens as s", "s.token_hash", "t.successor_hash")
    .select(["t.expires_at", "t.used_at", "s.used_at as successor_used_at"])
    .where("t.token_hash", "=", tokenHash)
    .executeTakeFirst();
  if (!session || !token) return null;
  return {
    sessionId: session.id,
    userId: session.user_id,
    userAgent: session.user_agent,
    sessionExpiresAt: session.expires_at,
    facts: {
      usedAt: token.used_at,
      successorUsedAt: token.successor_used_at,
      expiresAt: token.expires_at,
      sessionRevokedAt: session.revoked_at,
      sessionExpiresAt: session.expires_at,
    },
  };
}

/** Marks the token used and stores its successor's hash; both in the caller's transaction. */
export async function rotateToken(
  tx: Tx,
  sessionId: string,
  tokenHash: Buffer,
  successor: { hash: Buffer; expiresAt: Date },
  at: Date,
): Promise<void> {
  await tx
    .with("used", (db) =>
      db.updateTable("refresh_tokens").set({ used_at: at, successor_hash: successor.hash }).where("token_hash", "=", tokenHash),
    )
    .with("seen", (db) => db.updateTable("sessions").set({ last_seen_at: at }).where("id", "=", sessionId))
    .insertInto("refresh_tokens")
    .values({
      token_hash: successor.hash,
      session_id: sessionId,
      issued_at: at,
      expires_at: successor.expiresAt,
      used_at: null,
      successor_hash: null,
    })
    .execute();
}

/** @returns the ids of the sessions that this call ended */
export async function revokeSessions(
  tx: Tx,
  which: { userId: string; sessionId?: string; exceptSessionId?: string },
  reason: string,
  at: Date,
): Promise<string[]> {
  let update = tx
    .updateTable("sessions")
    .set({ revoked_at: at, revoked_reason: reason })
    .where("user_id", "=", which.userId)
    .where("revoked_at", "is", null);
  if (which.sessionId !== undefined) update = update.where("id", "=", which.sessionId);
  if (which.exceptSessionId !== undefined) update = update.where("id", "!=", which.exceptSessionId);
  const rows = await update.returning("id").execute();
  return rows.map((row) => row.id);
}

export interface ListedSession {
  readonly id: string;
  readonly userAgent: string | null;
  readonly ip: string | null;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
}
const SESSIONS_MAX = 200;
/** Sessions that can still be refreshed, newest use first. */
export async function listSessions(tx: Tx, userId: string, now: Date): Promise<ListedSession[]> {
  const rows = await tx
    .selectFrom("sessions")
    .select(["id", "user_agent", "ip", "created_at", "last_seen_at"])
    .where("user_id", "=", userId)
    .where("revoked_at", "is", null)
    .where("expires_at", ">", now)
    .orderBy("last_seen_at", "desc")
    .limit(SESSIONS_MAX)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    userAgent: row.user_agent,
    ip: row.ip,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
  }));
}
/** When this session's person signed in; null: it has ended. */
export async function signedInAt(tx: Tx, sessionId: string): Promise<Date | null> {
  const row = await tx
    .selectFrom("sessions")
    .select("created_at")
    .where("id", "=", sessionId)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return row?.created_at ?? null;
}
export async function sessionExists(tx: Tx, userId: string, sessionId: string): Promise<boolean> {
  const row = await tx.selectFrom("sessions").select("id").where("id", "=", sessionId).where("user_id", "=", userId).executeTakeFirst();
  return row !== undefined;
}
/** Addresses of the network that this person last signed in from, the newest first. */
export async function listAddressesOf(tx: Tx, normalisedEmail: string): Promise<string[]> {
  const rows = await tx
    .selectFrom("sessions as s")
    .innerJoin("users as u", "u.id", "s.user_id")
    .select("s.ip")
    .where("u.email_normalised", "=", normalisedEmail)
    .orderBy("s.created_at", "desc")
    .limit(SESSIONS_MAX)
    .execute();
  return rows.flatMap((row) => (row.ip === null ? [] : [row.ip]));
}
/** Sessions that ended more than `days` ago, with their tokens. @returns how many */
export async function pruneSessions(tx: Tx, now: Date, days: number): Promise<number> {
  const result = await tx
    .deleteFrom("sessions")
    .where((where) =>
      where.or([
        where("expires_at", "<", sql<Date>`${now}::timestamptz - make_interval(days => ${days})`),
        where("revoked_at", "<", sql<Date>`${now}::timestamptz - make_interval(days => ${days})`),
      ]),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
