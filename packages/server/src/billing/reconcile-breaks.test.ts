import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { type PayingAccount, plantPayingAccounts } from "@gatehouse/testkit/paying-accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Db } from "../platform/db.ts";
import { openReconciliation } from "./begin-reconciliation.ts";
import { takeTicket } from "./billing-customers.store.ts";
import { takePage } from "./reconcile.ts";
import { runReconciliation } from "./run-reconciliation.ts";
import { confirmSubscriptions } from "./subscriptions.store.ts";

let server: BillingServer;
let accounts: PayingAccount[];
beforeAll(async () => {
  // No worker: what is to be broken off is done here alone.
  server = await openBillingServer({ role: "api" });
  accounts = await plantPayingAccounts(server, 3, { interval: "year" });
  server.stripe.webhooks.setMode({ kind: "dropped" });
  await reconcile();
});
afterAll(() => server.close());

const reconcile = () => runReconciliation(server.app, "all", () => undefined);
/** Our rows say something else than Stripe, and no event tells of it. */
const drift = () => server.database.query("update stripe_subscriptions set seats = 7");
const stored = async () =>
  (await server.database.query<{ seats: number }>("select seats from stripe_subscriptions order by id")).map((row) => row.seats);
const openRuns = () => server.database.query("select id from stripe_reconciliations where finished_at is null");

class Killed extends Error {}
/** Dies at the given transaction: before it, or when it is committed and nobody knows. */
function dyingAt(db: Db, fatal: number, when: "before" | "after"): Db {
  let count = 0;
  return {
    ...db,
    async asSystem(reason, work) {
      count += 1;
      const isFatal = count >= fatal;
      if (isFatal && (when === "before" || count > fatal)) throw new Killed();
      const result = await db.asSystem(reason, work);
      if (isFatal) throw new Killed();
      return result;
    },
  };
}

test("B3: broken off between any two steps it is gone on with, and each change is made and told exactly once", async () => {
  let points = 0;
  for (const when of ["before", "after"] as const) {
    for (let fatal = 1, isOver = false; !isOver; fatal += 1) {
      await drift();
      const { run } = await openReconciliation(server.app, "all");
      const app = { ...server.app, db: dyingAt(server.app.db, fatal, when) };
      try {
        while ((await takePage(app, run.id)).kind !== "done");
        isOver = true;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        points += 1;
      }
      const { run: end, changes } = await reconcile();
      const at = `${when} transaction ${fatal}`;
      expect(await stored(), at).toEqual([1, 1, 1]);
      expect(await openRuns(), at).toEqual([]);
      if (isOver || end.id !== run.id) continue;
      expect(changes.map(({ subscriptionId }) => subscriptionId).sort(), at).toEqual(
        accounts.map(({ subscriptionId }) => subscriptionId).sort(),
      );
      expect(end.counts, at).toMatchObject({ seen: 3, changed: 3, failed: 0, missing: 0 });
    }
  }
  expect(points).toBeGreaterThan(20);
}, 120_000);

test("two runs at once, in whatever processes, are one: it is told once, and nothing waits in a circle", async () => {
  for (let round = 0; round < 5; round += 1) {
    await drift();
    const [one, other] = await Promise.all([reconcile(), reconcile()]);
    expect(await stored()).toEqual([1, 1, 1]);
    for (const { run } of [one, other]) expect(run.counts).toMatchObject({ failed: 0, missing: 0 });
    const [noted] = await server.database.query("select count(*)::int as n from stripe_reconciliation_changes where run_id = $1", [
      one.run.id,
    ]);
    expect(noted).toEqual({ n: 3 });
    expect(await openRuns()).toEqual([]);
  }
});

test("of two that take one page, one goes on, and the page counts once", async () => {
  await drift();
  const { run } = await openReconciliation(server.app, "all");
  let taken = await takePage(server.app, run.id);
  while (taken.run?.stage === "events") taken = await takePage(server.app, run.id);
  // Both have opened the page before either asks Stripe.
  const { promise: bothCame, resolve } = Promise.withResolvers<void>();
  let arrived = 0;
  const calls = async (seconds: number) => {
    arrived += 1;
    if (arrived === 2) resolve();
    await bothCame;
    return server.app.stripe.calls(seconds);
  };
  const app = { ...server.app, stripe: { ...server.app.stripe, calls } };
  const both = await Promise.all([takePage(app, run.id), takePage(app, run.id)]);
  expect(both.map(({ kind }) => kind).sort()).toEqual(["lost", "taken"]);
  expect(both.find(({ kind }) => kind === "taken")?.run?.counts).toMatchObject({ seen: 3, changed: 3 });
  expect(await reconcile()).toMatchObject({ wasOpen: true, run: { counts: { seen: 3, changed: 3 } } });
});

test("a row that somebody is at work on, or has changed since, is not confirmed, and nobody waits for it", async () => {
  const [held, free] = accounts;
  if (!held || !free) throw new Error("three were planted");
  const tickets = await server.database.query<{ id: string; last_ticket: string }>("select id, last_ticket from stripe_subscriptions");
  const seen = [held, free].map(({ accountId, subscriptionId: id }) => {
    return { accountId, id, ticket: Number(tickets.find((row) => row.id === id)?.last_ticket) };
  });
  const confirm = () => server.app.db.asSystem("test", async (tx) => confirmSubscriptions(tx, seen, await takeTicket(tx)));
  const [confirmed] = await server.database.race(
    "select 1 from stripe_subscriptions where id = $1 for update",
    [held.subscriptionId],
    [confirm],
  );
  expect(confirmed).toEqual(new Set([free.subscriptionId]));
  // The other one is no longer the row that was compared.
  expect(await confirm()).toEqual(new Set([held.subscriptionId]));
  expect(await confirm()).toEqual(new Set());
});
