import type { App, Tx } from "@gatehouse/server/platform/app";
import { audit, type Origin } from "@gatehouse/server/platform/audit.store";
import { refuse } from "@gatehouse/server/platform/refuse";
import type { Actor } from "@gatehouse/server/platform/serve";
import { removeTree } from "./trees.store.ts";

/**
 * Deletes a tree for good, with an audit row.
 * @throws Refusal tree_not_found, the latter also when it was deleted before
 */
export async function deleteTree(
  tx: Tx,
  app: Pick<App, "ids" | "clock">,
  by: { actor: Actor; origin: Origin },
  treeId: string,
): Promise<void> {
  const { accountId, userId } = by.actor;
  if (!(await removeTree(tx, accountId, treeId))) refuse("tree_not_found");
  await audit(app, tx, { ...by.origin, accountId, actorUserId: userId, action: "tree.deleted", targetId: treeId });
}
