import {
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  signIn,
  TEST_START,
  type TestServer,
} from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { resolutionFlow } from "../app.ts";

let server: TestServer;
let ada: Person;
let viewer: Person;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
  ada = await registerVerified(server);
  viewer = await registerMember(server, ada, { role: "viewer" });
});
afterAll(() => server.close());
afterEach(() => server.clock.set(TEST_START));

interface Run {
  readonly id: string;
  readonly tree_id: string;
  readonly outcome: string | null;
  readonly path: { readonly node_id: string; readonly answer: string | null }[];
  readonly current: { readonly id: string };
}
interface Page {
  readonly items: Omit<Run, "path" | "current">[];
  readonly next_cursor: string | null;
}
const content = (title = "The printer is silent") => ({
  title,
  root: "look",
  nodes: [
    { id: "look", kind: "action", text: "Look at the printer.", next: "lamp" },
    {
      id: "lamp",
      kind: "question",
      text: "Is the lamp on?",
      answers: [
        { label: "Yes", next: "cable" },
        { label: "No", next: "plug" },
      ],
    },
    { id: "plug", kind: "action", text: "Plug it in.", next: "done" },
    { id: "cable", kind: "answer", text: "Change the cable." },
    { id: "done", kind: "answer", text: "It prints." },
  ],
});
const NOBODYS = "01890000-0000-7000-8000-000000000000";

const call = <Body = Record<string, unknown>>(
  person: Person | null,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) =>
  server.request<Body>(method, path, {
    ...(person ? { token: person.accessToken } : {}),
    ...(body === undefined ? {} : { body }),
    headers,
  });
const draw = async (person = ada, title?: string) => (await call<{ id: string }>(person, "POST", "/trees", content(title))).body.id;
const start = async (person = ada, treeId?: string) =>
  (await call<Run>(person, "POST", `/trees/${treeId ?? (await draw(person))}/sessions`)).body;
const step = (id: string, body: unknown, headers?: Record<string, string>) =>
  call<Run>(ada, "POST", `/sessions/${id}/steps`, body, headers);
const end = (id: string, body: unknown, headers?: Record<string, string>) => call<Run>(ada, "POST", `/sessions/${id}/end`, body, headers);
const stored = (id: string) =>
  server.database.query(
    "select account_id, outcome, note, updated_at, jsonb_array_length(path) as steps from tree_sessions where id = $1",
    [id],
  );
const audited = (id: string) =>
  server.database.query("select actor_user_id, action, details from audit_events where target_id = $1 order by id", [id]);

/** Every route, with a request that would be done for its owner. */
const everyRoute = (treeId: string, id: string): [string, string, unknown?][] => [
  ["POST", `/trees/${treeId}/sessions`],
  ["GET", "/sessions"],
  ["GET", `/sessions/${id}`],
  ["POST", `/sessions/${id}/steps`, { step: 0 }],
  ["POST", `/sessions/${id}/end`, { outcome: "resolved" }],
];

