import type { ErrorRow } from "@gatehouse/contract";

/** What trees add to the catalogue of refusals. The key is the code on the wire: it never changes its meaning. */
export const treeErrors = {
  tree_not_found: { status: 404, title: "There is no such tree.", mend: "List the trees again." },
  tree_changed: {
    status: 409,
    title: "Somebody has changed this tree since you read it.",
    mend: "Read it again, take over your changes, and save with the version that you then read.",
  },
  tree_invalid: {
    status: 422,
    title: "This is not a tree that can be followed to an end.",
    mend: "Correct the places named in `problems`.",
  },
} as const satisfies Record<string, ErrorRow>;
