import { markdownLine, markdownProse } from "../trees/markdown-text.ts";
import type { TreeNode } from "../trees/tree.ts";
import type { StoredSession } from "./sessions.store.ts";

/** A session as CommonMark to read: how it went as a numbered list, its last item where it stands or ended. Times are UTC. */
export function sessionMarkdown(session: StoredSession): string {
  const facts = [
    `- **Tree:** version ${session.treeVersion}`,
    `- **Started:** ${session.startedAt.toISOString()}`,
    `- **Ended:** ${session.endedAt?.toISOString() ?? "still running"}`,
    ...(session.outcome === null ? [] : [`- **Outcome:** ${session.outcome}`]),
  ];
  const parts = [`# ${markdownLine(session.treeTitle)}`, facts.join("\n"), stepsOf(session).join("\n"), ...noteOf(session.note)];
  return `${parts.join("\n\n")}\n`;
}

function stepsOf({ path, current }: StoredSession): string[] {
  const taken = path.flatMap(({ text, answer }, index) =>
    answer === null ? [item(index, "Action", text)] : [item(index, "Question", text), `${indentOf(index)}- **${markdownLine(answer)}**`],
  );
  return [...taken, item(path.length, LABELS[current.kind], current.text)];
}
/** Of the node that is no step: nobody answered or did it. */
const LABELS: Readonly<Record<TreeNode["kind"], string>> = {
  question: "Question, not answered",
  action: "Action, not done",
  answer: "Answer",
};

const item = (index: number, label: string, text: string): string => `${index + 1}. **${label}:** ${markdownProse(text, indentOf(index))}`;

/** What belongs to a list's item stands under its text (CommonMark 0.31, section 5.2). */
const indentOf = (index: number): string => " ".repeat(`${index + 1}. `.length);

const noteOf = (note: string | null): string[] => (note === null || note.trim() === "" ? [] : ["## Note", markdownProse(note, "")]);
