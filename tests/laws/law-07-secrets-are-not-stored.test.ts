import { createHash } from "node:crypto";
import { inviteFromWaitlist } from "@gatehouse/server/admin/invite-from-waitlist";
import {
  type Answer,
  invite,
  nextEmail,
  offerTo,
  openTestServer,
  type Request,
  type RequestOptions,
  type TestServer,
  tokenIn,
} from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

const SERVER_SECRET = "a server secret that nobody may ever read anywhere";
let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ env: { GATEHOUSE_SECRET: SERVER_SECRET } });
});
afterAll(() => server.close());

/** Every secret that was seen on the way in or out, with what it is. */
const secrets = new Map<string, string>([[SERVER_SECRET, "the server's secret"]]);
const refusals: Answer[] = [];
const SECRET_FIELDS = [
  "access_token",
  "refresh_token",
  "password",
  "current_password",
  "new_password",
  "token",
  "invite_token",
  "waitlist_token",
];

const remember = (fields: unknown): void => {
  for (const [name, value] of Object.entries(Object(fields))) {
    if (SECRET_FIELDS.includes(name) && typeof value === "string" && value.length >= 8 && !secrets.has(value)) secrets.set(value, name);
  }
};
/** As `server.request`, and every secret in it is remembered. */
const request: Request = async <Body>(method: string, path: string, options: RequestOptions = {}) => {
  remember(options.body);
  remember({ access_token: options.token });
  const answer = await server.request<Body>(method, path, options);
  remember(answer.body);
  for (const cookie of Object.values(answer.cookies)) if (cookie.value !== "") secrets.set(cookie.value, `cookie ${cookie.name}`);
  if (answer.status >= 400) refusals.push({ ...answer, body: {} });
  return answer;
};
const post = (path: string, body: unknown, more: RequestOptions = {}) => request("POST", path, { body, ...more });

async function newestToken(email: string): Promise<string> {
  const token = tokenIn(await server.mailTo(email));
  secrets.set(token, "token of a mail");
  return token;
}

/** Registers, verifies, signs in, refreshes, steals, resets, changes, invites, deletes; rightly and wrongly. */
async function liveAWholeLife(): Promise<void> {
  const email = nextEmail();
  const [first, second, third] = ["lantern-orbit-mosaic-22", "meadow-trumpet-violet-58", "harbour-pencil-walnut-73"];
  const { body: ada } = await post("/auth/register", { email, password: first, name: "Ada Lovelace", transport: "body" });
  const token = String(ada["access_token"]);
  await post("/auth/register", { email, password: second, name: "Ada Lovelace" });
  await post("/auth/register", { email: nextEmail(), password: "correct horse battery staple", name: 7, role: "owner" });
  await post("/auth/register", { email: nextEmail(), password: "password12345", name: "Ada" });
  await post("/auth/register", { email: "no address", password: "quartz-violin-saddle-90", name: "Ada" });
  await request("POST", "/auth/register", { body: `{"email":"${email}","password":"broken-json-password-1","name":` });
  await newestToken(email);
  await post("/auth/email/resend", { email });
  const verification = await newestToken(email);
  await request("GET", `/verify-email?token=${verification}`);
  await post("/auth/email/verify", { token: verification, password: "wrong-password-of-verify-1" });
  await post("/auth/email/verify", { token: verification }, { token });
  await post("/auth/email/verify", { token: verification });

  await post("/auth/login", { email, password: first });
  await post("/auth/login", { email, password: "wrong-password-of-login-1" });
  await post("/auth/login", { email: nextEmail(), password: "password-of-nobody-at-all-1" });
  const { cookies } = await post("/auth/login", { email, password: first });
  const cookie = Object.fromEntries(Object.entries(cookies).map(([name, { value }]) => [name, value]));
  await request("POST", "/auth/refresh", { cookies: cookie });
  server.clock.advanceSeconds(60);
  await request("POST", "/auth/refresh", { cookies: cookie });
  const refreshed = await post("/auth/refresh", { refresh_token: String(ada["refresh_token"]) });
  const fresh = String(refreshed.body["access_token"]);
  await request("GET", "/me", { token: `${fresh}x` });
  await request("GET", "/me", { token: fresh, headers: { cookie: `gatehouse_refresh=${String(refreshed.body["refresh_token"])}` } });

  await request("PATCH", "/me", { token: fresh, body: { name: "Ada King" }, headers: { "idempotency-key": "rename-1" } });
  await request("PATCH", "/me", { token: fresh, body: { name: "Ada King" }, headers: { "idempotency-key": "rename-1" } });
  await request("PATCH", "/me", { token: fresh, body: { name: "Ada" }, headers: { "idempotency-key": "rename-1" } });
  await post("/auth/password/change", { current_password: "wrong-password-of-change-1", new_password: second }, { token: fresh });
  await post("/auth/password/change", { current_password: first, new_password: second }, { token: fresh });
  // What was sent before has arrived: two mails that are sent at once arrive in any order.
  await server.settle();
  await post("/auth/password/forgot", { email });
  const reset = await newestToken(email);
  await request("GET", `/reset-password?token=${reset}`);
  await post("/auth/password/reset", { token: reset, password: "qwertyuiop12" });
  await post("/auth/password/reset", { token: reset, password: third });
  await post("/auth/password/reset", { token: reset, password: first });

  const again = await post("/auth/login", { email, password: third, transport: "body" });
  const person = again.body as unknown as Parameters<typeof invite>[1];
  const invited = nextEmail();
  const inviteToken = await invite(server, person, invited);
  await post("/auth/register", { email: nextEmail(), password: first, name: "Grace Hopper", invite_token: inviteToken });
  const member = await post("/auth/register", { email: invited, password: first, name: "Grace Hopper", invite_token: inviteToken });
  const leaving = { token: String(member.body["access_token"]), headers: { "idempotency-key": "leave-1" } };
  await request("DELETE", "/me", { ...leaving, body: { password: "wrong-password-of-delete-1" } });
  await request("DELETE", "/me", { ...leaving, body: { password: first } });
  await inviteSomebody(String(again.body["access_token"]), second);
  await waitToBeLetIn(second);
  await post("/auth/logout", { refresh_token: String(again.body["refresh_token"]) });
  await server.settle();
}

