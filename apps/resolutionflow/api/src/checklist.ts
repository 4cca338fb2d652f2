import type { ChecklistFact } from "@gatehouse/server/platform/product-parts";
import { hasSession } from "./sessions/sessions.store.ts";
import { hasTree } from "./trees/trees.store.ts";

/** The first steps of a new customer in ResolutionFlow, in their order. A session is started from a tree: hence the same page. */
export const checklist: readonly ChecklistFact[] = [
  { key: "first_tree", title: "Build your first tree", path: "/trees", isDone: hasTree },
  { key: "first_session", title: "Run your first session", path: "/trees", isDone: hasSession },
];
