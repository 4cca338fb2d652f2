import { addDays } from "@gatehouse/core";
import {
  invite,
  nextEmail,
  openTestServer,
  type Person,
  registerMember,
  registerVerified,
  signIn,
  type TestServer,
} from "@gatehouse/testkit";
import { tell } from "@gatehouse/testkit/facts";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  // Long enough for a test that waits ten minutes.
  server = await openTestServer({ env: { ACCESS_TOKEN_SECONDS: "3600" } });
});
afterAll(() => server.close());

interface Offer {
  readonly id: string;
  readonly to: { readonly user_id: string };
  readonly role_after: string;
}
const PATH = "/accounts/me/transfer-ownership";
const rowsOf = (sql: string, ...parameters: unknown[]) => server.database.query(sql, parameters);
const memberIdOf = async (person: Person): Promise<string> => {
  const [row] = await rowsOf("select id from memberships where account_id = $1 and user_id = $2", person.account.id, person.user.id);
  return String(row?.["id"]);
};
const offer = async (giver: Person, taker: Person, more: object = {}) =>
  server.request("POST", PATH, {
    token: giver.accessToken,
    body: { member_id: await memberIdOf(taker), password: giver.password, ...more },
  });
const shown = async (person: Person) =>
  (await server.request<{ offer: Offer | null }>("GET", PATH, { token: person.accessToken })).body.offer;
const end = (person: Person) => server.request("DELETE", PATH, { token: person.accessToken });
const take = (person: Person, headers = {}) => server.request("POST", `${PATH}/accept`, { token: person.accessToken, headers });
const changeRole = async (actor: Person, target: Person, role: string) =>
  server.request("PATCH", `/accounts/me/members/${await memberIdOf(target)}`, { token: actor.accessToken, body: { role } });
const remove = async (actor: Person, target: Person) =>
  server.request("DELETE", `/accounts/me/members/${await memberIdOf(target)}`, { token: actor.accessToken });
const roleOf = async (person: Person) =>
  (await rowsOf("select role from memberships where account_id = $1 and user_id = $2", person.account.id, person.user.id))[0]?.["role"];
const auditOf = (person: Person) =>
  rowsOf(
    "select action, actor_user_id, target_id, details from audit_events where account_id = $1 and action like 'ownership.%' order by id",
    person.account.id,
  );

/** A proven owner with an admin and a member. */
async function makeTeam(): Promise<Record<"owner" | "admin" | "member", Person>> {
  const owner = await registerVerified(server);
  return {
    owner,
    admin: await registerMember(server, owner, { role: "admin" }),
    member: await registerMember(server, owner, { role: "member" }),
  };
}
async function set(person: Person, sql: string): Promise<void> {
  await rowsOf(sql, person.user.id);
  await tell(server, `user:${person.user.id}`);
}

test("ownership goes over when the other one takes it: both roles at once, kept by history and audit, told by mail", async () => {
  const { owner, member } = await makeTeam();
  const offered = await offer(owner, member);
  const expiresAt = addDays(server.clock.now(), 7).toISOString();
  expect(offered).toMatchObject({
    status: 201,
    body: {
      from: { user_id: owner.user.id, name: "Ada Lovelace" },
      to: { user_id: member.user.id, name: "Ada Lovelace" },
      role_after: "admin",
      created_at: server.clock.now().toISOString(),
      expires_at: expiresAt,
    },
  });
  expect((await server.mailTo(member.email)).subject).toMatch(/is offered to you/);
  expect([await roleOf(owner), await roleOf(member)]).toEqual(["owner", "member"]);

  const taken = await take(member);
  expect(taken).toMatchObject({ status: 200, body: { account: { id: owner.account.id, name: owner.account.name, role: "owner" } } });
  expect([await roleOf(owner), await roleOf(member)]).toEqual(["admin", "owner"]);
  expect(await server.request("GET", "/me", { token: member.accessToken })).toMatchObject({ body: { account: { role: "owner" } } });
  expect(await server.request("GET", "/me", { token: owner.accessToken })).toMatchObject({ body: { account: { role: "admin" } } });
  expect((await server.mailTo(owner.email)).subject).toMatch(/has a new owner/);
  expect(await auditOf(owner)).toEqual([
    {
      action: "ownership.offered",
      actor_user_id: owner.user.id,
      target_id: offered.body["id"],
      details: { to: member.user.id, role_after: "admin" },
    },
    {
      action: "ownership.transferred",
      actor_user_id: member.user.id,
      target_id: offered.body["id"],
      details: { from: owner.user.id, role_after: "admin", invites: 0 },
    },
  ]);
  const history = await rowsOf(
    "select value from access_history where account_id = $1 and cause = 'ownership.transferred' order by id",
    owner.account.id,
  );
  expect(history.map((row) => row["value"])).toEqual([
    { user_id: member.user.id, role: "owner" },
    { user_id: owner.user.id, role: "admin" },
  ]);
});

