import { nextEmail, openTestServer, type Person, registerMember, registerVerified, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { moveLead } from "../sales/move-lead.ts";

let server: TestServer;
let operator: Person;
let customer: Person;
beforeAll(async () => {
  server = await openTestServer({ at: new Date(Date.UTC(2026, 0, 1)) });
  operator = await registerVerified(server, { name: "Katherine Johnson" });
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
  customer = await registerVerified(server);
});
afterAll(() => server.close());

interface Lead {
  readonly id: string;
  readonly state: string;
  readonly version: number;
  readonly email: string | null;
  readonly account_id: string | null;
}
const ask = <Body = Record<string, unknown>>(method: string, path: string, body?: object, by = operator) =>
  server.request<Body>(method, `/admin/leads${path}`, { token: by.accessToken, ...(body ? { body } : {}) });
const list = async (query: string) => (await ask<{ items: Lead[]; next_cursor: string | null }>("GET", query)).body;

async function write(more: object = {}, by?: Person): Promise<Lead> {
  const email = nextEmail();
  const body = { name: "Grace Hopper", email, message: "Hello", ...more };
  await server.request("POST", "/sales-leads", { body, ...(by ? { token: by.accessToken } : {}) });
  const [row] = await server.database.query<{ id: string }>("select id from sales_leads order by id desc limit 1");
  return (await ask<{ lead: Lead }>("GET", `/${row?.id}`)).body.lead;
}
const move = (lead: Lead, state: string, version = lead.version) => ask<Lead>("PATCH", `/${lead.id}`, { state, version, reason: "a test" });
const trail = (leadId: string) =>
  server.database.query("select account_id, actor_user_id, action, details from audit_events where target_id = $1 order by id", [leadId]);
const NO_ACCOUNT = "00000000-0000-0000-0000-000000000000";
const NOBODYS = "01890000-0000-7000-8000-000000000000";

test("leads are read page by page, newest first, and none is skipped or told twice", async () => {
  const written: string[] = [];
  for (let index = 0; index < 5; index += 1) written.unshift((await write({ company: "Paged Engines" })).id);
  const read: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: Lead[]; next_cursor: string | null } = await list(
      `?query=paged&limit=2${cursor === null ? "" : `&cursor=${cursor}`}`,
    );
    read.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(read).toEqual(written);
});

test("they are found by a part of name, address or company in any case, and by state; what looks like a pattern is none", async () => {
  const lead = await write({ name: "Hedy 100%_Lamarr", company: "Frequencies" });
  const found = async (query: string) => (await list(`?query=${encodeURIComponent(query)}`)).items.map(({ id }) => id);
  for (const part of ["hedy", "FREQ", "100%_L", lead.email ?? ""]) expect(await found(part), part).toEqual([lead.id]);
  for (const part of ["h%y", "hed_", "lamarr\nfreq"]) expect(await found(part).catch(() => []), part).toEqual([]);
  await move(lead, "lost");
  expect((await list("?state=lost&query=hedy")).items.map(({ id }) => id)).toEqual([lead.id]);
  expect((await list("?state=new&query=hedy")).items).toEqual([]);
  expect((await ask("GET", "?state=old")).status).toBe(422);
  expect((await ask("GET", "?cursor=nonsense")).status).toBe(422);
});

test("a lead is moved by who read it last, and the audit keeps who and why, out of the customer's sight", async () => {
  const lead = await write({}, customer);
  const answer = await move(lead, "contacted");
  expect(answer).toMatchObject({ status: 200, body: { state: "contacted", version: 2, next_states: ["qualified", "won", "lost"] } });
  expect(await trail(lead.id)).toEqual([
    {
      account_id: NO_ACCOUNT,
      actor_user_id: operator.user.id,
      action: "lead.moved",
      details: { from: "new", to: "contacted", reason: "a test" },
    },
  ]);
  expect(await move(lead, "contacted", 2)).toMatchObject({ status: 200, body: { version: 2 } });
  expect(await trail(lead.id)).toHaveLength(1);
});

test("of two operators who move one lead at once, the second waits for the first, and is told of the newer version", async () => {
  const lead = await write();
  const waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  let second: ReturnType<typeof move> | null = null;
  await server.app.db.asSystem("a test is the first", async (tx) => {
    const by = { userId: operator.user.id, origin: { ip: null, userAgent: null } };
    await moveLead(server.app, tx, by, lead.id, { state: "contacted", version: 1, reason: "a test" });
    second = move(lead, "lost");
    await expect.poll(() => server.database.query(waiting)).toHaveLength(1);
  });
  expect(await second).toMatchObject({ status: 409, body: { code: "edited_meanwhile", version: 2, state: "contacted" } });
  expect((await ask<{ lead: Lead }>("GET", `/${lead.id}`)).body.lead).toMatchObject({ state: "contacted", version: 2 });
});

