import type { Tx } from "../platform/app.ts";
import { beginOfPage, pageOf } from "../platform/cursor.ts";
import { findMembers, type Member } from "./members.store.ts";

/**
 * One page of the account's people, the oldest membership first. Who joins meanwhile stands on the last page and moves nothing.
 * @param page `limit` members, after the one that `cursor` names
 * @throws Refusal invalid_request when the cursor is none of ours
 */
export async function listMembers(
  tx: Tx,
  accountId: string,
  page: { cursor: string | undefined; limit: number },
): Promise<{ members: readonly Member[]; nextCursor: string | null }> {
  const after = beginOfPage(page.cursor);
  const { items, nextCursor } = pageOf(await findMembers(tx, accountId, { after, limit: page.limit + 1 }), page.limit);
  return { members: items, nextCursor };
}
