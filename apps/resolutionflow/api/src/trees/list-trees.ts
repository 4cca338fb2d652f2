import type { Tx } from "@gatehouse/server/platform/app";
import { refuse } from "@gatehouse/server/platform/refuse";
import { cursorAfter, idOfCursor } from "./cursor.ts";
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
  const before = page.cursor === undefined ? null : (idOfCursor(page.cursor) ?? refuseCursor());
  // One more than asked for tells whether there is another page.
  const found = await findTrees(tx, accountId, { before, limit: page.limit + 1 });
  const trees = found.slice(0, page.limit);
  const last = trees.at(-1);
  return { trees, nextCursor: last && found.length > page.limit ? cursorAfter(last.id) : null };
}

const refuseCursor = (): never =>
  refuse("invalid_request", { problems: [{ at: "query.cursor", why: "must be a next_cursor as it was answered" }] });
