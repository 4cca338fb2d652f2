import { auth } from "@gatehouse/contract";
import { invite, nextEmail, openTestServer, type Person, registerMember, registerPerson, type TestServer } from "@gatehouse/testkit";
import { tell } from "@gatehouse/testkit/facts";
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

type Role = "owner" | "admin" | "member" | "viewer";
const rowsOf = (sql: string, ...parameters: unknown[]) => server.database.query(sql, parameters);
const memberIdOf = async (person: Person): Promise<string> => {
  const [row] = await rowsOf("select id from memberships where account_id = $1 and user_id = $2", person.account.id, person.user.id);
  return String(row?.["id"]);
};
const removeById = (actor: Person, memberId: string, headers = {}) =>
  server.request("DELETE", `/accounts/me/members/${memberId}`, { token: actor.accessToken, headers });
const remove = async (actor: Person, target: Person) => removeById(actor, await memberIdOf(target));
const me = (at: TestServer, accessToken: string) => at.request("GET", "/me", { token: accessToken });
const peopleIn = async (person: Person) =>
  (await rowsOf("select user_id from memberships where account_id = $1 order by id", person.account.id)).map((row) => row["user_id"]);

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
async function makeOwner(person: Person): Promise<void> {
  await rowsOf("update memberships set role = 'owner' where user_id = $1", person.user.id);
  await tell(server, `account:${person.account.id}`);
}
/** Puts the person into the account of `host` too, and signs them in there. */
async function joinAlso(person: Person, host: Person): Promise<{ access_token: string; refresh_token?: string | undefined }> {
  const membership = [host.account.id, server.app.ids.next(), person.user.id, server.clock.now()];
  await rowsOf("insert into memberships (account_id, id, user_id, role, created_at) values ($1, $2, $3, 'viewer', $4)", ...membership);
  return server.client().call(auth.refresh, { body: { refresh_token: person.refreshToken, account_id: host.account.id } });
}

test("whoever is taken out is out at once, in every process, and without waiting for what is remembered to grow old", async () => {
  const { owner, member } = await makeTeam();
  for (const at of [server, other]) expect((await me(at, member.accessToken)).status).toBe(200);
  // Both remember the member; what they hear of the change comes after the cache has heard of it.
  const heard = new Promise<void>((resolve) => {
    other.app.signals.on("facts", (tag) => (tag === `account:${owner.account.id}` ? resolve() : undefined));
  });
  expect(await remove(owner, member)).toMatchObject({ status: 204, text: "" });
  expect(await me(server, member.accessToken)).toMatchObject({ status: 401, body: { code: "session_ended" } });
  await heard;
  expect(await me(other, member.accessToken)).toMatchObject({ status: 401, body: { code: "session_ended" } });
  expect(await peopleIn(owner)).not.toContain(member.user.id);
});

test("in another account of theirs their session goes on, and leads nowhere else", async () => {
  const [{ owner, member }, host] = [await makeTeam(), await registerPerson(server)];
  const there = await joinAlso(member, host);
  await remove(owner, member);
  for (const at of [server, other]) {
    expect(await me(at, there.access_token)).toMatchObject({ status: 200, body: { account: { id: host.account.id } } });
  }
  const into = { refresh_token: there.refresh_token, account_id: owner.account.id };
  expect(await server.request("POST", "/auth/refresh", { body: into })).toMatchObject({ status: 404, body: { code: "account_not_found" } });
  // One who named no account is led to the one that they are still in.
  const anywhere = await server.client().call(auth.refresh, { body: { refresh_token: there.refresh_token } });
  expect(anywhere.account.id).toBe(host.account.id);
});

test("they are told by mail; whoever leaves is not, and history and audit tell both apart", async () => {
  const { owner, admin, member } = await makeTeam();
  const [memberId, adminId] = [await memberIdOf(member), await memberIdOf(admin)];
  await remove(admin, member);
  expect((await server.mailsTo(member.email)).at(-1)?.subject).toMatch(/no longer in a team/);
  const before = (await server.mailsTo(admin.email)).length;
  expect((await remove(admin, admin)).status).toBe(204);
  expect(await server.mailsTo(admin.email)).toHaveLength(before);

  const audited = await rowsOf(
    "select action, actor_user_id, target_id, details from audit_events where account_id = $1 and action in ('member.removed', 'member.left') order by id",
    owner.account.id,
  );
  expect(audited).toEqual([
    {
      action: "member.removed",
      actor_user_id: admin.user.id,
      target_id: memberId,
      details: { user_id: member.user.id, role: "member", invites: 0 },
    },
    {
      action: "member.left",
      actor_user_id: admin.user.id,
      target_id: adminId,
      details: { user_id: admin.user.id, role: "admin", invites: 0 },
    },
  ]);
  const history = await rowsOf(
    "select value, cause from access_history where account_id = $1 and kind = 'membership' and value = 'null'::jsonb order by id",
    owner.account.id,
  );
  expect(history).toEqual([
    { value: null, cause: "member.removed" },
    { value: null, cause: "member.left" },
  ]);
});

