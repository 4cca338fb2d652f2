import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerPerson, registerVerified, TEST_START, type TestServer } from "@gatehouse/testkit";
import { plantFacts, tell } from "@gatehouse/testkit/facts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startFlushing } from "./flush-shadow.ts";

let server: TestServer;
let lapsed: Person;
beforeAll(async () => {
  server = await openTestServer({ env: { GUARDS_SHADOW: "on" } });
});
afterAll(() => server.close());
beforeEach(async () => {
  await server.settle();
  await server.database.query("delete from guard_refusals");
  lapsed = await registerVerified(server);
  await plantFacts(server, lapsed.account.id, { trial: { plan: "pro", startsAt: addDays(TEST_START, -15), endsAt: TEST_START } });
});

const status = async (person: Person, at = server) => (await at.request("GET", "/things", { token: person.accessToken })).status;
const stored = () =>
  server.database.query(
    "select account_id, guard, reason, day::text as day, count::int as count, first_at, last_at from guard_refusals order by account_id, guard",
  );
const row = (person: Person, count: number, guard = "requireActiveSubscription", reason = "trial_ended") => ({
  account_id: person.account.id,
  guard,
  reason,
  day: "2026-01-01",
  count,
  first_at: TEST_START,
  last_at: TEST_START,
});

test("a guard in shadow lets pass whom it would refuse, and the request writes nothing; the flush adds up what was counted", async () => {
  expect([await status(lapsed), await status(lapsed)]).toEqual([200, 200]);
  expect(await stored()).toEqual([]);
  await server.settle();
  expect(await stored()).toEqual([row(lapsed, 2)]);
  expect(await status(lapsed)).toBe(200);
  await server.settle();
  await server.settle();
  expect(await stored()).toEqual([row(lapsed, 3)]);
});

test("both guards count, each for itself", async () => {
  const person = await registerPerson(server);
  await server.database.query("update users set created_at = $2 where id = $1", [person.user.id, addDays(TEST_START, -7)]);
  await plantFacts(server, person.account.id, {});
  await tell(server, `user:${person.user.id}`);
  expect(await status(person)).toBe(200);
  await server.settle();
  expect(await stored()).toEqual([
    row(person, 1, "requireActiveSubscription", "no_subscription"),
    row(person, 1, "requireVerifiedEmailAfterGrace", "grace_ended"),
  ]);
});

test("who would pass is counted nowhere", async () => {
  expect(await status(await registerVerified(server))).toBe(200);
  await server.settle();
  expect(await stored()).toEqual([]);
});

test("whoever is nobody, and a deleted account, is refused in shadow too", async () => {
  expect((await server.request("GET", "/things", {})).status).toBe(401);
  await plantFacts(server, lapsed.account.id, { accountDeletedAt: TEST_START });
  expect(await status(lapsed)).toBe(402);
  await server.settle();
  expect(await stored()).toEqual([]);
});

test("a guard that is not named refuses, beside one that only counts", async () => {
  const other = await openTestServer({ beside: server, env: { GUARDS_SHADOW: "requireVerifiedEmailAfterGrace" } });
  expect(await status(lapsed, other)).toBe(402);
  await other.close();
  expect(await stored()).toEqual([]);
});

test("two processes add up, and one that stops leaves nothing behind in its memory", async () => {
  const other = await openTestServer({ beside: server, env: { GUARDS_SHADOW: "on" } });
  expect([await status(lapsed), await status(lapsed, other), await status(lapsed, other)]).toEqual([200, 200, 200]);
  await Promise.all([server.settle(), other.close()]);
  expect(await stored()).toEqual([row(lapsed, 3)]);
});

test("it is flushed by itself, again and again, so that a crash loses little", async () => {
  const stop = startFlushing(server.app, server.gatehouse.gate.shadow, 5);
  for (const count of [1, 2]) {
    expect(await status(lapsed)).toBe(200);
    await expect.poll(stored).toEqual([row(lapsed, count)]);
  }
  await stop();
});

test("what cannot be stored now is counted on, and stored the next time", async () => {
  await server.database.query("revoke insert on guard_refusals from gatehouse_system");
  expect(await status(lapsed)).toBe(200);
  await server.settle();
  expect(await stored()).toEqual([]);
  expect(server.logLines().join("\n")).toContain("could not be stored");
  await server.database.query("grant insert on guard_refusals to gatehouse_system");
  expect(await status(lapsed)).toBe(200);
  await server.settle();
  expect(await stored()).toEqual([row(lapsed, 2)]);
});

test("of an account that was erased since nothing is written", async () => {
  expect(await status(lapsed)).toBe(200);
  await server.database.query("update accounts set erased_at = $2 where id = $1", [lapsed.account.id, TEST_START]);
  await server.settle();
  expect(await stored()).toEqual([]);
});

test("counts are kept for ninety days and not longer", async () => {
  const plant = (day: string) =>
    server.database.query(
      "insert into guard_refusals (account_id, guard, reason, day, count, first_at, last_at) values ($1, 'requireActiveSubscription', 'canceled', $2, 1, $3, $3)",
      [lapsed.account.id, day, TEST_START],
    );
  await plant("2025-10-02");
  await plant("2025-10-03");
  await server.settle();
  expect((await stored()).map(({ day }) => day)).toEqual(["2025-10-03"]);
});
