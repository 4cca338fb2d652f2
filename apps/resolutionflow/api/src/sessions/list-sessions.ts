import type { Tx } from "@gatehouse/server/platform/app";
import { beginOfPage, pageOf } from "@gatehouse/server/platform/cursor";
import { findSessions, type SessionSummary } from "./sessions.store.ts";

/**
 * One page of the account's sessions, newest first. A session that is started meanwhile stands before the first page and moves nothing.
 * @param page `limit` sessions, after the one that `cursor` names; of the tree `treeId` alone, if one is given
 * @throws Refusal invalid_request when the cursor is none of ours
 */
export async function listSessions(
  tx: Tx,
  accountId: string,
  page: { treeId: string | undefined; cursor: string | undefined; limit: number },
): Promise<{ sessions: readonly SessionSummary[]; nextCursor: string | null }> {
  const before = beginOfPage(page.cursor);
  const found = await findSessions(tx, accountId, { treeId: page.treeId ?? null, before, limit: page.limit + 1 });
  const { items, nextCursor } = pageOf(found, page.limit);
  return { sessions: items, nextCursor };
}
