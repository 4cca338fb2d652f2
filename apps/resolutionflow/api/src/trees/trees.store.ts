import type { Tx } from "@gatehouse/server/platform/app";
import { type ColumnType, type JSONColumnType, type RawBuilder, sql } from "kysely";
import { TREE_NODES_MAX, type Tree } from "./tree.ts";

/** Written once and never changed. */
type Fixed<T> = ColumnType<T, T, never>;

declare module "@gatehouse/server/platform/tables" {
  interface Tables {
    trees: {
      account_id: Fixed<string>;
      id: Fixed<string>;
      title: string;
      description: string | null;
      document: JSONColumnType<Tree, string, string>;
      node_count: number;
      version: number;
      created_by: Fixed<string>;
      created_at: Fixed<Date>;
      updated_at: Date;
    };
  }
}

/** What a person edits. */
export interface TreeContent {
  readonly title: string;
  readonly description: string | null;
  readonly tree: Tree;
}
export interface TreeSummary {
  readonly id: string;
  readonly title: string;
  readonly description: string | null;
  /** 1 when it is made; each edit counts one up. */
  readonly version: number;
  readonly nodeCount: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
export type StoredTree = TreeSummary & TreeContent;

const SUMMARY_COLUMNS = ["id", "title", "description", "version", "node_count", "created_at", "updated_at"] as const;
const TREE_COLUMNS = [...SUMMARY_COLUMNS, "document"] as const;

export async function insertTree(
  tx: Tx,
  accountId: string,
  made: TreeContent & { id: string; createdBy: string; at: Date },
): Promise<StoredTree> {
  const row = await tx
    .insertInto("trees")
    .values({
      account_id: accountId,
      id: made.id,
      version: 1,
      created_by: made.createdBy,
      created_at: made.at,
      ...columnsOf(made, made.at),
    })
    .returning(TREE_COLUMNS)
    .executeTakeFirstOrThrow();
  return asStoredTree(row);
}

export async function findTree(tx: Tx, accountId: string, treeId: string): Promise<StoredTree | null> {
  const row = await tx
    .selectFrom("trees")
    .select(TREE_COLUMNS)
    .where("account_id", "=", accountId)
    .where("id", "=", treeId)
    .executeTakeFirst();
  return row ? asStoredTree(row) : null;
}

export async function findTreeVersion(tx: Tx, accountId: string, treeId: string): Promise<number | null> {
  const row = await tx
    .selectFrom("trees")
    .select("version")
    .where("account_id", "=", accountId)
    .where("id", "=", treeId)
    .executeTakeFirst();
  return row?.version ?? null;
}

/** Newest first, at most `limit`, only those older than the tree `before`. */
export async function findTrees(tx: Tx, accountId: string, page: { before: string | null; limit: number }): Promise<TreeSummary[]> {
  let query = tx.selectFrom("trees").select(SUMMARY_COLUMNS).where("account_id", "=", accountId);
  if (page.before !== null) query = query.where("id", "<", page.before);
  const rows = await query.orderBy("id", "desc").limit(page.limit).execute();
  return rows.map(asTreeSummary);
}

/**
 * Puts `content` in place of version `version`. The version stands in the condition, so of two who read the same one, one changes the row and
 * the other finds it changed, without a lock held while either thinks.
 * @returns null when there is no such tree, or not in this version any more
 */
export async function replaceTree(
  tx: Tx,
  accountId: string,
  treeId: string,
  version: number,
  content: TreeContent,
  at: Date,
): Promise<StoredTree | null> {
  const row = await tx
    .updateTable("trees")
    .set({ ...columnsOf(content, at), version: version + 1 })
    .where("account_id", "=", accountId)
    .where("id", "=", treeId)
    .where("version", "=", version)
    .returning(TREE_COLUMNS)
    .executeTakeFirst();
  return row ? asStoredTree(row) : null;
}

/** @returns false when there is no such tree */
export async function removeTree(tx: Tx, accountId: string, treeId: string): Promise<boolean> {
  const row = await tx.deleteFrom("trees").where("account_id", "=", accountId).where("id", "=", treeId).returning("id").executeTakeFirst();
  return row !== undefined;
}

/**
 * Everything, oldest first, in portions: those younger than the tree `afterId`, null for the first; empty when there are none.
 * A portion has at most `limit` trees, and together no more nodes than one tree may have, so that it is never larger than the largest tree.
 */
export async function treesAfter(tx: Tx, accountId: string, afterId: string | null, limit: number): Promise<StoredTree[]> {
  const rows = await tx
    .selectFrom((from) => {
      let next = from
        .selectFrom("trees")
        .select(TREE_COLUMNS)
        .select((row) =>
          row.fn
            .sum<number>("node_count")
            .over((over) => over.orderBy("id"))
            .as("nodes_so_far"),
        )
        .where("account_id", "=", accountId);
      if (afterId !== null) next = next.where("id", ">", afterId);
      return next.orderBy("id").limit(limit).as("next_trees");
    })
    .select(TREE_COLUMNS)
    .where("nodes_so_far", "<=", TREE_NODES_MAX)
    .orderBy("id")
    .execute();
  return rows.map(asStoredTree);
}

/** Deletes every tree of the account. */
export async function eraseTrees(tx: Tx, accountId: string): Promise<void> {
  await tx.deleteFrom("trees").where("account_id", "=", accountId).execute();
}

/** How many trees an account has: what the limit `max_trees` is held against. */
export const countTrees = (accountId: RawBuilder<string>): RawBuilder<number> =>
  sql<number>`(select count(*)::int from trees where account_id = ${accountId})`;

/** Has the account a tree? A first step on the dashboard. */
export const hasTree = (accountId: RawBuilder<string>): RawBuilder<boolean> =>
  sql<boolean>`exists (select 1 from trees where account_id = ${accountId})`;

const columnsOf = (content: TreeContent, at: Date) => ({
  title: content.title,
  description: content.description,
  document: JSON.stringify({ root: content.tree.root, nodes: content.tree.nodes }),
  node_count: content.tree.nodes.length,
  updated_at: at,
});

interface SummaryRow {
  id: string;
  title: string;
  description: string | null;
  version: number;
  node_count: number;
  created_at: Date;
  updated_at: Date;
}
const asTreeSummary = (row: SummaryRow): TreeSummary => ({
  id: row.id,
  title: row.title,
  description: row.description,
  version: row.version,
  nodeCount: row.node_count,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
const asStoredTree = (row: SummaryRow & { document: Tree }): StoredTree => ({ ...asTreeSummary(row), tree: row.document });
