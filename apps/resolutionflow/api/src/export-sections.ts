import type { ExportFile, ExportSection } from "@gatehouse/server/platform/product-parts";
import { presentSession } from "./sessions/present-session.ts";
import { sessionMarkdown } from "./sessions/session-markdown.ts";
import { type StoredSession, sessionsAfter } from "./sessions/sessions.store.ts";
import { exportTree, inWireOrder } from "./trees/export-tree.ts";
import { type StoredTree, treesAfter } from "./trees/trees.store.ts";

const TREES_MAX = 200;
const SESSIONS_MAX = 25;

/** The product's part of an account's export. */
export const exportSections: readonly ExportSection[] = [
  {
    name: "trees",
    folder: "trees",
    about: "each troubleshooting tree twice: JSON that `POST /trees` takes as it is, and Markdown to read",
    async page(tx, accountId, after) {
      const trees = await treesAfter(tx, accountId, after, TREES_MAX);
      return { files: trees.flatMap(filesOfTree), records: trees.length, next: trees.at(-1)?.id ?? null };
    },
  },
  {
    name: "sessions",
    folder: "sessions",
    about: "each run through a tree twice: JSON with the tree as it was then, and Markdown to read",
    async page(tx, accountId, after) {
      const sessions = await sessionsAfter(tx, accountId, after, SESSIONS_MAX);
      return { files: sessions.flatMap(filesOfSession), records: sessions.length, next: sessions.at(-1)?.id ?? null };
    },
  },
];

/** The JSON has no more than `POST /trees` takes: what else is known of the tree stands in its name and in the Markdown. */
function filesOfTree(tree: StoredTree): ExportFile[] {
  const name = nameOf(tree.title, tree.id);
  const facts = [
    `- **Id:** ${tree.id}`,
    `- **Version:** ${tree.version}`,
    `- **Made:** ${tree.createdAt.toISOString()}`,
    `- **Changed:** ${tree.updatedAt.toISOString()}`,
  ];
  return [
    { name: `${name}.json`, text: exportTree(tree, "json").text },
    { name: `${name}.md`, text: `${exportTree(tree, "markdown").text}\n## About this tree\n\n${facts.join("\n")}\n` },
  ];
}

function filesOfSession(session: StoredSession): ExportFile[] {
  const name = nameOf(session.treeTitle, session.id);
  const tree = { root: session.tree.root, nodes: session.tree.nodes.map(inWireOrder) };
  return [
    { name: `${name}.json`, text: `${JSON.stringify({ ...presentSession(session), tree })}\n` },
    { name: `${name}.md`, text: sessionMarkdown(session) },
  ];
}

const TITLE_CHARACTERS_MAX = 40;

/** The title to be found by, and the id to be told apart by; a slash in a title is no folder. */
function nameOf(title: string, id: string): string {
  const words = title.toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, "-");
  const short = [...words].slice(0, TITLE_CHARACTERS_MAX).join("").replaceAll(/^-|-$/g, "");
  return `${short}-${id}`;
}
