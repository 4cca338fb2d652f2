import type { StripeStandIn } from "@gatehouse/sandbox/stripe/stand-in";
import { startStripe } from "@gatehouse/sandbox/stripe/stripe";
import { openTestServer, type TestServer, testClock, testProduct } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Product } from "../server.ts";
import { listPrices } from "./prices.store.ts";

let stripe: StripeStandIn;
let server: TestServer;
let stripeEnv: Record<string, string>;
let env: Record<string, string>;
beforeEach(async () => {
  const clock = testClock();
  stripe = await startStripe({ home: null, port: 0, clock, secret: "of a test", pagesUrl: null });
  stripeEnv = { STRIPE_SECRET_KEY: stripe.secretKey, STRIPE_WEBHOOK_SECRET: stripe.webhookSecret, STRIPE_API_BASE: stripe.apiBase };
  server = await openTestServer({ env: stripeEnv });
  env = { ...environmentOf(server.database), ...stripeEnv };
});
afterEach(async () => {
  await server.close();
  await stripe.stop();
});

const dearer: Product = {
  ...testProduct,
  catalogue: {
    ...testProduct.catalogue,
    plans: testProduct.catalogue.plans.map((plan) => ({
      ...plan,
      prices: plan.prices.map((price) => (price.interval === "year" ? { ...price, amountMinor: 390_00 } : price)),
    })),
  },
};
const sold = () => server.app.db.asSystem("a test", (tx) => listPrices(tx, false));
const posts = () => stripe.requests.filter((request) => request.method === "POST").length;

test("a sandbox sells everything as soon as it has started", async () => {
  expect((await sold()).map((price) => [price.lookupKey, price.amountMinor, price.isPerSeat])).toEqual([
    ["testproduct_pro_month", 29_00, true],
    ["testproduct_pro_year", 290_00, true],
    ["testproduct_team_month", 490_00, false],
  ]);
  expect(await runCommand("catalogue plan", env)).toEqual({
    code: 0,
    stdout: "The database: as the catalogue says.\nStripe (test mode): as the catalogue says.\n",
    stderr: "",
  });
});

test("a further process of the sandbox finds everything done, and writes nothing at Stripe", async () => {
  const before = posts();
  const second = await openTestServer({ env: stripeEnv, beside: server });
  await second.close();
  expect(posts()).toBe(before);
});

test("a changed amount is shown, made, and told once; the lookup key moves and the price before is archived", async () => {
  const year = (await sold()).find((price) => price.interval === "year");
  const plan = await runCommand("catalogue plan", env, { product: dearer });
  expect(plan).toMatchObject({ code: 0, stderr: "" });
  expect(plan.stdout).toBe(
    [
      "The database: as the catalogue says.",
      "Stripe (test mode):",
      `  make price testproduct_pro_year, $390.00 a seat a year (${year?.priceId} is $290.00)`,
      `  archive price ${year?.priceId} of pro (it is no longer sold; subscriptions on it go on)`,
      "",
      "gatehouse catalogue apply makes these changes.",
      "",
    ].join("\n"),
  );
  const applied = await runCommand("catalogue apply --json", env, { product: dearer });
  expect(JSON.parse(applied.stdout)).toMatchObject({ stripe: "test", changes: [{ kind: "make_price" }, { kind: "archive_price" }] });
  expect((await runCommand("catalogue apply", env, { product: dearer })).stdout).toBe("Nothing to do.\n");

  const now = (await sold()).find((price) => price.interval === "year");
  expect(now).toMatchObject({ amountMinor: 390_00, lookupKey: "testproduct_pro_year" });
  const calls = await server.app.stripe.calls(5);
  expect(await calls.readPrices(["testproduct_pro_year"])).toMatchObject([{ id: now?.priceId, active: true }]);
});

test("several commands at once are one", async () => {
  const runs = await Promise.all([1, 2, 3].map(() => runCommand("catalogue apply", env, { product: dearer })));
  expect(runs.map((run) => [run.code, run.stderr])).toEqual(runs.map(() => [0, ""]));
  const asked = stripe.requests.filter(
    ({ method, path, params }) => method === "POST" && path === "/v1/prices" && params["unit_amount"] === "39000",
  );
  expect(new Set(asked.map((request) => request.idempotencyKey)).size).toBe(1);
  expect((await runCommand("catalogue plan", env, { product: dearer })).stdout).toContain("Stripe (test mode): as the catalogue says.");
});

test("a sandbox whose Stripe is away starts all the same, and says so in its log", async () => {
  const away = await openTestServer({ env: { ...stripeEnv, STRIPE_API_BASE: "http://127.0.0.1:1" } });
  try {
    expect((await away.request("GET", "/readyz")).status).toBe(200);
    expect(away.logLines().join("")).toContain("the next start tries again");
  } finally {
    await away.close();
  }
});