describe("done", () => {
  test("201: a session starts at the root, though that is an action, and the audit knows who started what", async () => {
    const treeId = await draw();
    const answer = await call<Run>(ada, "POST", `/trees/${treeId}/sessions`);
    const at = TEST_START.toISOString();
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: answer.body.id,
      tree_id: treeId,
      tree_title: "The printer is silent",
      tree_version: 1,
      outcome: null,
      started_by: ada.user.id,
      started_at: at,
      updated_at: at,
      ended_at: null,
      note: null,
      path: [],
      current: { id: "look", kind: "action", text: "Look at the printer.", answers: [] },
    });
    expect(await audited(answer.body.id)).toEqual([
      { actor_user_id: ada.user.id, action: "tree_session.started", details: { tree_id: treeId, tree_version: 1 } },
    ]);
  });

  test("200: a session goes through the tree to an answer, by label and by place, and whoever is in the account reads it", async () => {
    const { id } = await start();
    server.clock.advanceSeconds(60);
    const asked = await step(id, { step: 0 });
    expect(asked).toMatchObject({ status: 200, body: { current: { id: "lamp", answers: ["Yes", "No"] } } });
    expect(await step(id, { step: 1, answer: "No" })).toMatchObject({ status: 200, body: { current: { id: "plug" } } });
    const answer = await step(id, { step: 2 });
    const at = server.clock.now().toISOString();
    expect(answer.body).toMatchObject({
      path: [
        { node_id: "look", text: "Look at the printer.", answer: null, at },
        { node_id: "lamp", text: "Is the lamp on?", answer: "No", at },
        { node_id: "plug", text: "Plug it in.", answer: null, at },
      ],
      current: { id: "done", kind: "answer", answers: [] },
      outcome: null,
      updated_at: at,
    });
    for (const person of [ada, viewer]) expect((await call(person, "GET", `/sessions/${id}`)).body).toEqual(answer.body);
    const other = await start();
    await step(other.id, { step: 0 });
    expect(await step(other.id, { step: 1, answer: 0 })).toMatchObject({
      body: { path: [{}, { answer: "Yes" }], current: { id: "cable" } },
    });
  });

  test("200: a session ends where it stands, and ending it again so gives the same answer and no second audit row", async () => {
    const { id } = await start();
    server.clock.advanceSeconds(60);
    const at = server.clock.now().toISOString();
    const first = await end(id, { outcome: "abandoned", note: "The line broke.\nShe calls again." });
    expect(first).toMatchObject({
      status: 200,
      body: { outcome: "abandoned", note: "The line broke.\nShe calls again.", ended_at: at, updated_at: at, current: { id: "look" } },
    });
    server.clock.advanceSeconds(60);
    expect(await end(id, { outcome: "abandoned" })).toMatchObject({ status: 200, text: first.text });
    expect(await audited(id)).toMatchObject([
      { action: "tree_session.started" },
      { actor_user_id: ada.user.id, action: "tree_session.ended", details: { outcome: "abandoned", steps: 0 } },
    ]);
  });

  test("200: neither an edit of the tree nor its deletion touches a session that runs", async () => {
    const treeId = await draw();
    const { id } = await start(ada, treeId);
    const shorter = { title: "Shorter", root: "a", nodes: [{ id: "a", kind: "answer", text: "Nothing to do." }] };
    expect((await call(ada, "PUT", `/trees/${treeId}`, { version: 1, ...shorter })).status).toBe(200);
    expect(await step(id, { step: 0 })).toMatchObject({ status: 200, body: { tree_version: 1, current: { id: "lamp" } } });
    expect((await call(ada, "DELETE", `/trees/${treeId}`)).status).toBe(204);
    expect(await step(id, { step: 1, answer: "Yes" })).toMatchObject({ status: 200, body: { current: { id: "cable" } } });
    expect(await end(id, { outcome: "resolved" })).toMatchObject({ status: 200, body: { tree_title: "The printer is silent" } });
    expect((await call<Page>(ada, "GET", `/sessions?tree_id=${treeId}`)).body.items.map((item) => item.id)).toEqual([id]);
  });

  test("200: pages go from the newest to the oldest, each session once, of all trees or of one", async () => {
    const owner = await registerVerified(server);
    const trees = [await draw(owner, "One"), await draw(owner, "Two")];
    const made: Run[] = [];
    for (let count = 0; count < 7; count += 1) {
      server.clock.advanceMilliseconds(1);
      made.unshift(await start(owner, trees[count % 2]));
    }
    const read = async (query: string): Promise<string[]> => {
      const { body } = await call<Page>(owner, "GET", `/sessions?limit=3${query}`);
      expect(body.items.length).toBeLessThanOrEqual(3);
      const ids = body.items.map(({ id }) => id);
      const [, filter = ""] = /(&tree_id=[^&]+)/.exec(query) ?? [];
      return body.next_cursor === null ? ids : [...ids, ...(await read(`${filter}&cursor=${body.next_cursor}`))];
    };
    const all = made.map(({ id }) => id);
    expect(await read("")).toEqual(all);
    for (const treeId of trees) {
      expect(await read(`&tree_id=${treeId}`)).toEqual(made.filter((run) => run.tree_id === treeId).map(({ id }) => id));
    }
    expect(await read(`&tree_id=${NOBODYS}`)).toEqual([]);
    const [first] = (await call<Page>(owner, "GET", "/sessions")).body.items;
    expect(Object.keys(first ?? {})).not.toEqual(expect.arrayContaining(["path"]));
  });
});

