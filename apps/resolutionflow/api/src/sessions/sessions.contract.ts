import { route, values } from "@gatehouse/contract";
import { z } from "zod";
import { OUTCOMES } from "./session.ts";

const tag = "Troubleshooting sessions";
const NOTE_MAX = 4000;
const LABEL_MAX = 200;
const PAGE_MAX = 100;

const sessionSummary = z
  .object({
    id: values.id,
    tree_id: values.id,
    tree_title: z.string(),
    tree_version: z.int(),
    outcome: z.enum(OUTCOMES).nullable().meta({ description: "null while it runs" }),
    started_by: values.id,
    started_at: values.instant,
    updated_at: values.instant,
    ended_at: values.instant.nullable(),
  })
  .meta({ id: "TreeSessionSummary" });
const step = z
  .object({
    node_id: z.string(),
    text: z.string(),
    answer: z.string().nullable().meta({ description: "The label that was chosen; null where an action was done" }),
    at: values.instant,
  })
  .meta({ id: "TreeSessionStep" });
const current = z
  .object({
    id: z.string(),
    kind: z.enum(["question", "action", "answer"]),
    text: z.string(),
    answers: z.array(z.string()).meta({ description: "A question's labels, to choose from; else none" }),
  })
  .meta({ id: "TreeSessionNode" });
const session = z
  .object({ ...sessionSummary.shape, note: z.string().nullable(), path: z.array(step), current })
  .meta({ id: "TreeSession" });
const named = z.strictObject({ id: values.id });

export const startSession = route({
  method: "POST",
  path: "/trees/{id}/sessions",
  auth: "session",
  guarded: true,
  permission: "product.write",
  idempotent: true,
  tag,
  summary: "Start to run through a tree",
  description: "The session keeps the tree as it is now: edits do not change it, and it outlives the tree.",
  params: named,
  status: 201,
  response: session,
  errors: ["tree_not_found", "tree_invalid", "plan_limit_reached"],
});

export const listSessions = route({
  method: "GET",
  path: "/sessions",
  auth: "session",
  guarded: true,
  permission: "product.read",
  tag,
  summary: "The account's troubleshooting sessions without their steps, newest first",
  query: z.strictObject({
    tree_id: values.id.meta({ description: "Only those of this tree, also when it is deleted" }).optional(),
    cursor: z.string().max(100).meta({ description: "The next_cursor of the page before" }).optional(),
    limit: z.coerce.number<string | number>().int().min(1).max(PAGE_MAX).default(25),
  }),
  status: 200,
  response: z.object({ items: z.array(sessionSummary), next_cursor: z.string().nullable() }),
  errors: [],
});

export const readSession = route({
  method: "GET",
  path: "/sessions/{id}",
  auth: "session",
  guarded: true,
  permission: "product.read",
  tag,
  summary: "A troubleshooting session: the steps so far, and where it stands",
  params: named,
  status: 200,
  response: session,
  errors: ["tree_session_not_found"],
});

export const advanceSession = route({
  method: "POST",
  path: "/sessions/{id}/steps",
  auth: "session",
  guarded: true,
  permission: "product.write",
  idempotent: true,
  tag,
  summary: "Answer the current question, or go on from the current action",
  description:
    "`step` is how many steps of `path` were read. When there are others by now, nothing is changed, and `session` of the refusal is how it stands.",
  params: named,
  body: z.strictObject({
    step: z.int().min(0),
    answer: z
      .union([values.line(LABEL_MAX), z.int().min(0)])
      .meta({ description: "An answer's label to the letter, or its place, from 0. Left out at an action" })
      .optional(),
  }),
  status: 200,
  response: session,
  errors: ["tree_session_not_found", "session_moved_on", "tree_session_at_answer", "tree_session_ended"],
});

export const endSession = route({
  method: "POST",
  path: "/sessions/{id}/end",
  auth: "session",
  guarded: true,
  permission: "product.write",
  idempotent: true,
  tag,
  summary: "Say how a session ended",
  description: "Possible at any node. Again with the same outcome changes nothing, and the first note stays; another outcome is refused.",
  params: named,
  body: z.strictObject({ outcome: z.enum(OUTCOMES), note: values.prose(NOTE_MAX).nullable().default(null) }),
  status: 200,
  response: session,
  errors: ["tree_session_not_found", "tree_session_ended"],
});
