import { markdownLine, markdownProse } from "./markdown-text.ts";
import type { TreeNode } from "./tree.ts";
import type { TreeContent } from "./trees.store.ts";

export type ExportFormat = "json" | "markdown";
export interface TreeFile {
  readonly mediaType: string;
  /** With its ending; free of what a file system or a header would take for more than a name. */
  readonly fileName: string;
  readonly text: string;
}

/** A tree as a file. The tree must be a valid one, as every stored tree is. */
export function exportTree(content: TreeContent, format: ExportFormat): TreeFile {
  switch (format) {
    case "json":
      return { mediaType: "application/json", fileName: fileName(content.title, "json"), text: asJson(content) };
    case "markdown":
      return { mediaType: "text/markdown", fileName: fileName(content.title, "md"), text: asMarkdown(content) };
  }
}

/** What `POST /trees` takes. Without white space, so that what was small enough to be sent in once always is again. */
function asJson({ title, description, tree }: TreeContent): string {
  return JSON.stringify({ title, ...(description === null ? {} : { description }), root: tree.root, nodes: tree.nodes.map(inWireOrder) });
}

/** A node with its fields in the order that the contract names them; jsonb keeps an order of its own. */
export function inWireOrder(node: TreeNode): TreeNode {
  const { id, text } = node;
  switch (node.kind) {
    case "question":
      return { id, kind: node.kind, text, answers: node.answers.map(({ label, next }) => ({ label, next })) };
    case "action":
      return { id, kind: node.kind, text, next: node.next };
    case "answer":
      return { id, kind: node.kind, text };
  }
}

/** Steps are a numbered list; a question is its last one, and each answer to it has the list of the steps that follow. */
function asMarkdown({ title, description, tree }: TreeContent): string {
  const nodes = new Map(tree.nodes.map((node) => [node.id, node]));
  const head = [`# ${markdownLine(title)}`, ...(description === null || description.trim() === "" ? [] : [markdownProse(description, "")])];
  return `${head.join("\n\n")}\n\n${stepsFrom(nodes, tree.root, "").join("\n")}\n`;
}

/** Recurses once a question: at most as deep as a tree may be (TREE_DEPTH_MAX). */
function stepsFrom(nodes: ReadonlyMap<string, TreeNode>, first: string, indent: string): string[] {
  const lines: string[] = [];
  let node = nodes.get(first);
  for (let number = 1; node; number += 1) {
    const marker = `${number}. `;
    // What belongs to a list's item stands under its text (CommonMark 0.31, section 5.2).
    const inner = indent + " ".repeat(marker.length);
    lines.push(`${indent}${marker}**${LABELS[node.kind]}:** ${markdownProse(node.text, inner)}`);
    if (node.kind === "question") {
      for (const { label, next } of node.answers) {
        lines.push(`${inner}- **${markdownLine(label)}**`, ...stepsFrom(nodes, next, `${inner}  `));
      }
    }
    node = node.kind === "action" && node.next !== null ? nodes.get(node.next) : undefined;
  }
  return lines;
}
const LABELS = { question: "Question", action: "Action", answer: "Answer" } as const;

const FILE_NAME_CHARACTERS_MAX = 80;

/** Letters, digits and dashes of any script: no path, no quote, no invisible character that would make the ending look like another. */
function fileName(title: string, ending: string): string {
  const words = title
    .normalize("NFC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, "-");
  const stem = [...words]
    .slice(0, FILE_NAME_CHARACTERS_MAX)
    .join("")
    .replace(/^-+|-+$/g, "");
  return `${stem === "" ? "tree" : stem}.${ending}`;
}

/** RFC 6266 with RFC 8187: the name in ASCII for old readers, and as it is for the others. */
export function attachment(name: string): string {
  const ascii = name.replaceAll(/[^\x20-\x7e]+/g, "_");
  const plain = `attachment; filename="${ascii}"`;
  return ascii === name ? plain : `${plain}; filename*=UTF-8''${encodeURIComponent(name)}`;
}
