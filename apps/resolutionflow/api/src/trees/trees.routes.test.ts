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
import type { TreeNode } from "./tree.ts";

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

interface Tree {
  readonly id: string;
  readonly title: string;
  readonly version: number;
  readonly node_count: number;
  readonly nodes: TreeNode[];
}
interface Page {
  readonly items: { readonly id: string; readonly title: string }[];
  readonly next_cursor: string | null;
}
const content = (title = "The printer is silent") => ({
  title,
  description: null,
  root: "on",
  nodes: [
    {
      id: "on",
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
const make = async (person = ada, title?: string) => (await call<Tree>(person, "POST", "/trees", content(title))).body;
const stored = (id: string) => server.database.query("select account_id, title, version, updated_at from trees where id = $1", [id]);

/** Every route, with a request that would be done for its owner. */
const everyRoute = (id: string): [string, string, unknown?][] => [
  ["GET", "/trees"],
  ["POST", "/trees", content()],
  ["GET", `/trees/${id}`],
  ["PUT", `/trees/${id}`, { version: 1, ...content("Edited") }],
  ["DELETE", `/trees/${id}`],
  ["GET", `/trees/${id}/export`],
  ["GET", `/trees/${id}/export?format=markdown`],
];

describe("done", () => {
  test("201: a tree is kept as it was sent, under a new id, in its first version, and the audit knows who made it", async () => {
    const answer = await call<Tree>(ada, "POST", "/trees", content());
    const at = TEST_START.toISOString();
    expect(answer).toMatchObject({ status: 201, body: { ...content(), version: 1, node_count: 4, created_at: at, updated_at: at } });
    expect(await stored(answer.body.id)).toMatchObject([{ account_id: ada.account.id, version: 1 }]);
    const audited = await server.database.query("select actor_user_id, action from audit_events where target_id = $1", [answer.body.id]);
    expect(audited).toEqual([{ actor_user_id: ada.user.id, action: "tree.created" }]);
  });

  test("200: a tree is read as it was written, by whoever is in the account", async () => {
    const tree = await make();
    for (const person of [ada, viewer]) expect(await call(person, "GET", `/trees/${tree.id}`)).toMatchObject({ status: 200, body: tree });
  });

  test("200: an edit makes the next version, and leaves nothing of the old", async () => {
    const tree = await make();
    const edited = { ...content("Shorter"), root: "done", nodes: [{ id: "done", kind: "answer", text: "Nothing to do." }] };
    const answer = await call<Tree>(ada, "PUT", `/trees/${tree.id}`, { version: 1, ...edited });
    expect(answer).toMatchObject({ status: 200, body: { ...edited, version: 2, node_count: 1, id: tree.id } });
    expect((await call(ada, "GET", `/trees/${tree.id}`)).body).toEqual(answer.body);
  });

  test("204: a deleted tree is gone", async () => {
    const { id } = await make();
    expect(await call(ada, "DELETE", `/trees/${id}`)).toMatchObject({ status: 204, text: "" });
    expect(await stored(id)).toEqual([]);
    expect((await call(ada, "GET", `/trees/${id}`)).status).toBe(404);
  });

  test("200: pages go from the newest to the oldest, each tree once, also while others are made and deleted", async () => {
    const owner = await registerVerified(server);
    const made: string[] = [];
    for (let count = 0; count < 9; count += 1) {
      server.clock.advanceMilliseconds(1);
      made.unshift((await make(owner, `Tree ${count}`)).id);
    }
    const page = async (cursor: string | null) =>
      (await call<Page>(owner, "GET", `/trees?limit=3${cursor ? `&cursor=${cursor}` : ""}`)).body;
    const first = await page(null);
    await make(owner, "Made meanwhile");
    await call(owner, "DELETE", `/trees/${made[4]}`);
    const second = await page(first.next_cursor);
    const third = await page(second.next_cursor);
    expect([...first.items, ...second.items, ...third.items].map(({ id }) => id)).toEqual(made.filter((_, index) => index !== 4));
    expect(third.next_cursor).toBeNull();
    expect(Object.keys(first.items[0] ?? {})).not.toContain("nodes");
  });

  test("200: what is exported as JSON can be sent in again, and Markdown is a file to read", async () => {
    const tree = await make(ada, 'A "title" — with ümlauts/slashes');
    const file = await call(viewer, "GET", `/trees/${tree.id}/export`);
    expect(file.headers).toMatchObject({ "content-type": "application/json; charset=utf-8", "x-content-type-options": "nosniff" });
    expect(file.headers["content-disposition"]).toMatch(/^attachment; filename="[\x20-\x7e]+"/);
    const again = await call<Tree>(ada, "POST", "/trees", JSON.parse(file.text));
    expect(again).toMatchObject({ status: 201, body: { title: tree.title, nodes: tree.nodes } });
    const text = await call(viewer, "GET", `/trees/${tree.id}/export?format=markdown`);
    expect(text.headers["content-type"]).toBe("text/markdown; charset=utf-8");
    expect(text.text).toContain("Is the lamp on?");
  });

  test("the limit of trees is counted for the account alone", async () => {
    const owner = await registerVerified(server);
    await make(owner);
    await make(owner);
    expect(await call(owner, "GET", "/billing/state")).toMatchObject({
      body: {
        limits: { max_trees: { limit: 100, used: 2 }, seats: { limit: 10, used: 1 }, sessions_per_month: { limit: 2000, used: 0 } },
      },
    });
  });
});

test("401: nobody does anything", async () => {
  const { id } = await make();
  for (const [method, path, body] of everyRoute(id)) {
    expect(await call(null, method, path, body), path).toMatchObject({ status: 401, body: { code: "authentication_required" } });
  }
  expect(await stored(id)).toMatchObject([{ version: 1 }]);
});

test("402: without a running plan nothing is done, whatever was sent, and what is kept stays", async () => {
  const owner = await registerVerified(server);
  const { id } = await make(owner);
  await plantFacts(server, owner.account.id, {});
  for (const [method, path, body] of [...everyRoute(id), ["POST", "/trees", "{"] as const, ["PUT", "/trees/1", {}] as const]) {
    expect(await call(owner, method, path, body), path).toMatchObject({
      status: 402,
      body: { code: "subscription_required", reason: "no_subscription" },
    });
  }
  expect(await stored(id)).toMatchObject([{ version: 1 }]);
});

describe("403", () => {
  test("a viewer reads and changes nothing", async () => {
    const { id } = await make();
    for (const [method, path, body] of everyRoute(id)) {
      const answer = await call(viewer, method, path, body);
      if (method === "GET") expect(answer.status, path).toBe(200);
      else expect(answer, path).toMatchObject({ status: 403, body: { code: "permission_denied" } });
    }
    expect(await stored(id)).toMatchObject([{ version: 1 }]);
  });

  test("an address that was not verified in its grace shuts every route, and opens it again", async () => {
    const person = await registerPerson(server);
    const { id } = await make(person);
    server.clock.advanceDays(7);
    const late = await signIn(server, person);
    for (const [method, path, body] of everyRoute(id)) {
      expect(await call(late, method, path, body), path).toMatchObject({ status: 403, body: { code: "email_verification_required" } });
    }
    server.clock.set(TEST_START);
    expect((await call(person, "GET", `/trees/${id}`)).status).toBe(200);
  });
});

describe("404", () => {
  test("another tenant's tree is as unknown as one that never was, on every route, and stays as it is", async () => {
    const { id } = await make();
    const grace = await registerVerified(server);
    const told = async (tree: string) => {
      const answers = [];
      for (const [method, path, body] of everyRoute(tree).filter(([, route]) => route.includes(tree))) {
        const { status, body: problem } = await call(grace, method, path, body);
        answers.push({ method, status, code: problem["code"], detail: problem["detail"] });
      }
      return answers;
    };
    const foreign = await told(id);
    expect(foreign.map(({ status, code }) => `${status} ${code}`)).toEqual(foreign.map(() => "404 tree_not_found"));
    expect(foreign).toEqual(await told(NOBODYS));
    expect(await stored(id)).toMatchObject([{ account_id: ada.account.id, version: 1 }]);
  });

  test.each(["1", "null", "NULL%00", "%F0%9F%8C%B3", "' or 1=1"])("an id that is none names nothing: %s", async (id) => {
    for (const [method, path, body] of everyRoute(id).filter(([, route]) => route.includes(id))) {
      expect(await call(ada, method, encodeURI(path), body), path).toMatchObject({ status: 404, body: { code: "tree_not_found" } });
    }
  });

  test("a tree that was deleted is not deleted again", async () => {
    const { id } = await make();
    await call(ada, "DELETE", `/trees/${id}`);
    expect(await call(ada, "DELETE", `/trees/${id}`)).toMatchObject({ status: 404, body: { code: "tree_not_found" } });
  });
});

describe("409", () => {
  test("of two who read the same version one saves, and the other is told of the newer one and overwrites nothing", async () => {
    const { id } = await make();
    const titles = ["Ada's", "Grace's", "Linus'", "Edsger's"];
    const answers = await Promise.all(titles.map((title) => call<Tree>(ada, "PUT", `/trees/${id}`, { version: 1, ...content(title) })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    for (const answer of answers.filter(({ status }) => status === 409))
      expect(answer.body).toMatchObject({ code: "tree_changed", version: 2 });
    const winner = answers.find(({ status }) => status === 200);
    expect(await stored(id)).toMatchObject([{ title: winner?.body.title, version: 2 }]);
  });

  test("who deletes while another edits leaves nothing behind", async () => {
    const { id } = await make();
    const [edit, remove] = await Promise.all([
      call(ada, "PUT", `/trees/${id}`, { version: 1, ...content("Edited") }),
      call(ada, "DELETE", `/trees/${id}`),
    ]);
    expect([200, 404]).toContain(edit.status);
    expect(remove.status).toBe(204);
    expect(await stored(id)).toEqual([]);
  });
});