test("a mail to somebody who has deleted themself meanwhile is not sent", async () => {
  const { owner, member } = await makeTeam();
  await server.settle();
  server.mailbox.pause();
  await remove(owner, member);
  await server.settle();
  await rowsOf("update users set deleted_at = $2, email = '', email_normalised = null where id = $1", member.user.id, server.clock.now());
  server.mailbox.resume();
  await rowsOf("update pgboss.job set start_after = now() where state = 'retry'");
  const mails = await server.mailsTo(member.email);
  expect(mails.map(({ subject }) => subject).join()).not.toMatch(/no longer in a team/);
});

test("with them go the invites that they sent here and nobody has accepted; whoever came by one stays", async () => {
  const { owner, admin } = await makeTeam();
  const email = nextEmail();
  const token = await invite(server, admin, email);
  await invite(server, owner, nextEmail());
  const joined = await registerMember(server, admin);
  await remove(owner, admin);
  const body = { email, password: owner.password, name: "Grace Hopper", invite_token: token };
  expect(await server.request("POST", "/auth/register", { body })).toMatchObject({ status: 410, body: { code: "invite_revoked" } });
  const open = await rowsOf(
    "select invited_by from account_invites where account_id = $1 and accepted_at is null and revoked_at is null",
    owner.account.id,
  );
  expect(open).toEqual([{ invited_by: owner.user.id }]);
  expect((await me(server, joined.accessToken)).status).toBe(200);
});

test.each<[actor: Role, target: Role, status: number, code: string | null]>([
  ["owner", "admin", 204, null],
  ["owner", "viewer", 204, null],
  ["owner", "owner", 409, "last_owner"],
  ["admin", "owner", 403, "permission_denied"],
  ["admin", "member", 204, null],
  ["admin", "admin", 204, null],
  ["member", "viewer", 403, "permission_denied"],
  ["member", "member", 204, null],
  ["viewer", "member", 403, "permission_denied"],
  ["viewer", "owner", 403, "permission_denied"],
  ["viewer", "viewer", 204, null],
])(
  "everybody may leave but the last owner, and only managers take others out: the %s and the %s: %i",
  async (actor, target, status, code) => {
    const team = await makeTeam();
    const before = await peopleIn(team.owner);
    const answer = await remove(team[actor], team[target]);
    expect(answer).toMatchObject({ status, ...(code === null ? {} : { body: { code } }) });
    expect(await peopleIn(team.owner)).toEqual(code === null ? before.filter((id) => id !== team[target].user.id) : before);
  },
);

test("of two owners each may leave or take the other out, and then the last one stays", async () => {
  const { owner, admin } = await makeTeam();
  await makeOwner(admin);
  expect((await remove(admin, owner)).status).toBe(204);
  expect((await me(server, owner.accessToken)).status).toBe(401);
  expect(await remove(admin, admin)).toMatchObject({ status: 409, body: { code: "last_owner" } });
});

test("another account's member, one who is out already, a user's id and no id at all are equally unknown", async () => {
  const [{ owner, member, viewer }, stranger] = [await makeTeam(), await makeTeam()];
  const gone = await memberIdOf(viewer);
  await remove(owner, viewer);
  const foreign = await memberIdOf(stranger.member);
  for (const id of [foreign, gone, "018f0000-0000-7000-8000-000000000000", member.user.id, "me", "%00"]) {
    expect(await removeById(owner, id)).toMatchObject({ status: 404, body: { code: "member_not_found" } });
  }
  expect(await peopleIn(stranger.owner)).toContain(stranger.member.user.id);
});

test("the same removal again with its Idempotency-Key is done once and answered twice", async () => {
  const { owner, member } = await makeTeam();
  const id = await memberIdOf(member);
  const key = { "idempotency-key": "once" };
  expect([(await removeById(owner, id, key)).status, (await removeById(owner, id, key)).status]).toEqual([204, 204]);
  expect(await server.request("DELETE", `/accounts/me/members/${id}`)).toMatchObject({
    status: 401,
    body: { code: "authentication_required" },
  });
  const sent = await rowsOf("select 1 from audit_events where account_id = $1 and action = 'member.removed'", owner.account.id);
  expect(sent).toHaveLength(1);
});
