import { openTestServer, type Person, registerVerified, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolutionFlow } from "../app.ts";

let server: TestServer;
let ada: Person;
let treeId: string;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
  ada = await registerVerified(server);
  treeId = (await call<{ id: string }>("POST", "/trees", printer)).body.id;
});
afterAll(() => server.close());

interface Run {
  readonly id: string;
  readonly outcome: string | null;
}
const printer = {
  title: "The printer is silent",
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
};

const call = <Body = Record<string, unknown>>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  server.request<Body>(method, path, { token: ada.accessToken, ...(body === undefined ? {} : { body }), headers });
const start = async () => (await call<Run>("POST", `/trees/${treeId}/sessions`)).body;
const step = (id: string, body: unknown, headers?: Record<string, string>) => call<Run>("POST", `/sessions/${id}/steps`, body, headers);
const end = (id: string, body: unknown, headers?: Record<string, string>) => call<Run>("POST", `/sessions/${id}/end`, body, headers);
const stored = (id: string) =>
  server.database.query("select outcome, note, jsonb_array_length(path) as steps from tree_sessions where id = $1", [id]);

describe("400 and 422", () => {
  test("what cannot be read changes nothing", async () => {
    const { id } = await start();
    for (const answer of [await step(id, "{"), await end(id, "{")]) {
      expect(answer).toMatchObject({ status: 400, body: { code: "malformed_request" } });
    }
    expect(await stored(id)).toMatchObject([{ steps: 0, outcome: null }]);
  });

  test.each<[string, unknown, number, unknown]>([
    ["an answer to an action", undefined, 0, "Yes"],
    ["no answer to a question", 1, 1, undefined],
    ["a label that there is not", 1, 1, "Maybe"],
    ["a label in another spelling", 1, 1, "yes"],
    ["a place that there is not", 1, 1, 2],
    ["an answer of another kind", 1, 1, true],
  ])("an answer that is none is told, and no step is taken: %s", async (_, taken, seen, answer) => {
    const { id } = await start();
    if (taken === 1) await step(id, { step: 0 });
    expect(await step(id, { step: seen, ...(answer === undefined ? {} : { answer }) })).toMatchObject({
      status: 422,
      body: { code: "invalid_request", problems: [{ at: "body.answer" }] },
    });
    expect(await stored(id)).toMatchObject([{ steps: seen }]);
  });

  test.each(["cursor=1", "cursor=", "limit=0", "limit=101", "tree_id=1", "tree_id=", "outcome=resolved"])(
    "a page that there is not: %s",
    async (query) => {
      expect(await call("GET", `/sessions?${query}`)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
    },
  );
});

describe("409", () => {
  test("of two tabs that answer at once one goes on, and the other is told how the session stands", async () => {
    const { id } = await start();
    await step(id, { step: 0 });
    const tabs = ["Yes", "No", "Yes"].map((answer) => () => step(id, { step: 1, answer }));
    const answers = await server.database.race("select 1 from tree_sessions where id = $1 for update", [id], tabs);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const winner = answers.find(({ status }) => status === 200)?.body;
    for (const { body } of answers.filter(({ status }) => status === 409)) {
      expect(body).toMatchObject({ code: "session_moved_on", session: winner });
    }
    expect((await call("GET", `/sessions/${id}`)).body).toEqual(winner);
  });

  test("a request that arrives twice takes one step", async () => {
    const { id } = await start();
    expect((await step(id, { step: 0 })).status).toBe(200);
    const again = await step(id, { step: 0 });
    expect(again).toMatchObject({ status: 409, body: { code: "session_moved_on", session: { current: { id: "lamp" } } } });
    expect(await stored(id)).toMatchObject([{ steps: 1 }]);
  });

  test("nothing leads on from an answer", async () => {
    const { id } = await start();
    await step(id, { step: 0 });
    await step(id, { step: 1, answer: "Yes" });
    expect(await step(id, { step: 2, answer: "resolved" })).toMatchObject({ status: 409, body: { code: "tree_session_at_answer" } });
    expect(await stored(id)).toMatchObject([{ steps: 2, outcome: null }]);
  });

  test("what has ended neither goes on nor ends otherwise", async () => {
    const { id } = await start();
    const ended = await end(id, { outcome: "resolved", note: "It was the cable." });
    for (const answer of [await step(id, { step: 0 }), await end(id, { outcome: "unresolved", note: "It was not." })]) {
      expect(answer).toMatchObject({ status: 409, body: { code: "tree_session_ended", session: ended.body } });
    }
    expect(await stored(id)).toMatchObject([{ steps: 0, outcome: "resolved", note: "It was the cable." }]);
  });

  test("of two who end at once with different outcomes one says how it went", async () => {
    const { id } = await start();
    const ends = ["resolved", "unresolved", "resolved"].map((outcome) => () => end(id, { outcome, note: outcome }));
    const answers = await server.database.race("select 1 from tree_sessions where id = $1 for update", [id], ends);
    const told = answers.filter(({ status }) => status === 200).map(({ body }) => body.outcome);
    expect(new Set(told).size).toBe(1);
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(await stored(id)).toMatchObject([{ outcome: told[0], note: told[0] }]);
    expect(await server.database.query("select action from audit_events where target_id = $1 order by id", [id])).toEqual([
      { action: "tree_session.started" },
      { action: "tree_session.ended" },
    ]);
  });
});

describe("Idempotency-Key", () => {
  test("a session that was started twice with one key is started once", async () => {
    const count = () => server.database.query("select 1 from tree_sessions");
    const before = (await count()).length;
    const headers = { "idempotency-key": "the same call" };
    const answers = await Promise.all(Array.from({ length: 3 }, () => call<Run>("POST", `/trees/${treeId}/sessions`, undefined, headers)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(await count()).toHaveLength(before + 1);
  });

  test("a step or an end with a key that was used gives the first answer, though the session has moved on since", async () => {
    const { id } = await start();
    const headers = { "idempotency-key": "a key" };
    const first = await step(id, { step: 0 }, headers);
    await step(id, { step: 1, answer: "Yes" });
    expect(await step(id, { step: 0 }, headers)).toMatchObject({ status: 200, text: first.text });
    expect(await step(id, { step: 1 }, headers)).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
    const ended = await end(id, { outcome: "resolved" }, headers);
    expect(await end(id, { outcome: "resolved" }, headers)).toMatchObject({ status: 200, text: ended.text });
  });
});
