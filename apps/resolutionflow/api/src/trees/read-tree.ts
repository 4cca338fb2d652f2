import type { Tx } from "@gatehouse/server/platform/app";
import { refuse } from "@gatehouse/server/platform/refuse";
import { findTree, type StoredTree } from "./trees.store.ts";

/**
 * A tree of the account.
 * @throws Refusal tree_not_found, also when it is another account's
 */
export async function readTree(tx: Tx, accountId: string, treeId: string): Promise<StoredTree> {
  return (await findTree(tx, accountId, treeId)) ?? refuse("tree_not_found");
}
