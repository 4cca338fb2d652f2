import { createHash } from "node:crypto";
import { addDays } from "@gatehouse/core";
import {
  invite,
  nextEmail,
  openTestServer,
  type Person,
  readZip,
  registerMember,
  registerPerson,
  registerVerified,
  signIn,
  TEST_START,
  type TestServer,
  testProduct,
} from "@gatehouse/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { ExportPage } from "../platform/product-parts.ts";

const NO_PAGE: ExportPage = { files: [], records: 0, next: null };
/** What the product's section answers; a test puts its own in. */
let productPage: (after: string | null) => Promise<ExportPage>;
const product: typeof testProduct = {
  ...testProduct,
  exportSections: [{ name: "notes", folder: "notes", about: "what people noted", page: (_tx, _accountId, after) => productPage(after) }],
};

let server: TestServer;
let origin: string;
let ada: Person;
let grace: Person;
beforeAll(async () => {
  server = await openTestServer({ product });
  origin = await server.listen();
  ada = await registerVerified(server, { accountName: "Analytical Engines" });
  grace = await registerVerified(server, { name: "Grace Hopper", accountName: "Compilers" });
});
afterAll(() => server.close());
const noPage = () => Promise.resolve(NO_PAGE);
productPage = noPage;
afterEach(() => {
  productPage = noPage;
  server.clock.set(TEST_START);
});

/** Over a socket, as a browser would. */
const ask = (person: Person, init: RequestInit = {}): Promise<Response> =>
  fetch(`${origin}/api/v1/accounts/me/export`, { ...init, headers: { authorization: `Bearer ${person.accessToken}` } });

async function take(person: Person): Promise<ReadonlyMap<string, string>> {
  const answer = await ask(person);
  expect(answer.status).toBe(200);
  return readZip(Buffer.from(await answer.arrayBuffer()));
}
/** @throws Error when the file is not there, or is no JSON */
function json(files: ReadonlyMap<string, string>, path: string): unknown {
  const text = files.get(path);
  if (text === undefined) throw new Error(`${path} is not in ${[...files.keys()]}`);
  return JSON.parse(text);
}
const openTransactions = () =>
  server.database.query(
    "select query from pg_stat_activity where datname = current_database() and application_name = 'gatehouse' and xact_start is not null",
  );
/** A page that is filled up when the test says so. */
function heldPage() {
  const asked = Promise.withResolvers<void>();
  const page = Promise.withResolvers<ExportPage>();
  return { asked: asked.promise, page: page.promise, ask: asked.resolve, give: page.resolve };
}

test("the account has its members, invites and facts in it, and the manifest lists every file before it", async () => {
  const person = await registerVerified(server, { accountName: "Analytical Engines" });
  await invite(server, person, "lovelace+export@example.com");
  productPage = () => Promise.resolve({ files: [{ name: "one.md", text: "# One\n" }], records: 1, next: null });
  const files = await take(person);
  expect(json(files, "account.json")).toMatchObject({ id: person.account.id, name: "Analytical Engines" });
  expect(json(files, "members.json")).toMatchObject([{ user_id: person.user.id, email: person.email, role: "owner" }]);
  expect(json(files, "invites.json")).toMatchObject([{ email: "lovelace+export@example.com", role: "member", accepted_at: null }]);
  expect(json(files, "billing/trials.json")).toMatchObject([{ plan: "pro", starts_at: "2026-01-01T00:00:00.000Z" }]);
  expect(json(files, "access/access-history.json")).toEqual(expect.arrayContaining([expect.objectContaining({ kind: "trial" })]));
  expect(json(files, "audit/audit.json")).toEqual(expect.arrayContaining([expect.objectContaining({ actor_user_id: person.user.id })]));
  expect(files.get("notes/one.md")).toBe("# One\n");

  const paths = [...files.keys()];
  expect([paths[0], paths.at(-1)]).toEqual(["README.md", "MANIFEST.json"]);
  const listed = paths.slice(0, -1).map((path) => {
    const bytes = Buffer.from(files.get(path) ?? "");
    return { path, size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  });
  expect(json(files, "MANIFEST.json")).toMatchObject({
    account: { id: person.account.id },
    exported_at: server.clock.now().toISOString(),
    counts: { account: 1, members: 1, invites: 1, trials: 1, notes: 1 },
    files: listed,
  });
  for (const path of paths) if (path.endsWith(".json")) json(files, path);
});

test("it is a file to keep and not to cache, under a name that is safe", async () => {
  const answer = await ask(ada);
  await answer.arrayBuffer();
  expect(answer.headers.get("content-type")).toBe("application/zip");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.headers.get("content-disposition")).toMatch(/^attachment; filename="analytical-engines-[0-9a-f]{10}-2026-01-01\.zip"$/);
});

