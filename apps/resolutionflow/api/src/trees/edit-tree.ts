import type { App, Tx } from "@gatehouse/server/platform/app";
import { audit, type Origin } from "@gatehouse/server/platform/audit.store";
import { refuse } from "@gatehouse/server/platform/refuse";
import type { Actor } from "@gatehouse/server/platform/serve";
import { requireTree } from "./require-tree.ts";
import { findTreeVersion, replaceTree, type StoredTree, type TreeContent } from "./trees.store.ts";

/**
 * Replaces the version `readVersion` of a tree. Who saves second, having read the same version, overwrites nothing and is told.
 * @throws Refusal tree_invalid | tree_not_found | tree_changed, the last with the `version` that there is now
 */
export async function editTree(
  tx: Tx,
  app: Pick<App, "ids" | "clock">,
  by: { actor: Actor; origin: Origin },
  edit: { treeId: string; readVersion: number; content: TreeContent },
): Promise<StoredTree> {
  const { accountId, userId } = by.actor;
  requireTree(edit.content.tree);

  const tree = await replaceTree(tx, accountId, edit.treeId, edit.readVersion, edit.content, app.clock.now());
  if (!tree) {
    const version = (await findTreeVersion(tx, accountId, edit.treeId)) ?? refuse("tree_not_found");
    refuse("tree_changed", { version });
  }
  await audit(app, tx, {
    ...by.origin,
    accountId,
    actorUserId: userId,
    action: "tree.edited",
    targetId: tree.id,
    details: { version: tree.version, node_count: tree.nodeCount },
  });
  return tree;
}
