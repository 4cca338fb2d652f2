import { addDays, INVITE_ROWS_MAX } from "@gatehouse/core";
import {
  nextEmail,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  type TestServer,
} from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: TestServer;
let owner: Person;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  owner = await registerVerified(server);
});

interface Verdicts {
  readonly items: { row: number; email: string; verdict: string; why: string | null; invite_id: string | null }[];
  readonly counts: Record<string, number>;
  readonly code?: string;
}
const bulk = (body: object, headers = {}, by = owner, at = server) =>
  at.request<Verdicts>("POST", "/accounts/me/invites/bulk", { token: by.accessToken, body, headers });
const verdictsOf = ({ body }: { body: Verdicts }) => body.items.map(({ verdict }) => verdict);
const rows = (...emails: string[]) => ({ rows: emails.map((email) => ({ email })) });
/** As many seats as one likes. */
const onTeam = () =>
  plantFacts(server, owner.account.id, { grants: [{ plan: "team", startsAt: server.clock.now(), until: null, reason: "a test" }] });

test("each row gets its verdict in its place, and every good row goes through", async () => {
  const [fresh, invited] = [nextEmail(), nextEmail()];
  const member = await registerMember(server, owner);
  await bulk(rows(invited));
  const answer = await bulk(
    rows(fresh, member.email, invited, "no address", fresh.toUpperCase(), "a@example.com\r\nBcc: b@example.com", owner.email),
  );
  expect(answer.status).toBe(200);
  expect(verdictsOf(answer)).toEqual([
    "invited",
    "already_member",
    "already_invited",
    "invalid",
    "duplicate_in_list",
    "invalid",
    "already_member",
  ]);
  expect(answer.body.counts).toEqual({
    invited: 1,
    already_member: 2,
    already_invited: 1,
    invalid: 2,
    duplicate_in_list: 1,
    no_seat: 0,
  });
  expect(answer.body.items[3]).toMatchObject({ row: 4, email: "no address", why: "email_malformed", invite_id: null });
  expect(answer.body.items[2]?.invite_id).not.toBeNull();
  expect(await server.mailsTo(fresh)).toHaveLength(1);
});

test("seats go to whom the list names first, and the rest are told that there is none", async () => {
  const emails = Array.from({ length: 12 }, nextEmail);
  const answer = await bulk(rows(...emails));
  expect(verdictsOf(answer)).toEqual([...Array(9).fill("invited"), ...Array(3).fill("no_seat")]);
});

test("a pasted list and a CSV are read like rows, with their roles", async () => {
  const [one, two, three, four] = [nextEmail(), nextEmail(), nextEmail(), nextEmail()];
  const pasted = await bulk({ list: `Ada Lovelace <${one}>, ${two}\n\n`, role: "viewer" });
  expect(verdictsOf(pasted)).toEqual(["invited", "invited"]);
  const csv = await bulk({ list: `name,email,role\r\n"Hopper, Grace",${three},admin\r\nNobody,${four},emperor\r\n` });
  expect(verdictsOf(csv)).toEqual(["invited", "invalid"]);
  expect(csv.body.items[1]?.why).toBe("role_unknown");
  const roles = await server.database.query("select email, role from account_invites where account_id = $1 order by id", [
    owner.account.id,
  ]);
  expect(roles).toEqual([
    { email: one, role: "viewer" },
    { email: two, role: "viewer" },
    { email: three, role: "admin" },
  ]);
});

test("ownership and roles of one's own making are not given by a list", async () => {
  const answer = await bulk({ rows: [{ email: nextEmail(), role: "owner" }] });
  expect(answer.body.items).toMatchObject([{ verdict: "invalid", why: "role_unknown" }]);
});

test("two spellings of one domain are one address; a +tag is another address, with a seat of its own", async () => {
  const answer = await bulk(rows("ada@bücher.example", "ada@xn--bcher-kva.example", "ada+1@bücher.example", "ADA@BÜCHER.example"));
  expect(verdictsOf(answer)).toEqual(["invited", "duplicate_in_list", "invited", "duplicate_in_list"]);
});

test("five hundred rows are taken at once, each with its mail; one more is refused whole", async () => {
  await onTeam();
  await server.database.query("update plan_limits set limit_value = null where plan = 'team' and limit_key = 'seats'");
  const emails = Array.from({ length: INVITE_ROWS_MAX }, nextEmail);
  expect((await bulk(rows(...emails))).body.counts["invited"]).toBe(INVITE_ROWS_MAX);
  const sent = await server.database.query(
    "select count(*)::int as jobs from pgboss.job where data->>'name' = 'mail.invite' and data->'data'->>'accountId' = $1",
    [owner.account.id],
  );
  expect(sent).toEqual([{ jobs: INVITE_ROWS_MAX }]);
  const answer = await bulk(rows(...Array.from({ length: INVITE_ROWS_MAX + 1 }, nextEmail)));
  expect(answer).toMatchObject({ status: 422, body: { code: "invite_list_too_long", limit: INVITE_ROWS_MAX, rows: INVITE_ROWS_MAX + 1 } });
  await server.database.query("update plan_limits set limit_value = 50 where plan = 'team' and limit_key = 'seats'");
});

