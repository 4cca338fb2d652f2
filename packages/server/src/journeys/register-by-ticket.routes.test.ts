import { addDays, addMilliseconds } from "@gatehouse/core";
import {
  invite,
  nextEmail,
  openTestServer,
  registerPerson,
  type registerVerified,
  TEST_PASSWORD,
  type TestServer,
  tokenIn,
} from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inviteFromWaitlist } from "../admin/invite-from-waitlist.ts";

let server: TestServer;
let closed: TestServer;
let capped: TestServer;
let byMail: TestServer;
beforeAll(async () => {
  server = await openTestServer({ env: { SIGNUP_MODE: "waitlist" } });
  closed = await openTestServer({ beside: server, role: "api", env: { SIGNUP_MODE: "closed" } });
  capped = await openTestServer({ beside: server, role: "api", env: { SELF_SERVE_ENABLED: "false", SIGNUP_MODE: "waitlist" } });
  byMail = await openTestServer({ beside: server, role: "api", env: { SIGNUP_ANSWER: "mail", SIGNUP_MODE: "waitlist" } });
});
afterAll(async () => {
  for (const one of [closed, capped, byMail, server]) await one.close();
});

/** The token of a ticket that was mailed to the address. */
async function ticketFor(email: string): Promise<string> {
  await server.request("POST", "/waitlist", { body: { email } });
  await server.settle();
  const by = { userId: null, origin: { ip: null, userAgent: "a test" } };
  await server.app.db.asSystem("a test invites", (tx) => inviteFromWaitlist(server.app, tx, by, { count: 500, reason: "a test" }));
  return tokenIn(await server.mailTo(email));
}
const register = (email: string, more: object = {}, at: TestServer = server) =>
  at.request("POST", "/auth/register", { body: { email, password: TEST_PASSWORD, name: "Ada Lovelace", transport: "body", ...more } });
const countUsers = async (email: string) =>
  (await server.database.query("select id from users where email_normalised = $1", [email])).length;

test("a stranger is sent to the waitlist, and nothing is written or mailed", async () => {
  const email = nextEmail();
  expect(await register(email)).toMatchObject({
    status: 403,
    body: { code: "signup_waitlist", mend: { action: "join_waitlist", url: "http://gatehouse.localhost:4000/waitlist" } },
  });
  expect(await register(email, {}, byMail)).toMatchObject({ status: 403, body: { code: "signup_waitlist" } });
  expect([await countUsers(email), await server.mailsTo(email)]).toEqual([0, []]);
});

test("a product that is not public yet says that it is invite-only, and takes names on its list all the same", async () => {
  expect(await register(nextEmail(), {}, capped)).toMatchObject({ status: 403, body: { code: "signup_invite_only" } });
  expect(await capped.request("POST", "/waitlist", { body: { email: nextEmail() } })).toMatchObject({ status: 202 });
});

test("a ticket makes its person the verified owner of an account of their own, on trial", async () => {
  const email = nextEmail();
  const answer = await register(email, { waitlist_token: await ticketFor(email), account_name: "Analytical Engines" });
  const now = server.clock.now();
  expect(answer).toMatchObject({
    status: 201,
    body: { user: { email, email_verified_at: now.toISOString() }, account: { name: "Analytical Engines", role: "owner" } },
  });
  const state = await server.request("GET", "/billing/state", { token: String(answer.body["access_token"]) });
  expect(state.body).toMatchObject({
    subscription: { status: "trialing", trial_ends_at: addDays(now, 14).toISOString() },
    verification: { verified: true },
  });
  expect((await server.mailsTo(email)).map(({ subject }) => subject)).not.toContain("Confirm your email address for Testproduct");
  const [entry] = await server.database.query("select registered_user, registered_at from waitlist_entries where email = $1", [email]);
  expect(entry).toEqual({ registered_user: Object(answer.body["user"]).id, registered_at: now });
});

test("the history says that the address is verified from the beginning", async () => {
  const email = nextEmail();
  const answer = await register(email, { waitlist_token: await ticketFor(email) });
  const [fact] = await server.database.query("select value from access_history where account_id = $1 and kind = 'email_verification'", [
    Object(answer.body["account"]).id,
  ]);
  expect(fact).toEqual({ value: { registered_at: server.clock.now().toISOString(), email_verified_at: server.clock.now().toISOString() } });
});

test.each<[string, () => TestServer]>([
  ["closed", () => closed],
  ["not public yet", () => capped],
  ["answering by mail", () => byMail],
])("a ticket lets in at once where sign-up is %s", async (_, at) => {
  const email = nextEmail();
  expect(await register(email, { waitlist_token: await ticketFor(email) }, at())).toMatchObject({ status: 201, body: { user: { email } } });
});

