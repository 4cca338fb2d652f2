import { expect, test } from "vitest";
import type { TreeNode } from "../trees/tree.ts";
import type { Step } from "./session.ts";
import { sessionMarkdown } from "./session-markdown.ts";
import type { StoredSession } from "./sessions.store.ts";

const at = new Date(Date.UTC(2026, 0, 1, 9, 30));
const lamp: TreeNode = {
  id: "lamp",
  kind: "question",
  text: "Is the lamp on?\nThe green one.",
  answers: [
    { label: "Yes", next: "done" },
    { label: "_No_", next: "plug" },
  ],
};
const plug: TreeNode = { id: "plug", kind: "action", text: "Plug it in.", next: "done" };
const done: TreeNode = { id: "done", kind: "answer", text: "It prints." };
const step = (node: TreeNode, answer: string | null): Step => ({ nodeId: node.id, text: node.text, answer, at });
const session = (change: Partial<StoredSession>): StoredSession => ({
  id: "01890000-0000-7000-8000-000000000000",
  treeId: "01890000-0000-7000-8000-000000000001",
  treeTitle: "Printer does *not* print",
  treeVersion: 3,
  tree: { root: "lamp", nodes: [lamp, plug, done] },
  path: [],
  current: lamp,
  outcome: null,
  note: null,
  startedBy: "01890000-0000-7000-8000-000000000002",
  startedAt: at,
  updatedAt: at,
  endedAt: null,
  ...change,
});

test("the Markdown of a session is what was asked, answered and done, to its end, and the note", () => {
  const path = [step(lamp, "_No_"), step(plug, null)];
  const ended = session({ path, current: done, outcome: "resolved", note: "# Thanks\n\nShe laughed.", endedAt: at });
  expect(sessionMarkdown(ended)).toBe(`# Printer does \\*not\\* print

- **Tree:** version 3
- **Started:** 2026-01-01T09:30:00.000Z
- **Ended:** 2026-01-01T09:30:00.000Z
- **Outcome:** resolved

1. **Question:** Is the lamp on?\\
   The green one.
   - **\\_No\\_**
2. **Action:** Plug it in.
3. **Answer:** It prints.

## Note

\\# Thanks

She laughed.
`);
});

test.each<[string, Partial<StoredSession>, string]>([
  ["a question that nobody answered is told as that", {}, "\n1. **Question, not answered:** Is the lamp on?\\\n"],
  [
    "an action that nobody did, too",
    { path: [step(lamp, "_No_")], current: plug, outcome: "abandoned", endedAt: at },
    "\n2. **Action, not done:** Plug it in.\n",
  ],
  ["what runs has no end yet", {}, "\n- **Ended:** still running\n\n1. "],
  [
    "from the tenth step on, an answer stands two digits in",
    { path: [...Array.from({ length: 9 }, () => step(plug, null)), step(lamp, "Yes")] },
    "\n10. **Question:** Is the lamp on?\\\n    The green one.\n    - **Yes**\n11. ",
  ],
])("%s", (_, change, text) => expect(sessionMarkdown(session(change))).toContain(text));

test.each([null, "", " \n "])("no note is no heading: %j", (note) => {
  expect(sessionMarkdown(session({ note }))).not.toContain("## Note");
});
