import type { AnswerOf } from "@gatehouse/contract";
import type { Step } from "./session.ts";
import type { readSession } from "./sessions.contract.ts";
import type { SessionSummary, StoredSession } from "./sessions.store.ts";

/** A session on the wire: as an answer, and in a refusal that says how it stands. */
export const presentSession = (session: StoredSession): AnswerOf<typeof readSession> => ({
  ...presentSummary(session),
  note: session.note,
  path: session.path.map(presentStep),
  current: presentCurrent(session.current),
});

export const presentSummary = (session: SessionSummary) => ({
  id: session.id,
  tree_id: session.treeId,
  tree_title: session.treeTitle,
  tree_version: session.treeVersion,
  outcome: session.outcome,
  started_by: session.startedBy,
  started_at: session.startedAt.toISOString(),
  updated_at: session.updatedAt.toISOString(),
  ended_at: session.endedAt?.toISOString() ?? null,
});

const presentStep = (step: Step) => ({ node_id: step.nodeId, text: step.text, answer: step.answer, at: step.at.toISOString() });

/** Where an answer leads is not told: the way goes through `POST /sessions/{id}/steps`. */
const presentCurrent = (node: StoredSession["current"]) => ({
  id: node.id,
  kind: node.kind,
  text: node.text,
  answers: node.kind === "question" ? node.answers.map(({ label }) => label) : [],
});
