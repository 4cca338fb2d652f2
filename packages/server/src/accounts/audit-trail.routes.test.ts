import { nextEmail, openTestServer, type Person, registerMember, registerVerified, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: TestServer;
let owner: Person;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  owner = await registerVerified(server, { name: "Ada Lovelace" });
});

interface Event {
  readonly action: string;
  readonly actor: { id: string; name: string } | null;
  readonly target_id: string | null;
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly details: object;
}
const trail = (query = "", by = owner) =>
  server.request<{ items: Event[]; next_cursor: string | null }>("GET", `/accounts/me/audit${query}`, { token: by.accessToken });
const invite = (email: string, ip = "203.0.113.9") =>
  server.request<{ id: string }>("POST", "/accounts/me/invites", {
    token: owner.accessToken,
    body: { email },
    ip,
    headers: { "user-agent": "a browser" },
  });

test("each change says who, what, on what, and from where, newest first", async () => {
  const { body } = await invite(nextEmail());
  const answer = await trail();
  expect(answer.body.items[0]).toMatchObject({
    action: "invite.created",
    actor: { id: owner.user.id, name: "Ada Lovelace" },
    target_id: body.id,
    ip: "203.0.113.9",
    user_agent: "a browser",
    details: { role: "member" },
  });
  expect(answer.body.items.at(-1)).toMatchObject({ action: "user.registered" });
});

test("it is read page by page, and nothing is skipped or told twice", async () => {
  for (let index = 0; index < 5; index += 1) await invite(nextEmail());
  const whole = (await trail("?limit=100")).body.items;
  const read: Event[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: Event[]; next_cursor: string | null } = (await trail(`?limit=2${cursor === null ? "" : `&cursor=${cursor}`}`))
      .body;
    read.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(read).toEqual(whole);
});

test("one action, or all of an area, can be asked for; what is no action is refused", async () => {
  await invite(nextEmail());
  await registerMember(server, owner);
  const actions = async (query: string) => (await trail(query)).body.items.map(({ action }) => action);
  expect(await actions("?action=invite")).toEqual(["invite.created"]);
  expect(await actions("?action=invite.created")).toEqual(["invite.created"]);
  expect(await actions("?action=invite.revoked")).toEqual([]);
  expect(await actions("?action=inv")).toEqual([]);
  for (const wrong of ["%25", "invite.%25", "a.b.c", "Invite"]) expect((await trail(`?action=${wrong}`)).status).toBe(422);
});

test("who has left is named as such, and their deeds stay", async () => {
  const admin = await registerMember(server, owner, { role: "admin" });
  await server.request("PATCH", "/accounts/me", { token: admin.accessToken, body: { name: "Renamed" } });
  const [row] = await server.database.query<{ id: string }>("select id from memberships where user_id = $1", [admin.user.id]);
  await server.request("DELETE", `/accounts/me/members/${row?.id}`, { token: owner.accessToken });
  const renamed = (await trail("?action=account")).body.items[0];
  expect(renamed).toMatchObject({ action: "account.updated", actor: { id: admin.user.id, name: "A former member" } });
});

test.each(["member", "viewer"] as const)("a %s does not read it", async (role) => {
  const person = await registerMember(server, owner, { role });
  expect(await trail("", person)).toMatchObject({ status: 403, body: { code: "permission_denied" } });
});

test("nobody reads another account's", async () => {
  await invite(nextEmail());
  const stranger = await registerVerified(server);
  const answer = await trail("?limit=100", stranger);
  expect(answer.text).not.toContain(owner.user.id);
  expect(answer.body.items.every(({ actor }) => actor === null || actor.id === stranger.user.id)).toBe(true);
});
