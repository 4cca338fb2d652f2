import { route, values } from "@gatehouse/contract";
import { z } from "zod";

const tag = "Troubleshooting trees";
const TITLE_MAX = 200;
const TEXT_MAX = 4000;
const LABEL_MAX = 200;
export const PAGE_MAX = 100;

const nodeId = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/, "must be 1 to 40 of letters, digits, - and _");
const text = values.prose(TEXT_MAX).refine((written) => written.trim() !== "", "must not be empty");
const description = values.prose(TEXT_MAX).nullable().default(null);

// How many nodes, answers and levels there may be is checked with the rest of the tree's shape (tree.ts); said here for the documentation.
const nodeToKeep = z
  .discriminatedUnion("kind", [
    z.strictObject({
      id: nodeId,
      kind: z.literal("question"),
      text,
      answers: z.array(z.strictObject({ label: values.line(LABEL_MAX), next: nodeId })).meta({ minItems: 2, maxItems: 20 }),
    }),
    z.strictObject({
      id: nodeId,
      kind: z.literal("action"),
      text,
      next: nodeId.nullable().default(null).meta({ description: "A tree is only kept when every action leads on" }),
    }),
    z.strictObject({ id: nodeId, kind: z.literal("answer"), text }),
  ])
  .meta({ id: "TreeNodeToKeep" });

const node = z
  .discriminatedUnion("kind", [
    z.object({
      id: z.string(),
      kind: z.literal("question"),
      text: z.string(),
      answers: z.array(z.object({ label: z.string(), next: z.string() })),
    }),
    z.object({ id: z.string(), kind: z.literal("action"), text: z.string(), next: z.string().nullable() }),
    z.object({ id: z.string(), kind: z.literal("answer"), text: z.string() }),
  ])
  .meta({ id: "TreeNode" });

/** The largest tree that is kept: 500 nodes of 4,000 characters, four bytes each at the most, and what is around them. */
const TREE_BYTES_MAX = 10 * 1024 * 1024;

const content = {
  title: values.line(TITLE_MAX),
  description,
  root: nodeId,
  nodes: z.array(nodeToKeep).meta({
    minItems: 1,
    maxItems: 500,
    description: "A real tree: one way to each node, no loop, at most 100 nodes deep, and every path ends in an answer",
  }),
};
const treeSummary = z
  .object({
    id: values.id,
    title: z.string(),
    description: z.string().nullable(),
    version: z.int(),
    node_count: z.int(),
    created_at: values.instant,
    updated_at: values.instant,
  })
  .meta({ id: "TreeSummary" });
const tree = z.object({ ...treeSummary.shape, root: z.string(), nodes: z.array(node) }).meta({ id: "Tree" });
const named = z.strictObject({ id: values.id });

export const createTree = route({
  method: "POST",
  bodyBytesMax: TREE_BYTES_MAX,
  path: "/trees",
  auth: "session",
  permission: "product.write",
  guarded: true,
  idempotent: true,
  tag,
  summary: "Keep a new tree",
  description: "Takes what the JSON export gives.",
  body: z.strictObject(content),
  status: 201,
  response: tree,
  errors: ["tree_invalid", "plan_limit_reached"],
});

export const listTrees = route({
  method: "GET",
  path: "/trees",
  auth: "session",
  permission: "product.read",
  guarded: true,
  tag,
  summary: "The account's trees without their nodes, newest first",
  query: z.strictObject({
    cursor: z.string().max(100).meta({ description: "The next_cursor of the page before" }).optional(),
    limit: z.coerce.number<string | number>().int().min(1).max(PAGE_MAX).default(25),
  }),
  status: 200,
  response: z.object({ items: z.array(treeSummary), next_cursor: z.string().nullable() }),
  errors: [],
});

export const readTree = route({
  method: "GET",
  path: "/trees/{id}",
  auth: "session",
  permission: "product.read",
  guarded: true,
  tag,
  summary: "A tree",
  params: named,
  status: 200,
  response: tree,
  errors: ["tree_not_found"],
});

export const editTree = route({
  method: "PUT",
  bodyBytesMax: TREE_BYTES_MAX,
  path: "/trees/{id}",
  auth: "session",
  permission: "product.write",
  guarded: true,
  idempotent: true,
  tag,
  summary: "Replace a tree by its edited form",
  description:
    "`version` is the one that was read. When somebody else saved since, nothing is changed, and `version` of the refusal is theirs.",
  params: named,
  body: z.strictObject({ version: z.int().min(1).max(2_147_483_647), ...content }),
  status: 200,
  response: tree,
  errors: ["tree_not_found", "tree_changed", "tree_invalid"],
});

export const deleteTree = route({
  method: "DELETE",
  path: "/trees/{id}",
  auth: "session",
  permission: "product.write",
  guarded: true,
  idempotent: true,
  tag,
  summary: "Delete a tree for good",
  params: named,
  status: 204,
  response: values.nothing,
  errors: ["tree_not_found"],
});

export const exportTree = route({
  method: "GET",
  path: "/trees/{id}/export",
  auth: "session",
  permission: "product.read",
  guarded: true,
  tag,
  summary: "A tree as a file: JSON that can be sent in again, or Markdown to read",
  params: named,
  query: z.strictObject({ format: z.enum(["json", "markdown"]).default("json") }),
  status: 200,
  media: ["application/json", "text/markdown"],
  response: z.string(),
  errors: ["tree_not_found"],
});
