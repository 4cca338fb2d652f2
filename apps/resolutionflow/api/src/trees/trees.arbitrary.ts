import fc from "fast-check";
import { TREE_ANSWERS_MAX, TREE_DEPTH_MAX, type Tree, type TreeNode } from "./tree.ts";

/** Valid trees of every shape, up to 400 nodes; the nodes stand in any order, as an editor may send them. */
export const validTree: fc.Arbitrary<Tree> = fc
  .record({
    // An object has some of these by itself: a lookup in a plain object would find them.
    root: fc.oneof(fc.constantFrom("__proto__", "constructor", "root"), fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/)),
    steps: fc.array(fc.record({ opening: fc.nat(1000), ways: fc.integer({ min: 1, max: TREE_ANSWERS_MAX }) }), { maxLength: 20 }),
  })
  .map(({ root, steps }) => grow(root, steps))
  .chain((tree) => anyOrder(tree.nodes).map((nodes) => ({ ...tree, nodes })));

const anyOrder = (nodes: readonly TreeNode[]) => fc.shuffledSubarray([...nodes], { minLength: nodes.length });

const mark = fc.constantFrom(
  "\n",
  "\n\n",
  "    ",
  "# ",
  "- ",
  "1. ",
  "**",
  "`",
  "```",
  "<b>",
  "&lt;",
  "[a](b)",
  "http://example.com",
  "@",
  "\\",
  "---",
);
/** A text as a person might write or paste it: several lines, marks of every language, no control characters. */
export const prose: fc.Arbitrary<string> = fc
  .array(fc.oneof(mark, fc.string({ unit: "grapheme", maxLength: 10 })), { minLength: 1, maxLength: 8 })
  .map((pieces) => pieces.join("").replaceAll(/[^\P{C}\n]|[\u2028\u2029]/gu, "?"))
  .filter((text) => text.trim() !== "");
export const line: fc.Arbitrary<string> = prose.map((text) => text.replaceAll(/\s+/g, " ").trim());

/**
 * Each step closes one of the openings, by an action (one way) or a question; what is left open at the end is closed by answers.
 * @param steps which opening, counted around, and how many ways lead on from it
 */
function grow(root: string, steps: readonly { opening: number; ways: number }[]): Tree {
  const nodes: TreeNode[] = [];
  const openings = [{ id: root, depth: 1 }];
  let count = 0;
  const open = (depth: number): string => {
    count += 1;
    // A random root may be called as ours are.
    const id = root === `n${count}` ? `m${count}` : `n${count}`;
    openings.push({ id, depth });
    return id;
  };
  for (const { opening, ways } of steps) {
    const [here] = openings.splice(opening % openings.length, 1);
    if (!here) break;
    const { id, depth } = here;
    if (depth === TREE_DEPTH_MAX) nodes.push({ id, kind: "answer", text: "an end" });
    else if (ways === 1) nodes.push({ id, kind: "action", text: "do this", next: open(depth + 1) });
    else {
      const answers = Array.from({ length: ways }, (_, index) => ({ label: `way ${index}`, next: open(depth + 1) }));
      nodes.push({ id, kind: "question", text: "which?", answers });
    }
  }
  for (const { id } of openings) nodes.push({ id, kind: "answer", text: "an end" });
  return { root, nodes };
}
