import type StripeSdk from "stripe";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import { refuse } from "./refuse.ts";
import { catalogueCalls } from "./stripe-catalogue.ts";
import { checkoutCalls, customerCalls } from "./stripe-checkout.ts";
import { askWithin, loadStripe } from "./stripe-client.ts";
import { eventCalls } from "./stripe-events.ts";
import { subscriptionCalls } from "./stripe-subscriptions.ts";

type AllCalls = ReturnType<typeof subscriptionCalls> &
  ReturnType<typeof checkoutCalls> &
  ReturnType<typeof customerCalls> &
  ReturnType<typeof catalogueCalls> &
  ReturnType<typeof eventCalls>;
/** Everything that we ever ask Stripe. Each may throw Refusal billing_unavailable | billing_failed; never within a transaction (law 8). */
export interface StripeCalls extends AllCalls {}

export interface Stripe {
  /** false: STRIPE_SECRET_KEY is unset, and billing is dark (law 11) */
  readonly configured: boolean;
  /** The mode of the key; events and prices of the other mode are none of ours. */
  readonly livemode: boolean;
  /** How the receiver checks what comes; empty: it is dark. */
  readonly webhookSecrets: readonly string[];
  /**
   * Requests that share one deadline.
   * @param seconds a person waits `PERSON_SECONDS`, a job `JOB_SECONDS`
   * @throws Refusal billing_not_configured
   */
  calls(seconds: number): Promise<StripeCalls>;
}

/** A person's request ends within ten seconds, whatever Stripe does. */
export const PERSON_SECONDS = 8;
export const JOB_SECONDS = 30;

type StripeConfig = Pick<Config, "stripeSecretKey" | "stripeApiBase" | "stripeWebhookSecrets">;

/** Connects to nothing, and loads nothing, until it is asked. */
export function openStripe(config: StripeConfig, log: Log): Stripe {
  const secretKey = config.stripeSecretKey;
  let loading: Promise<StripeSdk> | null = null;
  return {
    configured: secretKey !== null,
    livemode: /^(sk|rk)_live_/.test(secretKey ?? ""),
    webhookSecrets: config.stripeWebhookSecrets,
    async calls(seconds) {
      if (secretKey === null) refuse("billing_not_configured");
      loading ??= loadStripe({ secretKey, apiBase: config.stripeApiBase, log });
      const asking = askWithin(await loading, seconds, log);
      return {
        ...subscriptionCalls(asking),
        ...checkoutCalls(asking),
        ...customerCalls(asking),
        ...catalogueCalls(asking),
        ...eventCalls(asking),
      };
    },
  };
}
