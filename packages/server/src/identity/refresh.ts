import { addDays, decideRefresh } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { listAccountsOf } from "../access/member-of.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { hashToken } from "../platform/ids.ts";
import { Refusal, refuse } from "../platform/refuse.ts";
import { chooseAccount } from "./login.ts";
import type { SignIn } from "./present-person.ts";
import { lockPresentedToken, type PresentedToken, revokeSessions, rotateToken } from "./sessions.store.ts";
import { findUser } from "./users.store.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "config" | "secrets" | "signals" | "jobs">;
export interface RefreshInput {
  readonly token: string;
  readonly accountId: string | null;
  readonly origin: Origin;
}

/**
 * Exchanges a refresh token for its successor (RFC 9700, section 4.14). The successor is derived from the token, so that a repeat within
 * ten seconds gets the same one although only hashes are stored; a token that comes back later ends the session, and its owner is told.
 *
 * @throws Refusal refresh_token_invalid | refresh_superseded | refresh_reused | session_ended | account_not_found | no_account
 */
export async function refreshSession(app: Parts, input: RefreshInput): Promise<SignIn> {
  const outcome = await app.db.asSystem("refresh: the token says who it is", async (tx) => {
    const hash = hashToken(input.token);
    const presented = await lockPresentedToken(tx, hash);
    if (!presented) return refuse("refresh_token_invalid");
    switch (decideRefresh(presented.facts, app.clock.now())) {
      case "rotate":
      case "repeat":
        return succeed(app, tx, presented, hash, input);
      case "superseded":
        return refuse("refresh_superseded");
      case "expired":
        return refuse("refresh_token_invalid");
      case "revoked":
        return refuse("session_ended");
      case "reused":
        // Returned and not thrown: what was done about the theft must be kept (mechanism 8).
        await endFamily(app, tx, presented, input.origin);
        return new Refusal("refresh_reused");
    }
  });
  if (outcome instanceof Refusal) throw outcome;
  return outcome;
}

async function succeed(app: Parts, tx: Tx, presented: PresentedToken, hash: Buffer, input: RefreshInput): Promise<SignIn> {
  const now = app.clock.now();
  const user = (await findUser(tx, presented.userId)) ?? refuse("session_ended");
  const account = chooseAccount(await listAccountsOf(tx, user.id), input.accountId);
  const refreshToken = app.secrets.refreshSuccessor(input.token);
  if (presented.facts.usedAt === null) {
    const idleEnd = addDays(now, app.config.sessionIdleDays);
    const expiresAt = idleEnd < presented.sessionExpiresAt ? idleEnd : presented.sessionExpiresAt;
    await rotateToken(tx, presented.sessionId, hash, { hash: hashToken(refreshToken), expiresAt }, now);
  }
  return { user, account, sessionId: presented.sessionId, refreshToken };
}

async function endFamily(app: Parts, tx: Tx, presented: PresentedToken, origin: Origin): Promise<void> {
  await revokeSessions(tx, { userId: presented.userId, sessionId: presented.sessionId }, "refresh_reused", app.clock.now());
  await audit(app, tx, {
    accountId: null,
    actorUserId: presented.userId,
    action: "session.refresh_reused",
    targetId: presented.sessionId,
    ...origin,
  });
  await app.jobs.enqueue(tx, "mail.signed_out_for_safety", {
    userId: presented.userId,
    sessionId: presented.sessionId,
    at: app.clock.now().toISOString(),
    ip: origin.ip,
    userAgent: origin.userAgent,
  });
  await factsChanged(app, tx, `session:${presented.sessionId}`);
}
