import { invite, nextEmail, openTestServer, type Person, registerMember, registerPerson, type TestServer } from "@gatehouse/testkit";
import { tell } from "@gatehouse/testkit/facts";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Tx } from "../platform/app.ts";
import { deleteMembership, lockMembers, updateRole } from "./memberships.store.ts";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

type Role = "owner" | "admin" | "member" | "viewer";
interface Page {
  readonly items: readonly { id: string; user_id: string; role: Role; is_you: boolean; is_verified: boolean; email: string }[];
  readonly next_cursor: string | null;
}
const rowsOf = (sql: string, ...parameters: unknown[]) => server.database.query(sql, parameters);
const list = (person: Person, query = "") => server.request<Page>("GET", `/accounts/me/members${query}`, { token: person.accessToken });
const memberIdOf = async (person: Person): Promise<string> => {
  const [row] = await rowsOf("select id from memberships where account_id = $1 and user_id = $2", person.account.id, person.user.id);
  return String(row?.["id"]);
};
const patch = (actor: Person, memberId: string, body: unknown, headers = {}) =>
  server.request("PATCH", `/accounts/me/members/${memberId}`, { token: actor.accessToken, body, headers });
const changeRole = async (actor: Person, target: Person, role: string) => patch(actor, await memberIdOf(target), { role });
const rolesIn = async (person: Person) =>
  Object.fromEntries(
    (await rowsOf("select user_id, role from memberships where account_id = $1", person.account.id)).map((row) => [
      row["user_id"],
      row["role"],
    ]),
  );
const changesIn = (person: Person) =>
  rowsOf("select details from audit_events where account_id = $1 and action = 'member.role_changed' order by id", person.account.id);

/** An account with one of each role; the owner registered it. */
async function makeTeam(): Promise<Record<Role, Person>> {
  const owner = await registerPerson(server);
  return {
    owner,
    admin: await registerMember(server, owner, { role: "admin" }),
    member: await registerMember(server, owner, { role: "member" }),
    viewer: await registerMember(server, owner, { role: "viewer" }),
  };
}
async function makeOwner(person: Person): Promise<Person> {
  await rowsOf("update memberships set role = 'owner' where user_id = $1", person.user.id);
  await tell(server, `account:${person.account.id}`);
  return person;
}

test("whoever is in an account sees who else is, the oldest membership first, and nobody of another account", async () => {
  const team = await makeTeam();
  await registerPerson(server);
  const people = [team.owner, team.admin, team.member, team.viewer];
  for (const looker of people) {
    const { status, body } = await list(looker);
    expect(status).toBe(200);
    expect(body.items.map((item) => item.user_id)).toEqual(people.map(({ user }) => user.id));
    expect(body.items.filter((item) => item.is_you).map((item) => item.user_id)).toEqual([looker.user.id]);
  }
  const [first, second] = (await list(team.viewer)).body.items;
  expect(first).toEqual({
    id: await memberIdOf(team.owner),
    user_id: team.owner.user.id,
    name: "Ada Lovelace",
    email: team.owner.email,
    role: "owner",
    is_you: false,
    is_verified: false,
    joined_at: server.clock.now().toISOString(),
  });
  expect(second).toMatchObject({ role: "admin", is_verified: true });
});

test("the list is read page by page, and a page of another account shows one's own people", async () => {
  const team = await makeTeam();
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const { body }: { body: Page } = await list(team.member, `?limit=3${cursor === null ? "" : `&cursor=${cursor}`}`);
    seen.push(...body.items.map((item) => item.role));
    cursor = body.next_cursor;
  } while (cursor !== null);
  expect(seen).toEqual(["owner", "admin", "member", "viewer"]);
  const foreign = (await list((await makeTeam()).owner, "?limit=1")).body.next_cursor;
  const across = await list(team.owner, `?cursor=${foreign}`);
  expect(across).toMatchObject({ status: 200, body: { items: [] } });
});

