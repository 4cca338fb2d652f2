import type { App, Tx } from "@gatehouse/server/platform/app";
import { refuse } from "@gatehouse/server/platform/refuse";
import { presentSession } from "./present-session.ts";
import { type Advance, advance, type WhyNotAdvance } from "./session.ts";
import { lockSession, type StoredSession, updateSession } from "./sessions.store.ts";

/**
 * Takes one step of a session of the account. Whoever has not seen every step that there is changes nothing, and is told how it stands.
 * @throws Refusal tree_session_not_found | session_moved_on | tree_session_ended | tree_session_at_answer | invalid_request
 */
export async function advanceSession(
  tx: Tx,
  app: Pick<App, "clock">,
  accountId: string,
  sessionId: string,
  by: Advance,
): Promise<StoredSession> {
  const session = (await lockSession(tx, accountId, sessionId)) ?? refuse("tree_session_not_found");
  const now = app.clock.now();
  const advanced = advance(session, by, now);
  if (!advanced.ok) return refuseAdvance(advanced.why, session);

  const next = { ...session, path: advanced.path, current: advanced.current, updatedAt: now };
  await updateSession(tx, accountId, next);
  return next;
}

function refuseAdvance(why: WhyNotAdvance, session: StoredSession): never {
  switch (why) {
    case "ended":
      return refuse("tree_session_ended", { session: presentSession(session) });
    case "moved_on":
      return refuse("session_moved_on", { session: presentSession(session) });
    case "at_answer":
      return refuse("tree_session_at_answer");
    case "answer_missing":
      return refuseAnswer("must be one of the current question's answers");
    case "answer_unknown":
      return refuseAnswer("is none of the current question's answers");
    case "answer_unasked":
      return refuseAnswer("must be left out: an action has no answers");
  }
}

const refuseAnswer = (reason: string): never => refuse("invalid_request", { problems: [{ at: "body.answer", why: reason }] });
