import { addDays, addMilliseconds } from "@gatehouse/core";
import { nextEmail, openTestServer, type Person, registerVerified, type TestServer, tokenIn } from "@gatehouse/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

interface Entry {
  readonly id: string;
  readonly email: string;
  readonly state: string;
}
type Batch = { items: Entry[]; left_out: object[] };

let server: TestServer;
/** A second process with its own worker. */
let other: TestServer;
let operator: Person;
let second: Person;
beforeAll(async () => {
  server = await openTestServer();
  other = await openTestServer({ beside: server });
  [operator, second] = [await makeOperator(), await makeOperator()];
});
afterAll(async () => {
  await other.close();
  await server.close();
});
beforeEach(async () => {
  await server.database.query("delete from waitlist_entries");
  // Another test may have moved the clock past what their tokens live.
  [operator, second] = [await signInAgain(operator), await signInAgain(second)];
});

async function makeOperator(): Promise<Person> {
  const person = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [person.user.id]);
  return person;
}
const reason = "the beta grows";
/** So many on the list, in the order of joining. */
async function waiting(count: number): Promise<string[]> {
  const emails = Array.from({ length: count }, nextEmail);
  for (const email of emails) await server.request("POST", "/waitlist", { body: { email } });
  await server.settle();
  return emails;
}
const list = async (query = "") =>
  (await server.request<{ items: Entry[]; next_cursor: string | null }>("GET", `/admin/waitlist${query}`, { token: operator.accessToken }))
    .body;
const invite = (body: object, by: Person = operator, at: TestServer = server) =>
  at.request<Batch>("POST", "/admin/waitlist/invite", { token: by.accessToken, body: { reason, ...body } });
const resend = (id: string, body: object = { reason }) =>
  server.request<Entry>("POST", `/admin/waitlist/${id}/resend`, { token: operator.accessToken, body });
const emailsOf = ({ items }: { items: readonly Entry[] }) => items.map(({ email }) => email);
const tickets = async (email: string) => (await server.mailsTo(email)).filter(({ subject }) => subject.startsWith("It is your turn"));
const idOf = async (email: string) => (await list()).items.find((entry) => entry.email === email)?.id ?? "";
const register = (email: string, token: string) =>
  server.request("POST", "/auth/register", {
    body: { email, name: "Ada Lovelace", password: "lantern-orbit-mosaic-22", waitlist_token: token, transport: "body" },
  });

test("the next in line are invited, in the order of joining, each with a mail whose link is a ticket", async () => {
  const emails = await waiting(4);
  const { status, body } = await invite({ count: 2 });
  expect(status).toBe(200);
  expect(emailsOf(body)).toEqual(emails.slice(0, 2));
  const now = server.clock.now();
  expect(body.items[0]).toMatchObject({
    state: "invited",
    invited_at: now.toISOString(),
    invited_by: operator.user.id,
    expires_at: addDays(now, 14).toISOString(),
    email_sent_at: null,
  });
  const [mail] = await tickets(emails[0] ?? "");
  expect(mail?.links.map((link) => new URL(link).pathname)).toEqual(["/waitlist", "/waitlist"]);
  expect((await server.request("GET", `/waitlist/tickets/${tokenIn(mail ?? { links: [], subject: "none" })}`)).body).toEqual({
    email_hint: expect.stringContaining("@example.com"),
    expires_at: addDays(now, 14).toISOString(),
    has_sign_in: false,
    offer: null,
  });
  for (const email of emails.slice(2)) expect(await tickets(email)).toEqual([]);
  expect(emailsOf((await invite({ count: 500 })).body)).toEqual(emails.slice(2));
  expect((await invite({ count: 1 })).body).toEqual({ items: [], left_out: [] });
});

test("those who are named are invited past the order, and of the others it is said why not", async () => {
  const [first = "", next = "", last = ""] = await waiting(3);
  const ada = await registerVerified(server);
  const [known] = await server.database.query<{ id: string }>(
    "insert into waitlist_entries (id, email, email_normalised, leave_hash, joined_at, asked_at) values (gen_random_uuid(), $1, $1, '\\x00', $2, $2) returning id",
    [ada.email, server.clock.now()],
  );
  await invite({ ids: [await idOf(next)] });
  const nobody = "01890000-0000-7000-8000-000000000000";
  const ids = [await idOf(last), await idOf(next), known?.id ?? "", nobody, (await idOf(last)).toUpperCase()];
  const { body } = await invite({ ids });
  expect(emailsOf(body)).toEqual([last]);
  expect(body.left_out).toEqual([
    { id: ids[1], why: "invited_already" },
    { id: ids[2], why: "registered_already" },
    { id: nobody, why: "not_found" },
  ]);
  expect(emailsOf((await invite({ count: 9 })).body), "who has proven the address in another way is not asked in").toEqual([first]);
});

