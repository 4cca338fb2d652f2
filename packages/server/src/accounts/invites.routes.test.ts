import { addDays } from "@gatehouse/core";
import {
  invite,
  nextEmail,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  signIn,
  TEST_START,
  type TestServer,
  tokenIn,
} from "@gatehouse/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: TestServer;
let owner: Person;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  server.clock.set(TEST_START);
  owner = await registerVerified(server, { name: "Ada Lovelace", accountName: "Analytical Engines" });
});

interface Invite {
  readonly id: string;
  readonly email: string;
  readonly state: string;
  readonly code?: string;
  readonly email_sent_at: string | null;
}
const PATH = "/accounts/me/invites";
const send = (body: object, by = owner, headers = {}) => server.request<Invite>("POST", PATH, { token: by.accessToken, body, headers });
const list = (query = "", by = owner) =>
  server.request<{ items: Invite[]; next_cursor: string | null }>("GET", `${PATH}${query}`, { token: by.accessToken });
const change = (method: string, path: string, by = owner) => server.request<Invite>(method, `${PATH}/${path}`, { token: by.accessToken });
const read = (token: string) => server.request<Record<string, unknown>>("GET", `/invites/${token}`);
const seatsUsed = async () =>
  Object(Object((await server.request("GET", "/billing/state", { token: owner.accessToken })).body)["limits"]).seats;
const day = (days: number) => addDays(TEST_START, days).toISOString();

test("an invite is kept with its time, its sender and its seat, and the mail goes out once and is recorded", async () => {
  const email = nextEmail();
  const answer = await send({ email, role: "admin" });
  expect(answer).toMatchObject({
    status: 201,
    body: {
      email,
      role: "admin",
      state: "open",
      invited_by: { user_id: owner.user.id, name: "Ada Lovelace" },
      created_at: day(0),
      expires_at: day(7),
      email_sent_at: null,
      accepted_at: null,
      revoked_at: null,
    },
  });
  expect(await seatsUsed()).toMatchObject({ used: 2 });
  const mails = await server.mailsTo(email);
  expect(mails).toHaveLength(1);
  expect(mails[0]?.text).toContain("Analytical Engines");
  await server.settle();
  expect((await list()).body.items).toMatchObject([{ email, email_sent_at: day(0) }]);
  expect(await server.mailsTo(email)).toHaveLength(1);
});

test("the link leads to a page that says what the mail said, and masks the address", async () => {
  const email = nextEmail();
  await send({ email });
  const mail = await server.mailTo(email);
  expect(mail.links.find((link) => link.includes("token="))).toMatch(/^http:\/\/gatehouse\.localhost:4000\/invite\?token=[\w-]{43}$/);
  expect(await read(tokenIn(mail))).toMatchObject({
    status: 200,
    body: {
      account: { name: "Analytical Engines" },
      invited_by: "Ada Lovelace",
      role: "member",
      email_hint: `${email[0]}***@example.com`,
      expires_at: day(7),
    },
  });
  expect((await read(tokenIn(mail))).text).not.toContain(email);
});

test("what an invite is not sent to: who is in already, who is invited already, and oneself", async () => {
  const member = await registerMember(server, owner);
  const email = nextEmail();
  const first = await send({ email });
  expect(await send({ email: email.toUpperCase() })).toMatchObject({
    status: 409,
    body: { code: "invite_already_open", invite_id: first.body.id },
  });
  for (const taken of [member.email, owner.email]) {
    expect(await send({ email: taken })).toMatchObject({ status: 409, body: { code: "invite_already_member" } });
  }
});

test("an address whose user was deleted is as free as any other", async () => {
  const gone = await registerVerified(server);
  await server.request("DELETE", "/me", { token: gone.accessToken, body: { password: gone.password } });
  expect((await send({ email: gone.email })).status).toBe(201);
  const token = tokenIn(await server.mailTo(gone.email));
  expect((await registerPerson(server, { email: gone.email, inviteToken: token })).account.id).toBe(owner.account.id);
});