test("no secret is in it: no password, no token, no hash of one, and nothing of another account", async () => {
  const token = await invite(server, ada, nextEmail());
  await registerMember(server, ada, { role: "admin" });
  const hashes = await server.database.query<{ hash: string }>(
    "select encode(token_hash, 'hex') as hash from account_invites union select password_hash from users where password_hash is not null",
  );
  const everything = [...(await take(ada)).values()].join("\n");
  for (const secret of [token, ada.password, ada.accessToken, ada.refreshToken, ...hashes.map(({ hash }) => hash)]) {
    expect(everything).not.toContain(secret);
  }
  expect(everything).not.toMatch(/hash|"sha256:|argon2/i);
  for (const hers of [grace.account.id, grace.user.id, grace.email]) expect(everything).not.toContain(hers);
});

test("a product's names lead nowhere else, and two of one name are two files", async () => {
  const names = ["../../etc/passwd", "/etc/shadow", "con.md", "a\u202egnp.exe", "A.md", "a.md", "MANIFEST.json", "\r\nx: y"];
  productPage = () => Promise.resolve({ files: names.map((name) => ({ name, text: name })), records: names.length, next: null });
  const files = [...(await take(ada))].filter(([path]) => path.startsWith("notes/"));
  expect(files.map(([path]) => path)).toEqual([
    "notes/etc/passwd",
    "notes/etc/shadow",
    "notes/_con.md",
    "notes/a-gnp.exe",
    "notes/A.md",
    "notes/a-2.md",
    "notes/MANIFEST.json",
    "notes/x-y",
  ]);
  expect(files.map(([, text]) => text)).toEqual(names);
});

test("a long list goes on in further files, and every row is in it once", async () => {
  const person = await registerPerson(server);
  await server.database.query(
    `insert into audit_events (account_id, id, at, action, target_id, details)
     select $1, ('0192' || lpad(n::text, 4, '0') || '-0000-7000-8000-000000000000')::uuid, $2, 'test.done', n::text, '{}' from generate_series(1, 1200) n`,
    [person.account.id, server.clock.now()],
  );
  const files = await take(person);
  const read = ["audit/audit.json", "audit/audit-2.json", "audit/audit-3.json"].flatMap((path) => json(files, path));
  const targets = read.map((row) => Object(row)).filter(({ action }) => action === "test.done");
  expect(targets.map(({ target_id }) => Number(target_id))).toEqual(Array.from({ length: 1200 }, (_, index) => index + 1));
  expect(files.has("audit/audit-4.json")).toBe(false);
});

test("owners and admins have it; a member, a viewer and nobody do not", async () => {
  const [admin, member, viewer] = [
    await registerMember(server, ada, { role: "admin" }),
    await registerMember(server, ada, { role: "member" }),
    await registerMember(server, ada, { role: "viewer" }),
  ];
  expect((await take(admin)).has("account.json")).toBe(true);
  for (const { accessToken: token } of [member, viewer]) {
    const answer = await server.request("GET", "/accounts/me/export", { token });
    expect(answer).toMatchObject({ status: 403, body: { code: "permission_denied" } });
    expect(answer.headers["content-disposition"]).toBeUndefined();
  }
  expect((await server.request("GET", "/accounts/me/export")).status).toBe(401);
});

test("whoever is shut out of the product has it all the same: unverified, trial over, waiting to be erased", async () => {
  const person = await registerPerson(server);
  server.clock.advanceDays(40);
  const later = await signIn(server, person);
  expect((await server.request("GET", "/things", { token: later.accessToken })).status).toBe(403);
  await server.database.query(
    "insert into account_deletions (account_id, id, requested_by, requested_at, due_at) values ($1, $2, $3, $4, $5)",
    [person.account.id, server.app.ids.next(), person.user.id, server.clock.now(), addDays(server.clock.now(), 14)],
  );
  await server.database.query("update accounts set deleted_at = $2 where id = $1", [person.account.id, server.clock.now()]);
  const files = await take(later);
  expect(json(files, "deletions.json")).toMatchObject([{ requested_by: person.user.id, undone_at: null }]);
});

test("a client that goes away ends the reading, and holds no connection and no turn", async () => {
  const held = heldPage();
  let pages = 0;
  productPage = (after) => {
    pages += 1;
    if (after === null) return Promise.resolve({ files: [{ name: "a", text: "a" }], records: 1, next: "more" });
    held.ask();
    return held.page;
  };
  const leaving = new AbortController();
  const answer = await ask(grace, { signal: leaving.signal });
  await held.asked;
  leaving.abort();
  await expect(answer.arrayBuffer()).rejects.toThrow();
  held.give({ files: [{ name: "b", text: "b" }], records: 1, next: "even more" });
  const over = () => server.logLines().filter((line) => line.includes("export is over") && line.includes(grace.account.id));
  await expect.poll(() => over().at(-1)).toContain('"is_whole":false');
  await expect.poll(openTransactions).toEqual([]);
  expect(pages).toBe(2);
  productPage = noPage;
  await Promise.all([take(grace), take(grace)]);
});

test("while a page waits to be read, no transaction is open", async () => {
  // Far more than the socket takes in while nobody reads.
  const large = Array.from({ length: 3000 }, (_, part) => createHash("sha512").update(`${part}`).digest("base64")).join("");
  let pages = 0;
  productPage = (after) => {
    pages = Number(after) + 1;
    return Promise.resolve({ files: [{ name: `${pages}`, text: large }], records: 1, next: pages < 200 ? `${pages}` : null });
  };
  const answer = await ask(ada);
  const body = answer.body?.getReader();
  await body?.read();
  // It has stopped when nothing more was read between two looks.
  const looks: number[] = [];
  const isStill = (): boolean => looks.push(pages) > 1 && pages > 0 && looks.at(-1) === looks.at(-2);
  await expect.poll(isStill, { interval: 200 }).toBe(true);
  expect(pages).toBeLessThan(200);
  expect(await openTransactions()).toEqual([]);
  await body?.cancel();
});

test("two run at once; a third is told to wait, and another account is not", async () => {
  const held = heldPage();
  productPage = () => held.page;
  const first = [await ask(ada), await ask(ada)];
  const third = await server.request("GET", "/accounts/me/export", { token: ada.accessToken });
  expect(third).toMatchObject({ status: 429, body: { code: "rate_limited" }, headers: { "retry-after": "30" } });
  const others = await ask(grace);
  held.give(NO_PAGE);
  for (const answer of [...first, others]) expect((await readZip(Buffer.from(await answer.arrayBuffer()))).size).toBeGreaterThan(9);
  expect((await take(ada)).size).toBeGreaterThan(9);
});

test("somebody who is removed while they download gets no further page", async () => {
  const admin = await registerMember(server, grace, { role: "admin" });
  const held = heldPage();
  productPage = (after) => {
    if (after !== null) return Promise.resolve(NO_PAGE);
    held.ask();
    return held.page;
  };
  const answer = await ask(admin);
  await held.asked;
  await server.database.query("delete from memberships where account_id = $1 and user_id = $2", [grace.account.id, admin.user.id]);
  held.give({ files: [], records: 0, next: "more" });
  await expect(answer.arrayBuffer()).rejects.toThrow();
});

test("a part that cannot be read breaks the download off, so that nobody takes it for whole", async () => {
  productPage = () => Promise.reject(new Error("a part cannot be read"));
  const answer = await ask(ada);
  expect(answer.status).toBe(200);
  await expect(answer.arrayBuffer()).rejects.toThrow();
  expect(server.logLines().some((line) => line.includes("broke off") && line.includes("a part cannot be read"))).toBe(true);
});

test("only asking what it would be reads nothing", async () => {
  let pages = 0;
  productPage = () => {
    pages += 1;
    return Promise.resolve(NO_PAGE);
  };
  const answer = await ask(ada, { method: "HEAD" });
  expect([answer.status, answer.headers.get("content-type"), (await answer.arrayBuffer()).byteLength]).toEqual([200, "application/zip", 0]);
  await Promise.all([take(ada), take(ada)]);
  expect(pages).toBe(2);
});