test("two operators who invite at once, on two processes, invite nobody twice; and each is mailed one time", async () => {
  const emails = await waiting(30);
  const batches = await Promise.all([
    invite({ count: 12 }),
    invite({ count: 12 }, second, other),
    invite({ count: 12 }, second),
    invite({ count: 12 }, operator, other),
  ]);
  expect(batches.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const invited = batches.flatMap(({ body }) => emailsOf(body));
  expect(invited.toSorted()).toEqual(emails.toSorted());
  for (const email of emails) expect(await tickets(email)).toHaveLength(1);
  const audited = await server.database.query(
    "select target_id from audit_events where action = 'waitlist.invited' and target_id = any($1)",
    [(await list("?limit=100")).items.map(({ id }) => id)],
  );
  expect(audited).toHaveLength(30);
});

test("two operators who name the same people at once invite them once, in whatever order they name them", async () => {
  await waiting(8);
  const ids = (await list()).items.map(({ id }) => id);
  const both = await Promise.all([invite({ ids }), invite({ ids: ids.toReversed() }, second, other)]);
  expect(both.flatMap(({ body }) => body.items)).toHaveLength(8);
  expect(both.flatMap(({ body }) => body.left_out)).toHaveLength(8);
});

test("the same request again, with its key, invites nobody more", async () => {
  await waiting(4);
  const again = () =>
    server.request<Batch>("POST", "/admin/waitlist/invite", {
      token: operator.accessToken,
      body: { count: 1, reason },
      headers: { "idempotency-key": "first batch" },
    });
  expect((await again()).body).toEqual((await again()).body);
  expect((await list("?state=invited")).items).toHaveLength(1);
});

test("every invitation is in the audit, with who, where from and why", async () => {
  const [email = ""] = await waiting(1);
  await invite({ count: 1, reason: "she asked twice" });
  await resend(await idOf(email), { reason: "the mail was lost" });
  const trail = await server.database.query(
    "select action, actor_user_id, account_id, details from audit_events where target_id = $1 order by id",
    [await idOf(email)],
  );
  const by = { actor_user_id: operator.user.id, account_id: "00000000-0000-0000-0000-000000000000" };
  expect(trail).toEqual([
    { action: "waitlist.invited", ...by, details: { reason: "she asked twice" } },
    { action: "waitlist.invited_again", ...by, details: { reason: "the mail was lost" } },
  ]);
});

test("a ticket that is sent again ends the older one, also where that had expired", async () => {
  const [email = ""] = await waiting(1);
  await invite({ count: 1 });
  const old = tokenIn(await server.mailTo(email));
  server.clock.set(addDays(server.clock.now(), 14));
  expect(await register(email, old)).toMatchObject({ status: 410, body: { code: "waitlist_ticket_expired" } });
  operator = await signInAgain(operator);
  expect(await resend(await idOf(email))).toMatchObject({ status: 200, body: { state: "invited", email_sent_at: null } });
  expect((await tickets(email)).length).toBe(2);
  expect(await register(email, old)).toMatchObject({ status: 404, body: { code: "waitlist_ticket_not_found" } });
  expect((await register(email, tokenIn(await server.mailTo(email)))).status).toBe(201);
  expect(await resend(await idOf(email))).toMatchObject({ status: 410, body: { code: "waitlist_ticket_used" } });
});

test("a newer ticket goes out alone where the mail server was away over both", async () => {
  const [email = ""] = await waiting(1);
  server.mailbox.pause();
  await invite({ count: 1 });
  await server.settle();
  await resend(await idOf(email));
  await server.settle();
  server.mailbox.resume();
  await server.database.query("update pgboss.job set start_after = now() where state = 'retry'");
  expect(await tickets(email)).toHaveLength(1);
  expect((await list()).items[0]).toMatchObject({ email_sent_at: server.clock.now().toISOString() });
});

test("who joins again after their ticket expired waits again, before those who joined later", async () => {
  const [early = "", late = ""] = await waiting(2);
  await invite({ count: 1 });
  await server.settle();
  server.clock.set(addDays(server.clock.now(), 14));
  operator = await signInAgain(operator);
  expect((await list("?state=expired")).items.map(({ email }) => email)).toEqual([early]);
  expect(
    (await invite({ count: 1 })).body.items.map(({ email }) => email),
    "each is invited once",
  ).toEqual([late]);
  await server.request("POST", "/waitlist", { body: { email: early } });
  await server.settle();
  expect((await server.mailTo(early)).subject).toBe("You are on the waitlist of Testproduct");
  await waiting(1);
  expect(emailsOf((await invite({ count: 1 })).body)).toEqual([early]);
  expect((await register(early, tokenIn(await server.mailTo(early)))).status).toBe(201);
});

test("states: each choice of the list is what core calls it, to the millisecond, page by page", async () => {
  const emails = await waiting(6);
  await invite({ count: 3 });
  const [used = "", ...open] = emails;
  await register(used, tokenIn((await tickets(used))[0] ?? { links: [], subject: "none" }));
  const end = addDays(server.clock.now(), 14);
  const counts = async () =>
    Object.fromEntries(
      await Promise.all(
        ["waiting", "invited", "expired", "registered"].map(async (state) => {
          const { items } = await list(`?state=${state}`);
          expect(items.every((entry) => entry.state === state)).toBe(true);
          return [state, items.length];
        }),
      ),
    );
  expect(await counts()).toEqual({ waiting: 3, invited: 2, expired: 0, registered: 1 });
  const page = await list("?limit=4");
  expect([...page.items, ...(await list(`?limit=4&cursor=${page.next_cursor}`)).items].map(({ email }) => email)).toEqual([used, ...open]);
  server.clock.set(addMilliseconds(end, -1));
  operator = await signInAgain(operator);
  expect(await counts()).toMatchObject({ invited: 2, expired: 0 });
  server.clock.set(end);
  expect(await counts()).toMatchObject({ invited: 0, expired: 2 });
});

test.each([
  ["neither how many nor whom", {}],
  ["both", { count: 1, ids: ["01890000-0000-7000-8000-000000000000"] }],
  ["nobody", { count: 0 }],
  ["half a person", { count: 1.5 }],
  ["more than a batch", { count: 501 }],
  ["none named", { ids: [] }],
  ["what is no id", { ids: ["ada"] }],
  ["without a reason", { count: 1, reason: undefined }],
  ["an empty reason", { count: 1, reason: " " }],
  ["a reason that is too long", { count: 1, reason: "x".repeat(501) }],
])("422: %s", async (_, body) => {
  expect(await invite(body)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
});

test("404: who is not on the list; 409: who waits yet; 422: a state or a cursor that there is not", async () => {
  const [email = ""] = await waiting(1);
  expect(await resend("01890000-0000-7000-8000-000000000000")).toMatchObject({ status: 404, body: { code: "waitlist_entry_not_found" } });
  expect(await resend("ada")).toMatchObject({ status: 404, body: { code: "waitlist_entry_not_found" } });
  expect(await resend(await idOf(email))).toMatchObject({ status: 409, body: { code: "waitlist_not_invited" } });
  for (const query of ["?state=lost", "?cursor=x", "?limit=0"])
    expect(await server.request("GET", `/admin/waitlist${query}`, { token: operator.accessToken })).toMatchObject({ status: 422 });
});

test("503 where no mail is set up: nobody is let in who would hear nothing of it", async () => {
  await waiting(1);
  const dark = await openTestServer({ beside: server, role: "api", env: { SMTP_URL: "", SANDBOX: "off" } });
  expect(await invite({ count: 1 }, operator, dark)).toMatchObject({ status: 503, body: { code: "mail_not_configured" } });
  expect((await list()).items).toMatchObject([{ state: "waiting" }]);
  await dark.close();
});

test("to everybody but operators the routes are not there, and nobody is invited", async () => {
  await waiting(1);
  const owner = await registerVerified(server);
  const id = (await list()).items[0]?.id ?? "";
  for (const [method, path, body] of [
    ["GET", "/admin/waitlist", undefined],
    ["POST", "/admin/waitlist/invite", { count: 1, reason }],
    ["POST", `/admin/waitlist/${id}/resend`, { reason }],
  ] as const) {
    const sent = body ? { body } : {};
    expect(await server.request(method, path, { token: owner.accessToken, ...sent })).toMatchObject({
      status: 404,
      body: { code: "route_not_found" },
    });
    expect(await server.request(method, path, sent)).toMatchObject({ status: 401 });
  }
  expect((await list()).items).toMatchObject([{ state: "waiting" }]);
});

async function signInAgain(person: Person): Promise<Person> {
  const { body } = await server.request<{ access_token: string }>("POST", "/auth/login", {
    body: { email: person.email, password: person.password, transport: "body" },
  });
  return { ...person, accessToken: body.access_token };
}
