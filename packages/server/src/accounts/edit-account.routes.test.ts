import { openTestServer, type Person, registerMember, registerPerson, registerVerified, signIn, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let other: TestServer;
beforeAll(async () => {
  server = await openTestServer();
  other = await openTestServer({ beside: server, role: "api" });
});
afterAll(async () => {
  await other.close();
  await server.close();
});

interface Details {
  readonly name: string;
  readonly slug: string;
  readonly role: string;
  readonly seats: { readonly limit: number | null; readonly used: number };
  readonly deletion: unknown;
}
const look = (person: Person) => server.request<Details>("GET", "/accounts/me", { token: person.accessToken });
const edit = (person: Person, body: unknown, headers: Record<string, string> = {}, at = server) =>
  at.request<Details>("PATCH", "/accounts/me", { token: person.accessToken, body, headers });

test("200: everybody in the account sees it, with their own role", async () => {
  const owner = await registerPerson(server, { accountName: "Analytical Engines" });
  const viewer = await registerMember(server, owner, { role: "viewer" });
  const answer = await look(owner);
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    id: owner.account.id,
    name: "Analytical Engines",
    slug: owner.account.slug,
    role: "owner",
    company_size: null,
    industry: null,
    primary_use: null,
    // On trial of the plan with ten.
    seats: { limit: 10, used: 2 },
    created_at: "2026-01-01T00:00:00.000Z",
    deletion: null,
  });
  expect((await look(viewer)).body).toEqual({ ...answer.body, role: "viewer" });
});

test("an account that is to be erased says since when, and until when that can be undone", async () => {
  const owner = await registerPerson(server);
  await server.database.query(
    "insert into account_deletions (account_id, id, requested_at, due_at) values ($1, $1, '2026-01-01T00:00:00Z', '2026-01-15T00:00:00Z')",
    [owner.account.id],
  );
  const deletion = { requested_at: "2026-01-01T00:00:00.000Z", due_at: "2026-01-15T00:00:00.000Z" };
  expect((await look(owner)).body.deletion).toEqual(deletion);
  await server.database.query("update account_deletions set undone_at = '2026-01-02T00:00:00Z' where account_id = $1", [owner.account.id]);
  expect((await look(owner)).body.deletion).toBeNull();
});

test("200: owner and admin change it, what is not named stays, and null takes an answer back", async () => {
  const owner = await registerPerson(server);
  const admin = await registerMember(server, owner, { role: "admin" });
  const all = { name: "Difference Ltd", company_size: "11-50", industry: "Mathematics", primary_use: "Tables" };
  expect(await edit(owner, all)).toMatchObject({ status: 200, body: { ...all, role: "owner" } });
  const changed = await edit(admin, { industry: null, primary_use: "Engines" });
  expect(changed).toMatchObject({ status: 200, body: { ...all, industry: null, primary_use: "Engines", role: "admin" } });
  expect((await look(admin)).body).toEqual(changed.body);
});

test("a new name keeps the slug, and is seen at once, also by another process that has the old one", async () => {
  const owner = await registerPerson(server);
  const there = async () => (await other.request<{ account: object }>("GET", "/me", { token: owner.accessToken })).body.account;
  expect(await there()).toMatchObject({ name: owner.account.name });
  expect((await edit(owner, { name: "Difference Ltd" })).body).toMatchObject({ name: "Difference Ltd", slug: owner.account.slug });
  await expect.poll(there, { timeout: 4000 }).toMatchObject({ name: "Difference Ltd", slug: owner.account.slug });
});

test("the audit names the fields that became another, and never their values", async () => {
  const owner = await registerPerson(server, { accountName: "Analytical Engines" });
  await edit(owner, { name: "Difference Ltd", industry: "Mathematics" });
  await edit(owner, { name: "Difference Ltd", industry: "Mathematics" });
  await edit(owner, { industry: null });
  const audited = await server.database.query(
    "select actor_user_id, target_id, details from audit_events where account_id = $1 and action = 'account.updated' order by id",
    [owner.account.id],
  );
  const by = { actor_user_id: owner.user.id, target_id: owner.account.id };
  expect(audited).toEqual([
    { ...by, details: { fields: "name, industry" } },
    { ...by, details: { fields: "industry" } },
  ]);
});

