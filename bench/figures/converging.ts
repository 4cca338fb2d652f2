import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import type { StripeStandIn } from "@gatehouse/sandbox/stripe/stand-in";
import { startStripe } from "@gatehouse/sandbox/stripe/stripe";
import type { Figure } from "../figure.ts";
import type { BenchDatabase, Lab } from "../lab.ts";
import type { Measurement } from "../method.ts";
import { PRODUCT_ENTRY, ROOT, SECRET } from "../processes/server-process.ts";
import { quantile, spreadOf } from "../statistics.ts";

const ACCOUNTS = 1_000;
const EVENTS_A_SECOND = 200;
const SUBSCRIPTIONS = 10_000;

/** From an event to the fact that it made, at 200 events a second; and how long it takes to look through 10,000 subscriptions. */
export const converging: Measurement = {
  name: "converging",
  what: "from webhook to changed fact at 200 events/s, and a reconciliation of 10,000 subscriptions, against a Stripe on the same machine",
  async measure(lab, { isQuick }) {
    const stripe = await startStripe({ home: null, port: 0, clock: { now: () => new Date() }, secret: "of the bench", pagesUrl: null });
    try {
      return [...(await effects(lab, stripe, isQuick ? 3 : 10)), ...(await reconciliation(lab, stripe, isQuick ? 1_000 : SUBSCRIPTIONS))];
    } finally {
      await stripe.stop();
    }
  },
};

async function effects(lab: Lab, stripe: StripeStandIn, seconds: number): Promise<Figure[]> {
  const database = await lab.database(ACCOUNTS);
  const env = environment(stripe);
  await command(lab, database, env, "catalogue", "apply");
  const subscriptions = await plant(database, stripe, ACCOUNTS);
  const server = await lab.serve(database, { env });
  stripe.webhooks.sendTo(`http://127.0.0.1:${server.port}/api/v1/webhooks/stripe`);
  await change(stripe, subscriptions, 1);
  await settled(database);
  await database.query("delete from stripe_events");
  const asked = stripe.requests.length;
  await change(stripe, subscriptions, seconds);
  await settled(database);
  const rows = await database.query<{ ms: number }>(
    "select extract(epoch from processed_at - received_at)::float8 * 1000 as ms from stripe_events where outcome in ('applied', 'unchanged')",
  );
  const answer = await answerMilliseconds(stripe);
  stripe.webhooks.sendTo(null);
  await server.stop();
  const times = rows.map(({ ms }) => Math.max(0, ms - answer));
  const limit = { name: "ms, one answer of Stripe, left out", value: spreadOf([answer]) };
  const line = (name: string, share: number, aim: Figure["aim"]): Figure => {
    const value = quantile(times, share);
    return {
      name: `webhook to changed fact, ${name}`,
      unit: "ms",
      value: spreadOf([value]),
      limit,
      ratio: spreadOf([value / answer]),
      aim,
    };
  };
  const note = `${rows.length} events in ${seconds} s, ${stripe.requests.length - asked} requests to Stripe`;
  return [line("p50", 0.5, null), { ...line("p99", 0.99, { of: "value", at: "most", bound: 100 }), note }];
}

/** Evenly: one change of one subscription every 5 ms. */
async function change(stripe: StripeStandIn, subscriptions: readonly string[], seconds: number): Promise<void> {
  const begun = performance.now();
  for (let number = 0; number < seconds * EVENTS_A_SECOND; number += 1) {
    const id = subscriptions[number % subscriptions.length] ?? "";
    const isCancelled = stripe.engine.object(id)?.["cancel_at_period_end"] === true;
    if (isCancelled) stripe.engine.resumeCancellation(id);
    else stripe.engine.cancelAtPeriodEnd(id);
    await pause(Math.max(0, begun + (number + 1) * (1000 / EVENTS_A_SECOND) - performance.now()));
  }
}

async function settled(database: BenchDatabase): Promise<void> {
  for (;;) {
    const [row] = await database.query<{ left: number }>(
      "select count(*)::int as left from stripe_events where outcome in ('received', 'failed')",
    );
    if (row?.left === 0) return;
    await pause(50);
  }
}

/** What one reading of a subscription takes, when nothing else is asked. */
async function answerMilliseconds(stripe: StripeStandIn): Promise<number> {
  const [subscription] = stripe.engine.list("subscription");
  const times: number[] = [];
  for (let round = 0; round < 30; round += 1) {
    const begun = performance.now();
    await fetch(`${stripe.apiBase}/v1/subscriptions/${subscription?.["id"]}`, {
      headers: { authorization: `Bearer ${stripe.secretKey}` },
    }).then((answer) => answer.arrayBuffer());
    times.push(performance.now() - begun);
  }
  return quantile(times, 0.5);
}

async function reconciliation(lab: Lab, stripe: StripeStandIn, count: number): Promise<Figure[]> {
  const database = await lab.database(count);
  const env = environment(stripe);
  await command(lab, database, env, "catalogue", "apply");
  await plant(database, stripe, count);
  const timed = async (): Promise<{ seconds: number; requests: number }> => {
    const asked = stripe.requests.length;
    const begun = performance.now();
    await command(lab, database, env, "billing", "reconcile");
    return { seconds: (performance.now() - begun) / 1000, requests: stripe.requests.length - asked };
  };
  const [first, again] = [await timed(), await timed()];
  const line = (name: string, run: { seconds: number; requests: number }): Figure => ({
    name: `reconcile ${count.toLocaleString("en")} subscriptions, ${name}`,
    unit: "s",
    value: spreadOf([run.seconds]),
    limit: { name: "requests to Stripe", value: spreadOf([run.requests]) },
    ratio: spreadOf([run.seconds / run.requests]),
    aim: null,
  });
  return [line("all of them new", first), line("none changed", again)];
}

const environment = (stripe: StripeStandIn) => ({
  STRIPE_SECRET_KEY: stripe.secretKey,
  STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
  STRIPE_API_BASE: stripe.apiBase,
  RECONCILE_MINUTES: "0",
});

/** A customer and a subscription at Stripe for each account of the population. */
async function plant(database: BenchDatabase, stripe: StripeStandIn, count: number): Promise<string[]> {
  const [price] = await database.query<{ price_id: string }>(
    "select price_id from plan_billing where plan = 'pro' and billing_interval = 'month'",
  );
  const accounts = await database.query<{ id: string }>(`select id from accounts order by id limit ${count}`);
  const made = accounts.map(({ id }) => ({
    id,
    ...stripe.engine.seedSubscription({ priceId: price?.price_id ?? "", metadata: { account_id: id } }),
  }));
  await database.query(
    "insert into billing_customers (account_id, customer_id, created_at) select account, customer, now() from unnest($1::uuid[], $2::text[]) as pair (account, customer)",
    [made.map(({ id }) => id), made.map(({ customerId }) => customerId)],
  );
  return made.map(({ subscriptionId }) => subscriptionId);
}

/** Runs one command of the product to its end. @throws Error with what it wrote */
function command(lab: Lab, database: BenchDatabase, env: Readonly<Record<string, string>>, ...words: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const own = {
      PATH: process.env["PATH"],
      SANDBOX: "off",
      GATEHOUSE_HOME: lab.home,
      GATEHOUSE_SECRET: SECRET,
      DATABASE_URL: database.serverUrl,
      DATABASE_OWNER_URL: database.adminUrl,
    };
    const child = spawn(process.execPath, [ROOT + PRODUCT_ENTRY, ...words], { env: { ...own, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (said += data.toString()));
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`gatehouse ${words.join(" ")}: ${said}`))));
  });
}
