import { errors } from "@gatehouse/contract";
import { expect, test } from "vitest";
import { treeErrors } from "../trees/trees.errors.ts";
import * as routes from "./sessions.contract.ts";
import { sessionErrors } from "./sessions.errors.ts";

test("every route is behind both guards, says what it needs, and may be repeated safely where it changes something", () => {
  for (const route of Object.values(routes)) {
    const reads = route.method === "GET";
    expect(route).toMatchObject({ auth: "session", guarded: true, permission: reads ? "product.read" : "product.write" });
    expect("idempotent" in route, `${route.method} ${route.path}`).toBe(!reads);
  }
});

test.each<[string, unknown, unknown]>([
  ["a label", { step: 0, answer: "Yes" }, { step: 0, answer: "Yes" }],
  ["a label that reads as a number stays a text", { step: 0, answer: "1" }, { step: 0, answer: "1" }],
  ["a place", { step: 3, answer: 0 }, { step: 3, answer: 0 }],
  ["none", { step: 0 }, { step: 0 }],
  ["no step", { answer: "Yes" }, null],
  ["a step before the first", { step: -1 }, null],
  ["half a step", { step: 0.5 }, null],
  ["a place before the first", { step: 0, answer: -1 }, null],
  ["a label of 201 characters", { step: 0, answer: "x".repeat(201) }, null],
  ["a label of two lines", { step: 0, answer: "a\nb" }, null],
  ["a field that there is not", { step: 0, outcome: "resolved" }, null],
])("a step is taken with an answer: %s", (_, body, read) => expect(routes.advanceSession.body.safeParse(body).data ?? null).toEqual(read));

test.each<[string, unknown, unknown]>([
  ["an outcome", { outcome: "resolved" }, { outcome: "resolved", note: null }],
  ["with a note of several lines", { outcome: "unresolved", note: "a\nb" }, { outcome: "unresolved", note: "a\nb" }],
  ["a note of 4001 characters", { outcome: "resolved", note: "x".repeat(4001) }, null],
  ["a NUL in the note", { outcome: "resolved", note: "\u0000" }, null],
  ["an outcome that there is not", { outcome: "won" }, null],
  ["no outcome", {}, null],
])("a session is ended with %s", (_, body, read) => expect(routes.endSession.body.safeParse(body).data ?? null).toEqual(read));

test("no refusal of sessions takes a code that the platform or trees have", () => {
  for (const code of Object.keys(sessionErrors)) expect({ ...errors, ...treeErrors }).not.toHaveProperty(code);
});
