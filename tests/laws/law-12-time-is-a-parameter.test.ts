import { addDays } from "@gatehouse/core";
import {
  invite,
  nextEmail,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  signIn,
  type TestServer,
  tokenIn,
} from "@gatehouse/testkit";
import { resolutionFlow } from "@resolutionflow/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { treeBody } from "./tree-of-tests.ts";

/** Far from any day on which this runs, and with milliseconds that a system clock would not hit. */
const THEN = new Date("2031-06-15T12:34:56.789Z");
const LATER = new Date("2031-06-15T13:35:57.123Z");
let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow, at: THEN, env: { RATE_LIMIT_FACTOR: "1000" } });
  await live(await registerVerified(server));
});
afterAll(() => server.close());

/** Something of everything that writes. */
async function live(person: Person): Promise<void> {
  const { accessToken: token } = person;
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await server.request(method, path, { token, body, headers: { "idempotency-key": `${method} ${path}` } });
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
    return answer;
  };
  const tree = await call("POST", "/trees", treeBody());
  await call("PUT", `/trees/${tree.body["id"]}`, { version: 1, ...treeBody("Edited") });
  const run = await call("POST", `/trees/${tree.body["id"]}/sessions`);
  await call("POST", `/sessions/${run.body["id"]}/steps`, { step: 0, answer: "No" });
  await call("POST", `/sessions/${run.body["id"]}/end`, { outcome: "abandoned" });
  await call("PATCH", "/me", { name: "Grace Hopper" });
  const member = await registerMember(server, person);
  await invite(server, person, nextEmail());
  await server.request("POST", "/auth/login", { body: { email: person.email, password: "wrong" } });
  const device = await signIn(server, person);
  await call("POST", "/auth/refresh", { refresh_token: device.refreshToken });
  await call("POST", "/auth/password/forgot", { email: member.email });
  const reset = { token: tokenIn(await server.mailTo(member.email)), password: "another-lantern-orbits-22" };
  await call("POST", "/auth/password/reset", reset);
  await call("POST", "/auth/password/change", { current_password: person.password, new_password: "yet-another-lantern-22" });
  const leaver = await registerPerson(server);
  await server.request("DELETE", "/me", { token: leaver.accessToken, body: { password: leaver.password } });
  await server.settle();
}

interface Stored {
  readonly place: string;
  readonly at: Date;
}
/** Every instant that is stored, in every table of ours (the queue's own run on the database's clock). */
async function everyInstant(): Promise<Stored[]> {
  const columns = await server.database.query<{ table: string; column: string }>(`
    select c.relname as table, a.attname as column from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.atttypid = 'timestamptz'::regtype`);
  const stored: Stored[] = [];
  for (const { table, column } of columns) {
    const rows = await server.database.query<{ at: Date }>(`select distinct ${column} as at from ${table} where ${column} is not null`);
    stored.push(...rows.map(({ at }) => ({ place: `${table}.${column}`, at })));
  }
  return stored;
}
/** The calendar month in UTC in which the clock stands. */
const MONTH = Date.UTC(2031, 5, 1);
const A_PERIOD = /^usage_counters\.period_start$/;
/** When something ends: the clock's time and a whole number of minutes, hours or days. */
const AN_END = /\.(expires_at|ends_at|retires_at|window_ends_at|due_at)$/;

test("every instant that is stored is the clock's, or an end counted from it", async () => {
  server.clock.set(THEN);
  const stored = await everyInstant();
  const places = new Set(stored.map(({ place }) => place));
  expect([...places]).toEqual(
    expect.arrayContaining([
      "users.created_at",
      "sessions.last_seen_at",
      "audit_events.at",
      "trees.updated_at",
      "tree_sessions.ended_at",
      "access_history.valid_from",
    ]),
  );
  const moments = [THEN.getTime(), LATER.getTime()];
  const strange = stored.filter(({ place, at }) =>
    A_PERIOD.test(place)
      ? at.getTime() !== MONTH
      : AN_END.test(place)
        ? !moments.some((from) => at.getTime() > from && (at.getTime() - from) % 60_000 === 0)
        : !moments.includes(at.getTime()),
  );
  expect(strange).toEqual([]);
});

test("ids that carry a time carry the clock's", async () => {
  const columns = await server.database.query<{ table: string; column: string }>(`
    select c.relname as table, a.attname as column from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.atttypid = 'uuid'::regtype`);
  expect(columns.length).toBeGreaterThan(20);
  for (const { table, column } of columns) {
    const rows = await server.database.query<{ id: string }>(`select distinct ${column} as id from ${table} where ${column} is not null`);
    for (const { id } of rows) {
      if (/^[0-]+$/.test(id)) continue;
      const milliseconds = Number.parseInt(id.replace("-", "").slice(0, 12), 16);
      expect([THEN.getTime(), LATER.getTime()], `${table}.${column} ${id}`).toContain(milliseconds);
    }
  }
});

test("when the clock is moved, what happens then is stored with the new time", async () => {
  server.clock.set(LATER);
  const person = await registerPerson(server);
  await server.settle();
  expect(await server.database.query("select created_at, updated_at from users where id = $1", [person.user.id])).toEqual([
    { created_at: LATER, updated_at: LATER },
  ]);
  expect(await server.database.query("select starts_at, ends_at from trials where account_id = $1", [person.account.id])).toEqual([
    { starts_at: LATER, ends_at: addDays(LATER, 14) },
  ]);
  server.clock.set(THEN);
});

test("tokens are issued, and logs and mails are dated, by the clock", async () => {
  server.clock.set(THEN);
  const person = await registerPerson(server);
  const claims: { iat: number; exp: number } = JSON.parse(Buffer.from(person.accessToken.split(".")[1] ?? "", "base64url").toString());
  expect(claims).toMatchObject({ iat: Math.floor(THEN.getTime() / 1000), exp: Math.floor(THEN.getTime() / 1000) + 600 });
  const mail = await server.mailTo(person.email);
  expect(mail.text).not.toMatch(/202\d/);
  const times = server.logLines().map((line) => Object(JSON.parse(line)).time);
  expect(new Set(times).size).toBeLessThanOrEqual(2);
  for (const time of times) expect([THEN.toISOString(), LATER.toISOString()]).toContain(time);
});

test("the database adds no time of its own: no default and no function of ours asks it", async () => {
  const asks = "~* '(now|clock_timestamp|statement_timestamp|timeofday)\\s*\\(|current_(date|time)|localtime|uuidv7'";
  const defaults = await server.database.query(`
    select c.relname, pg_get_expr(d.adbin, d.adrelid) as expression from pg_attrdef d join pg_class c on c.oid = d.adrelid
    where c.relnamespace = 'public'::regnamespace and pg_get_expr(d.adbin, d.adrelid) ${asks}`);
  const functions = await server.database.query(
    `select proname from pg_proc where pronamespace = 'public'::regnamespace and prosrc ${asks}`,
  );
  expect([...defaults, ...functions]).toEqual([]);
});