test("an offer is taken once; the same request with its Idempotency-Key is answered again", async () => {
  const { owner, member } = await makeTeam();
  await offer(owner, member);
  const key = { "idempotency-key": "once" };
  const [first, again] = [await take(member, key), await take(member, key)];
  expect(again).toMatchObject({ status: 200, text: first.text, headers: { "idempotency-replayed": "true" } });
  expect(await take(member)).toMatchObject({ status: 404, body: { code: "ownership_offer_not_found" } });
  expect((await auditOf(owner)).filter((event) => event["action"] === "ownership.transferred")).toHaveLength(1);
});

test("whoever stays owner beside the other one makes two, and whoever steps far down loses the invites that they sent", async () => {
  const { owner, admin, member } = await makeTeam();
  await offer(owner, admin, { role_after: "owner" });
  await take(admin);
  expect([await roleOf(owner), await roleOf(admin)]).toEqual(["owner", "owner"]);
  await invite(server, owner, nextEmail());
  await offer(owner, member, { role_after: "viewer" });
  await take(member);
  expect([await roleOf(owner), await roleOf(member)]).toEqual(["viewer", "owner"]);
  expect((await auditOf(owner)).at(-1)?.["details"]).toEqual({ from: owner.user.id, role_after: "viewer", invites: 1 });
});

test("only owners and whoever it is made to see the offer", async () => {
  const { owner, admin, member } = await makeTeam();
  const stranger = await registerVerified(server);
  for (const person of [owner, member]) expect(await shown(person)).toBeNull();
  const { body } = await offer(owner, member);
  for (const person of [owner, member]) expect(await shown(person)).toEqual(body);
  for (const person of [admin, stranger]) expect(await shown(person)).toBeNull();
});

test("a stolen session offers nothing without the password", async () => {
  const { owner, member } = await makeTeam();
  for (const password of ["not-the-password-at-all", undefined]) {
    expect(await offer(owner, member, { password })).toMatchObject({ status: 403, body: { code: "fresh_sign_in_required" } });
  }
  expect(await shown(owner)).toBeNull();
});

test("whoever has proven neither address nor credentials gives no ownership away", async () => {
  for (const sql of [
    "update users set email_verified_at = null where id = $1",
    "update users set password_proven_at = null where id = $1",
  ]) {
    const { owner, member } = await makeTeam();
    await set(owner, sql);
    expect(await offer(owner, member)).toMatchObject({ status: 403, body: { code: "email_not_verified" } });
    expect(await shown(member)).toBeNull();
  }
});

