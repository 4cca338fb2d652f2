import type { Tx } from "@gatehouse/server/platform/app";
import { beginOfPage, pageOf } from "@gatehouse/server/platform/cursor";
import { findTrees, type TreeSummary } from "./trees.store.ts";

/**
 * One page of the account's trees, newest first. A tree that is made meanwhile stands before the first page and moves nothing.
 * @param page `limit` trees, after the one that `cursor` names
 * @throws Refusal invalid_request when the cursor is none of ours
 */
export async function listTrees(
  tx: Tx,
  accountId: string,
  page: { cursor: string | undefined; limit: number },
): Promise<{ trees: readonly TreeSummary[]; nextCursor: string | null }> {
  const before = beginOfPage(page.cursor);
  const { items, nextCursor } = pageOf(await findTrees(tx, accountId, { before, limit: page.limit + 1 }), page.limit);
  return { trees: items, nextCursor };
}
