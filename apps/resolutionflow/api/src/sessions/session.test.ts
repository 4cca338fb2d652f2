import fc from "fast-check";
import { expect, test } from "vitest";
import type { Tree, TreeNode } from "../trees/tree.ts";
import { validTree } from "../trees/trees.arbitrary.ts";
import { type Advance, type Advanced, advance, decideEnd, firstNode, type Outcome, type Session, type Step } from "./session.ts";

const now = new Date(Date.UTC(2026, 0, 1));
const look: TreeNode = { id: "look", kind: "action", text: "Look at it.", next: "lamp" };
const lamp: TreeNode = {
  id: "lamp",
  kind: "question",
  text: "Is the lamp on?",
  answers: [
    { label: "1", next: "cable" },
    { label: "0", next: "plug" },
    { label: "Lost", next: "nowhere" },
  ],
};
const plug: TreeNode = { id: "plug", kind: "action", text: "Plug it in.", next: "done" };
const cable: TreeNode = { id: "cable", kind: "answer", text: "Change the cable." };
const done: TreeNode = { id: "done", kind: "answer", text: "It prints." };
const drawn: TreeNode = { id: "drawn", kind: "action", text: "Not drawn to its end.", next: null };
const tree: Tree = { root: "look", nodes: [cable, done, look, lamp, plug, drawn] };

const looked: Step = { nodeId: "look", text: "Look at it.", answer: null, at: now };
const lit = (answer: string): Step => ({ nodeId: "lamp", text: "Is the lamp on?", answer, at: now });
const at = (current: TreeNode, path: Step[], outcome: Outcome | null = null): Session => ({ tree, path, current, outcome });
const by = (stepsSeen: number, answer: Advance["answer"] = null): Advance => ({ stepsSeen, answer });
const no = (why: string) => ({ ok: false, why });

test.each<[string, Session, Advance, object]>([
  ["an action goes on", at(look, []), by(0), { ok: true, path: [looked], current: lamp }],
  ["a question takes a label", at(lamp, [looked]), by(1, "1"), { ok: true, path: [looked, lit("1")], current: cable }],
  ["a question takes a place", at(lamp, [looked]), by(1, 1), { ok: true, path: [looked, lit("0")], current: plug }],
  ["a label that reads as a number is a label", at(lamp, [looked]), by(1, "0"), { ok: true, path: [looked, lit("0")], current: plug }],
  ["a place is a place, whatever the labels read", at(lamp, [looked]), by(1, 0), { ok: true, path: [looked, lit("1")], current: cable }],
  ["a question without an answer stays", at(lamp, [looked]), by(1), no("answer_missing")],
  ["a label that there is not", at(lamp, [looked]), by(1, "Maybe"), no("answer_unknown")],
  ["no text is no label", at(lamp, [looked]), by(1, ""), no("answer_unknown")],
  ["a place after the last", at(lamp, [looked]), by(1, 3), no("answer_unknown")],
  ["a place before the first", at(lamp, [looked]), by(1, -1), no("answer_unknown")],
  ["half a place", at(lamp, [looked]), by(1, 0.5), no("answer_unknown")],
  ["a name that every list has is no label", at(lamp, [looked]), by(1, "length"), no("answer_unknown")],
  ["an action takes no answer", at(look, []), by(0, "1"), no("answer_unasked")],
  ["nothing leads on from an answer", at(cable, [looked, lit("1")]), by(2), no("at_answer")],
  ["nor does an answer to it", at(cable, [looked, lit("1")]), by(2, "resolved"), no("at_answer")],
  ["a way to a node that there is not ends as an answer does", at(lamp, [looked]), by(1, "Lost"), no("at_answer")],
  ["an action that leads nowhere ends as an answer does", at(drawn, []), by(0), no("at_answer")],
  ["who has seen less than there is came second", at(lamp, [looked]), by(0, "1"), no("moved_on")],
  ["who has seen more than there is saw something else", at(lamp, [looked]), by(2, "1"), no("moved_on")],
  ["what has ended does not go on", at(lamp, [looked], "abandoned"), by(1, "1"), no("ended")],
  ["that it has ended is told also to who came second", at(lamp, [looked], "resolved"), by(0), no("ended")],
])("%s", (_, session, wanted, expected) => expect(advance(session, wanted, now)).toEqual(expected));

test.each<[string, Tree, TreeNode | null]>([
  ["a session begins at the root, also when it is an action", tree, look],
  ["wherever it stands in the document", { root: "plug", nodes: tree.nodes }, plug],
  ["a root that there is not begins nothing", { root: "nobody", nodes: tree.nodes }, null],
  ["nor does a name that every object has", { root: "constructor", nodes: [] }, null],
])("%s", (_, begun, node) => expect(firstNode(begun)).toEqual(node));

test.each<[string, Outcome | null, Outcome, string]>([
  ["what runs is ended", null, "resolved", "end"],
  ["ended again with the same outcome is a repetition", "resolved", "resolved", "ended_so"],
  ["an outcome is not changed", "resolved", "unresolved", "ended_otherwise"],
  ["nor is an abandoned session resolved afterwards", "abandoned", "resolved", "ended_otherwise"],
])("%s", (_, outcome, wanted, decision) => expect(decideEnd({ outcome }, wanted)).toBe(decision));

/** Follows `choices` from the root until nothing leads on. */
function walk(begun: Tree, root: TreeNode, choices: readonly number[]): Session {
  let session: Session = { tree: begun, path: [], current: root, outcome: null };
  for (;;) {
    const { current, path } = session;
    const choice = choices[path.length % choices.length] ?? 0;
    const answer = current.kind === "question" ? choice % current.answers.length : null;
    const advanced: Advanced = advance(session, { stepsSeen: path.length, answer }, now);
    if (!advanced.ok) return session;
    session = { ...session, path: advanced.path, current: advanced.current };
  }
}

test("whatever is chosen, every tree is run through to one of its answers, and no node is shown twice", () => {
  fc.assert(
    fc.property(validTree, fc.array(fc.nat(), { minLength: 1, maxLength: 20 }), (begun, choices) => {
      const root = firstNode(begun);
      expect(root).not.toBeNull();
      if (root === null) return;
      const { path, current } = walk(begun, root, choices);
      expect(current.kind).toBe("answer");
      expect(new Set([...path.map(({ nodeId }) => nodeId), current.id]).size).toBe(path.length + 1);
      expect(path[0]?.nodeId ?? current.id).toBe(begun.root);
    }),
  );
});
