import { createHmac } from "node:crypto";
import type { Answer } from "./request.ts";
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
