import { addDays } from "@gatehouse/core";
import { openTestServer, registerPerson, type TestServer } from "@gatehouse/testkit";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runSweeps } from "../sweeps.ts";
import type { Tx } from "./db.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const partitions = async () =>
  (await server.database.query("select inhrelid::regclass::text as name from pg_inherits where inhparent = 'audit_events'::regclass")).map(
    (row) => row["name"],
  );

test("a month that began while nobody swept keeps its rows, and the sweeps after it go on", async () => {
  await server.settle();
  expect(await partitions()).toEqual(expect.arrayContaining(["audit_events_2026_02", "audit_events_2026_03"]));

  server.clock.set(addDays(server.clock.now(), 200));
  const { user } = await registerPerson(server);
  await server.settle();
  expect(await server.database.query("select 1 from audit_events_rest where actor_user_id = $1", [user.id])).toHaveLength(1);
  expect(await partitions()).not.toContain("audit_events_2026_07");
  expect(await partitions()).toEqual(expect.arrayContaining(["audit_events_2026_08", "audit_events_2026_09"]));
});

test("eight processes that sweep at once make each month once", async () => {
  await server.settle();
  server.clock.set(addDays(server.clock.now(), 400));
  await Promise.all(Array.from({ length: 8 }, () => runSweeps(server.app)));
  const names = await partitions();
  expect(new Set(names).size).toBe(names.length);
});

test("neither role of the server can change or take away what was audited", async () => {
  const { account } = await registerPerson(server);
  const { db } = server.app;
  for (const tamper of [
    "delete from audit_events",
    "update audit_events set action = 'nothing.happened'",
    "delete from access_history",
    "update access_history set value = 'null'",
    "truncate audit_events",
  ]) {
    const run = (tx: Tx) => sql.raw(tamper).execute(tx);
    await expect(db.asSystem("a test tampers", run)).rejects.toThrow(/permission denied/);
    await expect(db.forAccount(account.id, run)).rejects.toThrow(/permission denied/);
  }
});
