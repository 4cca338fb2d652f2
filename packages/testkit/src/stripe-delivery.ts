import { createHmac } from "node:crypto";
import type { Answer } from "./request.ts";
import { TEST_START } from "./test-clock.ts";
import type { TestServer } from "./test-server.ts";

/** What a server is configured with, so that deliveries reach it. Nothing listens where its requests to Stripe would go. */
export const STRIPE_ENV = {
  STRIPE_SECRET_KEY: "sk_test_of_tests",
  STRIPE_WEBHOOK_SECRET: "whsec_of_tests",
  STRIPE_API_BASE: "http://127.0.0.1:9",
} as const;

/** `Stripe-Signature` over the bytes of `body`. @param at the time of the world, which a test's clock tells as `wall` */
export function signatureOf(body: string | Uint8Array, at: Date, secret: string = STRIPE_ENV.STRIPE_WEBHOOK_SECRET): string {
  const seconds = Math.floor(at.getTime() / 1000);
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.`).update(body).digest("hex")}`;
}

let lastEvent = 0;
/** An event as Stripe writes it, a minute old: of a subscription that nobody here has heard of. The id is one that no other has. */
export function stripeEvent(fields: object = {}) {
  lastEvent += 1;
  return {
    id: `evt_${lastEvent}`,
    object: "event",
    api_version: "2026-10-28.endive",
    created: TEST_START.getTime() / 1000 - 60,
    type: "customer.subscription.updated",
    livemode: false,
    data: { object: { id: "sub_1", object: "subscription", customer: "cus_1", metadata: {} } },
    ...fields,
  };
}

/** The row of the event in the ledger; empty where there is none. */
export const ledgerOf = ({ database }: Pick<TestServer, "database">, id: string) =>
  database.query(
    `select id, type, created_at, api_version, livemode, payload, received_at, origin, outcome, reason, matched_account_id, processed_at
     from stripe_events where id = $1`,
    [id],
  );

/** The jobs that will look at the event, or have. */
export const jobsOfEvent = ({ database }: Pick<TestServer, "database">, id: string) =>
  database.query("select name, state, retry_limit, retry_backoff, data from pgboss.job where data->'data'->>'eventId' = $1", [id]);

export interface DeliveryOptions {
  /** Over those that Stripe sends; an empty text takes one away. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Delivers as Stripe does: signed, to the letter where `body` is text or bytes. */
export async function deliver(server: TestServer, body: unknown, options: DeliveryOptions = {}): Promise<Answer> {
  const bytes = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body, null, 2);
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    "stripe-signature": signatureOf(bytes, server.clock.wall()),
    ...options.headers,
  };
  const response = await server.http.inject({
    method: "POST",
    url: "/api/v1/webhooks/stripe",
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== "")),
    payload: bytes,
  });
  const answered = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, value?.toString()]));
  return { status: response.statusCode, body: response.json(), text: response.body, headers: answered, cookies: {} };
}
