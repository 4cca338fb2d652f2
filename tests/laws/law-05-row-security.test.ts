import { openTestServer, type Person, registerMember, registerPerson, type TestServer } from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { resolutionFlow } from "@resolutionflow/api";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BOOKKEEPING, OF_NO_ACCOUNT, SEEN_BY_ACCOUNTS, UNIQUE_OVER_ALL, WITH_OWNERS_RIGHTS } from "./law-05/known-tables.ts";
import { treeBody } from "./tree-of-tests.ts";

let server: TestServer;
let ada: Person;
let grace: Person;
let login: pg.Client;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
  [ada, grace] = [await registerPerson(server), await registerPerson(server)];
  for (const person of [ada, grace]) await fillEveryTable(person);
  login = new pg.Client({ connectionString: server.database.serverUrl });
  await login.connect();
});
afterAll(async () => {
  await login.end();
  await server.close();
});

/** A row of each account-scoped table, so that a policy that lets one through is seen. */
async function fillEveryTable(person: Person): Promise<void> {
  await registerMember(server, person);
  const headers = { "idempotency-key": "the same for both" };
  const asPerson = { token: person.accessToken, headers };
  const tree = await server.request<{ id: string }>("POST", "/trees", { ...asPerson, body: treeBody() });
  expect(tree.status).toBe(201);
  expect((await server.request("POST", `/trees/${tree.body.id}/sessions`, asPerson)).status).toBe(201);
  const at = server.clock.now();
  await plantFacts(server, person.account.id, {
    trial: { plan: "pro", startsAt: at, endsAt: new Date(at.getTime() + 1) },
    grants: [{ plan: "pro", startsAt: at, until: null, reason: "a test" }],
    stripe: [
      {
        id: `sub_${person.account.id}`,
        status: "active",
        plan: "pro",
        currentPeriodEnd: null,
        cancelAtPeriodEnd: false,
        endsAt: null,
        trialEndsAt: null,
        collectionPaused: null,
        seats: 1,
        pastDueSince: null,
        changedAt: at,
      },
    ],
  });
  const id = person.account.id;
  for (const [into, values] of [
    ["billing_customers (account_id, customer_id, created_at)", `'cus_${id}', $2`],
    ["stripe_observations (account_id, id, subscription_id, ticket, cause, object, observed_at)", `$1, 'sub_1', 1, 'test', '{}', $2`],
    ["duplicate_subscriptions (account_id, id, kept_id, flagged_at)", "'sub_1', 'sub_2', $2"],
    ["billing_notices (account_id, key, kind, details, at)", "'a key', 'subscription_started', '{}', $2"],
    ["ownership_offers (account_id, id, offered_by, offered_to, role_after, created_at, expires_at)", "$1, $1, $1, 'admin', $2, $2"],
    [
      "guard_refusals (account_id, guard, reason, day, count, first_at, last_at)",
      "'a guard', 'a reason', $2::timestamptz::date, 1, $2, $2",
    ],
    ["account_feature_overrides (account_id, flag, value, reason, set_at)", "'copilot', 'true', 'a test', $2"],
    ["account_limit_overrides (account_id, limit_key, value, reason, set_at)", "'seats', 3, 'a test', $2"],
    ["trial_refusals (account_id, reason, at)", "'trial_used_by_person', $2"],
    ["account_deletions (account_id, id, requested_at, due_at, undone_at)", "$1, $2, $2, $2"],
    [
      "impersonations (account_id, id, operator_id, operator_session_id, as_user_id, reason, started_at, expires_at)",
      "$1, $1, $1, $1, 'a test', $2, $2",
    ],
  ] as const)
    await server.database.query(`insert into ${into} values ($1, ${values})`, [id, at]);
}

interface Table {
  readonly name: string;
  readonly enabled: boolean;
  readonly forced: boolean;
  readonly scoped: boolean;
  readonly is_part: boolean;
  readonly key: string[];
  readonly for_accounts: boolean;
}
const tables = () =>
  server.database.query<Table & pg.QueryResultRow>(`
    select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced, c.relispartition as is_part,
      exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'account_id' and not a.attisdropped) as scoped,
      array(select a.attname::text from pg_index i cross join lateral unnest(i.indkey) with ordinality k (num, position)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.num where i.indrelid = c.oid and i.indisprimary order by k.position) as key,
      exists (select 1 from pg_policy p join pg_roles r on r.oid = any (p.polroles) where p.polrelid = c.oid and r.rolname = 'gatehouse_app') as for_accounts
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`);
const own = async () => (await tables()).filter(({ name }) => !BOOKKEEPING.includes(name));
const scoped = async () => (await own()).filter(({ scoped: is, is_part }) => is && !is_part).map(({ name }) => name);

