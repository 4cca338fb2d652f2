import type StripeSdk from "stripe";
import { stopwatch } from "./clock.ts";
import type { Log } from "./log.ts";
import { Refusal } from "./refuse.ts";

/** The version in which Stripe answers us. Pinned: an upgrade of the package must not change what is stored (R14). */
export const STRIPE_API_VERSION = "2026-10-28.endive";
/** A single request of several; a first one that hangs leaves time to try again. */
const REQUEST_SECONDS_MAX = 5;

export interface StripeClientOptions {
  readonly secretKey: string;
  readonly apiBase: string;
  readonly log: Log;
}

/** Runs requests that share one deadline. */
export interface Asking {
  readonly sdk: StripeSdk;
  /**
   * @param request is given the options of the request: its share of the time, and the key where there is one
   * @throws Refusal billing_unavailable (away, slow, 429, 5xx, garbage) | billing_failed (it did not take our request) | payment_declined
   */
  ask<T>(request: (options: StripeSdk.RequestOptions) => Promise<T>, idempotencyKey?: string): Promise<T>;
}

/** Loaded at the first use: 20 MB that a process without billing never reads. */
export async function loadStripe({ secretKey, apiBase }: StripeClientOptions): Promise<StripeSdk> {
  const { default: Sdk } = await import("stripe");
  const { protocol, hostname, port } = new URL(apiBase);
  return new Sdk(secretKey, {
    apiVersion: STRIPE_API_VERSION,
    host: hostname.replace(/^\[|\]$/g, ""),
    protocol: protocol === "http:" ? "http" : "https",
    ...(port === "" ? {} : { port }),
    telemetry: false,
    appInfo: { name: "gatehouse" },
  });
}

/** @param seconds for everything that is asked, from now on */
export function askWithin(sdk: StripeSdk, seconds: number, log: Log): Asking {
  const end = stopwatch() + seconds;
  return {
    sdk,
    async ask(request, idempotencyKey) {
      const left = end - stopwatch();
      if (left < 0.1) throw unavailable(new Error("no time is left to ask Stripe"));
      const timeout = Math.floor(Math.min(left, REQUEST_SECONDS_MAX) * 1000);
      const options = { timeout, maxNetworkRetries: 1, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) };
      try {
        return await endingBy(request(options), left);
      } catch (error) {
        const refusal = asRefusal(error);
        // That there is no such thing is often the answer that was asked for.
        const level = stripeCodeOf(error) === "resource_missing" ? "debug" : "warn";
        log[level]({ err: error, code: refusal.code }, "Stripe did not answer as asked");
        throw refusal;
      }
    },
  };
}

/** The object that was asked for, or null where Stripe knows none by that id. */
export async function orMissing<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (stripeCodeOf(error) === "resource_missing") return null;
    throw error;
  }
}

/** Stripe's own code of what we refused, such as `resource_missing`; null where there is none. */
export function stripeCodeOf(error: unknown): string | null {
  const cause = error instanceof Refusal ? Object(error.cause) : Object(error);
  return typeof cause.code === "string" ? cause.code : null;
}

/**
 * Stripe answered with an error of its own: under the same idempotency key it would repeat that answer for a day (C2). Not so where it
 * was too busy, or where nobody knows whether it heard us.
 */
export function wasAnswered(error: unknown): boolean {
  const cause = error instanceof Refusal ? Object(error.cause) : Object(error);
  const status = cause.statusCode;
  return typeof status === "number" && status >= 400 && status !== 409 && status !== 429;
}

/** The request goes on without us where Stripe sends byte by byte: nobody may wait for that. */
async function endingBy<T>(work: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("Stripe took too long")), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Told by the SDK's name of the error, so that the SDK need not be loaded to know it. */
function asRefusal(error: unknown): Refusal {
  const { type, code, decline_code: declineCode, headers } = Object(error);
  switch (type) {
    case "StripeCardError":
      return withCause(new Refusal("payment_declined", { reason: String(declineCode ?? code ?? "card_declined") }), error);
    case "StripeInvalidRequestError":
    case "StripeAuthenticationError":
    case "StripePermissionError":
    case "StripeIdempotencyError":
      return withCause(new Refusal("billing_failed"), error);
    default:
      return unavailable(error, Number(Object(headers)["retry-after"]));
  }
}

const RETRY_SECONDS = 5;
const RETRY_SECONDS_MAX = 120;

function unavailable(cause: unknown, asked = Number.NaN): Refusal {
  const retryAfterSeconds = asked > 0 ? Math.min(Math.ceil(asked), RETRY_SECONDS_MAX) : RETRY_SECONDS;
  return withCause(new Refusal("billing_unavailable", { retryAfterSeconds }), cause);
}

function withCause(refusal: Refusal, cause: unknown): Refusal {
  refusal.cause = cause;
  return refusal;
}
