import { consumeLimit, type LimitParts } from "@gatehouse/server/access/consume-limit";
import type { App, Tx } from "@gatehouse/server/platform/app";
import { audit, type Origin } from "@gatehouse/server/platform/audit.store";
import type { Actor } from "@gatehouse/server/platform/serve";
import { requireTree } from "./require-tree.ts";
import { insertTree, type StoredTree, type TreeContent } from "./trees.store.ts";

/**
 * Keeps a new tree of the caller's account, with an audit row.
 * @throws Refusal tree_invalid | plan_limit_reached
 */
export async function createTree(
  tx: Tx,
  app: LimitParts & Pick<App, "ids">,
  by: { actor: Actor; origin: Origin },
  content: TreeContent,
): Promise<StoredTree> {
  const { accountId, userId } = by.actor;
  requireTree(content.tree);

  await consumeLimit(app, tx, accountId, "max_trees");
  const tree = await insertTree(tx, accountId, { ...content, id: app.ids.next(), createdBy: userId, at: app.clock.now() });
  await audit(app, tx, {
    ...by.origin,
    accountId,
    actorUserId: userId,
    action: "tree.created",
    targetId: tree.id,
    details: { node_count: tree.nodeCount },
  });
  return tree;
}
