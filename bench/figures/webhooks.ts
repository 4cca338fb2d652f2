import { createHmac } from "node:crypto";
import type { Figure } from "../figure.ts";
import type { BenchDatabase, Lab } from "../lab.ts";
import { interleave, type Measurement } from "../method.ts";
import { requestText } from "../processes/load.ts";
import { openPlainWrites } from "../processes/plain-writes.ts";
import { ratioOf, spreadOf } from "../statistics.ts";

const CONNECTIONS = 16;
const FEW = 1_000;
const MANY = 100_000;
/** More than a slice can take. */
const EVENTS_A_SLICE = 6_000;
const EVENT_BYTES = 3_500;
const SECRET = "whsec_of_the_bench";
/** Receiving only: what the events mean is worked off elsewhere. Nothing answers at this Stripe. */
const ENV = {
  STRIPE_SECRET_KEY: "sk_test_bench",
  STRIPE_WEBHOOK_SECRET: SECRET,
  STRIPE_API_BASE: "http://127.0.0.1:9",
  RECONCILE_MINUTES: "0",
};

/** Signed events into the ledger with their jobs, beside the least that PostgreSQL could be asked for each. */
export const webhooks: Measurement = {
  name: "webhooks",
  what: "POST /webhooks/stripe, distinct signed events of 3.5 kB, 16 connections, beside plain transactions of as many writes",
  async measure(lab, { isQuick }) {
    const few = await openReceiver(lab, await lab.database(FEW), isQuick);
    const many = await openReceiver(lab, await lab.database(MANY), isQuick);
    const plain = await openPlainWrites(few.database);
    for (const receiver of [few, many]) await receiver.first();
    await plain.rate(1);
    const rates = await interleave(isQuick ? 3 : 7, {
      plain: () => plain.rate(isQuick ? 1 : 2),
      first: few.first,
      again: few.again,
      many: many.first,
    });
    await few.stop();
    await many.stop();
    const line = (name: string, values: readonly number[], limitName: string, limits: readonly number[], aim: Figure["aim"]): Figure => ({
      name,
      unit: "/s",
      value: spreadOf(values),
      limit: { name: limitName, value: spreadOf(limits) },
      ratio: ratioOf(values, limits),
      aim,
    });
    return [
      line("webhooks, first deliveries", rates.first, `transactions/s of ${plain.by}`, rates.plain, {
        of: "ratio",
        at: "least",
        bound: 0.5,
      }),
      line("webhooks, delivered again", rates.again, "first deliveries/s", rates.first, { of: "ratio", at: "least", bound: 1 }),
      line("webhooks at 100,000 accounts", rates.many, "/s at 1,000", rates.first, { of: "ratio", at: "least", bound: 0.9 }),
    ];
  },
};

async function openReceiver(lab: Lab, database: BenchDatabase, isQuick: boolean) {
  const server = await lab.serve(database, { env: ENV, args: ["serve", "--role", "api"] });
  let made = 0;
  let last: string[] = [];
  const slice = async (requests: string[]): Promise<number> => {
    const milliseconds = isQuick ? 700 : 1200;
    const load = {
      port: server.port,
      connections: CONNECTIONS,
      requests,
      warmUpMilliseconds: 100,
      milliseconds,
      requestsMax: requests.length,
    };
    return (await lab.load.run(load, 200)).perSecond;
  };
  return {
    database,
    /** Events that never came before. */
    first(): Promise<number> {
      last = Array.from({ length: EVENTS_A_SLICE }, () => {
        made += 1;
        return signedEvent(made);
      });
      return slice(last);
    },
    /** Those of the last slice that were taken, once more. */
    again: () => slice(last.slice(0, EVENTS_A_SLICE / 4)),
    stop: server.stop,
  };
}

function signedEvent(number: number): string {
  const account = 1 + (number % FEW);
  const object = { id: `sub_${account}`, object: "subscription", customer: `cus_${account}`, status: "active", metadata: { filler: "" } };
  const event = {
    id: `evt_bench_${number}`,
    object: "event",
    api_version: "2026-10-28.endive",
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    type: "customer.subscription.updated",
    data: { object },
  };
  object.metadata.filler = "x".repeat(EVENT_BYTES - JSON.stringify(event).length);
  const body = JSON.stringify(event);
  const signature = createHmac("sha256", SECRET).update(`${event.created}.${body}`).digest("hex");
  return requestText("POST", "/api/v1/webhooks/stripe", { body, headers: [`stripe-signature: t=${event.created},v1=${signature}`] });
}
