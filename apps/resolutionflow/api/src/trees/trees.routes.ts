import type { AnswerOf } from "@gatehouse/contract";
import type { App } from "@gatehouse/server/platform/app";
import { type Http, serve } from "@gatehouse/server/platform/serve";
import { createTree } from "./create-tree.ts";
import { deleteTree } from "./delete-tree.ts";
import { editTree } from "./edit-tree.ts";
import { attachment, exportTree, inWireOrder } from "./export-tree.ts";
import { listTrees } from "./list-trees.ts";
import { readTree } from "./read-tree.ts";
import type { TreeNode } from "./tree.ts";
import * as trees from "./trees.contract.ts";
import type { StoredTree, TreeContent, TreeSummary } from "./trees.store.ts";

/** @param http a scope behind the product's guards */
export function treeRoutes(http: Http, app: App): void {
  reading(http, app);
  writing(http, app);
}

function reading(http: Http, app: App): void {
  serve(http, app, trees.listTrees, ({ actor, query, transact }) =>
    transact(async (tx) => {
      const page = await listTrees(tx, actor.accountId, { cursor: query.cursor, limit: query.limit });
      return { items: page.trees.map(presentSummary), next_cursor: page.nextCursor };
    }),
  );
  serve(http, app, trees.readTree, ({ actor, params, transact }) =>
    transact(async (tx) => presentTree(await readTree(tx, actor.accountId, params.id))),
  );
  serve(http, app, trees.exportTree, async ({ actor, params, query, reply }) => {
    const tree = await app.db.forAccount(actor.accountId, (tx) => readTree(tx, actor.accountId, params.id));
    const file = exportTree(tree, query.format);
    reply.header("content-type", `${file.mediaType}; charset=utf-8`).header("content-disposition", attachment(file.fileName));
    return file.text;
  });
}

function writing(http: Http, app: App): void {
  serve(http, app, trees.createTree, ({ transact, body, ...by }) =>
    transact(async (tx) => presentTree(await createTree(tx, app, by, contentOf(body)))),
  );
  serve(http, app, trees.editTree, ({ transact, body, params, ...by }) =>
    transact(async (tx) =>
      presentTree(await editTree(tx, app, by, { treeId: params.id, readVersion: body.version, content: contentOf(body) })),
    ),
  );
  serve(http, app, trees.deleteTree, ({ transact, params, ...by }) =>
    transact(async (tx) => {
      await deleteTree(tx, app, by, params.id);
    }),
  );
}

const contentOf = (body: { title: string; description: string | null; root: string; nodes: readonly TreeNode[] }): TreeContent => ({
  title: body.title,
  description: body.description,
  tree: { root: body.root, nodes: body.nodes },
});

const presentSummary = (tree: TreeSummary) => ({
  id: tree.id,
  title: tree.title,
  description: tree.description,
  version: tree.version,
  node_count: tree.nodeCount,
  created_at: tree.createdAt.toISOString(),
  updated_at: tree.updatedAt.toISOString(),
});
const presentTree = (stored: StoredTree): AnswerOf<typeof trees.readTree> => ({
  ...presentSummary(stored),
  root: stored.tree.root,
  nodes: stored.tree.nodes.map(presentNode),
});

/** A question's answers are copied: the wire's type is not read-only. */
function presentNode(node: TreeNode) {
  const ordered = inWireOrder(node);
  return ordered.kind === "question" ? { ...ordered, answers: [...ordered.answers] } : ordered;
}
