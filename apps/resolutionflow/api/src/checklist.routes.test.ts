import { openTestServer, type Person, registerVerified, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resolutionFlow } from "./app.ts";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
});
afterAll(() => server.close());

const tree = {
  title: "Printer does not print",
  description: null,
  root: "end",
  nodes: [{ id: "end", kind: "answer", text: "It prints." }],
};
const call = (person: Person, method: string, path: string, body?: object) =>
  server.request<{ id: string }>(method, path, { token: person.accessToken, ...(body ? { body } : {}) });
const onboarding = async (person: Person) =>
  (
    await server.request<{
      welcome: { steps: { key: string }[] };
      checklist: { items: { key: string; done: boolean; path: string | null }[] };
    }>("GET", "/onboarding", { token: person.accessToken })
  ).body;
const done = async (person: Person) => (await onboarding(person)).checklist.items.filter((item) => item.done).map((item) => item.key);

test("the welcome ends with the first tree, and the checklist has tree and session between the address and the team", async () => {
  const { welcome, checklist } = await onboarding(await registerVerified(server));
  expect(welcome.steps.map(({ key }) => key)).toEqual(["about_you", "company", "team", "first_tree"]);
  expect(checklist.items.map(({ key, path }) => [key, path])).toEqual([
    ["verified_email", "/verify-email"],
    ["first_tree", "/trees"],
    ["first_session", "/trees"],
    ["invited_someone", "/team"],
    ["chose_plan", "/billing"],
  ]);
});

test("a tree ticks the first tree of its own account, and deleting the only one opens it again", async () => {
  const [ada, grace] = [await registerVerified(server), await registerVerified(server)];
  const first = await call(ada, "POST", "/trees", tree);
  const second = await call(ada, "POST", "/trees", tree);
  expect(await done(ada)).toEqual(["verified_email", "first_tree"]);
  expect(await done(grace)).toEqual(["verified_email"]);
  await call(ada, "DELETE", `/trees/${first.body.id}`);
  expect(await done(ada)).toEqual(["verified_email", "first_tree"]);
  await call(ada, "DELETE", `/trees/${second.body.id}`);
  expect(await done(ada)).toEqual(["verified_email"]);
});

test("a session ticks the first session, also when its tree is gone, and without it the item is open again", async () => {
  const [ada, grace] = [await registerVerified(server), await registerVerified(server)];
  const { body } = await call(ada, "POST", "/trees", tree);
  expect((await call(ada, "POST", `/trees/${body.id}/sessions`)).status).toBe(201);
  expect(await done(ada)).toEqual(["verified_email", "first_tree", "first_session"]);
  await call(ada, "DELETE", `/trees/${body.id}`);
  expect(await done(ada)).toEqual(["verified_email", "first_session"]);
  expect(await done(grace)).toEqual(["verified_email"]);
  await server.database.query("delete from tree_sessions where account_id = $1", [ada.account.id]);
  expect(await done(ada)).toEqual(["verified_email"]);
});

test("finishing the welcome's last step ticks nothing: a tree does", async () => {
  const ada = await registerVerified(server);
  const answer = await call(ada, "PATCH", "/onboarding", { step: "first_tree" });
  expect(answer).toMatchObject({ status: 200, body: { welcome: { is_over: true } } });
  expect(await done(ada)).toEqual(["verified_email"]);
});

test("trees and sessions of others tick nothing, also where no policy hides them: the person's own row is written as the system", async () => {
  const [ada, grace] = [await registerVerified(server), await registerVerified(server)];
  const { body } = await call(ada, "POST", "/trees", tree);
  await call(ada, "POST", `/trees/${body.id}/sessions`);
  const answer = await call(grace, "PATCH", "/onboarding", { step: "about_you", role_at_signup: "Support lead" });
  expect(answer).toMatchObject({ status: 200, body: { checklist: { done: 1, total: 5 } } });
});
