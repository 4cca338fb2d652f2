import { addDays } from "@gatehouse/core";
import { openTestServer, registerPerson, type TestServer } from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { cutoverGrants, plantAccounts } from "@gatehouse/testkit/pilot-accounts";
import { until } from "@gatehouse/testkit/server-process";
import { listThings } from "@gatehouse/testkit/test-product";
import { afterEach, beforeEach, expect, test } from "vitest";
import { holdAccounts } from "../accounts/all-accounts.store.ts";
import { lockCustomer } from "../billing/billing-customers.store.ts";
import type { Tx } from "../platform/app.ts";
import { openCutover, takeCutoverBatch } from "./cut-over.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

async function begin(): Promise<string> {
  const createdBefore = addDays(server.app.clock.now(), 1);
  const opened = await openCutover(server.app, { createdBefore, plan: "pro", until: null, reason: "pilot" }, "a test");
  if (opened.kind !== "begun") throw new Error(opened.kind);
  return opened.run.id;
}
const take = (runId: string, limit = 100) => takeCutoverBatch(server.app, runId, limit, "a test");
/** The batch itself, and not whatever else of the server may wait for a moment. */
const waiting = async (): Promise<boolean> =>
  (
    await server.database.query(
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%for share%'",
    )
  ).length > 0;

/** Takes a batch that meets `change` half way: it waits for what that has locked, and goes on when it is committed. */
async function takeDuring(change: (tx: Tx) => Promise<unknown>) {
  const runId = await begin();
  const { batch } = await server.app.db.asSystem("a test changes an account meanwhile", async (tx) => {
    await change(tx);
    const batch = take(runId);
    await until(waiting, "the batch to wait", 10);
    return { batch };
  });
  return batch;
}

test("who begins to pay while the batch is under way is a payer, and is given nothing", async () => {
  const [id = ""] = await plantAccounts(server, 1, server.clock.now());
  await server.database.query("insert into billing_customers (account_id, customer_id, created_at) values ($1, 'cus_1', $2)", [
    id,
    server.clock.now(),
  ]);
  const run = await takeDuring(async (tx) => {
    await lockCustomer(tx, id, server.clock.now());
    await tx
      .insertInto("stripe_subscriptions")
      .values({
        ...{ account_id: id, id: "sub_1", status: "active", plan: "pro", cancel_at_period_end: false },
        ...{ seats: 1, changed_at: server.clock.now(), last_ticket: 1 },
      })
      .execute();
  });
  expect(run.counts).toMatchObject({ grant: 0, keep_paying: 1 });
  expect(await cutoverGrants(server)).toEqual([]);
});

test("an account that is deleted while the batch is under way is given nothing", async () => {
  const [id = ""] = await plantAccounts(server, 1, server.clock.now());
  const run = await takeDuring((tx) => tx.updateTable("accounts").set({ deleted_at: server.clock.now() }).where("id", "=", id).execute());
  expect(run.counts).toMatchObject({ grant: 0, deleted: 1 });
});

test("twenty batches at once of one run give everybody once, and count everybody once", async () => {
  const accounts = await plantAccounts(server, 20, server.clock.now());
  const runId = await begin();
  await Promise.all(Array.from({ length: 20 }, () => take(runId, 1)));
  const run = await take(runId);
  expect(run).toMatchObject({ state: "done", counts: { grant: 20, already_granted: 0 } });
  expect((await cutoverGrants(server)).map((grant) => grant.account_id)).toEqual(accounts);
  const [rows] = await server.database.query(
    "select (select count(*)::int from access_history where kind = 'grant') as history, (select count(*)::int from audit_events where action = 'cutover.granted') as audit",
  );
  expect(rows).toEqual({ history: 20, audit: 20 });
});

test("members read and work in their accounts while a batch holds them: only a deletion waits", async () => {
  const ada = await registerPerson(server);
  await server.app.db.asSystem("a test holds the accounts as a batch does", async (tx) => {
    await holdAccounts(tx, [ada.account.id]);
    expect((await server.request("GET", "/billing/state", { token: ada.accessToken })).status).toBe(200);
    // It writes rows that refer to the account.
    const sent = await server.request("POST", "/accounts/me/invites", {
      token: (await registerPerson(server)).accessToken,
      body: { email: "grace@example.com", role: "member" },
    });
    expect(sent.status).toBe(201);
  });
});

test("a lapsed customer whom another process has just refused is let in when the batch is committed", async () => {
  const ada = await registerPerson(server);
  const now = server.clock.now();
  await plantFacts(server, ada.account.id, { trial: { plan: "pro", startsAt: addDays(now, -2), endsAt: addDays(now, -1) } });
  const beside = await openTestServer({ beside: server, clock: server.clock });
  const asks = () => beside.request("GET", listThings.path, { token: ada.accessToken });
  expect(await asks()).toMatchObject({ status: 402, body: { reason: "trial_ended" } });
  await take(await begin());
  await until(async () => (await asks()).status === 200, "the other process to hear of it", 2);
  await beside.close();
});

test("one run is open at a time, whoever else writes", async () => {
  await begin();
  await expect(
    server.database.query(
      "insert into cutover_runs (id, created_before, plan, reason, state, counts, started_at) values (uuidv7(), now(), 'pro', 'x', 'undoing', '{}', now())",
    ),
  ).rejects.toThrow("cutover_runs_open");
});
