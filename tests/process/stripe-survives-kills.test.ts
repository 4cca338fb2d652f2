import { addMilliseconds, DAY_MS } from "@gatehouse/core";
import { startStripe } from "@gatehouse/sandbox/stripe/stripe";
import { openTestDatabase, type TestDatabase } from "@gatehouse/testkit";
import { type ServerProcess, until } from "@gatehouse/testkit/server-process";
import fc from "fast-check";
import Stripe from "stripe";
import { expect, test } from "vitest";
import { lifecycles, type Step } from "../laws/law-03/lifecycle.ts";
import { type Account, perform } from "../laws/law-03/live.ts";
import { difference, type Sides } from "../laws/law-03/stripe-says.ts";
import { gatehouse, on, serve } from "./resolution-flow.ts";

const LIVES = 36;
const KILLS = 3;
/** Between two kills; renewals, retries and ends of trials fall into them. */
const DAYS = 16;

const seed = Number(process.env["SEED"] ?? Math.floor(performance.timeOrigin));

/**
 * Law 3 with a real `kill -9`: real webhooks over HTTP to a real server, which is killed in the middle of its work, while events are made
 * that nobody hears of. Its queue, the reconciler at its start, and `gatehouse billing reconcile` in the end mend it.
 */
test(`the subscriptions of ${LIVES} lives end as Stripe has them, though the server is killed ${KILLS} times (seed ${seed})`, {
  timeout: 240_000,
}, async () => {
  const database = await openTestDatabase();
  let days = 0;
  const wall = new Date(performance.timeOrigin);
  const now = () => addMilliseconds(wall, performance.now() + days * DAY_MS);
  const stripe = await startStripe({
    home: null,
    port: 0,
    clock: { now, wall: () => addMilliseconds(wall, performance.now()) },
    secret: "killed",
    pagesUrl: null,
  });
  const env = {
    ...on(database),
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
    STRIPE_API_BASE: stripe.apiBase,
  };
  const start = async (): Promise<ServerProcess> => {
    const server = await serve(env);
    await server.ready();
    stripe.webhooks.sendTo(`${server.baseUrl}/api/v1/webhooks/stripe`);
    return server;
  };
  let server = await start();
  try {
    const { hostname, port } = new URL(stripe.apiBase);
    const sdk = new Stripe(stripe.secretKey, { host: hostname, port, protocol: "http" });
    const prices = await database.query<{ plan: string; price_id: string }>("select plan, price_id from plan_billing order by price_id");
    const offers = prices.map(({ plan, price_id: priceId }) => ({ plan, priceId }));
    const sides: Sides = { engine: stripe.engine, database, planOf: new Map(prices.map(({ plan, price_id: id }) => [id, plan])) };
    const lives = fc.sample(lifecycles, { numRuns: LIVES, seed }).map(({ steps }) => steps.filter((step) => step.do !== "wait"));
    const accounts: Account[] = [];
    for (let number = 0; number < LIVES; number += 1) accounts.push(await openAccount(database, sdk, number));
    /** One step of each life, and then some days. */
    const goOn = async (round: number): Promise<void> => {
      for (const [index, account] of accounts.entries()) {
        const step: Step | undefined = lives[index]?.[round];
        if (step) await perform({ engine: stripe.engine, sdk, offers }, account, step);
      }
      days += DAYS;
      stripe.engine.advanceTo(Math.floor(now().getTime() / 1000));
    };
    for (let kill = 0; kill < KILLS; kill += 1) {
      const asked = stripe.requests.length;
      const working = goOn(2 * kill);
      // In the middle: it has begun to read, and much is still to be read.
      await until(() => stripe.requests.length > asked + 20 * (kill + 1), "the server to be at work");
      server.kill("SIGKILL");
      await server.ended;
      await working;
      // Of this nobody hears.
      await goOn(2 * kill + 1);
      server = await start();
    }
    // What was lost lies further back than the 30 days for which Stripe keeps events: every subscription is looked at.
    expect(await gatehouse(env, "billing", "reconcile")).toMatchObject({ code: 0 });
    await until(() => isDone(database), "every event to be worked off and every duplicate to be cancelled", 120);
    for (const account of accounts) expect(await difference(sides, account), account.id).toBeNull();
    for (const account of accounts) expect(living(sides, account).length, account.id).toBeLessThanOrEqual(1);
  } finally {
    stripe.webhooks.sendTo(null);
    await server.stop();
    await stripe.stop();
    await database.drop();
  }
});

async function openAccount(database: TestDatabase, sdk: Stripe, number: number): Promise<Account> {
  const id = `01900000-0000-7000-8000-${String(number).padStart(12, "0")}`;
  const customer = await sdk.customers.create({ metadata: { account_id: id } });
  await database.query("insert into accounts (id, name, slug, created_at, updated_at) values ($1, 'Team', $2, now(), now())", [
    id,
    `t${number}`,
  ]);
  await database.query("insert into billing_customers (account_id, customer_id, created_at) values ($1, $2, now())", [id, customer.id]);
  return { id, customerId: customer.id, clockId: "none" };
}

/** Nothing in the ledger waits, nothing in the queue, and every subscription too many is cancelled or withdrawn. */
async function isDone(database: TestDatabase): Promise<boolean> {
  const [left] = await database.query<{ left: number }>(`
    select (select count(*) from stripe_events where outcome in ('received', 'failed'))
      + (select count(*) from duplicate_subscriptions where canceled_at is null and withdrawn_at is null)
      + (select count(*) from stripe_reconciliations where finished_at is null)
      + (select count(*) from pgboss.job where name = 'stripe' and state in ('created', 'retry', 'active')) as left`);
  return Number(left?.left) === 0;
}

function living({ engine, planOf }: Sides, account: Account) {
  const bills = ["active", "trialing", "past_due"];
  return engine.listOf("subscription", account.customerId).filter((one) => {
    const price = Object(Object(one["items"]).data[0]).price;
    const isRunningOut = one["cancel_at_period_end"] === true || one["cancel_at"] !== null;
    return bills.includes(String(one["status"])) && planOf.has(String(Object(price).id)) && !isRunningOut;
  });
}
