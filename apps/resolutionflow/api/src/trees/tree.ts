/** A troubleshooting tree: questions with answers to choose from, actions to take, and at every end the answer (the resolution). */
export interface Tree {
  /** Id of the node to begin with. */
  readonly root: string;
  readonly nodes: readonly TreeNode[];
}
export type TreeNode = QuestionNode | ActionNode | AnswerNode;
export interface QuestionNode {
  readonly id: string;
  readonly kind: "question";
  readonly text: string;
  readonly answers: readonly { readonly label: string; readonly next: string }[];
}
export interface ActionNode {
  readonly id: string;
  readonly kind: "action";
  readonly text: string;
  /** null while it is being drawn; a tree that is kept has a node here. */
  readonly next: string | null;
}
export interface AnswerNode {
  readonly id: string;
  readonly kind: "answer";
  readonly text: string;
}

export interface TreeProblem {
  /** Where in the document: `nodes.3.answers.1.next`. */
  readonly at: string;
  readonly why: string;
}

export const TREE_NODES_MAX = 500;
/** A question with one answer asks nothing: it is an action. */
export const TREE_ANSWERS_MIN = 2;
/** More than a person reads through; a longer choice is two questions. */
export const TREE_ANSWERS_MAX = 20;
/** Nodes from the root to the farthest end, both counted. */
export const TREE_DEPTH_MAX = 100;

