import { applyEvent } from "@gatehouse/server/billing/apply-event";
import { cancelDuplicate } from "@gatehouse/server/billing/cancel-duplicate";
import { type RebuildFinding, rebuildSubscriptions } from "@gatehouse/server/billing/rebuild";
import { runReconciliation } from "@gatehouse/server/billing/run-reconciliation";
import { openBillingServer } from "@gatehouse/testkit/billing-server";
import fc from "fast-check";
import Stripe from "stripe";
import { expect } from "vitest";
import { type Lifecycle, lifecycles } from "./lifecycle.ts";
import { type Account, live, type World } from "./live.ts";
import { difference } from "./stripe-says.ts";

const AT_ONCE = 6;
interface Stage extends World {
  readonly planOf: ReadonlyMap<string, string>;
  /** How it can be lived alone. */
  nameOf(life: Lifecycle): string;
}

/** Lives so many lives, and holds what we keep against what the simulator says. A failing life can be lived alone: SEED=... LIFE=... */
export async function runLives(count: number, seed: number): Promise<void> {
  const lives = fc.sample(lifecycles, { numRuns: count, seed });
  const only = process.env["LIFE"];
  const chosen = only === undefined ? lives : lives.slice(Number(only), Number(only) + 1);
  const stage = { ...(await openStage()), nameOf: (life: Lifecycle) => `SEED=${seed} LIFE=${lives.indexOf(life)}` };
  try {
    for (const { account, life } of await liveAll(stage, chosen)) {
      await mustAgree(stage, account, life);
    }
    // And what was observed is enough to make every row anew.
    const findings: RebuildFinding[] = [];
    await rebuildSubscriptions(stage.server.app, false, (finding) => findings.push(finding));
    expect(findings).toEqual([]);
  } finally {
    await stage.server.close();
  }
}

async function mustAgree(stage: Stage, account: Account, life: Lifecycle): Promise<void> {
  expect(
    await difference({ engine: stage.server.stripe.engine, database: stage.server.database, planOf: stage.planOf }, account),
    `${stage.nameOf(life)} ${JSON.stringify(life)}`,
  ).toBeNull();
}

async function openStage(): Promise<Omit<Stage, "nameOf">> {
  const server = await openBillingServer({ role: "api", env: { DATABASE_POOL_MAX: "16", LOG_LEVEL: "fatal" } });
  server.stripe.webhooks.sendTo(null);
  const { hostname, port } = new URL(server.stripe.apiBase);
  const sdk = new Stripe(server.stripe.secretKey, { host: hostname, port, protocol: "http" });
  const prices = await server.database.query<{ plan: string; price_id: string }>(
    "select plan, price_id from plan_billing order by price_id",
  );
  const offers = prices.map(({ plan, price_id: priceId }) => ({ plan, priceId }));
  return { server, sdk, offers, planOf: new Map(prices.map(({ plan, price_id: priceId }) => [priceId, plan])) };
}

let accounts = 0;
/** An account with a customer whose time is its own. */
async function openAccount({ server, sdk }: Stage): Promise<Account> {
  accounts += 1;
  const number = accounts;
  const id = `01900000-0000-7000-8000-${String(number).padStart(12, "0")}`;
  const now = server.clock.now();
  const clock = await sdk.testHelpers.testClocks.create({ frozen_time: Math.floor(now.getTime() / 1000) });
  const customer = await sdk.customers.create({ test_clock: clock.id, metadata: { account_id: id } });
  await server.database.query("insert into accounts (id, name, slug, created_at, updated_at) values ($1, 'Team', $2, $3, $3)", [
    id,
    `t${number}`,
    now,
  ]);
  await server.database.query("insert into billing_customers (account_id, customer_id, created_at) values ($1, $2, $3)", [
    id,
    customer.id,
    now,
  ]);
  return { id, customerId: customer.id, clockId: clock.id };
}

/** As `gatehouse billing reconcile` does it; and what it found among the events is worked off, as by the queue. */
async function reconcile({ server }: Stage): Promise<void> {
  await runReconciliation(server.app, "all", () => undefined);
  const left = await server.database.query<{ id: string }>("select id from stripe_events where outcome in ('received', 'failed')");
  for (const { id } of left) await applyEvent(server.app, id);
}

interface Lived {
  readonly account: Account;
  readonly life: Lifecycle;
}

/** Lives them side by side, some at once; then what was lost is healed, and what is one too many is cancelled. */
async function liveAll(stage: Stage, lives: readonly Lifecycle[]): Promise<Lived[]> {
  const { server } = stage;
  const lived: Lived[] = [];
  const queue = [...lives];
  const worker = async (): Promise<void> => {
    for (let life = queue.shift(); life !== undefined; life = queue.shift()) {
      const account = await openAccount(stage);
      lived.push({ account, life });
      const hasLost = await live(stage, account, life);
      // Of which nothing was lost has converged by itself: what the reconciler would heal must not hide that it has not.
      if (!hasLost) await mustAgree(stage, account, life);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await reconcile(stage);
  const flagged = await server.database.query<{ account_id: string; id: string }>(
    "select account_id, id from duplicate_subscriptions where canceled_at is null and withdrawn_at is null",
  );
  for (const { account_id: accountId, id } of flagged) await cancelDuplicate(server.app, accountId, id);
  if (flagged.length > 0) await reconcile(stage);
  return lived;
}