/** An invite by its link, followed rightly and wrongly, and accepted by somebody who has a sign-in. */
async function inviteSomebody(ownerToken: string, password: string): Promise<void> {
  const guest = nextEmail();
  await post("/accounts/me/invites", { email: guest }, { token: ownerToken });
  const link = await newestToken(guest);
  for (const path of [`/invites/${link}`, `/invites/${link}/`, `/invites/${link}/nothing`]) await request("GET", path);
  const joining = await post("/auth/register", { email: guest, password, name: "Katherine Johnson", transport: "body" });
  const asGuest = { token: String(joining.body["access_token"]) };
  await post(`/invites/${link}/accept`, { password: "wrong-password-of-accept-1" }, asGuest);
  await post(`/invites/${link}/accept`, { password, transport: "body" }, asGuest);
  await post(`/invites/${link}/accept`, { transport: "body" }, asGuest);
}

/** A place on the waitlist, left by its link; a ticket, followed rightly and wrongly; and a reminder to confirm an address. */
async function waitToBeLetIn(password: string): Promise<void> {
  const [leaving, coming] = [nextEmail(), nextEmail()];
  for (const email of [leaving, coming]) await post("/waitlist", { email, name: "Mary Jackson" });
  const leave = new URL((await server.mailTo(leaving)).links[0] ?? "").searchParams.get("leave") ?? "";
  secrets.set(leave, "token that leaves the waitlist");
  await request("GET", `/waitlist?leave=${leave}`);
  for (const path of [`/waitlist/${leave}`, `/waitlist/${leave}/nothing`, `/waitlist/${leave}`]) await request("DELETE", path);
  const by = { userId: null, origin: { ip: null, userAgent: "a test" } };
  await server.app.db.asSystem("a test invites", (tx) => inviteFromWaitlist(server.app, tx, by, { count: 1, reason: "a test" }));
  const ticket = await newestToken(coming);
  for (const path of [`/waitlist/tickets/${ticket}`, `/waitlist/tickets/${ticket}/`]) await request("GET", path);
  const body = { password, name: "Mary Jackson", waitlist_token: ticket };
  await post("/auth/register", { ...body, email: nextEmail() });
  await post("/auth/register", { ...body, email: coming });
  const { access_token: inside } = (await post("/auth/login", { email: coming, password, transport: "body" })).body;
  const guest = nextEmail();
  const { token } = await offerTo(server, guest, { plan: "pro", until: null });
  secrets.set(token, "token of a mail");
  for (const one of [ticket, token]) await post(`/waitlist/tickets/${one}/accept`, {}, { token: String(inside) });
  await post("/auth/register", { ...body, email: guest, waitlist_token: token });
  const unverified = nextEmail();
  await post("/auth/register", { password, name: "Hedy Lamarr", email: unverified });
  server.clock.advanceDays(3);
  await newestToken(unverified);
}

/** All that the database holds, a line a row: `table {"column": ...}`; bytes are written in hexadecimal. */
async function dump(): Promise<string[]> {
  const tables = await server.database.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'`,
  );
  const lines: string[] = [];
  for (const { name } of tables) {
    const rows = await server.database.query<{ row: string }>(`select to_jsonb(t)::text as row from ${name} t`);
    lines.push(...rows.map(({ row }) => `${name} ${row}`));
  }
  return lines;
}

const sha256 = (value: string): string => createHash("sha256").update(value).digest("hex");
/** The ways in which a secret can stand somewhere without being hashed. */
const spellings = (secret: string): string[] => [
  ...new Set([
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString("hex"),
    Buffer.from(secret).toString("base64").replace(/=+$/, ""),
    Buffer.from(secret).toString("base64url"),
    // The bytes that a token is the spelling of.
    ...(/^[\w-]{43}$/.test(secret) ? [Buffer.from(secret, "base64url").toString("hex")] : []),
  ]),
];
function expectNoSecretIn(lines: readonly string[]): void {
  const text = lines.join("\n");
  for (const [secret, what] of secrets) {
    for (const spelling of spellings(secret)) {
      const found = text.includes(spelling) ? lines.filter((line) => line.includes(spelling)) : [];
      expect(found, `${what} ${secret}, written as ${spelling}`).toEqual([]);
    }
  }
}

