import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerMember, registerPerson, type TestServer } from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";

interface Page {
  readonly items: { id: string; name: string; state: string; plan: string | null; owner_email: string | null }[];
  readonly next_cursor: string | null;
}
let server: TestServer;
let operator: Person;
let ada: Person;
let grace: Person;
beforeAll(async () => {
  server = await openTestServer();
  operator = await registerPerson(server, { email: "operator@staff.example", accountName: "Staff" });
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
  ada = await registerPerson(server, { email: "ada@engines.example", accountName: "Analytical Engines" });
  grace = await registerPerson(server, { email: "grace@navy.example", accountName: "Navy Compilers" });
});
afterAll(() => server.close());

const list = (search: Readonly<Record<string, string>>) =>
  server.request<Page>("GET", `/admin/accounts?${new URLSearchParams(search)}`, { token: operator.accessToken });
const found = async (search: Readonly<Record<string, string>>) => (await list(search)).body.items.map(({ name }) => name);

/** Every item of all pages, in their order. */
async function everything(search: Readonly<Record<string, string>>): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { status, body } = await list({ ...search, ...(cursor ? { cursor } : {}) });
    expect(status).toBe(200);
    expect(body.items.length).toBeLessThanOrEqual(Number(search["limit"] ?? 25));
    ids.push(...body.items.map(({ id }) => id));
    cursor = body.next_cursor;
  }
  return ids;
}

test("an account is found by its name's beginning, its slug, its id, a member's address and its customer at Stripe", async () => {
  await server.database.query("insert into billing_customers (account_id, customer_id, created_at) values ($1, 'cus_Ada1', $2)", [
    ada.account.id,
    server.clock.now(),
  ]);
  const member = await registerMember(server, ada);
  for (const query of ["analytical", "ANALYTICAL Eng", ada.account.slug, ada.account.id, "ada@eng", "ADA@engines.example", "cus_Ada1"])
    expect(await found({ query }), query).toEqual(["Analytical Engines"]);
  expect(await found({ query: member.email })).toEqual(["Analytical Engines"]);
  for (const query of ["nalytical", "cus_Ada", "zzz", "%", "_nalytical", "0192", ada.account.id.slice(0, -1)])
    expect(await found({ query }), query).toEqual([]);
});

test("what matches by name and by two addresses is there once, also over pages of one", async () => {
  const people: Person[] = [];
  for (const name of ["Hedy Radio", "Hedy Lamps", "Frequencies", "The Hedy of Hedys"])
    people.push(await registerPerson(server, { email: `hedy-${people.length}@radio.example`, accountName: name }));
  const [radio, lamps, frequencies, the] = people.map(({ account }) => account.id);
  await registerPerson(server, { email: "hedy-9@radio.example", accountName: "hedy's own" });
  // A second member of one, whose address begins so too.
  const [second] = await server.database.query<{ id: string }>("select id from users where email_normalised = 'hedy-9@radio.example'");
  await server.database.query("insert into memberships (account_id, id, user_id, role, created_at) values ($1, $2, $3, 'member', $4)", [
    frequencies,
    server.app.ids.next(),
    second?.id,
    server.clock.now(),
  ]);
  for (const limit of ["1", "2", "3", "100"]) {
    const ids = await everything({ query: "hedy", limit });
    expect(ids, limit).toHaveLength(5);
    expect(new Set(ids).size).toBe(5);
    // Names that begin so come before those with such a word, and names before addresses.
    expect(ids.slice(0, 2)).toEqual([lamps, radio]);
    expect(ids.slice(3)).toEqual([the, frequencies]);
  }
});

test("a word of a name finds it by its beginning, in any order, whatever its case and whatever stands between", async () => {
  const names = ["Vega Astral Observatories", "O'Vega & Sons", "vega-lyra/Orion", "Étoile ÉVEGA", "Lone\u00a0Vegabond", "La Vegaña 3Vega"];
  for (const [index, accountName] of names.entries()) await registerPerson(server, { email: `star-${index}@sky.example`, accountName });
  const [whole, neill, lyra, etoile, lone, la] = names;
  for (const [query, expected] of [
    ["VEGA", [whole, lyra, la, lone, neill]],
    ["observ", [whole]],
    ["observatories vega", [whole]],
    ["obs as", [whole]],
    ["obs xas", []],
    ["stral obs", []],
    ["sons, o'v", [neill]],
    ["orion", [lyra]],
    ["Lyra / Or", [lyra]],
    ["évega", [etoile]],
    ["vegaÑ", [la]],
    ["3v", [la]],
    ["vegab", [lone]],
    ["vega lone", [lone]],
    ["vegas", []],
  ] as const)
    expect(await found({ query }), query).toEqual(expected);
});

