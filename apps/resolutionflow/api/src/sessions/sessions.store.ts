import type { Tx } from "@gatehouse/server/platform/app";
import { type ColumnType, type JSONColumnType, type RawBuilder, sql } from "kysely";
import { TREE_NODES_MAX, type Tree } from "../trees/tree.ts";
import { nodeOf, type Outcome, type Session, type Step } from "./session.ts";

/** Written once and never changed. */
type Fixed<T> = ColumnType<T, T, never>;

interface StoredStep {
  readonly node_id: string;
  readonly text: string;
  readonly answer: string | null;
  readonly at: string;
}
declare module "@gatehouse/server/platform/tables" {
  interface Tables {
    tree_sessions: {
      account_id: Fixed<string>;
      id: Fixed<string>;
      tree_id: Fixed<string>;
      tree_title: Fixed<string>;
      tree_version: Fixed<number>;
      document: JSONColumnType<Tree, string, never>;
      path: JSONColumnType<StoredStep[], string, string>;
      current_node_id: string;
      outcome: Outcome | null;
      note: string | null;
      started_by: Fixed<string>;
      started_at: Fixed<Date>;
      updated_at: Date;
      ended_at: Date | null;
    };
  }
}

export interface SessionSummary {
  readonly id: string;
  readonly treeId: string;
  /** Title and version as they were at the start. */
  readonly treeTitle: string;
  readonly treeVersion: number;
  readonly outcome: Outcome | null;
  readonly startedBy: string;
  readonly startedAt: Date;
  readonly updatedAt: Date;
  readonly endedAt: Date | null;
}
export type StoredSession = SessionSummary & Session & { readonly note: string | null };

const SUMMARY_COLUMNS = [
  "id",
  "tree_id",
  "tree_title",
  "tree_version",
  "outcome",
  "started_by",
  "started_at",
  "updated_at",
  "ended_at",
] as const;
const SESSION_COLUMNS = [...SUMMARY_COLUMNS, "document", "path", "current_node_id", "note"] as const;

export async function insertSession(tx: Tx, accountId: string, session: StoredSession): Promise<void> {
  await tx
    .insertInto("tree_sessions")
    .values({
      account_id: accountId,
      id: session.id,
      tree_id: session.treeId,
      tree_title: session.treeTitle,
      tree_version: session.treeVersion,
      document: JSON.stringify({ root: session.tree.root, nodes: session.tree.nodes }),
      started_by: session.startedBy,
      started_at: session.startedAt,
      ...changingColumns(session),
    })
    .execute();
}

/** Writes what changes while a session runs. The caller holds its lock. */
export async function updateSession(tx: Tx, accountId: string, session: StoredSession): Promise<void> {
  await tx
    .updateTable("tree_sessions")
    .set(changingColumns(session))
    .where("account_id", "=", accountId)
    .where("id", "=", session.id)
    .execute();
}

export async function findSession(tx: Tx, accountId: string, sessionId: string): Promise<StoredSession | null> {
  const row = await sessions(tx, accountId).where("id", "=", sessionId).executeTakeFirst();
  return row ? asStoredSession(row) : null;
}

/** Locks the row, so that of two tabs the second one sees the step that the first has taken. */
export async function lockSession(tx: Tx, accountId: string, sessionId: string): Promise<StoredSession | null> {
  const row = await sessions(tx, accountId).where("id", "=", sessionId).forUpdate().executeTakeFirst();
  return row ? asStoredSession(row) : null;
}

/** Newest first, at most `limit`, only those older than the session `before`, and of the tree `treeId` if there is one. */
export async function findSessions(
  tx: Tx,
  accountId: string,
  page: { treeId: string | null; before: string | null; limit: number },
): Promise<SessionSummary[]> {
  let query = tx.selectFrom("tree_sessions").select(SUMMARY_COLUMNS).where("account_id", "=", accountId);
  if (page.treeId !== null) query = query.where("tree_id", "=", page.treeId);
  if (page.before !== null) query = query.where("id", "<", page.before);
  const rows = await query.orderBy("id", "desc").limit(page.limit).execute();
  return rows.map(asSummary);
}

/**
 * Everything, oldest first, in portions: those younger than the session `afterId`, null for the first; empty when there are none.
 * A portion has at most `limit` sessions, and their trees together no more nodes than one tree may have. PostgreSQL unpacks `limit` trees
 * to count them, however few are given: a small one is the faster.
 */
export async function sessionsAfter(tx: Tx, accountId: string, afterId: string | null, limit: number): Promise<StoredSession[]> {
  const nodes = sql<number>`jsonb_array_length(document -> 'nodes')`;
  const rows = await tx
    .selectFrom((from) => {
      let next = from
        .selectFrom("tree_sessions")
        .select(SESSION_COLUMNS)
        .select((row) =>
          row.fn
            .sum<number>(nodes)
            .over((over) => over.orderBy("id"))
            .as("nodes_so_far"),
        )
        .where("account_id", "=", accountId);
      if (afterId !== null) next = next.where("id", ">", afterId);
      return next.orderBy("id").limit(limit).as("next_sessions");
    })
    .select(SESSION_COLUMNS)
    .where("nodes_so_far", "<=", TREE_NODES_MAX)
    .orderBy("id")
    .execute();
  return rows.map(asStoredSession);
}

/** Deletes every session of the account. */
export async function eraseSessions(tx: Tx, accountId: string): Promise<void> {
  await tx.deleteFrom("tree_sessions").where("account_id", "=", accountId).execute();
}

/** Was a session ever started? A first step on the dashboard. */
export const hasSession = (accountId: RawBuilder<string>): RawBuilder<boolean> =>
  sql<boolean>`exists (select 1 from tree_sessions where account_id = ${accountId})`;

const sessions = (tx: Tx, accountId: string) => tx.selectFrom("tree_sessions").select(SESSION_COLUMNS).where("account_id", "=", accountId);

const changingColumns = (session: StoredSession) => ({
  path: JSON.stringify(session.path.map(asStoredStep)),
  current_node_id: session.current.id,
  outcome: session.outcome,
  note: session.note,
  updated_at: session.updatedAt,
  ended_at: session.endedAt,
});
const asStoredStep = (step: Step): StoredStep => ({
  node_id: step.nodeId,
  text: step.text,
  answer: step.answer,
  at: step.at.toISOString(),
});

interface SummaryRow {
  id: string;
  tree_id: string;
  tree_title: string;
  tree_version: number;
  outcome: Outcome | null;
  started_by: string;
  started_at: Date;
  updated_at: Date;
  ended_at: Date | null;
}
const asSummary = (row: SummaryRow): SessionSummary => ({
  id: row.id,
  treeId: row.tree_id,
  treeTitle: row.tree_title,
  treeVersion: row.tree_version,
  outcome: row.outcome,
  startedBy: row.started_by,
  startedAt: row.started_at,
  updatedAt: row.updated_at,
  endedAt: row.ended_at,
});

interface SessionRow extends SummaryRow {
  document: Tree;
  path: StoredStep[];
  current_node_id: string;
  note: string | null;
}
function asStoredSession(row: SessionRow): StoredSession {
  const current = nodeOf(row.document, row.current_node_id);
  if (current === null) throw new Error(`the session ${row.id} stands on a node that its tree does not have`);
  const path = row.path.map((step) => ({ nodeId: step.node_id, text: step.text, answer: step.answer, at: new Date(step.at) }));
  return { ...asSummary(row), tree: row.document, path, current, note: row.note };
}
