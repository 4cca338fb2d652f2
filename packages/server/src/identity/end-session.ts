import { factsChanged } from "../access/facts-cache.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { hashToken } from "../platform/ids.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { lockPresentedToken, revokeSessions, sessionExists } from "./sessions.store.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "signals">;

/** Ends the session of a refresh token. An unknown token, and one whose session has ended, are fine: the person is signed out. */
export function logout(app: Parts, token: string, origin: Origin): Promise<void> {
  return app.db.asSystem("logout: the token says who it is", async (tx) => {
    const presented = await lockPresentedToken(tx, hashToken(token));
    if (!presented) return;
    await endSessions(app, tx, { userId: presented.userId, sessionId: presented.sessionId }, "signed_out", origin);
  });
}

/**
 * Signs one of the person's own devices out; a second time changes nothing.
 * @throws Refusal session_not_found, also for a session of somebody else
 */
export function revokeSession(app: Parts, actor: Actor, sessionId: string, origin: Origin): Promise<void> {
  return app.db.asSystem("sessions belong to a person, not to an account", async (tx) => {
    if (!(await sessionExists(tx, actor.userId, sessionId))) refuse("session_not_found");
    await endSessions(app, tx, { userId: actor.userId, sessionId }, "revoked_by_user", origin);
  });
}

/** Ends sessions of a person, tells every process, and writes it down. @returns how many were ended */
export async function endSessions(
  app: Pick<App, "clock" | "ids" | "signals">,
  tx: Tx,
  which: { userId: string; sessionId?: string; exceptSessionId?: string },
  reason: string,
  origin: Origin,
): Promise<number> {
  const ended = await revokeSessions(tx, which, reason, app.clock.now());
  if (ended.length === 0) return 0;
  await factsChanged(
    app,
    tx,
    ...(which.sessionId === undefined ? [`user:${which.userId}` as const] : [`session:${which.sessionId}` as const]),
  );
  await audit(app, tx, {
    accountId: null,
    actorUserId: which.userId,
    action: "session.ended",
    targetId: which.sessionId ?? null,
    details: { reason, ended: ended.length },
    ...origin,
  });
  return ended.length;
}