test.each(["'", "\\", "a' | 'b", "!a", "vega:*", "a & b", "(", "'':", "a:b", "<->", "a\\'", "%", "?"])(
  "nothing that is typed is taken for more than a word: %s",
  async (query) => expect(await list({ query })).toMatchObject({ status: 200 }),
);

test("the index of words serves the role that searches, under its policies", async () => {
  const plan = await server.app.db.asSystem("a test looks at a plan", async (tx) => {
    await sql`set local enable_seqscan = off`.execute(tx);
    return sql<
      Record<string, string>
    >`explain select id from accounts where account_words(name) @@ account_words_query(${"engines"})`.execute(tx);
  });
  expect(JSON.stringify(plan.rows)).toMatch(/Bitmap Index Scan on accounts_words.*Index Cond/);
});

test("without a query all are listed, the newest first, each once", async () => {
  const ids = await everything({ limit: "2" });
  const rows = await server.database.query<{ id: string }>("select id from accounts order by id desc");
  expect(ids).toEqual(rows.map(({ id }) => id));
});

test("a state is what the account comes to now, and chooses; the page says as whom to write", async () => {
  const now = server.clock.now();
  await plantFacts(server, grace.account.id, { grants: [{ plan: "team", startsAt: now, until: addDays(now, 3), reason: "a friend" }] });
  const { body } = await list({ state: "complimentary" });
  expect(body.items).toMatchObject([{ name: "Navy Compilers", state: "complimentary", plan: "team", owner_email: grace.email }]);
  expect(await found({ state: "complimentary", query: "analyt" })).toEqual([]);
  expect(await found({ state: "trialing", query: ada.account.id })).toEqual(["Analytical Engines"]);
  expect(await found({ state: "deleting" })).toEqual([]);
  const mary = await registerPerson(server, { accountName: "Somerville" });
  for (const [column, state] of [
    ["deleted_at", "deleting"],
    ["erased_at", "erased"],
  ] as const) {
    await server.database.query(`update accounts set ${column} = $2 where id = $1`, [mary.account.id, now]);
    expect(await found({ state }), state).toEqual(["Somerville"]);
    expect((await list({ query: "somer" })).body.items).toMatchObject([{ state }]);
  }
});

test("a state that few have ends a page early, and the pages together miss nobody", async () => {
  const now = server.clock.now();
  await server.database.query(
    `insert into accounts (id, name, slug, created_at, updated_at)
     select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Crowd ' || n || ' of Many', 'crowd-' || n, $1, $1
     from generate_series(1, 2600) n`,
    [now],
  );
  const rare = "00000000-0000-7000-8000-000000000007";
  await plantFacts(server, rare, { grants: [{ plan: "pro", startsAt: now, until: null, reason: "a friend" }] });
  for (const query of ["Crowd", "many"]) {
    const first = await list({ state: "complimentary", query });
    expect(first.body.next_cursor, query).not.toBeNull();
    expect(await everything({ state: "complimentary", query: query.toLowerCase() })).toEqual([rare]);
    // Page by page of one: the second begins behind it.
    expect(await everything({ state: "complimentary", query, limit: "1" })).toEqual([rare]);
  }
  expect(new Set(await everything({ query: "many", limit: "100" })).size).toBe(2600);
  await server.database.query("delete from complimentary_grants where account_id = $1", [rare]);
  await server.database.query("delete from accounts where name like 'Crowd %'");
});

test.each(["x", "AAAAAAAAAAAAAAAAAAAAAA", ".", "a.b", "w.", "w.x", "w", "%00"])(
  "a cursor that we did not make is refused: %s",
  async (cursor) => {
    expect(await list({ query: "a", cursor })).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  },
);

test("a state that there is not is refused, naming those that there are", async () => {
  const answer = await list({ state: "rich" });
  expect([answer.status, answer.text]).toEqual([422, expect.stringContaining("trialing")]);
});

test("people are found by the beginning of their address, page by page", async () => {
  const people = async (search: Readonly<Record<string, string>>) =>
    server.request<{ items: { email: string; accounts: { name: string; role: string }[] }[]; next_cursor: string | null }>(
      "GET",
      `/admin/users?${new URLSearchParams(search)}`,
      { token: operator.accessToken },
    );
  const { body } = await people({ query: "Grace@" });
  expect(body.items).toMatchObject([{ email: grace.email, accounts: [{ name: "Navy Compilers", role: "owner" }] }]);
  for (const name of ["c", "a", "d", "b"]) await registerPerson(server, { email: `mary-${name}@science.example` });
  const first = await people({ query: "mary-", limit: "3" });
  const second = await people({ query: "mary-", limit: "3", cursor: first.body.next_cursor ?? "" });
  expect([...first.body.items, ...second.body.items].map(({ email }) => email)).toEqual(
    ["a", "b", "c", "d"].map((name) => `mary-${name}@science.example`),
  );
  expect(second.body.next_cursor).toBeNull();
  expect((await people({ query: "" })).status).toBe(422);
});
