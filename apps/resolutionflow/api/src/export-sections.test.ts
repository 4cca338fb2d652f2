import { openTestServer, type Person, readZip, registerVerified, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resolutionFlow } from "./app.ts";
import { sessionsAfter } from "./sessions/sessions.store.ts";
import { TREE_NODES_MAX } from "./trees/tree.ts";
import { treesAfter } from "./trees/trees.store.ts";

let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
  ada = await registerVerified(server);
});
afterAll(() => server.close());

const tree = (title: string) => ({
  title,
  description: "Ask first, *then* pull plugs.",
  root: "plug",
  nodes: [
    { id: "plug", kind: "question", text: "Is it plugged in?", answers: [answer("Yes", "cable"), answer("No", "in")] },
    { id: "in", kind: "action", text: "Plug it in.", next: "done" },
    { id: "cable", kind: "answer", text: "Change the cable." },
    { id: "done", kind: "answer", text: "It prints." },
  ],
});
const answer = (label: string, next: string) => ({ label, next });
/** A tree of as many nodes: each leads to up to three. */
const wide = (title: string, nodes: number) => ({
  title,
  root: "0",
  nodes: Array.from({ length: nodes }, (_, place) => wideNode(place, nodes)),
});
function wideNode(place: number, nodes: number) {
  const next = [1, 2, 3].map((step) => place * 3 + step).filter((child) => child < nodes);
  const node = { id: `${place}`, text: "?" };
  if (next.length === 0) return { ...node, kind: "answer" };
  if (next.length === 1) return { ...node, kind: "action", next: `${next[0]}` };
  return { ...node, kind: "question", answers: next.map((child) => answer(`${child}`, `${child}`)) };
}

async function post<Body = { id: string }>(person: Person, path: string, body?: object): Promise<Body> {
  const made = await server.request<Body>("POST", path, { token: person.accessToken, ...(body ? { body } : {}) });
  expect(made.status, made.text).toBeLessThan(300);
  return made.body;
}
async function take(person: Person): Promise<ReadonlyMap<string, string>> {
  const token = `Bearer ${person.accessToken}`;
  const answered = await server.http.inject({ method: "GET", url: "/api/v1/accounts/me/export", headers: { authorization: token } });
  expect(answered.statusCode).toBe(200);
  return readZip(answered.rawPayload);
}
const inFolder = (files: ReadonlyMap<string, string>, folder: string, ending: string): string[] =>
  [...files].filter(([path]) => path.startsWith(`${folder}/`) && path.endsWith(ending)).map(([, text]) => text);

test("what an export holds of trees is taken by another account's POST /trees, and is the same there", async () => {
  const titles = ["The printer is silent", "../../etc/passwd", 'CON "x"; rm -rf', "\u202egnp.exe", "漢字", "The printer is silent"];
  for (const title of titles) await post(ada, "/trees", tree(title));
  const grace = await registerVerified(server);
  for (const text of inFolder(await take(ada), "trees", ".json")) await post(grace, "/trees", JSON.parse(text));
  const [hers, his] = [inFolder(await take(ada), "trees", ".json"), inFolder(await take(grace), "trees", ".json")];
  expect(his.length).toBe(titles.length);
  expect(his).toEqual(hers);
});

test("a tree's files are found by its title and told apart by its id, whatever the title says", async () => {
  const person = await registerVerified(server);
  const made = [await post(person, "/trees", tree("../..\\A/b: c?")), await post(person, "/trees", tree("\u{1f5a8}\u{1f4a5}"))];
  const paths = [...(await take(person)).keys()].filter((path) => path.startsWith("trees/"));
  const [first, second] = made.map(({ id }) => id);
  expect(paths).toEqual([`trees/a-b-c-${first}.json`, `trees/a-b-c-${first}.md`, `trees/${second}.json`, `trees/${second}.md`]);
});

test("a session is in it with its steps and the tree as it was, also when the tree is gone", async () => {
  const person = await registerVerified(server);
  const { id: treeId } = await post(person, "/trees", tree("The screen is dark"));
  const { id } = await post(person, `/trees/${treeId}/sessions`);
  await post(person, `/sessions/${id}/steps`, { step: 0, answer: "No" });
  await post(person, `/sessions/${id}/end`, { outcome: "abandoned", note: "They hung up." });
  await server.request("DELETE", `/trees/${treeId}`, { token: person.accessToken });
  const files = await take(person);
  expect(JSON.parse(files.get(`sessions/the-screen-is-dark-${id}.json`) ?? "")).toMatchObject({
    id,
    tree_id: treeId,
    outcome: "abandoned",
    note: "They hung up.",
    path: [{ node_id: "plug", answer: "No" }],
    tree: { root: "plug", nodes: tree("").nodes },
  });
  expect(files.get(`sessions/the-screen-is-dark-${id}.md`)).toMatch(/^# The screen is dark\n[\s\S]*They hung up\.\n$/);
  expect(JSON.parse(files.get("MANIFEST.json") ?? "")).toMatchObject({ counts: { trees: 0, sessions: 1 } });
});

test("a portion is never larger than the largest tree that there may be, and the next one begins where it ends", async () => {
  const person = await registerVerified(server);
  for (const nodes of [400, 100, 1, 499, 2, 250, 4]) {
    const { id } = await post(person, "/trees", wide(`${nodes} nodes`, nodes));
    await post(person, `/trees/${id}/sessions`);
  }
  const expected = [
    ["400 nodes", "100 nodes"],
    ["1 nodes", "499 nodes"],
    ["2 nodes", "250 nodes", "4 nodes"],
  ];
  await server.app.db.forAccount(person.account.id, async (tx) => {
    const [trees, sessions]: string[][][] = [[], []];
    let [treeId, sessionId]: (string | null)[] = [null, null];
    for (let portion = 0; portion < expected.length; portion += 1) {
      const found = await treesAfter(tx, person.account.id, treeId ?? null, 200);
      expect(found.reduce((sum, { nodeCount }) => sum + nodeCount, 0)).toBeLessThanOrEqual(TREE_NODES_MAX);
      trees?.push(found.map(({ title }) => title));
      treeId = found.at(-1)?.id ?? null;
      const runs = await sessionsAfter(tx, person.account.id, sessionId ?? null, 25);
      sessions?.push(runs.map(({ treeTitle }) => treeTitle));
      sessionId = runs.at(-1)?.id ?? null;
    }
    expect([trees, sessions]).toEqual([expected, expected]);
  });
});

test("another account's trees and sessions are not in it", async () => {
  const [person, other] = [await registerVerified(server), await registerVerified(server)];
  const { id } = await post(other, "/trees", tree("Not theirs"));
  await post(other, `/trees/${id}/sessions`);
  expect([...(await take(person)).keys()].filter((path) => /^(trees|sessions)\//.test(path))).toEqual([]);
  expect([...(await take(other)).keys()].filter((path) => /^(trees|sessions)\//.test(path))).toHaveLength(4);
});
