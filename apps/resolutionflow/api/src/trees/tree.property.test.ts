import fc from "fast-check";
import { expect, test } from "vitest";
import { type QuestionNode, TREE_ANSWERS_MAX, TREE_DEPTH_MAX, TREE_NODES_MAX, type Tree, type TreeNode, whyNotTree } from "./tree.ts";
import { validTree } from "./trees.arbitrary.ts";

/** Breaks one thing in a valid tree, at a place that `pick` chooses; null where the tree has nothing to break so. */
type Breakage = (tree: Tree, pick: (count: number) => number) => Tree | null;

const FRESH = "fresh-";
const replace = (tree: Tree, old: TreeNode, ...by: TreeNode[]): Tree => ({
  ...tree,
  nodes: tree.nodes.flatMap((node) => (node === old ? by : [node])),
});
const one = <T>(items: readonly T[], pick: (count: number) => number): T | null => items[pick(items.length)] ?? null;
const questions = (tree: Tree) => tree.nodes.filter((node): node is QuestionNode => node.kind === "question");
const anEnd = (tree: Tree, pick: (count: number) => number) =>
  one(
    tree.nodes.filter((node) => node.kind === "answer"),
    pick,
  );

/** Lets the question's answer `index` be another one. */
const withAnswer = (tree: Tree, asked: QuestionNode, index: number, change: { label?: string; next?: string }): Tree =>
  replace(tree, asked, { ...asked, answers: asked.answers.map((answer, at) => (at === index ? { ...answer, ...change } : answer)) });

const breakages: Record<string, Breakage> = {
  "the root is nobody": (tree) => ({ ...tree, root: `${FRESH}root` }),
  "an id is there twice": (tree, pick) => {
    const copied = one(tree.nodes, pick);
    return copied && { ...tree, nodes: [...tree.nodes, copied] };
  },
  "a node nobody leads to": (tree) => ({ ...tree, nodes: [...tree.nodes, { id: `${FRESH}1`, kind: "answer", text: "lost" }] }),
  "a path that ends in an action": (tree, pick) => {
    const ending = anEnd(tree, pick);
    return ending && replace(tree, ending, { id: ending.id, kind: "action", text: "stop", next: null });
  },
  "an end that leads to a node of the tree: a loop or a second parent": (tree, pick) => {
    const ending = anEnd(tree, pick);
    const target = one(tree.nodes, pick);
    return ending && target && replace(tree, ending, { id: ending.id, kind: "action", text: "again", next: target.id });
  },
  "an answer that leads to nobody": (tree, pick) => {
    const asked = one(questions(tree), pick);
    return asked && withAnswer(tree, asked, pick(asked.answers.length), { next: `${FRESH}nobody` });
  },
  "two answers that lead to one node": (tree, pick) => {
    const asked = one(questions(tree), pick);
    return asked && withAnswer(tree, asked, 0, { next: asked.answers[1]?.next ?? "" });
  },
  "two answers that read the same": (tree, pick) => {
    const asked = one(questions(tree), pick);
    return asked && withAnswer(tree, asked, 0, { label: asked.answers[1]?.label.toUpperCase() ?? "" });
  },
  "a question with one answer": (tree, pick) => {
    const asked = one(questions(tree), pick);
    return asked && replace(tree, asked, { ...asked, answers: asked.answers.slice(0, 1) });
  },
  "a question with too many answers": (tree, pick) => {
    const asked = one(questions(tree), pick);
    if (!asked) return null;
    const more = Array.from({ length: TREE_ANSWERS_MAX + 1 - asked.answers.length }, (_, index) => `${FRESH}${index}`);
    const answers = [...asked.answers, ...more.map((id) => ({ label: id, next: id }))];
    return replace(tree, asked, { ...asked, answers }, ...more.map((id): TreeNode => ({ id, kind: "answer", text: "more" })));
  },
  "a path that is too deep": (tree, pick) => {
    const ending = anEnd(tree, pick);
    return ending && replace(tree, ending, ...chainFrom(ending.id, TREE_DEPTH_MAX + 1));
  },
  "too many nodes": (tree, pick) => {
    const ending = anEnd(tree, pick);
    return ending && replace(tree, ending, ...chainFrom(ending.id, TREE_NODES_MAX + 2 - tree.nodes.length));
  },
};

function chainFrom(id: string, length: number): TreeNode[] {
  const ids = [id, ...Array.from({ length: length - 1 }, (_, index) => `${FRESH}${index}`)];
  return ids.map((own, index) => {
    const next = ids[index + 1];
    return next === undefined ? { id: own, kind: "answer", text: "end" } : { id: own, kind: "action", text: "on", next };
  });
}

test("every tree that is one passes, however it is grown and in whatever order it stands", () => {
  fc.assert(
    fc.property(validTree, (tree) => void expect(whyNotTree(tree)).toEqual([])),
    { numRuns: 300 },
  );
});

test.each(Object.entries(breakages))("whatever the tree, it is refused: %s", (_, breakOne) => {
  fc.assert(
    fc.property(validTree, fc.infiniteStream(fc.nat()), (tree, picks) => {
      const broken = breakOne(tree, (count) => (picks.next().value ?? 0) % Math.max(count, 1));
      fc.pre(broken !== null);
      expect(whyNotTree(broken)).not.toEqual([]);
    }),
    { numRuns: 100 },
  );
});

/** How often a tree's fields are read while it is checked: work without a clock. */
function readsOf(nodes: readonly TreeNode[]): number {
  let reads = 0;
  const get = (node: TreeNode, field: string | symbol): unknown => {
    reads += 1;
    return Reflect.get(node, field);
  };
  const counted = nodes.map((node) => new Proxy(node, { get }));
  whyNotTree({ root: "0", nodes: counted });
  return reads;
}
const shapes: Record<string, (length: number) => TreeNode[]> = {
  "a chain": (length) => Array.from({ length }, (_, place) => ({ id: `${place}`, kind: "action", text: "on", next: `${place + 1}` })),
  "one big loop": (length) =>
    Array.from({ length }, (_, place) => ({ id: `${place}`, kind: "action", text: "on", next: `${(place + 1) % length}` })),
  "everyone leading to one": (length) => Array.from({ length }, (_, place) => ({ id: `${place}`, kind: "action", text: "on", next: "0" })),
  "a chain that stands backwards and is not reached": (length) =>
    Array.from({ length }, (_, place) => ({ id: `x${place}`, kind: "action", text: "on", next: `x${place - 1}` })),
  "one id for all": (length) => Array.from({ length }, () => ({ id: "0", kind: "action", text: "on", next: "0" })),
};
test.each(Object.entries(shapes))("twice the nodes are at most twice the work: %s", (_, shape) => {
  expect(readsOf(shape(TREE_NODES_MAX))).toBeLessThanOrEqual(2 * readsOf(shape(TREE_NODES_MAX / 2)) + 20);
});