test("a lead does not go where none goes, and is told where it can", async () => {
  const lead = await write();
  await move(lead, "lost");
  expect(await move(lead, "won", 2)).toMatchObject({
    status: 409,
    body: { code: "lead_state_unreachable", reachable: ["contacted", "qualified"] },
  });
  expect((await ask("PATCH", `/${lead.id}`, { state: "contacted", version: 2 })).status, "without a reason").toBe(422);
});

test("notes say who and when, the newest first", async () => {
  const lead = await write();
  expect((await ask("POST", `/${lead.id}/notes`, { text: "called" })).status).toBe(201);
  expect((await ask("POST", `/${lead.id}/notes`, { text: "called again\nnobody there" })).status).toBe(201);
  const { body } = await ask<{ notes: object[] }>("GET", `/${lead.id}`);
  expect(body.notes).toMatchObject([
    { by: operator.user.id, at: "2026-01-01T00:00:00.000Z", text: "called again\nnobody there" },
    { text: "called" },
  ]);
  expect((await trail(lead.id)).map(({ action }) => action)).toEqual(["lead.noted", "lead.noted"]);
  expect((await ask("POST", `/${lead.id}/notes`, { text: " " })).status).toBe(422);
});

test("the same request with the same key notes once", async () => {
  const lead = await write();
  const note = () =>
    server.request("POST", `/admin/leads/${lead.id}/notes`, {
      token: operator.accessToken,
      headers: { "idempotency-key": `note ${lead.id}` },
      body: { text: "once" },
    });
  const [first, again] = [await note(), await note()];
  expect([again.status, again.text]).toEqual([201, first.text]);
  expect((await ask<{ notes: object[] }>("GET", `/${lead.id}`)).body.notes).toHaveLength(1);
});

test("whoever is no operator finds none of it, whatever their role", async () => {
  const lead = await write({}, customer);
  const member = await registerMember(server, customer);
  for (const by of [customer, member]) {
    for (const [method, path, body] of [
      ["GET", ""],
      ["GET", "/export"],
      ["GET", `/${lead.id}`],
      ["PATCH", `/${lead.id}`, { state: "won", version: 1, reason: "mine" }],
      ["POST", `/${lead.id}/notes`, { text: "mine" }],
      ["POST", `/${lead.id}/convert`, { plan: "pro", until: null, reason: "mine" }],
    ] as const) {
      expect(await ask(method, path, body, by), `${method} ${path}`).toMatchObject({ status: 404, body: { code: "route_not_found" } });
    }
  }
  expect((await server.request("GET", "/admin/leads")).status).toBe(401);
  expect((await ask<{ lead: Lead }>("GET", `/${lead.id}`)).body.lead).toMatchObject({ state: "new", version: 1 });
});

test("a lead that is not there is not found, whatever is asked of it", async () => {
  for (const id of [NOBODYS, "no-id"]) {
    expect(await ask("GET", `/${id}`)).toMatchObject({ status: 404, body: { code: "lead_not_found" } });
    expect((await ask("PATCH", `/${id}`, { state: "won", version: 1, reason: "x" })).status).toBe(404);
    expect((await ask("POST", `/${id}/notes`, { text: "x" })).status).toBe(404);
    expect((await ask("POST", `/${id}/convert`, { plan: "pro", until: null, reason: "x" })).status).toBe(404);
  }
});

test("the export has every lead once, over many pages, and no cell that a spreadsheet runs", async () => {
  const evil = await write({ name: "=1+1", company: "+cmd", message: '@SUM(A1)\n"quoted", and more' });
  await server.database.query(
    `insert into sales_leads (id, name, email, state, created_at, updated_at)
     select ('01890000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Bulk', 'bulk-' || n || '@example.com', 'lost', $1, $1 from generate_series(1, 1100) n`,
    [server.clock.now()],
  );
  const answer = await ask("GET", "/export");
  expect(answer.headers).toMatchObject({
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": 'attachment; filename="leads-2026-01-01.csv"',
  });
  const [count] = await server.database.query<{ n: number }>("select count(*)::int as n from sales_leads");
  const ids = [...answer.text.matchAll(/^"([0-9a-f-]{36})",/gm)].map(([, id]) => id);
  expect(ids).toHaveLength(count?.n ?? 0);
  expect(new Set(ids).size).toBe(ids.length);
  expect(answer.text).toContain(
    `"${evil.id}","2026-01-01T00:00:00.000Z","new","'=1+1","${evil.email}","'+cmd","","","'@SUM(A1)\n""quoted"", and more"`,
  );
  expect(answer.text).not.toMatch(/"[=+@-]/);
  const some = (await ask("GET", "/export?state=lost&query=bulk-7%40")).text;
  expect(some.split("\r\n")).toHaveLength(3);
});
