import { openTestServer, type Person, readZip, registerPerson, type TestServer } from "@gatehouse/testkit";
import { plantOverrides } from "@gatehouse/testkit/overrides";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let origin: string;
beforeAll(async () => {
  server = await openTestServer();
  origin = await server.listen();
});
afterAll(() => server.close());

async function take({ accessToken }: Person): Promise<ReadonlyMap<string, string>> {
  const answer = await fetch(`${origin}/api/v1/accounts/me/export`, { headers: { authorization: `Bearer ${accessToken}` } });
  expect(answer.status).toBe(200);
  return readZip(Buffer.from(await answer.arrayBuffer()));
}

/** Where a table that names an account is to be found in an export, or why it is not. */
const PLACES: Readonly<Record<string, string>> = {
  memberships: "members.json",
  account_invites: "invites.json",
  ownership_offers: "ownership-offers.json",
  account_deletions: "deletions.json",
  trials: "billing/trials.json",
  trial_claims: "billing/trial-claims.json",
  trial_refusals: "billing/trial-refusals.json",
  complimentary_grants: "billing/grants.json",
  stripe_subscriptions: "billing/subscriptions.json",
  duplicate_subscriptions: "billing/duplicate-subscriptions.json",
  billing_customers: "billing/customer.json",
  impersonations: "audit/impersonations.json",
  access_history: "access/access-history.json",
  account_feature_overrides: "access/feature-overrides.json",
  account_limit_overrides: "access/limit-overrides.json",
  usage_counters: "access/usage.json",
  audit_events: "audit/audit.json",
  stripe_observations: "not: what Stripe answered, of which the subscriptions are what counts",
  billing_notices: "not: which mails are written, and alarms for operators",
  guard_refusals: "not: counts of a rehearsal, for operators",
  idempotency_keys: "not: answers of the last day, kept against repeats",
  trees: "of the product whose tables the template has; its own test",
  tree_sessions: "of the product whose tables the template has; its own test",
};

test("every table that names an account has its place in the export, or its reason not to be there", async () => {
  const rows = await server.database.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'account_id'
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual(Object.keys(PLACES).sort());
  const files = await take(await registerPerson(server));
  for (const [table, place] of Object.entries(PLACES)) if (place.endsWith(".json")) expect(files.has(place), table).toBe(true);
});

test("what was set for the account and what it used is in it to the last row, and not who set it and why", async () => {
  const ada = await registerPerson(server);
  await plantOverrides(server, ada.account.id, {
    features: { sso: { value: true, reason: "promised by sales" } },
    limits: { seats: { value: 7, reason: "promised by sales" } },
  });
  await server.database.query(
    `insert into usage_counters (account_id, limit_key, period_start, used)
     select $1, 'limit_' || n % 3, $2::timestamptz + n * interval '1 day', n from generate_series(1, 1200) n`,
    [ada.account.id, server.clock.now()],
  );
  const files = await take(ada);
  const rows = (path: string): unknown[] => JSON.parse(files.get(path) ?? "null");
  expect(rows("access/feature-overrides.json")).toMatchObject([{ id: "sso", value: true, expires_at: null }]);
  expect(rows("access/limit-overrides.json")).toMatchObject([{ id: "seats", value: 7, expires_at: null }]);
  const used = ["usage", "usage-2", "usage-3"].flatMap((name) => rows(`access/${name}.json`).map((row) => Number(Object(row).used)));
  expect(used.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1200 }, (_, place) => place + 1));
  expect([...files.values()].join()).not.toContain("promised by sales");
});
