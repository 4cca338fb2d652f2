import { errors, openApiDocument } from "@gatehouse/contract";
import { expect, test } from "vitest";
import * as contract from "./trees.contract.ts";
import { treeErrors } from "./trees.errors.ts";

const { PAGE_MAX, ...routes } = contract;
const tree = { title: "Printer", root: "a", nodes: [{ id: "a", kind: "answer", text: "Plug it in." }] };
const node = (change: object) => ({ ...tree, nodes: [{ id: "a", kind: "answer", text: "Plug it in.", ...change }] });
const asked = (answer: object) => ({
  ...tree,
  nodes: [{ id: "a", kind: "question", text: "On?", answers: [{ label: "Yes", next: "b", ...answer }] }],
});
const placesOf = (body: unknown) => contract.createTree.body.safeParse(body).error?.issues.map((issue) => issue.path.join("."));

test.each<[string, unknown, string[] | undefined]>([
  ["a tree", tree, undefined],
  ["a tree with a description of null, as it is read", { ...tree, description: null }, undefined],
  ["an action that leads nowhere yet: the tree's check tells", node({ kind: "action", next: null }), undefined],
  ["a title of 200 characters", { ...tree, title: "x".repeat(200) }, undefined],
  ["a title of 201 characters", { ...tree, title: "x".repeat(201) }, ["title"]],
  ["a title of spaces", { ...tree, title: "   " }, ["title"]],
  ["a title of two lines", { ...tree, title: "a\nb" }, ["title"]],
  ["a NUL in the title", { ...tree, title: "a\u0000b" }, ["title"]],
  ["a NUL in the description", { ...tree, description: "\u0000" }, ["description"]],
  ["a NUL in a text", node({ text: "a\u0000" }), ["nodes.0.text"]],
  ["a NUL in a label", asked({ label: "a\u0000" }), ["nodes.0.answers.0.label"]],
  ["half a character", node({ text: "\ud800" }), ["nodes.0.text"]],
  ["a text of 4000 characters", node({ text: "x".repeat(4000) }), undefined],
  ["a text of 4001 characters", node({ text: "x".repeat(4001) }), ["nodes.0.text"]],
  ["a text of nothing", node({ text: " \n " }), ["nodes.0.text"]],
  ["a label of 201 characters", asked({ label: "x".repeat(201) }), ["nodes.0.answers.0.label"]],
  ["an id of 41 characters", node({ id: "x".repeat(41) }), ["nodes.0.id"]],
  ["an id with a dot", node({ id: "a.b" }), ["nodes.0.id"]],
  ["a kind that there is not", node({ kind: "joke" }), ["nodes.0.kind"]],
  ["an answer that leads on", node({ next: "b" }), ["nodes.0"]],
  ["a field that there is not", { ...tree, account_id: "x" }, [""]],
  ["no nodes", { title: "Printer", root: "a" }, ["nodes"]],
  ["nodes that are none", { ...tree, nodes: ["a", null] }, ["nodes.0", "nodes.1"]],
  ["nothing", null, [""]],
])("what is taken, and where it is not: %s", (_, body, places) => expect(placesOf(body)).toEqual(places));

test.each<[string, unknown, number | null]>([
  ["none", undefined, 25],
  ["one", "1", 1],
  ["the most", `${PAGE_MAX}`, PAGE_MAX],
  ["one more", `${PAGE_MAX + 1}`, null],
  ["nothing at all", "", null],
  ["zero", "0", null],
  ["half a tree", "1.5", null],
  ["no number", "all", null],
  ["two limits", ["1", "2"], null],
])("a page's limit: %s", (_, limit, read) => {
  expect(contract.listTrees.query.safeParse(limit === undefined ? {} : { limit }).data?.limit ?? null).toBe(read);
});

test.each([0, 1.5, 2_147_483_648, "1", null])("a version that cannot have been read: %s", (version) => {
  expect(contract.editTree.body.safeParse({ ...tree, version }).success).toBe(false);
});

test("every route is behind both guards, and every one that changes something may be repeated safely", () => {
  for (const route of Object.values(routes)) {
    expect(route).toMatchObject({ auth: "session", guarded: true });
    expect("idempotent" in route, `${route.method} ${route.path}`).toBe(route.method !== "GET");
  }
});

test("the routes stand in an OpenAPI document, with the app's own refusals", () => {
  const document = openApiDocument(
    Object.values(routes),
    { ...errors, ...treeErrors },
    { title: "t", version: "1", server: "http://localhost" },
  );
  expect(document).toMatchObject({
    paths: {
      "/api/v1/trees": { get: { responses: { 200: {}, 402: {}, 403: {} } }, post: { responses: { 201: {}, 422: {} } } },
      "/api/v1/trees/{id}": {
        get: { responses: { 404: {} } },
        put: { responses: { 409: {} } },
        delete: { responses: { 204: {}, 404: {} } },
      },
      "/api/v1/trees/{id}/export": { get: { responses: { 200: { content: { "application/json": {}, "text/markdown": {} } } } } },
    },
    components: { schemas: { Tree: {}, TreeNode: {}, TreeNodeToKeep: {} } },
  });
});

test("no refusal of trees takes a code that the platform has", () => {
  for (const code of Object.keys(treeErrors)) expect(errors).not.toHaveProperty(code);
});
