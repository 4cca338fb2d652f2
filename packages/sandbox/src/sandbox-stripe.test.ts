import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sandboxRoutes } from "./sandbox-routes.ts";
import type { StripeStandIn } from "./stripe/stand-in.ts";
import { startStripe } from "./stripe/stripe.ts";

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const PAGE = { accept: "text/html" };

let offset: number;
let stripe: StripeStandIn;
let http: FastifyInstance;
let endpoint: FastifyInstance;
/** What the product was told, and at which day of the clock. */
let told: { type: string; day: number }[];
let productSettles: number[];

const now = (): Date => new Date(START + offset);
const dayNow = (): number => offset / DAY;

beforeEach(async () => {
  [offset, told, productSettles] = [0, [], []];
  stripe = await startStripe({
    home: null,
    port: 0,
    clock: { now },
    secret: "a secret of a test",
    pagesUrl: "http://localhost/sandbox/stripe",
  });
  endpoint = Fastify();
  endpoint.post<{ Body: { type: string } }>("/", (request, reply) => {
    told.push({ type: request.body.type, day: dayNow() });
    return reply.send({});
  });
  stripe.webhooks.sendTo(await endpoint.listen({ host: "127.0.0.1", port: 0 }));
  const clock = {
    now,
    offsetMilliseconds: () => offset,
    move: async (milliseconds: number) => {
      await Promise.resolve();
      offset += milliseconds;
    },
    settle: async () => {
      await Promise.resolve();
      productSettles.push(dayNow());
    },
  };
  http = Fastify();
  await http.register(sandboxRoutes, { prefix: "/sandbox", mailbox: null, clock, stripe, parts: [] });
});
afterEach(async () => {
  await http.close();
  await stripe.stop();
  await endpoint.close();
});

const advance = (days: number) => http.inject({ method: "POST", url: "/sandbox/clock/advance", payload: { days } });
/** A subscription of a month, paid on day 0. */
async function sell(): Promise<void> {
  const post = (path: string, params: Record<string, string>) =>
    fetch(`${stripe.apiBase}/v1/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${stripe.secretKey}` },
      body: new URLSearchParams(params),
    });
  await post("products", { id: "pro", name: "Pro" });
  await post("prices", { product: "pro", currency: "usd", unit_amount: "2900", "recurring[interval]": "month" });
  stripe.engine.seedSubscription({ priceId: String(stripe.engine.list("price")[0]?.["id"]), email: "ada@example.com", events: true });
}

test("moving the clock by 70 days renews twice, and the product is told of each renewal at its own time", async () => {
  await sell();
  expect((await advance(70)).json()).toEqual({ now: new Date(START + 70 * DAY).toISOString(), offset_seconds: 70 * 86_400 });
  expect(told.filter(({ type }) => type === "invoice.paid").map(({ day }) => day)).toEqual([0, 31, 59]);
  expect(productSettles).toEqual([31, 59, 70]);
});

test("two who move the clock at once move it by the sum", async () => {
  await sell();
  await Promise.all([advance(40), advance(30)]);
  expect(offset).toBe(70 * DAY);
  expect(told.filter(({ type }) => type === "invoice.paid").map(({ day }) => day)).toEqual([0, 31, 59]);
});

test("ten years of monthly renewals are gone through, each at its time", async () => {
  await sell();
  expect((await advance(3_650)).statusCode).toBe(200);
  const paid = told.filter(({ type }) => type === "invoice.paid").map(({ day }) => day);
  expect(paid).toHaveLength(120);
  expect(new Set(paid).size).toBe(120);
});

test("Stripe's pages are among the sandbox's own, and what is real instead is said", async () => {
  const page = await http.inject({ url: "/sandbox/stripe", headers: PAGE });
  expect(page.body).toContain('<a href="/sandbox/stripe" aria-current="page">Stripe</a>');
  const style = /href="([^"]+sandbox\.css)"/.exec(page.body)?.[1] ?? "";
  expect((await http.inject({ url: style })).headers["content-type"]).toBe("text/css; charset=utf-8");
  const mail = await http.inject({ url: "/sandbox/mail", headers: PAGE });
  expect(mail.body).toContain("Mail is not played here");
  expect((await http.inject({ url: "/sandbox/mail" })).json()).toMatchObject({ status: 404, code: "mail_not_played" });
});
