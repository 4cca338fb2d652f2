import { openTestServer, type Person, registerVerified, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resolutionFlow } from "../app.ts";

let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
  ada = await registerVerified(server);
});
afterAll(() => server.close());

const leaf = { id: "a", kind: "answer", text: "Plug it in." };
const tree = (change: object = {}) => ({ title: "Printer", root: "a", nodes: [leaf], ...change });
const create = (body: unknown, headers: Record<string, string> = {}) =>
  server.request<{ id: string; problems: { at: string }[] }>("POST", "/trees", { token: ada.accessToken, body, headers });
const count = async () => (await server.database.query<{ count: number }>("select count(*)::int as count from trees"))[0]?.count;

test.each<[string, unknown, string]>([
  ["a loop", tree({ nodes: [{ id: "a", kind: "action", text: "Again", next: "a" }] }), "tree_invalid"],
  ["an orphan", tree({ nodes: [leaf, { ...leaf, id: "b" }] }), "tree_invalid"],
  ["a path without an end", tree({ nodes: [{ id: "a", kind: "action", text: "Wait", next: null }] }), "tree_invalid"],
  ["a way to nowhere", tree({ nodes: [{ id: "a", kind: "action", text: "Go", next: "b" }] }), "tree_invalid"],
  ["two of one id", tree({ nodes: [leaf, leaf] }), "tree_invalid"],
  ["a root that is not there", tree({ root: "b" }), "tree_invalid"],
  ["no nodes", tree({ nodes: [] }), "tree_invalid"],
  ["nodes that are none", tree({ nodes: "a" }), "invalid_request"],
  ["a title of NUL", tree({ title: "\u0000" }), "invalid_request"],
  ["a field that is not declared", tree({ account_id: "01890000-0000-7000-8000-000000000000" }), "invalid_request"],
  ["no body", undefined, "invalid_request"],
])("422: %s is not kept, and the places are named", async (_, body, code) => {
  const before = await count();
  const answer = await create(body);
  expect(answer).toMatchObject({ status: 422, body: { code } });
  expect(answer.body.problems.length).toBeGreaterThan(0);
  for (const { at } of answer.body.problems) expect(at).toMatch(/^body/);
  expect(await count()).toBe(before);
});

test("422: a cursor that we did not write, and a page that is none", async () => {
  for (const query of [
    "cursor=1",
    "cursor=AAAAAAAAAAAAAAAAAAAAAA",
    "cursor=",
    "limit=0",
    "limit=101",
    "limit=all",
    "limit=1&limit=2",
    "sort=title",
  ]) {
    const answer = await server.request("GET", `/trees?${query}`, { token: ada.accessToken });
    expect(answer, query).toMatchObject({
      status: 422,
      body: { code: "invalid_request", problems: [{ at: expect.stringMatching(/^query/) }] },
    });
  }
});

test("422: a file of a kind that there is not", async () => {
  const { body } = await create(tree());
  expect((await server.request("GET", `/trees/${body.id}/export?format=pdf`, { token: ada.accessToken })).status).toBe(422);
});

test("a tree that was sent twice with one key is kept once, and the second answer is the first to the letter", async () => {
  const before = (await count()) ?? 0;
  const headers = { "idempotency-key": "the same tree" };
  const answers = await Promise.all(Array.from({ length: 5 }, () => create(tree(), headers)));
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers[0]?.status).toBe(201);
  expect(answers.filter((answer) => answer.headers["idempotency-replayed"] === "true")).toHaveLength(4);
  expect(await count()).toBe(before + 1);
  expect(await create(tree({ title: "Another" }), headers)).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
});

test("the same key on an edit and on a delete is another one, and each is done once", async () => {
  const { body } = await create(tree());
  const headers = { "idempotency-key": "k" };
  const path = `/trees/${body.id}`;
  const send = (method: string, change?: object) =>
    server.request(method, path, { token: ada.accessToken, headers, ...(change ? { body: change } : {}) });
  const edit = () => send("PUT", { version: 1, ...tree({ title: "Edited" }) });
  expect((await edit()).body).toMatchObject({ version: 2 });
  expect(await edit()).toMatchObject({ status: 200, body: { version: 2 } });
  expect([(await send("DELETE")).status, (await send("DELETE")).status]).toEqual([204, 204]);
});

test("a tree as deep as may be, of long texts, is kept and read, and one byte past the bound is too large", async () => {
  const nodes = Array.from({ length: 99 }, (_, index) => ({
    id: `n${index}`,
    kind: "action",
    text: "\u{1f5a8}".repeat(1000),
    next: `n${index + 1}`,
  }));
  const large = { title: "Large", root: "n0", nodes: [...nodes, { id: "n99", kind: "answer", text: "done" }] };
  const answer = await create(large);
  expect(answer.status).toBe(201);
  expect((await server.request("GET", `/trees/${answer.body.id}`, { token: ada.accessToken })).body["node_count"]).toBe(100);
  const tooLarge = JSON.stringify(tree({ description: "x".repeat(10 * 1024 * 1024) }));
  expect(await create(tooLarge)).toMatchObject({ status: 413, body: { code: "request_too_large" } });
});

test("a deep, wide or odd document is refused within its bounds, and never our fault", async () => {
  for (const body of [
    tree({ nodes: Array.from({ length: 20_000 }, () => ({})) }),
    JSON.stringify(tree({ nodes: ["DEEP"] })).replace('"DEEP"', "[".repeat(50_000) + "]".repeat(50_000)),
    tree({ nodes: Array.from({ length: 5000 }, (_, index) => ({ ...leaf, id: `n${index}` })) }),
  ]) {
    const answer = await create(body);
    expect(answer.status).toBe(422);
    expect(answer.text.length).toBeLessThan(20_000);
  }
});