/** As the server does it: one transaction under the role of an account; rolled back. */
async function as(role: "gatehouse_app" | "gatehouse_system", accountId: string | null, text: string): Promise<pg.QueryResult> {
  await login.query("begin");
  try {
    await login.query(`set local role ${role}`);
    if (accountId !== null) await login.query(`set local app.account_id = '${accountId}'`);
    return await login.query(text);
  } finally {
    await login.query("rollback");
  }
}

test("every table has row security, and forces it on its owner too", async () => {
  const open = (await own()).filter(({ enabled, forced }) => !enabled || !forced).map(({ name }) => name);
  expect(open).toEqual([]);
});

test("every table is an account's or stands on the list of those that are not", async () => {
  const unplaced = (await own()).filter(({ name, scoped: is }) => !is && !(name in OF_NO_ACCOUNT)).map(({ name }) => name);
  expect(unplaced).toEqual([]);
  const gone = Object.keys(OF_NO_ACCOUNT);
  expect((await own()).filter(({ scoped: is }) => !is).map(({ name }) => name)).toEqual(gone.sort());
});

test("every table of accounts has a policy for them, and its key begins with the account", async () => {
  const wrong = (await own()).filter(
    ({ scoped: is, is_part, key, for_accounts }) => is && !is_part && (key[0] !== "account_id" || !for_accounts),
  );
  expect(wrong).toEqual([]);
});

test("every unique index of such a table holds the account, so that nobody learns from a violation what another has", async () => {
  const rows = await server.database.query(`
    select i.indexrelid::regclass::text as index from pg_index i join pg_class c on c.oid = i.indrelid
    where c.relnamespace = 'public'::regnamespace and i.indisunique
      and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'account_id')
      and not exists (select 1 from unnest(i.indkey) k (num) join pg_attribute a on a.attrelid = c.oid and a.attnum = k.num where a.attname = 'account_id')`);
  expect(rows.map((row) => row["index"])).toEqual(Object.keys(UNIQUE_OVER_ALL));
});

test("a reference between two tables of accounts names the account on both sides", async () => {
  const rows = await server.database.query(`
    select f.conrelid::regclass::text as "from", f.confrelid::regclass::text as "to" from pg_constraint f
    where f.contype = 'f' and (select count(distinct a.attrelid) from pg_attribute a where a.attrelid in (f.conrelid, f.confrelid) and a.attname = 'account_id')
      = cardinality(array(select distinct unnest(array[f.conrelid, f.confrelid])))
      and not (exists (select 1 from unnest(f.conkey) k (num) join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.num where a.attname = 'account_id')
        and exists (select 1 from unnest(f.confkey) k (num) join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.num where a.attname = 'account_id'))`);
  expect(rows).toEqual([]);
});

test("no view and no function looks past the policies, but the ones that are known", async () => {
  expect(
    await server.database.query("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')"),
  ).toEqual([]);
  const functions = await server.database.query<{ proname: string }>(
    "select proname::text from pg_proc where pronamespace = 'public'::regnamespace and prosecdef",
  );
  expect(functions.map(({ proname }) => proname)).toEqual(WITH_OWNERS_RIGHTS);
});

test("the server signs in as a role that owns nothing, inherits nothing and may step around nothing", async () => {
  const names = "('gatehouse_server', 'gatehouse_app', 'gatehouse_system')";
  const roles = await server.database.query(
    `select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolinherit, rolreplication from pg_roles where rolname in ${names}`,
  );
  expect(roles).toHaveLength(3);
  for (const role of roles) expect(Object.values(role).filter((right) => right === true)).toEqual([]);
  const owned = await server.database.query(`
    select relname as thing from pg_class join pg_roles r on r.oid = relowner where r.rolname in ${names}
    union all select proname from pg_proc join pg_roles r on r.oid = proowner where r.rolname in ${names}
    union all select nspname from pg_namespace join pg_roles r on r.oid = nspowner where r.rolname in ${names}`);
  expect(owned).toEqual([]);
  const [owner] = await server.database.query("select rolsuper, rolbypassrls from pg_roles where rolname = 'gatehouse_owner'");
  expect(owner).toEqual({ rolsuper: false, rolbypassrls: false });
});

test("before it takes a role, the server's login sees no table at all", async () => {
  for (const { name } of await own()) await expect(login.query(`select 1 from "${name}"`)).rejects.toThrow("permission denied");
});

test("a query that forgets the account returns nothing: with no account set, with an empty one, with another one", async () => {
  for (const name of await scoped()) {
    const rows = `select account_id from "${name}"`;
    expect((await as("gatehouse_app", null, rows)).rows, name).toEqual([]);
    expect((await as("gatehouse_app", "", rows)).rows, name).toEqual([]);
    expect((await as("gatehouse_app", "01890000-0000-7000-8000-000000000000", rows)).rows, name).toEqual([]);
    const seen = (await as("gatehouse_app", ada.account.id, rows)).rows;
    expect(new Set(seen.map((row) => row.account_id)), name).toEqual(new Set([ada.account.id]));
  }
});

