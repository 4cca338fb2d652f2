import type { App, Tx } from "@gatehouse/server/platform/app";
import { audit, type Origin } from "@gatehouse/server/platform/audit.store";
import { refuse } from "@gatehouse/server/platform/refuse";
import type { Actor } from "@gatehouse/server/platform/serve";
import { presentSession } from "./present-session.ts";
import { decideEnd, type Outcome } from "./session.ts";
import { lockSession, type StoredSession, updateSession } from "./sessions.store.ts";

/**
 * Ends a session of the caller's account, with an audit row. Again with the same outcome writes nothing.
 * @throws Refusal tree_session_not_found | tree_session_ended, the latter when it ended otherwise
 */
export async function endSession(
  tx: Tx,
  app: Pick<App, "ids" | "clock">,
  by: { actor: Actor; origin: Origin },
  end: { sessionId: string; outcome: Outcome; note: string | null },
): Promise<StoredSession> {
  const { accountId, userId } = by.actor;
  const session = (await lockSession(tx, accountId, end.sessionId)) ?? refuse("tree_session_not_found");
  const decision = decideEnd(session, end.outcome);
  if (decision === "ended_otherwise") refuse("tree_session_ended", { session: presentSession(session) });
  if (decision === "ended_so") return session;

  const now = app.clock.now();
  const ended = { ...session, outcome: end.outcome, note: end.note, updatedAt: now, endedAt: now };
  await updateSession(tx, accountId, ended);
  await audit(app, tx, {
    ...by.origin,
    accountId,
    actorUserId: userId,
    action: "tree_session.ended",
    targetId: session.id,
    details: { outcome: end.outcome, steps: session.path.length },
  });
  return ended;
}
