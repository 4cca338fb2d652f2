import { addDays, addMilliseconds } from "@gatehouse/core";
import { openTestServer, type Person, registerMember, registerVerified, signIn, TEST_START, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: TestServer;
let owner: Person;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  server.clock.set(TEST_START);
  owner = await registerVerified(server, { accountName: "Analytical Engines" });
});

interface Answer {
  readonly code?: string;
  readonly due_at?: string;
}
const remove = (by = owner, confirm = "Analytical Engines", headers = {}) =>
  server.request<Answer>("DELETE", "/accounts/me", { token: by.accessToken, body: { confirm }, headers });
const restore = (by = owner) => server.request<Record<string, unknown>>("POST", "/accounts/me/restore", { token: by.accessToken });
const get = (path: string, by = owner) => server.request<Record<string, unknown>>("GET", path, { token: by.accessToken });
const day = (days: number) => addDays(TEST_START, days).toISOString();
const isGone = async () =>
  (await server.database.query("select erased_at from accounts where id = $1", [owner.account.id]))[0]?.["erased_at"];

test("the account is shut at once, can be taken back for 14 days, and again gives the same answer", async () => {
  const expected = { status: 200, body: { requested_at: day(0), due_at: day(14) } };
  expect((await get("/things")).status).toBe(200);
  expect(await remove()).toMatchObject(expected);
  server.clock.advanceSeconds(60);
  expect(await remove()).toMatchObject(expected);
  expect(await get("/things")).toMatchObject({
    status: 402,
    body: { code: "subscription_required", reason: "account_deleted", mend: { action: "restore_account" } },
  });
  expect((await get("/accounts/me")).body).toMatchObject({ deletion: { requested_at: day(0), due_at: day(14) } });
  expect((await get("/accounts")).body).toMatchObject({ items: [{ id: owner.account.id, deletion_due_at: day(14) }] });
});

test("taken back, it is as it was, and taking back what lives changes nothing", async () => {
  const member = await registerMember(server, owner);
  await remove();
  expect((await get("/things")).status).toBe(402);
  expect(await restore()).toMatchObject({ status: 200, body: { deletion: null, name: "Analytical Engines" } });
  expect(await restore()).toMatchObject({ status: 200, body: { deletion: null } });
  for (const person of [owner, member]) expect((await get("/things", person)).status).toBe(200);
  const actions = await server.database.query(
    "select action from audit_events where account_id = $1 and action like 'account.%' order by id",
    [owner.account.id],
  );
  expect(actions.map(({ action }) => action)).toEqual(["account.deleted", "account.restored"]);
  server.clock.set(addDays(TEST_START, 15));
  await server.settle();
  expect(await isGone()).toBeNull();
});

test("everybody in it is told by mail, and owners how to take it back; taken back, they are told too", async () => {
  const member = await registerMember(server, owner);
  await remove();
  const [toOwner, toMember] = [await server.mailTo(owner.email), await server.mailTo(member.email)];
  expect(toOwner.links.join()).toContain("/team");
  expect(toOwner.text).not.toBe(toMember.text);
  await restore();
  expect((await server.mailTo(member.email)).subject).not.toBe(toMember.subject);
  expect(await server.mailsTo(member.email)).toHaveLength(2);
});

test.each([
  ["another name", "Difference Engines"],
  ["in small letters", "analytical engines"],
  ["nothing", " "],
])("what is typed must be the account's name: %s", async (_, typed) => {
  expect(await remove(owner, typed)).toMatchObject({ status: 422, body: { code: "confirmation_wrong" } });
  expect((await get("/things")).status).toBe(200);
});

test("spaces do not count", async () => {
  expect((await remove(owner, "  Analytical   Engines ")).status).toBe(200);
});

test("only an owner deletes it and takes it back", async () => {
  for (const role of ["admin", "member", "viewer"] as const) {
    const person = await registerMember(server, owner, { role });
    const denied = { status: 403, body: { code: "permission_denied" } };
    expect(await remove(person)).toMatchObject(denied);
    expect(await restore(person)).toMatchObject(denied);
  }
  const demoted = await registerMember(server, owner, { role: "admin" });
  await server.database.query("update memberships set role = 'owner' where user_id = $1", [demoted.user.id]);
  const session = await signIn(server, demoted);
  await get("/accounts/me", session);
  await server.database.query("update memberships set role = 'admin' where user_id = $1", [demoted.user.id]);
  expect(await remove(session)).toMatchObject({ status: 403, body: { code: "permission_denied" } });
});

test("who is in no other account still gets in, to see why and to take it back; who is in another begins there", async () => {
  const both = await registerMember(server, await registerVerified(server));
  await server.database.query(
    "insert into memberships (account_id, id, user_id, role, created_at) values ($1, gen_random_uuid(), $2, 'admin', $3)",
    [owner.account.id, both.user.id, addMilliseconds(TEST_START, 1)],
  );
  expect((await signIn(server, both)).account.id).toBe(owner.account.id);
  await remove();
  expect((await signIn(server, both)).account.id).toBe(both.account.id);
  const back = await signIn(server, owner);
  expect(back.account.id).toBe(owner.account.id);
  expect((await restore(back)).status).toBe(200);
});

test("at the instant when the time is over it cannot be taken back, and it is erased by the next sweep", async () => {
  await remove();
  server.clock.set(addMilliseconds(addDays(TEST_START, 14), -1));
  owner = await signIn(server, owner);
  await server.settle();
  expect(await isGone()).toBeNull();
  server.clock.advanceMilliseconds(1);
  expect(await restore()).toMatchObject({ status: 410, body: { code: "account_deletion_due" } });
  await server.settle();
  expect(await isGone()).toEqual(addDays(TEST_START, 14));
});

test("of a deletion and a restoration at once one is last, and the account is either or", async () => {
  await remove();
  const requests = [() => restore(), () => remove(), () => restore(), () => remove()];
  await server.database.race<unknown>("select 1 from accounts where id = $1 for update", [owner.account.id], requests);
  const [account] = await server.database.query("select deleted_at is null as lives from accounts where id = $1", [owner.account.id]);
  const open = await server.database.query("select 1 from account_deletions where account_id = $1 and undone_at is null", [
    owner.account.id,
  ]);
  expect(open).toHaveLength(account?.["lives"] ? 0 : 1);
});

test("who deletes themself as the last one in takes the account with them, by the same way", async () => {
  await server.request("DELETE", "/me", { token: owner.accessToken, body: { password: owner.password } });
  const [deletion] = await server.database.query("select due_at from account_deletions where account_id = $1", [owner.account.id]);
  expect(deletion).toEqual({ due_at: addDays(TEST_START, 14) });
});

test("from an account that waits to be erased the last owner may go too", async () => {
  await registerMember(server, owner);
  const gone = () => server.request<Answer>("DELETE", "/me", { token: owner.accessToken, body: { password: owner.password } });
  expect(await gone()).toMatchObject({ status: 409, body: { code: "last_owner" } });
  await remove();
  expect((await gone()).status).toBe(204);
});