test("ownership is offered to members who are no owners, and by owners", async () => {
  const [{ owner, admin, member }, other] = [await makeTeam(), await makeTeam()];
  expect(await offer(owner, owner)).toMatchObject({ status: 409, body: { code: "ownership_held_already" } });
  for (const memberId of [await memberIdOf(other.member), "018f0000-0000-7000-8000-000000000000", member.user.id]) {
    expect(await offer(owner, member, { member_id: memberId })).toMatchObject({ status: 404, body: { code: "member_not_found" } });
  }
  for (const person of [admin, member]) {
    expect(await offer(person, member)).toMatchObject({ status: 403, body: { code: "permission_denied" } });
  }
  for (const wrong of [{ role_after: "god" }, { member_id: "x" }, { expires_at: "2099-01-01T00:00:00.000Z" }]) {
    expect(await offer(owner, member, wrong)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  }
  expect(await rowsOf("select 1 from ownership_offers where account_id in ($1, $2)", owner.account.id, other.owner.account.id)).toEqual([]);
});

test("nobody without a session offers, sees, ends or takes", async () => {
  for (const [method, path] of [
    ["POST", PATH],
    ["GET", PATH],
    ["DELETE", PATH],
    ["POST", `${PATH}/accept`],
  ] as const) {
    expect(await server.request(method, path)).toMatchObject({ status: 401, body: { code: "authentication_required" } });
  }
});

test("an account has one open offer: a newer one ends the older, which cannot be taken any more", async () => {
  const { owner, admin, member } = await makeTeam();
  await offer(owner, member);
  await offer(owner, admin);
  expect(await take(member)).toMatchObject({ status: 404, body: { code: "ownership_offer_not_found" } });
  expect((await shown(owner))?.to.user_id).toBe(admin.user.id);
  expect(await shown(member)).toBeNull();
  const ends = await rowsOf("select ended_reason from ownership_offers where account_id = $1 order by id", owner.account.id);
  expect(ends).toEqual([{ ended_reason: "overtaken" }, { ended_reason: null }]);
});

test("an owner withdraws, whoever it is made to declines, and for anybody else nothing happens", async () => {
  const { owner, admin, member } = await makeTeam();
  for (const [person, action] of [
    [owner, "ownership.withdrawn"],
    [member, "ownership.declined"],
  ] as const) {
    const { body } = await offer(owner, member);
    expect((await end(admin)).status).toBe(204);
    expect(await shown(member)).not.toBeNull();
    for (const _ of [1, 2]) expect(await end(person)).toMatchObject({ status: 204, text: "" });
    expect(await shown(owner)).toBeNull();
    expect(await take(member)).toMatchObject({ status: 404, body: { code: "ownership_offer_not_found" } });
    expect((await auditOf(owner)).at(-1)).toMatchObject({ action, actor_user_id: person.user.id, target_id: body["id"] });
  }
  expect(await roleOf(owner)).toBe("owner");
});

test("an offer that is not made to one is not there: to others of the account, and to another account", async () => {
  const { owner, admin, member } = await makeTeam();
  await offer(owner, member);
  for (const person of [owner, admin, await registerVerified(server)]) {
    expect(await take(person)).toMatchObject({ status: 404, body: { code: "ownership_offer_not_found" } });
  }
  expect(await roleOf(owner)).toBe("owner");
});

test("whoever gave and is no owner any more has nothing to give", async () => {
  const { owner, admin, member } = await makeTeam();
  await offer(owner, admin, { role_after: "owner" });
  await take(admin);
  await offer(owner, member);
  expect((await changeRole(admin, owner, "admin")).status).toBe(200);
  expect(await take(member)).toMatchObject({ status: 409, body: { code: "ownership_offer_void" } });
  for (const person of [admin, member]) expect(await shown(person)).toBeNull();
  expect([await roleOf(owner), await roleOf(admin), await roleOf(member)]).toEqual(["admin", "owner", "member"]);
});

test("an offer ends with the membership of either, and does not come back with them", async () => {
  const { owner, admin, member } = await makeTeam();
  await offer(owner, member);
  await remove(owner, member);
  expect(await shown(owner)).toBeNull();
  const back = [owner.account.id, server.app.ids.next(), member.user.id, server.clock.now()];
  await rowsOf("insert into memberships (account_id, id, user_id, role, created_at) values ($1, $2, $3, 'member', $4)", ...back);
  expect(await take(member)).toMatchObject({ status: 404, body: { code: "ownership_offer_not_found" } });

  await offer(owner, admin, { role_after: "owner" });
  await take(admin);
  await offer(owner, member);
  expect((await remove(owner, owner)).status).toBe(204);
  expect(await take(member)).toMatchObject({ status: 404, body: { code: "ownership_offer_not_found" } });
  const ends = await rowsOf("select ended_reason from ownership_offers where account_id = $1 order by id", owner.account.id);
  expect(ends.map((row) => row["ended_reason"])).toEqual(["member_gone", null, "member_gone"]);
});

test("whoever has not proven their address takes no ownership", async () => {
  const { owner, member } = await makeTeam();
  await offer(owner, member);
  await set(member, "update users set email_verified_at = null where id = $1");
  expect(await take(member)).toMatchObject({ status: 403, body: { code: "email_not_verified" } });
  expect([await roleOf(owner), await roleOf(member)]).toEqual(["owner", "member"]);
});

test("a mail of an offer that was withdrawn before it went out is not sent", async () => {
  const { owner, member } = await makeTeam();
  await server.settle();
  server.mailbox.pause();
  await offer(owner, member);
  await server.settle();
  await end(owner);
  server.mailbox.resume();
  await rowsOf("update pgboss.job set start_after = now() where state = 'retry'");
  const mails = await server.mailsTo(member.email);
  expect(mails.map(({ subject }) => subject).join()).not.toMatch(/is offered to you/);
});

// The clock moves only forward: what waits for it stands last.
test("a sign-in without a password is fresh for ten minutes", async () => {
  const { owner, member } = await makeTeam();
  await set(owner, "update users set password_hash = null where id = $1");
  const ask = () => offer(owner, member, { password: undefined });
  server.clock.advanceMilliseconds(10 * 60_000 - 1);
  expect((await ask()).status).toBe(201);
  server.clock.advanceMilliseconds(1);
  expect(await ask()).toMatchObject({ status: 403, body: { code: "fresh_sign_in_required" } });
});

test("an offer is good for seven days, to the last millisecond", async () => {
  const { owner, member } = await makeTeam();
  await offer(owner, member);
  server.clock.advanceMilliseconds(7 * 86_400_000 - 1);
  const late = await signIn(server, member);
  expect(await shown(late)).not.toBeNull();
  server.clock.advanceMilliseconds(1);
  expect(await shown(late)).toBeNull();
  expect(await take(late)).toMatchObject({ status: 410, body: { code: "ownership_offer_expired" } });
  expect(await roleOf(owner)).toBe("owner");
});