test("two registrations with one ticket at once make one user", async () => {
  const email = nextEmail();
  const token = await ticketFor(email);
  const answers = await Promise.all([1, 2, 3].map(() => register(email, { waitlist_token: token })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 410, 410]);
  expect(answers.filter(({ status }) => status === 410).map(({ body }) => body["code"])).toEqual([
    "waitlist_ticket_used",
    "waitlist_ticket_used",
  ]);
  expect(await countUsers(email)).toBe(1);
});

test("a dead ticket says how it died, to register and to look at it, and makes nobody a user", async () => {
  const [used, late, mine] = [nextEmail(), nextEmail(), nextEmail()];
  const tokens = { used: await ticketFor(used), late: await ticketFor(late), mine: await ticketFor(mine) };
  await register(used, { waitlist_token: tokens.used });
  expect(await register(nextEmail(), { waitlist_token: tokens.mine })).toMatchObject({
    status: 403,
    body: { code: "waitlist_ticket_wrong_email" },
  });
  expect(await register(mine, { waitlist_token: "A".repeat(43) })).toMatchObject({
    status: 404,
    body: { code: "waitlist_ticket_not_found" },
  });
  expect(await register(used, { waitlist_token: tokens.used })).toMatchObject({ status: 410, body: { code: "waitlist_ticket_used" } });
  expect(await register(mine, { waitlist_token: "x" })).toMatchObject({ status: 422 });
  const end = addDays(server.clock.now(), 14);
  server.clock.set(addMilliseconds(end, -1));
  expect((await server.request("GET", `/waitlist/tickets/${tokens.late}`)).status).toBe(200);
  server.clock.set(end);
  expect(await register(late, { waitlist_token: tokens.late })).toMatchObject({ status: 410, body: { code: "waitlist_ticket_expired" } });
  for (const [token, status, code] of [
    [tokens.late, 410, "waitlist_ticket_expired"],
    [tokens.used, 410, "waitlist_ticket_used"],
  ] as const)
    expect(await server.request("GET", `/waitlist/tickets/${token}`)).toMatchObject({ status, body: { code } });
  expect([await countUsers(late), await countUsers(mine)]).toEqual([0, 0]);
});

test("who left the waitlist comes in by their ticket no more", async () => {
  const email = nextEmail();
  const token = await ticketFor(email);
  const links = (await server.mailTo(email)).links.map((link) => new URL(link).searchParams.get("leave"));
  expect((await server.request("DELETE", `/waitlist/${links.find((leave) => leave !== null)}`)).status).toBe(204);
  expect(await register(email, { waitlist_token: token })).toMatchObject({ status: 404, body: { code: "waitlist_ticket_not_found" } });
});

test("with an invite beside it the invite counts, and the ticket stays good for nobody else's account", async () => {
  const ownersEmail = nextEmail();
  const owner = await registerVerifiedByTicket(ownersEmail);
  const email = nextEmail();
  const answer = await register(email, { waitlist_token: await ticketFor(email), invite_token: await invite(server, owner, email) });
  expect(answer).toMatchObject({ status: 201, body: { account: { id: owner.account.id, role: "member" } } });
});

test("law 6: the ticket of an address that somebody registered before lets nobody into that user", async () => {
  const open = await openTestServer({ beside: server, role: "api", env: { SIGNUP_MODE: "open" } });
  const squatter = await registerPerson(open);
  const token = await ticketFor(squatter.email);
  const answer = await register(squatter.email, { waitlist_token: token });
  expect(answer).toMatchObject({ status: 409, body: { code: "email_taken" } });
  expect((await server.mailTo(squatter.email)).links.some((link) => link.includes("claim=1"))).toBe(true);
  await open.close();
});

test("DELETE /me of who came in by a ticket takes them off the list; the address can join anew", async () => {
  const email = nextEmail();
  const person = await registerVerifiedByTicket(email);
  expect((await server.request("DELETE", "/me", { token: person.accessToken, body: { password: TEST_PASSWORD } })).status).toBe(204);
  const left = () => server.database.query("select id from waitlist_entries where email = $1", [email]);
  expect(await left()).toEqual([]);
  expect((await register(email, { waitlist_token: await ticketFor(email) })).status).toBe(201);
});

async function registerVerifiedByTicket(email: string) {
  const { body } = await register(email, { waitlist_token: await ticketFor(email) });
  return {
    ...(body as unknown as Pick<Awaited<ReturnType<typeof registerVerified>>, "user" | "account">),
    accessToken: String(body["access_token"]),
  };
}
