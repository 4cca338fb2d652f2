import type { Tree, TreeNode } from "../trees/tree.ts";

export const OUTCOMES = ["resolved", "unresolved", "abandoned"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A question that was answered, or an action that was done. */
export interface Step {
  readonly nodeId: string;
  readonly text: string;
  /** The label that was chosen; null where an action was done. */
  readonly answer: string | null;
  readonly at: Date;
}
/** A run through a tree: where it has come to, and how. */
export interface Session {
  /** As it was when the session was started. */
  readonly tree: Tree;
  readonly path: readonly Step[];
  /** What is shown now; it becomes a step when it is answered or done. */
  readonly current: TreeNode;
  /** null while it runs. */
  readonly outcome: Outcome | null;
}

/** What somebody wants to do next. */
export interface Advance {
  /** How many steps the caller has seen: of two tabs that show the same node, one goes on. */
  readonly stepsSeen: number;
  /** A label to the letter, or an answer's place, from 0; null to go on from an action. */
  readonly answer: string | number | null;
}
export type WhyNotAdvance = "ended" | "moved_on" | "at_answer" | "answer_missing" | "answer_unknown" | "answer_unasked";
export type Advanced = { ok: true; path: readonly Step[]; current: TreeNode } | { ok: false; why: WhyNotAdvance };

/** What a session begins with, also when it is an action. @returns null when the tree has no such node */
export const firstNode = (tree: Tree): TreeNode | null => nodeOf(tree, tree.root);

/** Where `session` goes from its current node. From an answer it goes nowhere: the caller says how it ended. */
export function advance(session: Session, by: Advance, now: Date): Advanced {
  if (session.outcome !== null) return { ok: false, why: "ended" };
  if (by.stepsSeen !== session.path.length) return { ok: false, why: "moved_on" };
  const way = wayOn(session.current, by.answer);
  if (!way.ok) return way;
  // A way to nowhere is an end as an answer is; a tree that is kept has none.
  const current = way.next === null ? null : nodeOf(session.tree, way.next);
  if (current === null) return { ok: false, why: "at_answer" };
  const { id, text } = session.current;
  return { ok: true, path: [...session.path, { nodeId: id, text, answer: way.label, at: now }], current };
}

/** Ending once more with the same outcome is a repetition; with another one it would rewrite what happened. */
export function decideEnd({ outcome }: Pick<Session, "outcome">, wanted: Outcome): "end" | "ended_so" | "ended_otherwise" {
  if (outcome === null) return "end";
  return outcome === wanted ? "ended_so" : "ended_otherwise";
}

export const nodeOf = (tree: Tree, id: string): TreeNode | null => tree.nodes.find((node) => node.id === id) ?? null;

type Way = { ok: true; label: string | null; next: string | null } | { ok: false; why: WhyNotAdvance };

function wayOn(node: TreeNode, answer: Advance["answer"]): Way {
  switch (node.kind) {
    case "question": {
      if (answer === null) return { ok: false, why: "answer_missing" };
      // A text is always a label and a number always a place: labels may be "1" and "2".
      const chosen = typeof answer === "number" ? node.answers[answer] : node.answers.find(({ label }) => label === answer);
      return chosen ? { ok: true, label: chosen.label, next: chosen.next } : { ok: false, why: "answer_unknown" };
    }
    case "action":
      return answer === null ? { ok: true, label: null, next: node.next } : { ok: false, why: "answer_unasked" };
    case "answer":
      return { ok: false, why: "at_answer" };
  }
}