test.each([
  ["a line break and a header in the address", { email: "a@example.com\r\nBcc: b@example.com" }],
  ["no address", { email: "nobody" }],
  ["ownership by mail", { email: "a@example.com", role: "owner" }],
  ["a field of somebody else's making", { email: "a@example.com", account_id: "01890000-0000-7000-8000-000000000000" }],
])("a body that is not as declared is refused: %s", async (_, body) => {
  expect(await send(body)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  expect((await list()).body.items).toEqual([]);
});

test.each(["viewer", "member"] as const)("a %s neither invites nor sees, sends again or takes back an invite", async (role) => {
  const person = await registerMember(server, owner, { role });
  const { body } = await send({ email: nextEmail() });
  const denied = { status: 403, body: { code: "permission_denied" } };
  expect(await send({ email: nextEmail() }, person)).toMatchObject(denied);
  expect(await list("", person)).toMatchObject(denied);
  expect(await change("POST", `${body.id}/resend`, person)).toMatchObject(denied);
  expect(await change("DELETE", body.id, person)).toMatchObject(denied);
});

test("an admin invites, also another admin", async () => {
  const admin = await registerMember(server, owner, { role: "admin" });
  expect((await send({ email: nextEmail(), role: "admin" }, admin)).status).toBe(201);
});

test("whoever was demoted a moment ago does not invite, though their session still says admin", async () => {
  const admin = await registerMember(server, owner, { role: "admin" });
  await list("", admin);
  await server.database.query("update memberships set role = 'member' where user_id = $1", [admin.user.id]);
  expect(await send({ email: nextEmail() }, admin)).toMatchObject({ status: 403, body: { code: "permission_denied" } });
});

test("a plan's seats are members and open invites; the last one is given, the next is refused with what there is and where there is more", async () => {
  for (let seat = 2; seat <= 10; seat += 1) expect((await send({ email: nextEmail() })).status).toBe(201);
  expect(await send({ email: nextEmail() })).toMatchObject({
    status: 402,
    body: { code: "plan_limit_reached", limit_key: "seats", limit: 10, used: 10, mend: { action: "add_seats" } },
  });
  const [some] = (await list()).body.items;
  expect((await change("DELETE", some?.id ?? "")).status).toBe(204);
  expect((await send({ email: nextEmail() })).status).toBe(201);
});

test("an invite whose time is over holds no seat, and makes room for a new one to the same address", async () => {
  const email = nextEmail();
  const { body } = await send({ email });
  server.clock.set(addDays(TEST_START, 7));
  owner = await signIn(server, owner);
  expect(await seatsUsed()).toMatchObject({ used: 1 });
  expect((await list("?state=expired")).body.items).toMatchObject([{ id: body.id, state: "expired" }]);
  expect((await send({ email })).status).toBe(201);
  expect((await list("?state=open")).body.items).toHaveLength(1);
  expect((await list("?state=revoked")).body.items).toMatchObject([{ id: body.id }]);
});

test("an invite is taken back for good: again gives the same answer, its link says so, its seat is free", async () => {
  const email = nextEmail();
  const { body } = await send({ email });
  const token = tokenIn(await server.mailTo(email));
  for (let time = 0; time < 3; time += 1) expect(await change("DELETE", body.id)).toMatchObject({ status: 204, text: "" });
  expect(await read(token)).toMatchObject({ status: 410, body: { code: "invite_revoked" } });
  expect(await seatsUsed()).toMatchObject({ used: 1 });
  expect(await change("POST", `${body.id}/resend`)).toMatchObject({ status: 410, body: { code: "invite_revoked" } });
  const audited = await server.database.query("select action from audit_events where target_id = $1 order by id", [body.id]);
  expect(audited.map(({ action }) => action)).toEqual(["invite.created", "invite.revoked"]);
});

test("an invite that was used is not taken back and not sent again; its link says that it was used", async () => {
  const email = nextEmail();
  const { body } = await send({ email });
  const token = tokenIn(await server.mailTo(email));
  await registerPerson(server, { email, inviteToken: token });
  expect(await change("DELETE", body.id)).toMatchObject({ status: 410, body: { code: "invite_used" } });
  expect(await change("POST", `${body.id}/resend`)).toMatchObject({ status: 410, body: { code: "invite_used" } });
  expect(await read(token)).toMatchObject({ status: 410, body: { code: "invite_used" } });
  expect((await list("?state=accepted")).body.items).toMatchObject([{ id: body.id, state: "accepted", accepted_at: day(0) }]);
});

test("sent again it has its whole time and a link of its own; the older link is dead", async () => {
  const email = nextEmail();
  const { body } = await send({ email });
  const older = tokenIn(await server.mailTo(email));
  server.clock.set(addDays(TEST_START, 5));
  owner = await signIn(server, owner);
  expect(await change("POST", `${body.id}/resend`)).toMatchObject({
    status: 200,
    body: { state: "open", expires_at: day(12), email_sent_at: null },
  });
  const newer = tokenIn(await server.mailTo(email));
  expect(newer).not.toBe(older);
  expect(await read(older)).toMatchObject({ status: 404, body: { code: "invite_not_found" } });
  expect((await read(newer)).status).toBe(200);
  expect((await list()).body.items).toMatchObject([{ email_sent_at: day(5) }]);
});

test("one that has expired is sent again only where a seat is free", async () => {
  const email = nextEmail();
  const { body } = await send({ email });
  server.clock.set(addDays(TEST_START, 8));
  owner = await signIn(server, owner);
  for (let seat = 2; seat <= 10; seat += 1) await send({ email: nextEmail() });
  expect(await change("POST", `${body.id}/resend`)).toMatchObject({ status: 402, body: { code: "plan_limit_reached", used: 10 } });
});

test("a mail whose invite was taken back, or sent anew, before the worker came is not sent", async () => {
  const front = await openTestServer({ role: "api" });
  const ada = await registerPerson(front);
  const [revoked, renewed] = [nextEmail(), nextEmail()];
  const ask = (method: string, path: string, body?: object) =>
    front.request<Invite>(method, `${PATH}${path}`, { token: ada.accessToken, ...(body ? { body } : {}) });
  const first = await ask("POST", "", { email: revoked });
  const second = await ask("POST", "", { email: renewed });
  await ask("DELETE", `/${first.body.id}`);
  expect((await ask("POST", `/${second.body.id}/resend`)).status).toBe(200);
  const worker = await openTestServer({ beside: front, role: "worker" });
  expect(await worker.mailsTo(revoked)).toHaveLength(0);
  expect(await worker.mailsTo(renewed)).toHaveLength(1);
  await worker.close();
  await front.close();
});

test("another account's invite is not there: not to send again, not to take back, not in the list", async () => {
  const other = await registerVerified(server);
  const { body } = await send({ email: nextEmail() }, other);
  const unknown = "01890000-0000-7000-8000-000000000000";
  for (const [method, suffix] of [
    ["POST", "/resend"],
    ["DELETE", ""],
  ] as const) {
    const [foreign, none] = [await change(method, `${body.id}${suffix}`), await change(method, `${unknown}${suffix}`)];
    expect(foreign).toMatchObject({ status: 404, body: { code: "invite_not_found" } });
    expect({ ...foreign.body, request_id: "" }).toEqual({ ...none.body, request_id: "" });
  }
  expect((await list()).body.items).toEqual([]);
  expect((await list("", other)).body.items).toMatchObject([{ state: "open" }]);
});

test("a list is read page by page, newest first; a cursor of one's own making is refused", async () => {
  const made = [];
  for (let index = 0; index < 5; index += 1) made.unshift((await send({ email: nextEmail() })).body.id);
  const first = await list("?limit=2");
  const second = await list(`?limit=2&cursor=${first.body.next_cursor}`);
  const third = await list(`?limit=2&cursor=${second.body.next_cursor}`);
  expect([first, second, third].flatMap(({ body }) => body.items.map(({ id }) => id))).toEqual(made);
  expect(third.body.next_cursor).toBeNull();
  expect(await list("?cursor=abc")).toMatchObject({ status: 422, body: { problems: [{ at: "query.cursor" }] } });
});

test("the same request with the same key invites once and answers the same", async () => {
  const email = nextEmail();
  const key = { "idempotency-key": "invite one person" };
  const [first, again] = [await send({ email }, owner, key), await send({ email }, owner, key)];
  expect(again).toMatchObject({ status: 201, headers: { "idempotency-replayed": "true" } });
  expect(again.body).toEqual(first.body);
  expect(await server.mailsTo(email)).toHaveLength(1);
});

test("without a mail server nobody is invited, and the person is told", async () => {
  const dark = await openTestServer({ beside: server, env: { SANDBOX: "off", SMTP_URL: "", SELF_SERVE_ENABLED: "true" } });
  const body = { email: nextEmail() };
  const answer = await dark.request("POST", PATH, { token: owner.accessToken, body });
  expect(answer).toMatchObject({ status: 503, body: { code: "mail_not_configured" } });
  await dark.close();
  expect((await list()).body.items).toEqual([]);
});

test("an invite of an account that is deleted is none", async () => {
  const email = nextEmail();
  const token = await invite(server, owner, email);
  await server.request("DELETE", "/accounts/me", { token: owner.accessToken, body: { confirm: "Analytical Engines" } });
  expect(await read(token)).toMatchObject({ status: 404, body: { code: "invite_not_found" } });
  expect(await send({ email: nextEmail() })).toMatchObject({ status: 409, body: { code: "account_deleted" } });
});
