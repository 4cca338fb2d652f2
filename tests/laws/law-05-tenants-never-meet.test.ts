import { auth } from "@gatehouse/contract";
import {
  nextEmail,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  TEST_PASSWORD,
  type TestServer,
} from "@gatehouse/testkit";
import { resolutionFlow } from "@resolutionflow/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contentsOf } from "./every-table.ts";
import { treeBody } from "./tree-of-tests.ts";

// Every route with an id of another account: tests/contract/isolation.test.ts walks them by the contract. Here is what no walk finds.
let server: TestServer;
let ada: Person;
let grace: Person;
let treeId: string;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
  ada = await registerVerified(server);
  grace = await registerVerified(server);
  treeId = (await server.request<{ id: string }>("POST", "/trees", { token: ada.accessToken, body: treeBody("Ada's") })).body.id;
});
afterAll(() => server.close());
const NOBODYS = "01890000-0000-7000-8000-000000000000";

test("a page that continues after another account's tree shows one's own trees only", async () => {
  for (const title of ["A1", "A2", "A3"]) await server.request("POST", "/trees", { token: ada.accessToken, body: treeBody(title) });
  await server.request("POST", "/trees", { token: grace.accessToken, body: treeBody("G") });
  const page = await server.request<{ next_cursor: string }>("GET", "/trees?limit=1", { token: ada.accessToken });
  const seen = await server.request<{ items: { id: string }[] }>("GET", `/trees?cursor=${page.body.next_cursor}`, {
    token: grace.accessToken,
  });
  expect(seen.status).toBe(200);
  const hers = await server.database.query<{ id: string }>("select id from trees where account_id = $1", [grace.account.id]);
  expect(hers.map(({ id }) => id)).toEqual(expect.arrayContaining(seen.body.items.map(({ id }) => id)));
  expect(seen.text).not.toContain("A1");
});

test("an Idempotency-Key is one's own: another account's answer does not come back with it", async () => {
  const headers = { "idempotency-key": "both chose this one" };
  const make = (person: Person) =>
    server.request<{ id: string }>("POST", "/trees", { token: person.accessToken, body: treeBody("Same"), headers });
  const [first, second] = [await make(ada), await make(grace)];
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body.id).not.toBe(first.body.id);
  expect(second.headers["idempotency-replayed"]).toBeUndefined();
});

test("lists show one's own: sessions, trees, the history of access, the seats", async () => {
  const mine = [grace.account.id, grace.user.id];
  for (const path of ["/auth/sessions", "/trees", "/sessions", "/access/explain", "/billing/state", "/me"]) {
    const { text } = await server.request("GET", path, { token: ada.accessToken });
    for (const id of mine) expect(text, path).not.toContain(id);
  }
});

test("an account that one is not in cannot be signed in to, nor refreshed into", async () => {
  const body = { email: grace.email, password: grace.password, account_id: ada.account.id };
  const login = await server.request("POST", "/auth/login", { body });
  expect(login.status).toBeGreaterThanOrEqual(400);
  expect(login.text).not.toContain(ada.account.name === grace.account.name ? ada.account.id : ada.account.name);
  const refresh = await server.request("POST", "/auth/refresh", {
    body: { refresh_token: grace.refreshToken, account_id: ada.account.id },
  });
  expect(refresh).toMatchObject({ status: 404, body: { code: "account_not_found" } });
  const same = await server.request("POST", "/auth/refresh", { body: { refresh_token: grace.refreshToken, account_id: NOBODYS } });
  expect(same).toMatchObject({ status: 404, body: { code: "account_not_found" } });
});

test("a token that names one's own session in another's account opens nothing", async () => {
  const { sessionId, userId } = await server.app.tokens.verify(grace.accessToken);
  const { token } = await server.app.tokens.issue({ sessionId, userId, accountId: ada.account.id });
  expect(await server.request("GET", "/trees", { token })).toMatchObject({ status: 401, body: { code: "session_ended" } });
  const swapped = await server.app.tokens.issue({ sessionId, userId: ada.user.id, accountId: grace.account.id });
  expect(await server.request("GET", "/me", { token: swapped.token })).toMatchObject({ status: 401, body: { code: "session_ended" } });
});

const smuggled: Readonly<Record<string, unknown>> = {
  account_id: NOBODYS,
  user_id: NOBODYS,
  id: NOBODYS,
  role: "owner",
  is_operator: true,
  email_verified_at: "2026-01-01T00:00:00.000Z",
  plan: "enterprise",
  trial_ends_at: "2099-01-01T00:00:00.000Z",
  stripe_customer_id: "cus_1",
  created_by: NOBODYS,
  constructor: "x",
};

test.each(Object.keys(smuggled))(
  "who one is comes from the session alone: %s in a body is refused, and nothing is written",
  async (field) => {
    const extra = { [field]: smuggled[field] };
    const before = await contentsOf(server.database);
    const newcomer = { email: nextEmail(), password: TEST_PASSWORD, name: "Mallory", ...extra };
    const answers = [
      await server.request("POST", "/auth/register", { body: newcomer }),
      await server.request("PATCH", "/me", { token: ada.accessToken, body: { name: "Mallory", ...extra } }),
      await server.request("POST", "/trees", { token: ada.accessToken, body: { ...treeBody(), ...extra } }),
      await server.request("PUT", `/trees/${treeId}`, { token: ada.accessToken, body: { version: 1, ...treeBody(), ...extra } }),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ status: 422, body: { code: "invalid_request" } });
    expect(await contentsOf(server.database)).toEqual(before);
  },
);

test("a person in two accounts sees in each what is that one's", async () => {
  const member = await registerMember(server, ada, { role: "member" });
  const other = await registerPerson(server);
  await server.database.query("insert into memberships (account_id, id, user_id, role, created_at) values ($1, $2, $3, 'viewer', $4)", [
    other.account.id,
    NOBODYS,
    member.user.id,
    server.clock.now(),
  ]);
  const there = await server.client().call(auth.refresh, { body: { refresh_token: member.refreshToken, account_id: other.account.id } });
  expect(there.account).toMatchObject({ id: other.account.id, role: "viewer" });
  const trees = (token: string) => server.request<{ items: object[] }>("GET", "/trees", { token });
  expect((await trees(there.access_token)).body.items).toEqual([]);
  expect((await trees(member.accessToken)).body.items.length).toBeGreaterThan(0);
  expect((await server.request("POST", "/trees", { token: there.access_token, body: treeBody() })).status).toBe(403);
});
