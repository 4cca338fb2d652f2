import type { ErrorRow } from "@gatehouse/contract";

/** What troubleshooting sessions add to the catalogue of refusals. `session_not_found` and `session_ended` are those of signing in. */
export const sessionErrors = {
  tree_session_not_found: { status: 404, title: "There is no such troubleshooting session.", mend: "List the sessions again." },
  session_moved_on: {
    status: 409,
    title: "This troubleshooting session has moved on since you read it.",
    mend: "Go on from `session`, which is how it stands now.",
  },
  tree_session_at_answer: {
    status: 409,
    title: "This troubleshooting session has come to an answer, and nothing leads on.",
    mend: "End it, and say how it went.",
  },
  tree_session_ended: {
    status: 409,
    title: "This troubleshooting session has ended.",
    mend: "See `session` for how it ended, or start another one.",
  },
} as const satisfies Record<string, ErrorRow>;
