import { type Answer, nextEmail, openTestServer, registerPerson, registerVerified, type TestServer, tokenIn } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const resend = (email: unknown) => server.request("POST", "/auth/email/resend", { body: { email } });
const forgot = (email: unknown) => server.request("POST", "/auth/password/forgot", { body: { email } });
/** All that a stranger sees, but for what differs between any two requests. */
const seen = ({ status, text, headers, cookies }: Answer) => ({
  status,
  text,
  cookies,
  headers: { ...headers, "x-request-id": "", date: "" },
});

test("asking for a link is answered the same for a user, a verified one, a deleted one and a stranger", async () => {
  const [person, verified, deleted] = [await registerPerson(server), await registerVerified(server), await registerPerson(server)];
  await server.request("DELETE", "/me", { token: deleted.accessToken, body: { password: deleted.password } });
  const addresses = [person.email, person.email.toUpperCase(), verified.email, deleted.email, nextEmail()];
  for (const ask of [resend, forgot]) {
    const answers = [];
    for (const address of addresses) answers.push(await ask(address));
    for (const answer of answers) expect(seen(answer)).toEqual(seen(answers[0] ?? answer));
    expect(answers[0]).toMatchObject({ status: 202, body: { status: "check_your_email" } });
  }
});

test("asking for a link does the same work for everyone: one job with the typed address, and no look at who has it", async () => {
  const person = await registerPerson(server);
  const stranger = nextEmail();
  await server.settle();
  const jobsWith = async (address: string) =>
    server.database.query(
      "select (data->'data') - 'email' as data from pgboss.job where data->'data'->>'email' = $1 order by data->>'name'",
      [address],
    );
  for (const address of [person.email, stranger]) {
    await forgot(address);
    await resend(address);
  }
  expect(await jobsWith(person.email)).toHaveLength(2);
  expect(await jobsWith(person.email)).toEqual(await jobsWith(stranger));
});

test("a stranger's address, a deleted one and a verified one get no verification mail", async () => {
  const verified = await registerVerified(server);
  const deleted = await registerPerson(server);
  await server.request("DELETE", "/me", { token: deleted.accessToken, body: { password: deleted.password } });
  const stranger = nextEmail();
  const counts = async () => Promise.all([stranger, verified.email, deleted.email].map(async (to) => (await server.mailsTo(to)).length));
  const before = await counts();
  for (const email of [stranger, verified.email, deleted.email]) await resend(email);
  expect(await counts()).toEqual(before);
  await forgot(stranger);
  await forgot(deleted.email);
  expect(await counts()).toEqual(before);
});

test("the link goes to the address as it was registered, not as somebody typed it", async () => {
  const person = await registerPerson(server, { email: `Grace.${nextEmail()}` });
  await forgot(person.email.toUpperCase());
  const mail = await server.mailTo(person.email);
  expect(mail.to).toEqual([person.email]);
  expect(mail.links.find((link) => link.includes("token="))).toMatch(
    /^http:\/\/gatehouse\.localhost:4000\/reset-password\?token=[\w-]{43}$/,
  );
});

test("the answer does not wait for the mail: with the mail server away it is the same, and the mail comes later", async () => {
  const person = await registerPerson(server);
  await server.settle();
  server.mailbox.pause();
  expect((await forgot(person.email)).status).toBe(202);
  await server.settle();
  const waiting = await server.database.query("select id from pgboss.job where state = 'retry' and data->>'name' = 'mail.reset_password'");
  expect(waiting).toHaveLength(1);
  server.mailbox.resume();
  await server.database.query("update pgboss.job set start_after = now() where state = 'retry'");
  // Any new job wakes the worker, which else looks every few seconds.
  await forgot(nextEmail());
  expect(tokenIn(await server.mailTo(person.email))).toMatch(/^[\w-]{43}$/);
});

test("a link that was asked for twice is mailed twice, each mail once", async () => {
  const person = await registerPerson(server);
  await resend(person.email);
  await resend(person.email);
  const mails = await server.mailsTo(person.email);
  expect(mails).toHaveLength(3);
  expect(new Set(mails.map((mail) => mail.message_id)).size).toBe(3);
  expect(new Set(mails.map(tokenIn)).size).toBe(3);
});

test("what is no address is refused, and nothing is queued", async () => {
  const count = () => server.database.query("select count(*) as n from pgboss.job");
  // What other tests asked for makes jobs of its own while it is worked off.
  await server.settle();
  const before = await count();
  for (const email of [
    "",
    "ada",
    "ada@example.com\r\nBcc: eve@example.com",
    "ada@example.com,eve@example.com",
    ["ada@example.com"],
    null,
    5,
  ]) {
    expect(await forgot(email)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
    expect(await resend(email)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  }
  expect(await count()).toEqual(before);
});

test("where mail is not set up, asking for one says so, and the rest works", async () => {
  const dark = await openTestServer({ beside: server, role: "api", env: { SMTP_URL: "" } });
  const body = { email: nextEmail() };
  for (const path of ["/auth/email/resend", "/auth/password/forgot"]) {
    expect(await dark.request("POST", path, { body })).toMatchObject({ status: 503, body: { code: "mail_not_configured" } });
  }
  const person = await registerPerson(dark);
  expect((await dark.request("GET", "/me", { token: person.accessToken })).status).toBe(200);
  await dark.close();
});

test("no job and no row holds a token that a mail carries", async () => {
  const person = await registerPerson(server);
  const verification = tokenIn(await server.mailTo(person.email));
  await forgot(person.email);
  const reset = tokenIn(await server.mailTo(person.email));
  const rows = await server.database.query(
    `select j::text as row from pgboss.job j union all select t::text from email_verification_tokens t
     union all select t::text from password_reset_tokens t union all select a::text from audit_events a`,
  );
  const stored = rows.map((row) => row["row"]).join("\n");
  for (const token of [verification, reset]) {
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(Buffer.from(token).toString("hex"));
    expect(stored).not.toContain(Buffer.from(token, "base64url").toString("hex"));
    expect(server.logLines().join("")).not.toContain(token);
  }
});
