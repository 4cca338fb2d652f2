import { appendFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clientOf, GOOD_CARD, openEndpoint, openTestShop } from "./open-test-shop.ts";
import type { StripeStandIn } from "./stand-in.ts";
import { startStripe } from "./stripe.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "stripe-journal-"));
});
afterEach(() => rm(home, { recursive: true }));

/** Another process on the same folder; the first is not told to stop, as when it was killed. */
const startAgain = (now: number): Promise<StripeStandIn> =>
  startStripe({
    home,
    port: 0,
    clock: { now: () => new Date(now * 1000) },
    secret: "a secret of a test, long enough to be one",
    pagesUrl: null,
  });

test("a process that is killed loses nothing that was answered", async () => {
  const shop = await openTestShop({ home });
  const { subscription, customer } = await shop.subscribed();
  await shop.stripe.customers.create({ name: "Grace" }, { idempotencyKey: "one" });
  const gone = await shop.customer();
  await shop.stripe.customers.del(gone);
  const before = shop.standIn.engine;
  const again = await startAgain(shop.now());
  for (const type of ["customer", "subscription", "invoice", "payment_method", "payment_intent", "charge", "price", "event"])
    expect(again.engine.list(type)).toEqual(before.list(type));
  const stripe = clientOf(again);
  expect(await stripe.customers.retrieve(gone)).toMatchObject({ deleted: true });
  const replayed = await stripe.customers.create({ name: "Grace" }, { idempotencyKey: "one" });
  expect(replayed.lastResponse.headers["idempotent-replayed"]).toBe("true");
  const made = await stripe.customers.create({ name: "Ada" });
  expect(before.object(made.id)).toBeNull();
  again.engine.setCard(customer, GOOD_CARD);
  await again.stop();
  // And once more, from the state that was written anew, a month on.
  const third = await startAgain(shop.now() + 31 * 86_400);
  await third.settle();
  expect(third.engine.object(made.id)).not.toBeNull();
  expect(third.engine.listOf("invoice", customer)).toHaveLength(2);
  expect(third.engine.object(subscription)).toMatchObject({ status: "active" });
  await third.stop();
  await shop.stop();
});

test("a line that was not written to its end is left out", async () => {
  const shop = await openTestShop({ home });
  const customer = await shop.customer();
  await shop.stop();
  const [name = ""] = await readdir(home);
  await appendFile(join(home, name), '{"n":99,"c":[{"p":["customer",{"id":"cus_half"');
  const again = await startAgain(shop.now());
  expect(again.engine.list("customer")).toMatchObject([{ id: customer }]);
  await again.stop();
});

test("an event that was not delivered before is delivered after", async () => {
  const shop = await openTestShop({ home });
  const endpoint = await openEndpoint();
  shop.standIn.webhooks.setMode({ kind: "held" });
  shop.standIn.webhooks.sendTo(endpoint.url);
  await shop.customer();
  const again = await startAgain(shop.now());
  again.webhooks.sendTo(endpoint.url);
  await again.settle();
  expect(endpoint.types()).toEqual(["customer.created"]);
  await again.stop();
  await shop.stop();
  await endpoint.stop();
});

test("the same secret gives the same ids", async () => {
  const [one, two] = await Promise.all([openTestShop(), openTestShop()]);
  expect(await one.customer()).toBe(await two.customer());
  expect(one.standIn.secretKey).toBe(two.standIn.secretKey);
  await Promise.all([one.stop(), two.stop()]);
});
