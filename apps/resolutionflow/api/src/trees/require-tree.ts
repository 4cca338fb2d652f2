import { refuse } from "@gatehouse/server/platform/refuse";
import { type Tree, whyNotTree } from "./tree.ts";

/** A document that is wrong everywhere needs no answer larger than itself. */
const PROBLEMS_TOLD_MAX = 100;

/** @throws Refusal tree_invalid with the places in the request's body */
export function requireTree(tree: Tree): void {
  const problems = whyNotTree(tree);
  if (problems.length === 0) return;
  const told = problems.slice(0, PROBLEMS_TOLD_MAX).map(({ at, why }) => ({ at: `body.${at}`, why }));
  const more = problems.length - told.length;
  refuse("tree_invalid", { problems: more > 0 ? [...told, { at: "body", why: `and ${more} more problems` }] : told });
}
