import { nextEmail, openTestServer, type Person, registerVerified, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

const SALES = "sales@example.com";
let server: TestServer;
let limited: TestServer;
beforeAll(async () => {
  server = await openTestServer({ env: { SALES_EMAIL: SALES } });
  limited = await openTestServer({ env: { RATE_LIMIT_FACTOR: "1" } });
});
afterAll(async () => {
  await server.close();
  await limited.close();
});

const letter = (more: object = {}) => ({ name: "Grace Hopper", email: nextEmail(), message: "We are forty.\nCan you help?", ...more });
const send = (body: object, options: object = {}, to = server) => to.request("POST", "/sales-leads", { body, ...options });
const kept = (email: string, at = server) =>
  at.database.query(
    "select name, company, size, message, source, state, linked_account_id, linked_user_id from sales_leads where email = $1",
    [email],
  );
const RECEIVED = { status: 202, body: { status: "received" } };

test("what somebody without an account writes is kept to the letter, and is new", async () => {
  const body = letter({ company: "Engines", size: "11-50", source: "plan:enterprise", message: "<b>Hello</b> & more" });
  expect(await send(body)).toMatchObject(RECEIVED);
  const { name, company, size, message, source } = { company: null, ...body, size: "11-50", source: "plan:enterprise" };
  expect(await kept(body.email)).toEqual([
    { name, company, size, message, source, state: "new", linked_account_id: null, linked_user_id: null },
  ]);
});

test("who is signed in is linked, and one whose session has ended writes all the same", async () => {
  const ada: Person = await registerVerified(server);
  const [signedIn, ended] = [letter(), letter()];
  expect(await send(signedIn, { token: ada.accessToken })).toMatchObject(RECEIVED);
  expect(await kept(signedIn.email)).toMatchObject([{ linked_account_id: ada.account.id, linked_user_id: ada.user.id }]);
  await server.request("POST", "/auth/logout", { body: { refresh_token: ada.refreshToken } });
  expect(await send(ended, { token: ada.accessToken })).toMatchObject(RECEIVED);
  expect(await send(letter(), { token: "no token" })).toMatchObject(RECEIVED);
  expect(await kept(ended.email)).toMatchObject([{ linked_account_id: null, linked_user_id: null }]);
});

test("a program that fills the field that nobody sees is answered as everybody, and nothing is kept or mailed", async () => {
  const [honest, caught] = [letter({ website: "" }), letter({ website: "https://spam.example" })];
  const [answer, same] = [await send(honest), await send(caught)];
  expect([same.status, same.text]).toEqual([answer.status, answer.text]);
  expect(await kept(honest.email)).toHaveLength(1);
  expect(await kept(caught.email)).toEqual([]);
  expect(await server.mailsTo(caught.email)).toEqual([]);
});

test("sales is told who wrote and what; the sender is thanked without a word of theirs, for the address may be a stranger's", async () => {
  const body = letter({
    name: "Buy at evil.example",
    company: "evil.example",
    message: "Cheap pills: https://evil.example/pills",
    size: "51-200",
  });
  await send(body);
  const told = (await server.mailsTo(SALES)).filter(({ text }) => text.includes(body.email));
  expect(told).toHaveLength(1);
  for (const said of ["Name: Buy at evil example", "Size: 51-200", body.message]) expect(told[0]?.text).toContain(said);
  expect(told[0]?.subject).not.toMatch(/evil/);
  const thanks = await server.mailsTo(body.email);
  expect(thanks.map(({ subject }) => subject)).toEqual(["We have your message to Testproduct"]);
  expect(JSON.stringify(thanks)).not.toMatch(/evil|pills|Buy at|51-200/);
  expect(thanks[0]?.links).toEqual([]);
});

test("without SALES_EMAIL it is support that is told", async () => {
  const body = letter();
  await send(body, { ip: "203.0.113.40" }, limited);
  const mails = await limited.mailsTo(limited.app.config.supportEmail);
  expect(mails.filter(({ text }) => text.includes(body.email))).toHaveLength(1);
});

test("while mail is dark the message is kept, and told of when mail is there", async () => {
  const dark = await openTestServer({ beside: server, env: { SMTP_URL: "", SANDBOX: "off", SALES_EMAIL: SALES }, role: "api" });
  const body = letter();
  expect(await send(body, {}, dark)).toMatchObject(RECEIVED);
  await dark.close();
  expect(await kept(body.email)).toHaveLength(1);
  expect(await server.mailsTo(body.email)).toHaveLength(1);
});

test.each<[string, object, string]>([
  ["a name of two lines, which could be a header", { name: "Grace\r\nBcc: all@example.com" }, "body.name"],
  ["an address that is none", { email: "grace at example" }, "body.email"],
  ["an empty message", { message: " \n " }, "body.message"],
  ["a message with what a terminal obeys", { message: "\u001b[2J" }, "body.message"],
  ["a message that is too long", { message: "x".repeat(5001) }, "body.message"],
  ["a source that is no page or plan", { source: "https://evil.example" }, "body.source"],
  ["a field that is not declared", { phone: "1" }, "body"],
])("%s is refused, and says where", async (_, wrong, at) => {
  const answer = await send(letter(wrong));
  expect(answer).toMatchObject({ status: 422, body: { code: "invalid_request", problems: [{ at }] } });
});

test("a page of another site sends nothing in the name of who visits it", async () => {
  const body = letter();
  expect(await send(body, { origin: "https://evil.example" })).toMatchObject({ status: 403, body: { code: "cross_site_request" } });
  expect(await kept(body.email)).toEqual([]);
  expect(await send(body, { origin: new URL(server.app.config.baseUrl).origin })).toMatchObject(RECEIVED);
});

test("an address is written to five times a day, whoever asks for it; the sixth is refused and says how long", async () => {
  const body = letter();
  for (let index = 0; index < 5; index += 1) expect(await send(body, { ip: `203.0.113.${50 + index}` }, limited)).toMatchObject(RECEIVED);
  const sixth = await send({ ...body, email: body.email.toUpperCase() }, { ip: "203.0.113.60" }, limited);
  expect(sixth).toMatchObject({ status: 429, body: { code: "rate_limited" } });
  expect(sixth.headers["retry-after"]).toBe("86400");
  expect(await kept(body.email, limited)).toHaveLength(5);
});

test("a source writes twenty an hour, also when it falls into the trap", async () => {
  const ip = "203.0.113.70";
  for (let index = 0; index < 20; index += 1) expect(await send(letter({ website: "x" }), { ip }, limited)).toMatchObject(RECEIVED);
  expect((await send(letter(), { ip }, limited)).status).toBe(429);
  expect((await send(letter(), { ip: "203.0.113.71" }, limited)).status).toBe(202);
});