/** A way from one node to another. Places of nodes are their positions in the document. */
interface Link {
  readonly at: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Everything that keeps `tree` from being a real tree whose every path ends in an answer; empty when it is one. All at once, so that whoever
 * draws it mends it in one go.
 *
 * Takes time in proportion to the number of links and never recurses: what is sent may be one long chain or one big loop. Lengths of texts
 * and forms of ids are the contract's.
 */
export function whyNotTree(tree: Tree): readonly TreeProblem[] {
  if (tree.nodes.length > TREE_NODES_MAX) return [{ at: "nodes", why: `must be at most ${TREE_NODES_MAX}` }];
  const problems: TreeProblem[] = [];
  const places = placesOf(tree, problems);
  tree.nodes.forEach((node, place) => {
    problems.push(...problemsOfNode(node, `nodes.${place}`));
  });
  const links = linksOf(tree, places, problems);
  const root = places.get(tree.root);
  const walk = walkAll(tree.nodes.length, root, links);
  for (const link of walk.closingLoops) problems.push({ at: link.at, why: "leads back to a node before it: a loop never ends" });
  problems.push(...secondParents(tree, root, links, walk.closingLoops));
  for (const place of walk.tooDeep) problems.push({ at: `nodes.${place}`, why: `is deeper than ${TREE_DEPTH_MAX} nodes` });
  if (root === undefined) return [...problems, { at: "root", why: "there is no node with this id" }];
  for (const place of places.values()) {
    if (!walk.reached.has(place)) problems.push({ at: `nodes.${place}`, why: "cannot be reached from the root" });
  }
  return problems;
}

/** Where each id stands; of two nodes with one id, the first. */
function placesOf(tree: Tree, problems: TreeProblem[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  tree.nodes.forEach((node, place) => {
    const first = places.get(node.id);
    if (first === undefined) places.set(node.id, place);
    else problems.push({ at: `nodes.${place}.id`, why: `is the id of nodes.${first} too` });
  });
  return places;
}

function problemsOfNode(node: TreeNode, at: string): TreeProblem[] {
  switch (node.kind) {
    case "question":
      return problemsOfAnswers(node, `${at}.answers`);
    case "action":
      return node.next === null ? [{ at: `${at}.next`, why: "must lead on: every path ends in an answer" }] : [];
    case "answer":
      return [];
  }
}

function problemsOfAnswers(node: QuestionNode, at: string): TreeProblem[] {
  if (node.answers.length < TREE_ANSWERS_MIN || node.answers.length > TREE_ANSWERS_MAX) {
    return [{ at, why: `must be ${TREE_ANSWERS_MIN} to ${TREE_ANSWERS_MAX}` }];
  }
  const problems: TreeProblem[] = [];
  const labels = new Map<string, number>();
  node.answers.forEach(({ label }, index) => {
    // Two labels that a person cannot tell apart are one, whatever their bytes.
    const seen = label.normalize("NFKC").toLowerCase();
    const first = labels.get(seen);
    if (first === undefined) labels.set(seen, index);
    else problems.push({ at: `${at}.${index}.label`, why: `reads as answer ${first} does` });
  });
  return problems;
}

/** Every link that leads somewhere, in the order of the document. */
function linksOf(tree: Tree, places: ReadonlyMap<string, number>, problems: TreeProblem[]): readonly Link[] {
  const links: Link[] = [];
  tree.nodes.forEach((node, from) => {
    for (const { at, next } of nextsOf(node, `nodes.${from}`)) {
      const to = places.get(next);
      if (to === undefined) problems.push({ at, why: "there is no node with this id" });
      // The second of two nodes with one id is no node: what it leads to is not held against the first.
      else if (places.get(node.id) === from) links.push({ at, from, to });
    }
  });
  return links;
}

function nextsOf(node: TreeNode, at: string): { at: string; next: string }[] {
  switch (node.kind) {
    case "question":
      return node.answers.map(({ next }, index) => ({ at: `${at}.answers.${index}.next`, next }));
    case "action":
      return node.next === null ? [] : [{ at: `${at}.next`, next: node.next }];
    case "answer":
      return [];
  }
}

interface Walk {
  readonly reached: ReadonlySet<number>;
  readonly closingLoops: ReadonlySet<Link>;
  /** The first node of each path that goes below the depth that is allowed. */
  readonly tooDeep: readonly number[];
}

/** Depth first from the root, then from every node that it does not reach, so that loops apart from the tree are named too. */
function walkAll(count: number, root: number | undefined, links: readonly Link[]): Walk {
  const ways: Link[][] = Array.from({ length: count }, () => []);
  for (const link of links) ways[link.from]?.push(link);
  const seen = new Set<number>();
  const onPath = new Set<number>();
  const closingLoops = new Set<Link>();
  const tooDeep: number[] = [];

  const walkFrom = (start: number): void => {
    const path: { place: number; waysTaken: number }[] = [];
    const enter = (place: number): void => {
      seen.add(place);
      onPath.add(place);
      if (path.push({ place, waysTaken: 0 }) === TREE_DEPTH_MAX + 1 && start === root) tooDeep.push(place);
    };
    enter(start);
    for (let last = path.at(-1); last; last = path.at(-1)) {
      const way = ways[last.place]?.[last.waysTaken];
      last.waysTaken += 1;
      if (!way) {
        onPath.delete(last.place);
        path.pop();
      } else if (onPath.has(way.to)) closingLoops.add(way);
      else if (!seen.has(way.to)) enter(way.to);
    }
  };

  if (root !== undefined) walkFrom(root);
  const reached = new Set(seen);
  for (let place = 0; place < count; place += 1) if (!seen.has(place)) walkFrom(place);
  return { reached, closingLoops, tooDeep };
}

/** In a tree one link leads to each node, and none to the root. */
function secondParents(tree: Tree, root: number | undefined, links: readonly Link[], closingLoops: ReadonlySet<Link>): TreeProblem[] {
  const problems: TreeProblem[] = [];
  const parents = new Map<number, Link>();
  for (const link of links) {
    if (closingLoops.has(link)) continue;
    const first = parents.get(link.to);
    if (link.to === root) problems.push({ at: link.at, why: "leads to the root, which nothing leads to" });
    else if (first) problems.push({ at: link.at, why: `${JSON.stringify(tree.nodes[link.to]?.id)} is led to by ${first.at} already` });
    else parents.set(link.to, link);
  }
  return problems;
}