test("two who edit different fields at once lose neither, and a change to the same is audited once", async () => {
  const owner = await registerPerson(server);
  const admin = await registerMember(server, owner, { role: "admin" });
  const requests = [
    () => edit(owner, { name: "Difference Ltd" }),
    () => edit(admin, { industry: "Mathematics" }, {}, other),
    () => edit(admin, { name: "Difference Ltd" }, {}, other),
  ];
  await server.database.race("select 1 from accounts where id = $1 for update", [owner.account.id], requests);
  expect((await look(owner)).body).toMatchObject({ name: "Difference Ltd", industry: "Mathematics" });
  const audited = await server.database.query(
    "select details->>'fields' as fields from audit_events where account_id = $1 and action = 'account.updated' order by 1",
    [owner.account.id],
  );
  expect(audited).toEqual([{ fields: "industry" }, { fields: "name" }]);
});

test("nobody edits another account: what is sent is about one's own", async () => {
  const [owner, stranger] = [await registerPerson(server), await registerPerson(server)];
  await edit(stranger, { name: "Difference Ltd" });
  expect((await look(owner)).body.name).toBe(owner.account.name);
});

test.each(["member", "viewer"] as const)("403: a %s changes nothing, whatever they send", async (role) => {
  const owner = await registerPerson(server);
  const joined = await registerMember(server, owner, { role });
  // A body that is not as declared is not even looked at.
  for (const body of [{ name: "Mine now" }, { industry: null }, {}, { slug: "mine" }]) {
    expect(await edit(joined, body)).toMatchObject({ status: 403, body: { code: "permission_denied" } });
  }
  expect((await look(joined)).body.name).toBe(owner.account.name);
});

test.each<[string, object]>([
  ["nothing", {}],
  ["a slug", { slug: "mine" }],
  ["an empty name", { name: "  " }],
  ["no name", { name: null }],
  ["a name of two lines", { name: "a\r\nBcc: b" }],
  ["a name that is too long", { name: "a".repeat(121) }],
])("422: %s", async (_, body) => {
  const owner = await registerPerson(server);
  const before = await look(owner);
  expect(await edit(owner, body)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  expect((await look(owner)).body).toEqual(before.body);
});

test("400 and 401: what is no JSON, and nobody", async () => {
  expect((await edit(await registerPerson(server), "{")).status).toBe(400);
  for (const method of ["GET", "PATCH"]) {
    expect((await server.request(method, "/accounts/me", { body: { name: "Mine" } })).status, method).toBe(401);
  }
});

test("the same change again with its key gets the same answer, and another one with that key is refused", async () => {
  const owner = await registerPerson(server);
  const key = { "idempotency-key": "a key of one change" };
  const first = await edit(owner, { name: "Difference Ltd" }, key);
  await edit(owner, { name: "Analytical Engines" });
  const again = await edit(owner, { name: "Difference Ltd" }, key);
  expect(again).toMatchObject({ status: 200, headers: { "idempotency-replayed": "true" } });
  expect(again.body).toEqual(first.body);
  expect(await edit(owner, { name: "Third" }, key)).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
  expect((await look(owner)).body.name).toBe("Analytical Engines");
});

test("whoever has lapsed, and whoever never verified, still sees and edits the account", async () => {
  const start = server.clock.now();
  const people = [await registerVerified(server), await registerPerson(server)];
  server.clock.advanceDays(400);
  for (const person of people) {
    const back = await signIn(server, person);
    expect((await look(back)).status).toBe(200);
    expect((await edit(back, { industry: "Mathematics" })).status).toBe(200);
  }
  server.clock.set(start);
});
