import { consumeLimit, type LimitParts } from "@gatehouse/server/access/consume-limit";
import type { App, Tx } from "@gatehouse/server/platform/app";
import { audit, type Origin } from "@gatehouse/server/platform/audit.store";
import { refuse } from "@gatehouse/server/platform/refuse";
import type { Actor } from "@gatehouse/server/platform/serve";
import { readTree } from "../trees/read-tree.ts";
import { firstNode } from "./session.ts";
import { insertSession, type StoredSession } from "./sessions.store.ts";

/**
 * Starts to run through a tree of the caller's account as it is now, with an audit row.
 * @throws Refusal tree_not_found | tree_invalid | plan_limit_reached
 */
export async function startSession(
  tx: Tx,
  app: LimitParts & Pick<App, "ids">,
  by: { actor: Actor; origin: Origin },
  treeId: string,
): Promise<StoredSession> {
  const { accountId, userId } = by.actor;
  const tree = await readTree(tx, accountId, treeId);
  const now = app.clock.now();
  const session: StoredSession = {
    id: app.ids.next(),
    treeId: tree.id,
    treeTitle: tree.title,
    treeVersion: tree.version,
    tree: tree.tree,
    path: [],
    current: firstNode(tree.tree) ?? refuse("tree_invalid"),
    outcome: null,
    note: null,
    startedBy: userId,
    startedAt: now,
    updatedAt: now,
    endedAt: null,
  };

  await consumeLimit(app, tx, accountId, "sessions_per_month");
  await insertSession(tx, accountId, session);
  await audit(app, tx, {
    ...by.origin,
    accountId,
    actorUserId: userId,
    action: "tree_session.started",
    targetId: session.id,
    details: { tree_id: tree.id, tree_version: tree.version },
  });
  return session;
}
