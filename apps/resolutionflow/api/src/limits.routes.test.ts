import { openTestServer, type Person, registerVerified, signIn, TEST_START, type TestServer } from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { plantOverrides } from "@gatehouse/testkit/overrides";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { resolutionFlow } from "./app.ts";

let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
});
afterAll(() => server.close());
beforeEach(async () => {
  server.clock.set(TEST_START);
  ada = await registerVerified(server);
});

const tree = { title: "The printer is silent", root: "done", nodes: [{ id: "done", kind: "answer", text: "Plug it in." }] };
const post = (path: string, body: object = {}, key?: string) =>
  server.request<{ id: string }>("POST", path, {
    token: ada.accessToken,
    body,
    ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
  });
const limits = async () => Object((await server.request("GET", "/billing/state", { token: ada.accessToken })).body["limits"]);
const toPlans = { action: "choose_plan", url: "http://gatehouse.localhost:4000/billing" };

test("of ten who keep a tree at once, as many can as the plan has room for; who deletes one makes room", async () => {
  await plantOverrides(server, ada.account.id, { limits: { max_trees: { value: 3 } } });
  const answers = await Promise.all(Array.from({ length: 10 }, () => post("/trees", tree)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
  for (const answer of answers.filter(({ status }) => status !== 201)) {
    expect(answer).toMatchObject({
      status: 402,
      body: { code: "plan_limit_reached", limit_key: "max_trees", limit: 3, used: 3, resets_at: null, mend: toPlans },
    });
  }
  expect((await limits()).max_trees).toEqual({ limit: 3, used: 3, resets_at: null });
  const kept = answers.find(({ status }) => status === 201)?.body.id;
  await server.request("DELETE", `/trees/${kept}`, { token: ada.accessToken });
  expect((await post("/trees", tree)).status).toBe(201);
});

test("a tree that is refused for what it is takes no room", async () => {
  expect((await post("/trees", { ...tree, root: "nowhere" })).status).toBe(422);
  expect((await limits()).max_trees).toMatchObject({ used: 0 });
});

test("sessions are counted by the month; what was not started is not counted, and a repeat is not counted again", async () => {
  await plantFacts(server, ada.account.id, { grants: [{ plan: "pro", startsAt: TEST_START, until: null, reason: "a partner" }] });
  await plantOverrides(server, ada.account.id, { limits: { sessions_per_month: { value: 2 } } });
  const { id } = (await post("/trees", tree)).body;
  const start = (key?: string) => post(`/trees/${id}/sessions`, {}, key);
  expect((await start("once")).status).toBe(201);
  expect((await start("once")).status).toBe(201);
  expect((await post("/trees/01890000-0000-7000-8000-000000000000/sessions")).status).toBe(404);
  expect((await limits()).sessions_per_month).toEqual({ limit: 2, used: 1, resets_at: "2026-02-01T00:00:00.000Z" });
  expect((await start()).status).toBe(201);
  expect(await start()).toMatchObject({
    status: 402,
    body: {
      code: "plan_limit_reached",
      limit_key: "sessions_per_month",
      limit: 2,
      used: 2,
      resets_at: "2026-02-01T00:00:00.000Z",
      mend: toPlans,
    },
  });
  server.clock.set(new Date("2026-02-01T00:00:00.000Z"));
  ada = await signIn(server, ada);
  expect((await start()).status).toBe(201);
  expect((await limits()).sessions_per_month).toMatchObject({ used: 1 });
});
