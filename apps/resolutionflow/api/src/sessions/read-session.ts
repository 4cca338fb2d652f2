import type { Tx } from "@gatehouse/server/platform/app";
import { refuse } from "@gatehouse/server/platform/refuse";
import { findSession, type StoredSession } from "./sessions.store.ts";

/**
 * A troubleshooting session of the account.
 * @throws Refusal tree_session_not_found, also when it is another account's
 */
export async function readSession(tx: Tx, accountId: string, sessionId: string): Promise<StoredSession> {
  return (await findSession(tx, accountId, sessionId)) ?? refuse("tree_session_not_found");
}
