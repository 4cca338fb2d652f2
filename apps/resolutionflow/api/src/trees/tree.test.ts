import { expect, test } from "vitest";
import { TREE_ANSWERS_MAX, TREE_DEPTH_MAX, TREE_NODES_MAX, type Tree, type TreeNode, whyNotTree } from "./tree.ts";

const end = (id: string): TreeNode => ({ id, kind: "answer", text: `the end ${id}` });
const action = (id: string, next: string | null): TreeNode => ({ id, kind: "action", text: `do ${id}`, next });
const question = (id: string, ...nexts: string[]): TreeNode => ({
  id,
  kind: "question",
  text: `ask ${id}`,
  answers: nexts.map((next, index) => ({ label: `answer ${index}`, next })),
});
const labelled = (...labels: string[]): Tree => ({
  root: "q",
  nodes: [
    { id: "q", kind: "question", text: "?", answers: labels.map((label, index) => ({ label, next: `e${index}` })) },
    ...labels.map((_, index) => end(`e${index}`)),
  ],
});
/** `length` nodes one after the other, the last an answer. */
const chain = (length: number): Tree => ({
  root: "0",
  nodes: Array.from({ length }, (_, place) => (place === length - 1 ? end(`${place}`) : action(`${place}`, `${place + 1}`))),
});
const wide = (count: number) => labelled(...Array.from({ length: count }, (_, index) => `way ${index}`));
const orphan = (place: number) => ({ at: `nodes.${place}`, why: "cannot be reached from the root" });
const LOOP = "leads back to a node before it: a loop never ends";
const NOBODY = "there is no node with this id";

test.each<[string, Tree, { at: string; why: string }[]]>([
  ["a lone answer is a tree", { root: "a", nodes: [end("a")] }, []],
  ["an action and its answer", { root: "a", nodes: [action("a", "b"), end("b")] }, []],
  ["nodes may stand in any order", { root: "q", nodes: [end("a"), question("q", "b", "a"), end("b")] }, []],
  [
    "ids that every object has are ids as any other",
    { root: "__proto__", nodes: [action("__proto__", "constructor"), end("constructor")] },
    [],
  ],
  ["no nodes at all", { root: "a", nodes: [] }, [{ at: "root", why: NOBODY }]],
  [
    "a root that is not there, told once and not for each node",
    { root: "z", nodes: [action("a", "b"), end("b")] },
    [{ at: "root", why: NOBODY }],
  ],
  [
    "two nodes with one id",
    { root: "a", nodes: [action("a", "b"), end("b"), end("b")] },
    [{ at: "nodes.2.id", why: "is the id of nodes.1 too" }],
  ],
  [
    "a copied node is told as that, and not as a second parent too",
    { root: "a", nodes: [action("a", "b"), action("a", "b"), end("b")] },
    [{ at: "nodes.1.id", why: "is the id of nodes.0 too" }],
  ],
  [
    "an answer that leads nowhere",
    { root: "q", nodes: [question("q", "a", "z"), end("a")] },
    [{ at: "nodes.0.answers.1.next", why: NOBODY }],
  ],
  ["an action that leads nowhere", { root: "a", nodes: [action("a", "z")] }, [{ at: "nodes.0.next", why: NOBODY }]],
  [
    "a path that ends in an action",
    { root: "a", nodes: [action("a", null)] },
    [{ at: "nodes.0.next", why: "must lead on: every path ends in an answer" }],
  ],
  ["an orphan", { root: "a", nodes: [end("a"), end("b")] }, [orphan(1)]],
  ["an orphan with a family, whichever stands first", { root: "a", nodes: [end("a"), end("c"), action("b", "c")] }, [orphan(1), orphan(2)]],
  ["a node that leads to itself", { root: "a", nodes: [action("a", "a")] }, [{ at: "nodes.0.next", why: LOOP }]],
  [
    "a way back",
    { root: "a", nodes: [action("a", "q"), question("q", "e", "a"), end("e")] },
    [{ at: "nodes.1.answers.1.next", why: LOOP }],
  ],
  [
    "a way back is told as the loop, though it stands before the way down",
    { root: "a", nodes: [action("c", "b"), action("a", "b"), action("b", "c")] },
    [{ at: "nodes.0.next", why: LOOP }],
  ],
  [
    "a loop apart from the tree",
    { root: "a", nodes: [end("a"), action("b", "c"), action("c", "b")] },
    [{ at: "nodes.2.next", why: LOOP }, orphan(1), orphan(2)],
  ],
  [
    "a node with two parents",
    { root: "q", nodes: [question("q", "a", "b"), action("a", "b"), end("b")] },
    [{ at: "nodes.1.next", why: '"b" is led to by nodes.0.answers.1.next already' }],
  ],
  [
    "two answers of one question to one node",
    { root: "q", nodes: [question("q", "a", "a"), end("a")] },
    [{ at: "nodes.0.answers.1.next", why: '"a" is led to by nodes.0.answers.0.next already' }],
  ],
  [
    "an orphan that leads to the root",
    { root: "a", nodes: [end("a"), action("b", "a")] },
    [{ at: "nodes.1.next", why: "leads to the root, which nothing leads to" }, orphan(1)],
  ],
  ["a question without answers", { root: "q", nodes: [question("q")] }, [{ at: "nodes.0.answers", why: "must be 2 to 20" }]],
  ["a question with one answer", wide(1), [{ at: "nodes.0.answers", why: "must be 2 to 20" }]],
  ["a question with two answers", wide(2), []],
  ["a question with as many answers as there may be", wide(TREE_ANSWERS_MAX), []],
  ["a question with one answer more", wide(TREE_ANSWERS_MAX + 1), [{ at: "nodes.0.answers", why: "must be 2 to 20" }]],
  ["two answers that read the same", labelled("Yes", "No", "yes"), [{ at: "nodes.0.answers.2.label", why: "reads as answer 0 does" }]],
  ["two spellings of one label", labelled("café", "cafe\u0301"), [{ at: "nodes.0.answers.1.label", why: "reads as answer 0 does" }]],
  ["as deep as there may be", chain(TREE_DEPTH_MAX), []],
  ["one deeper", chain(TREE_DEPTH_MAX + 1), [{ at: "nodes.100", why: "is deeper than 100 nodes" }]],
  ["the longest chain that can be sent", chain(TREE_NODES_MAX), [{ at: "nodes.100", why: "is deeper than 100 nodes" }]],
  ["one node too many", chain(TREE_NODES_MAX + 1), [{ at: "nodes", why: "must be at most 500" }]],
  [
    "everything that is wrong is told at once",
    { root: "q", nodes: [question("q", "a", "z"), action("a", null), end("o")] },
    [{ at: "nodes.1.next", why: "must lead on: every path ends in an answer" }, { at: "nodes.0.answers.1.next", why: NOBODY }, orphan(2)],
  ],
])("%s", (_, tree, problems) => expect(whyNotTree(tree)).toEqual(problems));

test("as many nodes as there may be", () => {
  // 25 questions with 20 answers each: the first answer of each leads to the next question, the rest end.
  const nodes: TreeNode[] = [];
  for (let level = 0; level < 24; level += 1) {
    const ends = Array.from({ length: 19 }, (_, index) => `e${level}-${index}`);
    nodes.push(question(`q${level}`, `q${level + 1}`, ...ends), ...ends.map(end));
  }
  const last = Array.from({ length: 19 }, (_, index) => `last${index}`);
  nodes.push(question("q24", ...last), ...last.map(end));
  expect(nodes).toHaveLength(TREE_NODES_MAX);
  expect(whyNotTree({ root: "q0", nodes })).toEqual([]);
});
