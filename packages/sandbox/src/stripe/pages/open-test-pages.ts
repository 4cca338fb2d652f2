import Fastify, { type LightMyRequestResponse } from "fastify";
import type { StripeStandIn } from "../stand-in.ts";
import { startStripe } from "../stripe.ts";
import { stripePages } from "./stripe-pages.ts";

const START = Date.UTC(2026, 0, 1);
const DAY_MILLISECONDS = 86_400_000;
export const PAGE = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const FORM = { ...PAGE, "content-type": "application/x-www-form-urlencoded" };

/** The pages on the real stand-in, driven as a browser and as a program drive them; for tests. */
export interface TestPages {
  readonly stripe: StripeStandIn;
  /** What a browser gets. */
  page(url: string): Promise<LightMyRequestResponse>;
  get(url: string): Promise<LightMyRequestResponse>;
  /** What a browser sends when a button is pressed. */
  submit(url: string, fields: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>;
  /** What a program sends. */
  post(url: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>;
  /** A call of the merchant's, in Stripe's own notation: `items[0][price]`. Gives the id of what it made. */
  make(path: string, params: Readonly<Record<string, string>>): Promise<string>;
  /** Time goes by, and what falls due is done. */
  passDays(days: number): Promise<void>;
  /** Time goes by, and nothing has looked at it yet. */
  passDaysUnseen(days: number): void;
  stop(): Promise<void>;
}

export async function openTestPages(): Promise<TestPages> {
  let time = START;
  const stripe = await startStripe({
    home: null,
    port: 0,
    clock: { now: () => new Date(time) },
    secret: "a secret of a test, long enough to be one",
    pagesUrl: "http://localhost:4000/stripe",
  });
  const http = Fastify();
  await http.register(stripePages, { prefix: "/stripe", stripe });
  const inject = (method: "GET" | "POST", url: string, headers: Readonly<Record<string, string>>, payload?: string) =>
    http.inject({ method, url: `/stripe${url}`, headers, ...(payload === undefined ? {} : { payload }) });
  return {
    stripe,
    page: (url) => inject("GET", url, PAGE),
    get: (url) => inject("GET", url, { accept: "application/json" }),
    submit: (url, fields) => inject("POST", url, FORM, new URLSearchParams(fields).toString()),
    post: (url, body, headers = {}) =>
      inject("POST", url, { accept: "application/json", "content-type": "application/json", ...headers }, JSON.stringify(body)),
    async make(path, params) {
      const answer = await fetch(`${stripe.apiBase}/v1/${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${stripe.secretKey}` },
        body: new URLSearchParams(params),
      });
      const made: unknown = await answer.json();
      if (typeof made === "object" && made !== null && "id" in made && typeof made.id === "string") return made.id;
      throw new Error(`${path}: ${JSON.stringify(made)}`);
    },
    async passDays(days) {
      time += days * DAY_MILLISECONDS;
      await stripe.settle();
    },
    passDaysUnseen(days) {
      time += days * DAY_MILLISECONDS;
    },
    async stop() {
      await http.close();
      await stripe.stop();
    },
  };
}

export interface TestShop {
  readonly customer: string;
  readonly pro: string;
  readonly team: string;
}

/** A customer, and two plans: Pro at 49.00 and Team at 19.00 a month. */
export async function openTestShop({ make }: TestPages, currency = "usd"): Promise<TestShop> {
  const price = async (name: string, amount: string): Promise<string> => {
    const product = await make("products", { name });
    const params = { product, currency, unit_amount: amount, "recurring[interval]": "month", lookup_key: keyOf(name, currency) };
    return await make("prices", params);
  };
  return {
    customer: await make("customers", { email: "ada@example.com", name: "Ada" }),
    pro: await price("Pro", "4900"),
    team: await price("Team", "1900"),
  };
}

const keyOf = (name: string, currency: string): string => (currency === "usd" ? name.toLowerCase() : `${name.toLowerCase()}_${currency}`);

/** @param more such as `{ "subscription_data[trial_end]": "..." }` */
export function openCheckout({ make }: TestPages, shop: TestShop, more: Readonly<Record<string, string>> = {}): Promise<string> {
  return make("checkout/sessions", {
    mode: "subscription",
    customer: shop.customer,
    "line_items[0][price]": shop.pro,
    "line_items[0][quantity]": "3",
    success_url: "http://localhost:5173/welcome?session={CHECKOUT_SESSION_ID}",
    cancel_url: "http://localhost:5173/plans",
    ...more,
  });
}
