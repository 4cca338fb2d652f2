import { addDays } from "@gatehouse/core";
import { invite, nextEmail, openTestServer, type Person, registerVerified, type TestServer } from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: TestServer;
let other: TestServer;
let origins: string[];
let owner: Person;
beforeAll(async () => {
  server = await openTestServer();
  other = await openTestServer({ beside: server, role: "api" });
  origins = [await server.listen(), await other.listen()];
});
afterAll(async () => {
  await other.close();
  await server.close();
});
beforeEach(async () => {
  owner = await registerVerified(server);
});

interface Guest {
  readonly email: string;
  readonly accessToken: string;
}
/** People who have proven themselves and are in an account of their own, straight into the tables: two hundred registrations are two hundred hashes. */
async function plantGuests(count: number): Promise<Guest[]> {
  const now = server.clock.now();
  const made = Array.from({ length: count }, () => ({
    email: nextEmail(),
    userId: server.app.ids.next(),
    sessionId: server.app.ids.next(),
    accountId: server.app.ids.next(),
  }));
  const column = (name: keyof (typeof made)[number]) => made.map((one) => one[name]);
  const { query } = server.database;
  await query(
    `insert into users (id, email, email_normalised, name, email_verified_at, password_proven_at, created_at, updated_at)
     select id, email, email, 'Guest', $3, $3, $3, $3 from unnest($1::uuid[], $2::text[]) as one (id, email)`,
    [column("userId"), column("email"), now],
  );
  await query(
    "insert into accounts (id, name, slug, created_at, updated_at) select id, 'Own', 'own-' || id, $2, $2 from unnest($1::uuid[]) as one (id)",
    [column("accountId"), now],
  );
  await query(
    `insert into memberships (account_id, id, user_id, role, created_at)
     select account, gen_random_uuid(), person, 'owner', $3 from unnest($1::uuid[], $2::uuid[]) as one (account, person)`,
    [column("accountId"), column("userId"), now],
  );
  await query(
    `insert into sessions (id, user_id, created_at, last_seen_at, expires_at)
     select id, person, $3, $3, $4 from unnest($1::uuid[], $2::uuid[]) as one (id, person)`,
    [column("sessionId"), column("userId"), now, addDays(now, 30)],
  );
  return Promise.all(
    made.map(async ({ email, userId, sessionId, accountId }) => ({
      email,
      accessToken: (await server.app.tokens.issue({ userId, sessionId, accountId })).token,
    })),
  );
}

async function post(index: number, path: string, accessToken: string, body: object): Promise<{ status: number; code: string | null }> {
  const answer = await fetch(`${origins[index % origins.length]}/api/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${accessToken}` },
    body: JSON.stringify(body),
  });
  const { code } = Object(await answer.json());
  return { status: answer.status, code: code ?? null };
}

const members = async () => (await server.database.query("select 1 from memberships where account_id = $1", [owner.account.id])).length;
const onFree = () =>
  plantFacts(server, owner.account.id, { grants: [{ plan: "free", startsAt: server.clock.now(), until: null, reason: "a test" }] });

test("of two hundred who accept at once for one seat exactly one gets it, and every other is told that there is none", async () => {
  const guests = await plantGuests(200);
  const tokens = await Promise.all(guests.map(({ email }) => invite(server, owner, email)));
  // Two seats, one of them the owner's.
  await onFree();
  const answers = await Promise.all(
    guests.map(({ accessToken }, index) => post(index, `/invites/${tokens[index]}/accept`, accessToken, { transport: "body" })),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status, code }) => status === 409 && code === "invite_no_seat")).toHaveLength(199);
  expect(await members()).toBe(2);
  const used = await server.database.query("select 1 from account_invites where account_id = $1 and accepted_at is not null", [
    owner.account.id,
  ]);
  expect(used).toHaveLength(1);
});

test("whatever is invited, accepted, sent again and taken back at once, members and open invites never exceed the seats", {
  timeout: 240_000,
}, async () => {
  const step = fc.constantFrom("invite", "accept", "revoke", "resend");
  const property = fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 10 }), async (steps) => {
    owner = await registerVerified(server);
    const guests = await plantGuests(steps.length + 2);
    // Half of the invites are there already, some of them beyond their time.
    const [early, late] = [guests.slice(0, 2), guests.slice(2)];
    const tokens = await Promise.all(early.map(({ email }, index) => invite(server, owner, email, { lifeDays: index === 0 ? 7 : -1 })));
    await plantFacts(server, owner.account.id, { grants: [{ plan: "pro", startsAt: server.clock.now(), until: null, reason: "a test" }] });
    await server.database.query("update plan_limits set limit_value = 4 where plan = 'pro' and limit_key = 'seats'");
    const ids = await server.database.query<{ id: string }>("select id from account_invites where account_id = $1 order by email", [
      owner.account.id,
    ]);
    const requests = steps.map((what, index) => {
      const guest = late[index] ?? late[0];
      const id = ids[index % ids.length]?.id ?? "";
      if (what === "invite") return post(index, "/accounts/me/invites", owner.accessToken, { email: guest?.email });
      if (what === "accept")
        return post(index, `/invites/${tokens[index % 2]}/accept`, early[index % 2]?.accessToken ?? "", { transport: "body" });
      if (what === "resend") return post(index, `/accounts/me/invites/${id}/resend`, owner.accessToken, {});
      return fetch(`${origins[index % 2]}/api/v1/accounts/me/invites/${id}`, {
        method: "DELETE",
        headers: { authorization: `Bearer ${owner.accessToken}` },
      }).then(({ status }) => ({ status, code: null }));
    });
    const answers = await Promise.all(requests);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    const [row] = await server.database.query<{ used: number }>(
      `select ((select count(*) from memberships where account_id = $1) + (select count(*) from account_invites where account_id = $1
        and accepted_at is null and revoked_at is null and expires_at > $2))::int as used`,
      [owner.account.id, server.clock.now()],
    );
    expect(row?.used).toBeLessThanOrEqual(4);
  });
  const details = await fc.check(property, { numRuns: 25 });
  process.stdout.write(`seats at once: seed ${details.seed}\n`);
  await server.database.query("update plan_limits set limit_value = 10 where plan = 'pro' and limit_key = 'seats'");
  if (details.failed) throw new Error(fc.defaultReportMessage(details) ?? "failed", { cause: details.errorInstance });
});
