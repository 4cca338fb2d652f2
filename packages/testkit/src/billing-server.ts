import { addDays } from "@gatehouse/core";
import { advanceInSteps } from "@gatehouse/sandbox/clock-steps";
import type { StripeStandIn } from "@gatehouse/sandbox/stripe/stand-in";
import { startStripe } from "@gatehouse/sandbox/stripe/stripe";
import { applyCatalogue } from "@gatehouse/server/billing/catalogue-at-stripe";
import { type TestClock, testClock } from "./test-clock.ts";
import { openTestServer, type TestServer, type TestServerOptions } from "./test-server.ts";

/** A server with a Stripe: the production client speaks to the sandbox's stand-in, and gets its signed webhooks over HTTP. */
export interface BillingServer extends TestServer {
  readonly stripe: StripeStandIn;
  /** Lets Stripe and the product do what is due, until neither has anything left. */
  settle(): Promise<void>;
  /** Goes forward, and stops wherever Stripe does something by itself. @param days 24 hours each; parts of a day too */
  advance(days: number): Promise<void>;
}
export interface BillingServerOptions extends Omit<TestServerOptions, "beside" | "at" | "clock"> {
  readonly at?: Date;
  /** A Stripe that is there already; it stays when the server is closed. */
  readonly stripe?: StripeStandIn;
}

/** Prices are at Stripe when this returns. The webhooks come to the server's real port. */
export async function openBillingServer(options: BillingServerOptions = {}): Promise<BillingServer> {
  const clock = testClock(options.at);
  const stripe = options.stripe ?? (await startStripe({ home: null, port: 0, clock, secret: "of a test", pagesUrl: null }));
  const env = {
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
    STRIPE_API_BASE: stripe.apiBase,
    ...options.env,
  };
  try {
    const server = await openTestServer({ ...options, env, clock });
    await applyCatalogue(server.app, 30, () => undefined);
    stripe.webhooks.sendTo(`${await server.listen()}/api/v1/webhooks/stripe`);
    return asBillingServer(server, stripe, clock, options.stripe === undefined);
  } catch (error) {
    if (options.stripe === undefined) await stripe.stop();
    throw error;
  }
}

function asBillingServer(server: TestServer, stripe: StripeStandIn, clock: TestClock, isOwnStripe: boolean): BillingServer {
  const settle = async (): Promise<void> => {
    let before: number;
    do {
      before = stripe.webhooks.deliveries().length + stripe.engine.events().length;
      await stripe.settle();
      await server.settle();
    } while (stripe.webhooks.deliveries().length + stripe.engine.events().length !== before);
  };
  return {
    ...server,
    stripe,
    settle,
    async advance(days) {
      const start = clock.wall();
      const movable = {
        now: clock.now,
        offsetMilliseconds: () => clock.now().getTime() - start.getTime(),
        move: (milliseconds: number) => Promise.resolve(clock.advanceMilliseconds(milliseconds)),
        settle,
      };
      await advanceInSteps(movable, { nextDueAt: stripe.nextDueAt, settle }, addDays(start, days).getTime() - start.getTime());
    },
    async mailTo(address) {
      await settle();
      return server.mailTo(address);
    },
    async mailsTo(address) {
      await settle();
      return server.mailsTo(address);
    },
    async close() {
      stripe.webhooks.sendTo(null);
      await server.close();
      if (isOwnStripe) await stripe.stop();
    },
  };
}
