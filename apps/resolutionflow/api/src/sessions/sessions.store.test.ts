import { openTestServer, type Person, registerVerified, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resolutionFlow } from "../app.ts";
import { eraseTrees, treesAfter } from "../trees/trees.store.ts";
import { eraseSessions, findSession, sessionsAfter } from "./sessions.store.ts";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
});
afterAll(() => server.close());

const tree = (title: string) => ({
  title,
  root: "plug",
  nodes: [
    { id: "plug", kind: "action", text: "Plug it in.", next: "done" },
    { id: "done", kind: "answer", text: "It prints." },
  ],
});
/** Somebody whose account has three trees, and a session of each. */
async function registerBusy(): Promise<Person> {
  const person = await registerVerified(server);
  for (const title of ["One", "Two", "Three"]) await runThrough(person, title);
  return person;
}
async function runThrough(person: Person, title: string): Promise<void> {
  const token = person.accessToken;
  const made = await server.request<{ id: string }>("POST", "/trees", { token, body: tree(title) });
  const { body } = await server.request<{ id: string }>("POST", `/trees/${made.body.id}/sessions`, { token });
  await server.request("POST", `/sessions/${body.id}/steps`, { token, body: { step: 0 } });
}
const counted = (person: Person) =>
  server.app.db.forAccount(person.account.id, async (tx) => (await sessionsAfter(tx, person.account.id, null, 10)).length);

test("the export reads every tree and session of the account in portions, oldest first, each once and whole", async () => {
  const ada = await registerBusy();
  await registerBusy();
  await server.app.db.forAccount(ada.account.id, async (tx) => {
    const [first, second] = [await sessionsAfter(tx, ada.account.id, null, 2), await sessionsAfter(tx, ada.account.id, null, 3)];
    const rest = await sessionsAfter(tx, ada.account.id, first.at(-1)?.id ?? null, 2);
    expect([...first, ...rest]).toEqual(second);
    expect(second.map(({ treeTitle }) => treeTitle)).toEqual(["One", "Two", "Three"]);
    expect(await findSession(tx, ada.account.id, second[0]?.id ?? "")).toEqual(second[0]);
    expect(await sessionsAfter(tx, ada.account.id, second.at(-1)?.id ?? null, 2)).toEqual([]);

    const trees = await treesAfter(tx, ada.account.id, null, 2);
    const last = await treesAfter(tx, ada.account.id, trees.at(-1)?.id ?? null, 2);
    expect([...trees, ...last].map(({ title, tree: { root } }) => `${title} ${root}`)).toEqual(["One plug", "Two plug", "Three plug"]);
  });
});

test("what an account has started is counted, and erased with it, and another's stays", async () => {
  const [ada, grace] = [await registerBusy(), await registerBusy()];
  expect([await counted(ada), await counted(grace)]).toEqual([3, 3]);
  await server.app.db.asSystem("a test erases an account", async (tx) => {
    await eraseSessions(tx, ada.account.id);
    await eraseTrees(tx, ada.account.id);
    expect([await sessionsAfter(tx, ada.account.id, null, 9), await treesAfter(tx, ada.account.id, null, 9)]).toEqual([[], []]);
  });
  expect([await counted(ada), await counted(grace)]).toEqual([0, 3]);
  const left = "select distinct account_id from trees where account_id in ($1, $2)";
  expect(await server.database.query(left, [ada.account.id, grace.account.id])).toEqual([{ account_id: grace.account.id }]);
});