test("ten thousand rows are told that they are too many, and nobody is invited", async () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `somebody-with-a-long-name-${index}@example.com`);
  for (const body of [rows(...many), { list: many.join("\n") }]) {
    expect(await bulk(body)).toMatchObject({ status: 422, body: { code: "invite_list_too_long", rows: 10_000 } });
  }
  const left = await server.database.query("select 1 from account_invites where account_id = $1", [owner.account.id]);
  expect(left).toEqual([]);
});

test("an empty list is an empty answer; rows and a list together, or neither, are refused", async () => {
  expect(await bulk({ rows: [] })).toMatchObject({ status: 200, body: { items: [] } });
  expect(await bulk({ list: " \n " })).toMatchObject({ status: 200, body: { items: [] } });
  for (const body of [{}, { rows: [], list: "" }]) expect((await bulk(body)).status).toBe(422);
});

test("the same list with the same key gives the same verdicts and sends nothing more; without a key everybody is invited already", async () => {
  const emails = [nextEmail(), nextEmail()];
  const key = { "idempotency-key": "the whole team" };
  const [first, again, anew] = [await bulk(rows(...emails), key), await bulk(rows(...emails), key), await bulk(rows(...emails))];
  expect(again.body).toEqual(first.body);
  expect(verdictsOf(anew)).toEqual(["already_invited", "already_invited"]);
  for (const email of emails) expect(await server.mailsTo(email)).toHaveLength(1);
  expect(await bulk(rows(nextEmail()), key)).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
});

test("a viewer and a member are refused whole", async () => {
  for (const role of ["viewer", "member"] as const) {
    const person = await registerMember(server, owner, { role });
    expect(await bulk(rows(nextEmail()), {}, person)).toMatchObject({ status: 403, body: { code: "permission_denied" } });
  }
});

test("two lists at once, on two processes, do not give one seat twice", async () => {
  const other = await openTestServer({ beside: server, role: "api" });
  const lists = [0, 1, 2, 3].map(() => Array.from({ length: 5 }, nextEmail));
  const requests = lists.map((emails, index) => () => bulk(rows(...emails), {}, owner, index % 2 === 0 ? server : other));
  const answers = await server.database.race("select 1 from accounts where id = $1 for update", [owner.account.id], requests);
  await other.close();
  expect(answers.reduce((sum, { body }) => sum + (body.counts["invited"] ?? 0), 0)).toBe(9);
});

test("who has not shown that the address is theirs invites a few, and is asked to verify before more; an account mails no thousands a day", async () => {
  const limited = await openTestServer({ beside: server, env: { RATE_LIMIT_FACTOR: "1" } });
  owner = await registerPerson(server);
  await onTeam();
  expect((await bulk(rows(...Array.from({ length: 20 }, nextEmail)), {}, owner, limited)).body.counts["invited"]).toBe(20);
  expect(await bulk(rows(nextEmail()), {}, owner, limited)).toMatchObject({ status: 403, body: { code: "email_not_verified" } });
  await server.database.query("update users set email_verified_at = $2 where id = $1", [owner.user.id, server.clock.now()]);
  expect(verdictsOf(await bulk(rows(nextEmail()), {}, owner, limited))).toEqual(["invited"]);
  await server.database.query(
    `insert into account_invites (account_id, id, email, email_normalised, role, token_hash, created_at, expires_at, revoked_at, last_sent_at)
     select $1, gen_random_uuid(), n || '@example.org', n || '@example.org', 'member', sha256(n::text::bytea), $2, $2, $2, $2 from generate_series(1, 980) n`,
    [owner.account.id, server.clock.now()],
  );
  expect(await bulk(rows(nextEmail()), {}, owner, limited)).toMatchObject({ status: 429, body: { code: "rate_limited" } });
  await limited.close();
});

test("how long an invite can be accepted is set by INVITE_DAYS", async () => {
  const brief = await openTestServer({ beside: server, env: { INVITE_DAYS: "2" } });
  const email = nextEmail();
  await bulk(rows(email), {}, owner, brief);
  const [row] = await server.database.query("select expires_at from account_invites where email = $1", [email]);
  expect(row).toEqual({ expires_at: addDays(server.clock.now(), 2) });
  await brief.close();
});