test("after a whole life no password, token or key is in the database, the log or a refusal; only hashes are", async () => {
  await liveAWholeLife();
  const [key] = await server.database.query<{ box: Buffer }>("select private_jwk_sealed as box from signing_keys");
  const privateKey: unknown = JSON.parse(server.app.secrets.open(key?.box ?? Buffer.alloc(0)));
  secrets.set(String(Object(privateKey)["d"]), "the private key");
  expect(secrets.size).toBeGreaterThan(30);
  const stored = await dump();
  expect(stored.length).toBeGreaterThan(40);

  expectNoSecretIn(stored);
  expectNoSecretIn(server.logLines());
  expect(refusals.length).toBeGreaterThan(12);
  expectNoSecretIn(refusals.map((refusal) => `${refusal.status} ${refusal.text} ${JSON.stringify(refusal.headers)}`));
  expectHashesOnly(stored);
});

/** Argon2id for passwords, in its one column; SHA-256 for tokens, which are too long to be guessed; nothing faster for a password. */
function expectHashesOnly(stored: readonly string[]): void {
  const argon2 = stored.filter((line) => line.includes("$argon2"));
  expect(argon2.length).toBeGreaterThan(0);
  for (const line of argon2) {
    expect(line).toMatch(/^users .*"password_hash": "\$argon2id\$v=19\$m=19456,t=2,p=1\$[^"]+"/);
    expect(line.split("$argon2")).toHaveLength(2);
  }
  const text = stored.join("\n");
  const ofKind = (kind: string) => [...secrets].filter(([, what]) => what === kind).map(([secret]) => secret);
  const tokens = ofKind("token of a mail");
  expect(tokens.length).toBeGreaterThanOrEqual(3);
  expect(tokens.filter((token) => !text.includes(sha256(token)))).toEqual([]);
  // The last one is what a request with an Idempotency-Key could be told apart by.
  const fast = (password: string) => [password, JSON.stringify({ password }), JSON.stringify([{}, {}, { password }])].map(sha256);
  for (const password of ofKind("password"))
    for (const hash of fast(password)) expect(text.includes(hash), `${password} as ${hash}`).toBe(false);
}

/** What the database says of a refused row may hold any column of it. */
const TABLES_OF_SIGN_UP = ["users", "sessions", "refresh_tokens", "email_verification_tokens", "audit_events", "pgboss.job"];
test.each(TABLES_OF_SIGN_UP)("an error of the database at %s tells no secret, to nobody", async (table) => {
  // A job under way could not be ended while its table refuses every row, and would be waited for by who comes next.
  await server.settle();
  const linesBefore = server.logLines().length;
  await server.database.query(`alter table ${table} add constraint planted check (false) not valid`);
  const body = { email: nextEmail(), password: "thimble-comet-barley-64", name: "Ada Lovelace", transport: "body" };
  const answer = await post("/auth/register", body).finally(() => server.database.query(`alter table ${table} drop constraint planted`));
  expect(answer).toMatchObject({ status: 500, body: { code: "internal_error" } });
  const lines = server.logLines().slice(linesBefore);
  expect(lines.some((line) => line.includes("planted"))).toBe(true);
  expectNoSecretIn([...lines, answer.text]);
  expect(lines.join("")).not.toContain("$argon2");
  expect(answer.text).not.toMatch(/planted|constraint|violates|select|insert/i);
});

const HOSTILE: [string, string][] = [
  ["a line of the log", 'x\r\n{"level":"fatal","message":"forged"}'],
  ["a line by Unicode's line separator", 'x\u2028{"level":"fatal","message":"forged"}'],
  ["commands of a terminal", "\u001b[2J\u001b]0;owned\u0007"],
  ["commands of a terminal in one byte", "\u009b2Jx"],
];
test.each(HOSTILE)("a user agent that holds %s stays within one record", async (_, userAgent) => {
  const linesBefore = server.logLines().length;
  const body = { email: nextEmail(), password: "thimble-comet-barley-64" };
  const headers = { "user-agent": userAgent };
  await post("/auth/register", { ...body, name: "Ada Lovelace" }, { headers });
  // The record of an error may hold the row that was refused.
  await server.database.query("alter table audit_events add constraint planted check (false) not valid");
  const failed = await post("/auth/login", body, { headers }).finally(() =>
    server.database.query("alter table audit_events drop constraint planted"),
  );
  expect(failed.status).toBe(500);
  const lines = server.logLines().slice(linesBefore);
  for (const line of lines) {
    expect(Object(JSON.parse(line))["message"]).not.toBe("forged");
    const controls = [...line.slice(0, -1)].filter((character) => isControl(character));
    expect(controls, line).toEqual([]);
  }
});

function isControl(character: string): boolean {
  const code = character.charCodeAt(0);
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029;
}
