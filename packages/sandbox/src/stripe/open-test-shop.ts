import { createServer } from "node:http";
import Stripe from "stripe";
import type { StripeStandIn } from "./stand-in.ts";
import { startStripe } from "./stripe.ts";

export const GOOD_CARD = "4242424242424242";
export const FAILING_CARD = "4000000000000341";
export const START = Date.UTC(2026, 0, 1);
const DAY_MILLISECONDS = 86_400_000;

/** The stand-in with the official client before it, and a shop that sells two plans; for tests. */
export interface TestShop {
  readonly standIn: StripeStandIn;
  readonly stripe: Stripe;
  /** 29.00 a month, `pro_month`. */
  readonly pro: string;
  /** 290.00 a year, `pro_year`. */
  readonly proYear: string;
  /** 99.00 a month, `team_month`. */
  readonly team: string;
  /** Time goes by, and what falls due is done and delivered. */
  passDays(days: number): Promise<void>;
  /** Only the clock moves. */
  moveDays(days: number): void;
  /** Unix seconds. */
  now(): number;
  customer(fields?: Stripe.CustomerCreateParams): Promise<string>;
  checkout(customer: string, more?: Partial<Stripe.Checkout.SessionCreateParams>): Promise<string>;
  /** A subscription to Pro, paid for at the checkout. */
  subscribed(card?: string, more?: Partial<Stripe.Checkout.SessionCreateParams>): Promise<{ customer: string; subscription: string }>;
  /** Types of the events that `work` makes, in their order. */
  eventsOf(work: () => unknown): Promise<string[]>;
  stop(): Promise<void>;
}

export async function openTestShop(options: { readonly home?: string; readonly at?: number } = {}): Promise<TestShop> {
  let time = options.at ?? START;
  const standIn = await startStripe({
    home: options.home ?? null,
    port: 0,
    clock: { now: () => new Date(time) },
    secret: "a secret of a test, long enough to be one",
    pagesUrl: null,
  });
  const stripe = clientOf(standIn);
  const [pro, proYear, team] = await sell(stripe);
  const customer = async (fields: Stripe.CustomerCreateParams = {}) =>
    (await stripe.customers.create({ email: "ada@example.com", ...fields })).id;
  const checkout: TestShop["checkout"] = async (of, more = {}) => {
    const wish: Stripe.Checkout.SessionCreateParams = {
      mode: "subscription",
      customer: of,
      line_items: [{ price: pro, quantity: 1 }],
      success_url: "http://localhost:4000/welcome?session={CHECKOUT_SESSION_ID}",
      cancel_url: "http://localhost:4000/plans",
    };
    return (await stripe.checkout.sessions.create({ ...wish, ...more })).id;
  };
  return {
    standIn,
    stripe,
    pro,
    proYear,
    team,
    async passDays(days) {
      time += days * DAY_MILLISECONDS;
      await standIn.settle();
    },
    moveDays: (days) => {
      time += days * DAY_MILLISECONDS;
    },
    now: () => Math.floor(time / 1000),
    customer,
    checkout,
    async subscribed(card = GOOD_CARD, more = {}) {
      const of = await customer();
      const session = await checkout(of, more);
      standIn.engine.payCheckout(session, card);
      const done = await stripe.checkout.sessions.retrieve(session);
      return { customer: of, subscription: String(done.subscription) };
    },
    async eventsOf(work) {
      const types: string[] = [];
      const stop = standIn.engine.onEvent(({ type }) => types.push(type));
      await work();
      stop();
      return types;
    },
    stop: standIn.stop,
  };
}

/** The client as a server configures it: by host, port and protocol alone. */
export function clientOf({ apiBase, secretKey }: Pick<StripeStandIn, "apiBase" | "secretKey">, config: Partial<Stripe.StripeConfig> = {}) {
  const { hostname, port } = new URL(apiBase);
  return new Stripe(secretKey, { host: hostname, port, protocol: "http", maxNetworkRetries: 0, telemetry: false, ...config });
}

async function sell(stripe: Stripe): Promise<[string, string, string]> {
  const pro = await stripe.products.create({ name: "Pro" });
  const team = await stripe.products.create({ name: "Team" });
  const price = async (product: string, amount: number, interval: "month" | "year", lookup_key: string) =>
    (await stripe.prices.create({ product, currency: "usd", unit_amount: amount, recurring: { interval }, lookup_key })).id;
  return [
    await price(pro.id, 2900, "month", "pro_month"),
    await price(pro.id, 29000, "year", "pro_year"),
    await price(team.id, 9900, "month", "team_month"),
  ];
}

/** An endpoint that takes events, and answers what it is told to. */
export interface TestEndpoint {
  readonly url: string;
  readonly bodies: string[];
  readonly signatures: string[];
  types(): string[];
  answerWith(status: number): void;
  stop(): Promise<void>;
}

export async function openEndpoint(): Promise<TestEndpoint> {
  const bodies: string[] = [];
  const signatures: string[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      bodies.push(Buffer.concat(chunks).toString("utf8"));
      signatures.push(String(request.headers["stripe-signature"]));
      response.writeHead(status).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}/webhooks/stripe`,
    bodies,
    signatures,
    types: () => bodies.map((body) => String(Object.entries(JSON.parse(body)).find(([key]) => key === "type")?.[1])),
    answerWith: (to) => {
      status = to;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