test.each(["?cursor=x", "?limit=0", "?limit=101", "?order=name"])("a list that cannot be asked for so is refused: %s", async (query) => {
  expect(await list(await registerPerson(server), query)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
});

test("nobody without a session lists or changes members", async () => {
  const id = await memberIdOf(await registerPerson(server));
  const answers = [
    await server.request("GET", "/accounts/me/members"),
    await server.request("PATCH", `/accounts/me/members/${id}`, { body: { role: "viewer" } }),
  ];
  for (const answer of answers) expect(answer).toMatchObject({ status: 401, body: { code: "authentication_required" } });
});

test("a new role holds from the next request on, and history and audit keep it", async () => {
  const { owner, member, viewer } = await makeTeam();
  expect((await changeRole(member, viewer, "member")).body).toMatchObject({ code: "permission_denied" });
  const answer = await changeRole(owner, member, "admin");
  expect(answer).toMatchObject({ status: 200, body: { user_id: member.user.id, role: "admin", is_you: false } });
  expect((await changeRole(member, viewer, "member")).status).toBe(200);

  const history = await rowsOf(
    "select subject_id, value from access_history where account_id = $1 and cause = 'member.role_changed' order by id",
    owner.account.id,
  );
  expect(history[0]).toEqual({ subject_id: await memberIdOf(member), value: { user_id: member.user.id, role: "admin" } });
  expect((await changesIn(owner)).map((event) => event["details"])).toEqual([
    { user_id: member.user.id, from: "member", to: "admin", invites: 0 },
    { user_id: viewer.user.id, from: "viewer", to: "member", invites: 0 },
  ]);
});

test("the role that somebody has already changes nothing and leaves no trace", async () => {
  const { owner, admin, viewer } = await makeTeam();
  expect(await changeRole(admin, viewer, "viewer")).toMatchObject({ status: 200, body: { role: "viewer" } });
  expect(await changeRole(owner, owner, "owner")).toMatchObject({ status: 200, body: { role: "owner", is_you: true } });
  expect(await changesIn(owner)).toEqual([]);
});

test("the same request again with its Idempotency-Key gets the same answer and changes nothing again", async () => {
  const { owner, member } = await makeTeam();
  const id = await memberIdOf(member);
  const send = (role: Role) => patch(owner, id, { role }, { "idempotency-key": "once" });
  const [first, again] = [await send("viewer"), await send("viewer")];
  expect(again).toMatchObject({ status: 200, text: first.text, headers: { "idempotency-replayed": "true" } });
  expect(await send("admin")).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
  expect(await changesIn(owner)).toHaveLength(1);
});

test.each<[actor: Role, target: Role, to: Role, status: number, code: string | null]>([
  ["owner", "admin", "viewer", 200, null],
  ["owner", "viewer", "owner", 422, "ownership_needs_consent"],
  ["owner", "owner", "admin", 409, "last_owner"],
  ["admin", "member", "admin", 200, null],
  ["admin", "owner", "viewer", 403, "permission_denied"],
  ["admin", "owner", "owner", 403, "permission_denied"],
  ["admin", "viewer", "owner", 403, "permission_denied"],
  ["admin", "admin", "member", 403, "own_role"],
  ["admin", "admin", "owner", 403, "permission_denied"],
  ["member", "viewer", "member", 403, "permission_denied"],
  ["member", "member", "owner", 403, "permission_denied"],
  ["viewer", "viewer", "owner", 403, "permission_denied"],
])("nobody reaches above their own role: the %s makes the %s a %s: %i", async (actor, target, to, status, code) => {
  const team = await makeTeam();
  const before = await rolesIn(team.owner);
  const answer = await changeRole(team[actor], team[target], to);
  expect(answer).toMatchObject({ status, body: code === null ? { role: to } : { code } });
  expect(await rolesIn(team.owner)).toEqual(code === null ? { ...before, [team[target].user.id]: to } : before);
});

test("an owner steps down where another one stays, and one may demote the other", async () => {
  const { owner, admin, member } = await makeTeam();
  for (const person of [admin, member]) await makeOwner(person);
  expect(await changeRole(owner, owner, "viewer")).toMatchObject({ status: 200, body: { role: "viewer" } });
  expect(await changeRole(admin, member, "member")).toMatchObject({ status: 200, body: { role: "member" } });
  expect(await changeRole(admin, admin, "member")).toMatchObject({ status: 409, body: { code: "last_owner" } });
});

test("another account's membership, an unknown one, a user's id and no id at all are equally unknown, and stay as they are", async () => {
  const [{ owner, member }, other] = [await makeTeam(), await makeTeam()];
  const foreign = await memberIdOf(other.member);
  for (const id of [foreign, "018f0000-0000-7000-8000-000000000000", member.user.id, "me", "%00", `${foreign}'--`]) {
    expect(await patch(owner, id, { role: "viewer" })).toMatchObject({ status: 404, body: { code: "member_not_found" } });
  }
  expect((await rolesIn(other.owner))[other.member.user.id]).toBe("member");
});

test.each([
  [422, { role: "god" }],
  [422, {}],
  [422, { role: "viewer", user_id: "018f0000-0000-7000-8000-000000000000" }],
  [422, { role: "OWNER" }],
  [400, '{"role":'],
])("a body that is no role is refused with %i: %o", async (status, body) => {
  const { owner, member } = await makeTeam();
  expect((await patch(owner, await memberIdOf(member), body)).status).toBe(status);
  expect((await rolesIn(owner))[member.user.id]).toBe("member");
});

test("whoever may invite no more loses the invites that they sent here, and only those", async () => {
  const { owner, admin } = await makeTeam();
  const elsewhere = await registerPerson(server);
  await invite(server, admin, nextEmail());
  await invite(server, { user: admin.user, account: elsewhere.account }, nextEmail());
  await invite(server, owner, nextEmail());
  const open = async () =>
    (await rowsOf("select invited_by, account_id from account_invites where accepted_at is null and revoked_at is null")).filter(
      (row) => row["account_id"] === owner.account.id || row["account_id"] === elsewhere.account.id,
    );
  expect(await open()).toHaveLength(3);
  await changeRole(owner, admin, "member");
  expect(await open()).toHaveLength(2);
  expect(await open()).not.toContainEqual({ invited_by: admin.user.id, account_id: owner.account.id });
  expect((await changesIn(owner))[0]?.["details"]).toEqual({ user_id: admin.user.id, from: "admin", to: "member", invites: 1 });
});

test.each<[string, (tx: Tx, admin: Person, memberId: string) => Promise<void>, number]>([
  ["an admin who is demoted", (tx, admin, id) => updateRole(tx, admin.account.id, id, "member"), 403],
  ["an admin who is taken out", (tx, admin) => deleteMembership(tx, admin.account.id, admin.user.id), 401],
])("%s while their request is under way has no power any more", async (_, takePower, status) => {
  const { owner, admin, member } = await makeTeam();
  const [adminId, memberId] = [await memberIdOf(admin), await memberIdOf(member)];
  const waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  // The request has passed the gate and waits for the account, which is held by whoever takes the power away.
  const { underWay } = await server.app.db.asSystem("a test takes the power away", async (tx) => {
    await lockMembers(tx, owner.account.id);
    const sent = patch(admin, memberId, { role: "viewer" });
    await expect.poll(() => rowsOf(waiting)).toHaveLength(1);
    await takePower(tx, admin, adminId);
    return { underWay: sent };
  });
  expect((await underWay).status).toBe(status);
  expect((await rolesIn(owner))[member.user.id]).toBe("member");
});
