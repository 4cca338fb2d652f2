import type { StripeSubscriptionFact } from "@gatehouse/core";
import { openTestServer, type TestServer } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { plantAccount, plantAccounts } from "@gatehouse/testkit/pilot-accounts";
import { afterEach, beforeEach, expect, test } from "vitest";

const START = new Date("2026-01-01T00:00:00Z");
const trial = { plan: "pro", startsAt: START, endsAt: new Date("2026-01-15T12:00:00Z") };
const active: StripeSubscriptionFact = {
  id: "sub_1",
  status: "active",
  plan: "pro",
  currentPeriodEnd: null,
  cancelAtPeriodEnd: false,
  endsAt: null,
  trialEndsAt: null,
  collectionPaused: null,
  seats: 1,
  pastDueSince: null,
  changedAt: new Date("2026-01-03T00:00:00Z"),
};

let server: TestServer;
let env: Record<string, string>;
beforeEach(async () => {
  server = await openTestServer();
  env = environmentOf(server.database);
});
afterEach(() => server.close());
const rehearse = (words = "") => runCommand(`access rehearse${words}`, env);

test("it says who is refused at that instant, who of them pays, and from which day the others will be", async () => {
  const onTrial = await plantAccount(server, START, { trial });
  const bare = await plantAccount(server, START);
  await plantAccount(server, START, { stripe: [active] });
  const foreign = await plantAccount(server, START, { stripe: [{ ...active, id: "sub_2", plan: null }] });
  await plantAccount(server, START, { accountDeletedAt: START });

  const before = await rehearse(" --at 2026-01-10T00:00:00Z");
  expect(before.code).toBe(0);
  expect(before.stdout).toContain("At 2026-01-10T00:00:00.000Z: 2 of 4 accounts are refused, 1 of them pay.");
  expect(before.stdout).toContain(`Refused, and they pay:\n  ${foreign}  Pilot ${foreign} (unknown_plan, since 2026-01-03)\n`);
  expect(before.stdout).toContain(`Refused:\n  ${bare}  Pilot ${bare} (no_subscription, since ever)\n`);
  expect(before.stdout).toContain("Let in, and refused from, if nothing happens:\n          1  2026-01-15\n");

  const lines = (await rehearse(" --at 2026-01-15T12:00:00Z --json")).stdout.trim().split("\n");
  const told = lines.map((line) => JSON.parse(line));
  expect(told).toHaveLength(5);
  expect(told).toContainEqual({
    ...{ account_id: onTrial, name: `Pilot ${onTrial}`, refused: true, reason: "trial_ended" },
    ...{ from: "2026-01-15T12:00:00.000Z", pays: false },
  });
  expect(told.at(-1)).toEqual({
    at: "2026-01-15T12:00:00.000Z",
    ...{ accounts: 4, refused: 3, refused_paying: 1, later: 0 },
    reasons: { trial_ended: 1, no_subscription: 1, unknown_plan: 1 },
    refused_since: { "2026-01-03": 1, "2026-01-15": 1, "since ever": 1 },
    refused_from: {},
  });
});

test("it asks the policy that is configured", async () => {
  await plantAccount(server, START, { stripe: [{ ...active, collectionPaused: "void" }] });
  expect((await rehearse()).stdout).toContain(": 0 of 1 accounts are refused");
  env = { ...env, PAUSED_COLLECTION_LOCKS: "true" };
  expect((await rehearse()).stdout).toContain(": 1 of 1 accounts are refused, 1 of them pay.");
});

test("of many it names fifty, and all where they are asked for; nothing is written", async () => {
  const count = () =>
    server.database.query("select (select count(*)::int from audit_events) + (select count(*)::int from access_history) as rows");
  const before = await count();
  await plantAccounts(server, 1_052, START);
  const few = (await rehearse()).stdout;
  expect(few).toContain("1052 of 1052 accounts are refused, 0 of them pay.");
  expect(few.match(/ {2}Pilot /g)).toHaveLength(50);
  expect(few).toContain("and 1002 more (--all lists them)");
  expect((await rehearse(" --all")).stdout.match(/ {2}Pilot /g)).toHaveLength(1_052);
  expect(await count()).toEqual(before);
});

test("an instant without a zone is refused", async () => {
  expect(await rehearse(" --at 2026-01-10")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--at is an instant with its zone"),
  });
});