test("401: nobody does anything", async () => {
  const run = await start();
  for (const [method, path, body] of everyRoute(run.tree_id, run.id)) {
    expect(await call(null, method, path, body), path).toMatchObject({ status: 401, body: { code: "authentication_required" } });
  }
  expect(await stored(run.id)).toMatchObject([{ steps: 0, outcome: null }]);
});

test("402: without a running plan nothing is done, and what is kept stays", async () => {
  const owner = await registerVerified(server);
  const run = await start(owner);
  await plantFacts(server, owner.account.id, {});
  for (const [method, path, body] of [...everyRoute(run.tree_id, run.id), ["POST", "/sessions/1/steps", "{"] as const]) {
    expect(await call(owner, method, path, body), path).toMatchObject({ status: 402, body: { code: "subscription_required" } });
  }
  expect(await stored(run.id)).toMatchObject([{ steps: 0, outcome: null }]);
});

describe("403", () => {
  test("a viewer reads, and starts, advances and ends nothing", async () => {
    const run = await start();
    for (const [method, path, body] of everyRoute(run.tree_id, run.id)) {
      const answer = await call(viewer, method, path, body);
      if (method === "GET") expect(answer.status, path).toBe(200);
      else expect(answer, path).toMatchObject({ status: 403, body: { code: "permission_denied" } });
    }
    expect(await stored(run.id)).toMatchObject([{ steps: 0, outcome: null }]);
  });

  test("an address that was not verified in its grace shuts every route", async () => {
    const person = await registerPerson(server);
    const run = await start(person);
    server.clock.advanceDays(7);
    const late = await signIn(server, person);
    for (const [method, path, body] of everyRoute(run.tree_id, run.id)) {
      expect(await call(late, method, path, body), path).toMatchObject({ status: 403, body: { code: "email_verification_required" } });
    }
  });
});

describe("404", () => {
  test("another tenant's tree and session are as unknown as those that never were, and stay as they are", async () => {
    const run = await start();
    const grace = await registerVerified(server);
    const told = async (treeId: string, id: string) => {
      const answers = [];
      for (const [method, path, body] of everyRoute(treeId, id).filter(([, route]) => route !== "/sessions")) {
        const { status, body: problem } = await call(grace, method, path, body);
        answers.push(`${status} ${problem["code"]} ${problem["detail"]}`);
      }
      return answers;
    };
    const foreign = await told(run.tree_id, run.id);
    expect(foreign.map((answer) => answer.split(" ").slice(0, 2).join(" "))).toEqual([
      "404 tree_not_found",
      ...Array.from({ length: 3 }, () => "404 tree_session_not_found"),
    ]);
    expect(foreign).toEqual(await told(NOBODYS, NOBODYS));
    expect((await call<Page>(grace, "GET", `/sessions?tree_id=${run.tree_id}`)).body.items).toEqual([]);
    expect(await stored(run.id)).toMatchObject([{ account_id: ada.account.id, steps: 0, outcome: null }]);
  });

  test.each(["1", "null", "NULL%00", "' or 1=1"])("an id that is none names nothing: %s", async (id) => {
    for (const [method, path, body] of everyRoute(id, id).filter(([, route]) => route !== "/sessions")) {
      expect(await call(ada, method, encodeURI(path), body), path).toMatchObject({ status: 404 });
    }
  });
});