test("through db.forAccount, what forgets the account finds only that account's rows", async () => {
  const found = (person: Person) =>
    server.app.db.forAccount(person.account.id, (tx) => tx.selectFrom("memberships").select(["account_id", "user_id"]).execute());
  expect(new Set((await found(ada)).map((row) => row.account_id))).toEqual(new Set([ada.account.id]));
  expect(await found(grace)).toHaveLength(2);
});

test("a rollback takes the account away with it, and so does the end of a transaction: a pooled connection carries nothing over", async () => {
  await as("gatehouse_app", ada.account.id, "select 1");
  expect((await as("gatehouse_app", null, "select 1 from trees")).rows).toEqual([]);
  await login.query(`begin; set local role gatehouse_app; set local app.account_id = '${ada.account.id}'; commit`);
  expect((await as("gatehouse_app", null, "select 1 from trees")).rows).toEqual([]);
  expect((await login.query("select current_user, nullif(current_setting('app.account_id', true), '') as account")).rows).toEqual([
    { current_user: "gatehouse_server", account: null },
  ]);
});

test("COPY gives no more than a query, and takes nothing in", async () => {
  for (const name of await scoped()) {
    expect((await as("gatehouse_app", null, `copy (select 1 from "${name}") to stdout`)).rowCount, name).toBe(0);
    await expect(as("gatehouse_app", ada.account.id, `copy "${name}" from stdin`), name).rejects.toThrow(
      /row-level security|permission denied/,
    );
  }
});

test("no row can be put into another account, nor moved there", async () => {
  for (const name of await scoped()) {
    const move = `update "${name}" set account_id = '${grace.account.id}'`;
    await expect(as("gatehouse_app", ada.account.id, move), name).rejects.toThrow(/violates row-level security|permission denied/);
    const columns = await columnsOf(name);
    const values = columns.map((column) => (column === "account_id" ? `'${grace.account.id}'` : column));
    const copy = `insert into "${name}" (${columns}) select ${values} from "${name}" limit 1`;
    await expect(as("gatehouse_app", ada.account.id, copy), name).rejects.toThrow(/violates row-level security|permission denied/);
  }
});

test("another account's rows cannot be deleted or changed, also not by their ids", async () => {
  for (const name of await scoped()) {
    for (const text of [`delete from "${name}"`, `update "${name}" set account_id = account_id`]) {
      const done = as("gatehouse_app", ada.account.id, `${text} where account_id = '${grace.account.id}'`).then(({ rowCount }) => rowCount);
      expect(await done.catch((error: Error) => (error.message.startsWith("permission denied") ? 0 : error.message)), text).toBe(0);
    }
  }
});

test("a row of an account that there is not is refused, by whoever writes it", async () => {
  const nowhere = "01890000-0000-7000-8000-000000000000";
  const text = `insert into memberships (account_id, id, user_id, role, created_at) values ('${nowhere}', '${nowhere}', '${ada.user.id}', 'owner', '2026-01-01')`;
  await expect(as("gatehouse_system", null, text)).rejects.toThrow("foreign key");
});

test("an account's role sees itself, its members and the catalogue, and nothing of what is a person's or the server's", async () => {
  for (const name of Object.keys(OF_NO_ACCOUNT)) {
    const asked = as("gatehouse_app", ada.account.id, `select 1 from "${name}"`);
    if (SEEN_BY_ACCOUNTS.includes(name)) await expect(asked, name).resolves.toBeDefined();
    else await expect(asked, name).rejects.toThrow("permission denied");
  }
  const { rows } = await as("gatehouse_app", ada.account.id, "select id from users");
  expect(rows).toHaveLength(2);
  expect(rows.map(({ id }) => id)).not.toContain(grace.user.id);
  expect((await as("gatehouse_app", ada.account.id, "select id from accounts")).rows).toEqual([{ id: ada.account.id }]);
});

test.each(["access_history", "audit_events"])(
  "what is appended is not changed, not taken away and not emptied, by either role: %s",
  async (name) => {
    for (const role of ["gatehouse_app", "gatehouse_system"] as const) {
      for (const text of [`update ${name} set account_id = account_id`, `delete from ${name}`, `truncate ${name}`]) {
        await expect(as(role, ada.account.id, text), `${role}: ${text}`).rejects.toThrow("permission denied");
      }
    }
  },
);

test("no role of the server may empty a table, nor reach a partition past its parent", async () => {
  for (const { name, is_part } of await own()) {
    await expect(as("gatehouse_system", null, `truncate "${name}"`), name).rejects.toThrow("permission denied");
    if (is_part) await expect(as("gatehouse_app", ada.account.id, `select 1 from "${name}"`), name).rejects.toThrow("permission denied");
  }
});

const columnsOf = async (table: string) =>
  (
    await server.database.query<{ name: string }>(
      "select attname::text as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped",
      [table],
    )
  ).map(({ name }) => name);
