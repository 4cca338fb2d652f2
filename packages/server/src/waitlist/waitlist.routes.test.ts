import { nextEmail, openTestServer, registerPerson, registerVerified, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
/** A second process with its own worker. */
let other: TestServer;
beforeAll(async () => {
  server = await openTestServer();
  other = await openTestServer({ beside: server });
});
afterAll(async () => {
  await other.close();
  await server.close();
});

const RECEIVED = { status: 202, body: { status: "received" } };
const JOINED = "You are on the waitlist of Testproduct";
const join = (email: string, more: object = {}) => server.request("POST", "/waitlist", { body: { email, ...more } });
const rowOf = async (email: string) =>
  (await server.database.query("select id, name, company, message, joined_at from waitlist_entries where email = $1", [email]))[0] ?? null;
const subjects = async (email: string) => (await server.mailsTo(email)).map(({ subject }) => subject);
/** A mail that is sent twice is shown once in the mailbox, for its Message-ID is the same: so its jobs are counted. */
const jobsOf = async (email: string): Promise<number> =>
  (
    await server.database.query(
      `select 1 from pgboss.job j join waitlist_entries w on w.id = (j.data->'data'->>'entryId')::uuid
       where w.email = $1 and j.data->>'name' = 'mail.waitlist_joined'`,
      [email],
    )
  ).length;
async function leaveTokenOf(email: string): Promise<string> {
  const links = (await server.mailTo(email)).links.map((link) => new URL(link));
  return links.find((link) => link.searchParams.has("leave"))?.searchParams.get("leave") ?? "";
}

test("who joins is on the list as they typed it, and hears so by mail, with the way to leave", async () => {
  const email = nextEmail().toUpperCase();
  expect(await join(email, { name: "Ada Lovelace", company: "Analytical Engines", message: "Let me in.\nPlease." })).toMatchObject(
    RECEIVED,
  );
  expect(await rowOf(email)).toMatchObject({ name: "Ada Lovelace", company: "Analytical Engines", message: "Let me in.\nPlease." });
  const mail = await server.mailTo(email);
  expect(mail.subject).toBe(JOINED);
  expect(mail.text).toContain("Hello Ada Lovelace,");
  expect(mail.links).toEqual([`http://gatehouse.localhost:4000/waitlist?leave=${await leaveTokenOf(email)}`]);
  expect(mail.text, "nobody is told their place").not.toMatch(/\bplace\b|position|\bnumber\b|\d+(st|nd|rd|th)\b/);
});

test("everybody gets the same answer: who is new, who is on the list, who has a sign-in, who filled in what nobody sees", async () => {
  const [fresh, waiting, ada] = [nextEmail(), nextEmail(), await registerVerified(server)];
  await join(waiting);
  const answers = [
    await join(fresh),
    await join(waiting),
    await join(ada.email),
    await join(nextEmail(), { website: "https://spam.example" }),
  ];
  const told = answers.map(({ status, text, headers }) => ({ status, text, headers: Object.keys(headers).sort() }));
  expect(new Set(told.map((one) => JSON.stringify(one))).size).toBe(1);
});

test("who joins again keeps their place and what they told first, and gets no second mail", async () => {
  const email = nextEmail();
  await join(email, { name: "Grace Hopper" });
  const first = await rowOf(email);
  server.clock.advanceSeconds(60);
  await Promise.all([join(email, { name: "Somebody Else" }), join(email.toUpperCase()), join(email)]);
  expect(await rowOf(email)).toEqual(first);
  expect([await subjects(email), await jobsOf(email)]).toEqual([[JOINED], 1]);
});

test("who has proven the address already is told by mail that they have a sign-in, and is not kept on the list", async () => {
  const ada = await registerVerified(server);
  await join(ada.email, { message: "again" });
  expect((await subjects(ada.email)).at(-1)).toBe("You already have a sign-in at Testproduct");
  expect(await rowOf(ada.email)).toBeNull();
});

test("a stranger who registered the address without proving it keeps its owner off no list", async () => {
  const squatter = await registerPerson(server);
  await join(squatter.email);
  expect((await subjects(squatter.email)).at(-1)).toBe(JOINED);
  expect(await rowOf(squatter.email)).not.toBeNull();
});

test("a program that fills in the field that nobody sees leaves nothing and mails nobody", async () => {
  const email = nextEmail();
  expect(await join(email, { website: "x" })).toMatchObject(RECEIVED);
  expect(await rowOf(email)).toBeNull();
  expect(await subjects(email)).toEqual([]);
});

test.each([
  ["no address", {}],
  ["what is none", { email: "ada" }],
  ["a name of two lines", { email: "ada@example.com", name: "Ada\nLovelace" }],
  ["a place of one's own choosing", { email: "ada@example.com", position: 1 }],
])("422: %s", async (_, body) => {
  expect(await server.request("POST", "/waitlist", { body })).toMatchObject({ status: 422, body: { code: "invalid_request" } });
});
test("400: what is no JSON; 403: what another site sends", async () => {
  expect(await server.request("POST", "/waitlist", { body: "{" })).toMatchObject({ status: 400 });
  const headers = { origin: "https://evil.example" };
  expect(await server.request("POST", "/waitlist", { body: { email: nextEmail() }, headers })).toMatchObject({
    body: { code: "cross_site_request" },
  });
});

test("429: one address joins three times a day, and one source twenty times an hour", async () => {
  const limited = await openTestServer({ beside: server, role: "api", env: { RATE_LIMIT_FACTOR: "1" } });
  const ask = (email: string, ip: string) => limited.request("POST", "/waitlist", { body: { email }, ip });
  const email = nextEmail();
  for (let time = 0; time < 3; time += 1) expect(await ask(email, `203.0.113.${time}`)).toMatchObject(RECEIVED);
  expect(await ask(email, "203.0.113.9")).toMatchObject({ status: 429, body: { code: "rate_limited" } });
  for (let time = 0; time < 20; time += 1) expect((await ask(nextEmail(), "203.0.113.77")).status).toBe(202);
  expect((await ask(nextEmail(), "203.0.113.77")).status).toBe(429);
  await limited.close();
});

test("who leaves by the mail's link is off the list with everything that they told, and the link is dead after", async () => {
  const email = nextEmail();
  await join(email, { name: "Katherine Johnson" });
  const token = await leaveTokenOf(email);
  expect((await server.request("GET", `/waitlist?leave=${token}`)).status).not.toBe(500);
  expect(await rowOf(email), "to look at the page consumes nothing").not.toBeNull();
  expect((await server.request("DELETE", `/waitlist/${token}`)).status).toBe(204);
  expect(await rowOf(email)).toBeNull();
  expect(await server.request("DELETE", `/waitlist/${token}`)).toMatchObject({ status: 404, body: { code: "waitlist_entry_not_found" } });
  const left = await server.database.query("select count(*)::int as n from waitlist_entries where name = 'Katherine Johnson'");
  expect(left).toEqual([{ n: 0 }]);
});

test.each(["x", "A".repeat(43), "A".repeat(44)])("404: a link that is none of ours: %s", async (token) => {
  expect(await server.request("DELETE", `/waitlist/${token}`)).toMatchObject({ status: 404, body: { code: "waitlist_entry_not_found" } });
  expect(await server.request("GET", `/waitlist/tickets/${token}`)).toMatchObject({
    status: 404,
    body: { code: "waitlist_ticket_not_found" },
  });
});

test("DELETE /me takes a person off the list, whether they came in from it or by another way", async () => {
  const email = nextEmail();
  await join(email);
  const ada = await registerVerified(server, { email });
  expect((await server.request("DELETE", "/me", { token: ada.accessToken, body: { password: ada.password } })).status).toBe(204);
  expect(await rowOf(email)).toBeNull();
});

test("who joins while the mail server is away hears of it once when it is back; who left meanwhile does not", async () => {
  const [stays, leaves] = [nextEmail(), nextEmail()];
  server.mailbox.pause();
  await join(stays);
  await join(leaves);
  await server.settle();
  await server.database.query("delete from waitlist_entries where email = $1", [leaves]);
  server.mailbox.resume();
  await server.database.query("update pgboss.job set start_after = now() where state = 'retry'");
  expect(await subjects(stays)).toEqual([JOINED]);
  expect(await subjects(leaves)).toEqual([]);
});

test("two processes mail each of fifty who join at once one time", async () => {
  const emails = Array.from({ length: 50 }, nextEmail);
  await Promise.all(emails.flatMap((email) => [join(email), other.request("POST", "/waitlist", { body: { email } })]));
  for (const email of emails) expect([await subjects(email), await jobsOf(email)]).toEqual([[JOINED], 1]);
});
