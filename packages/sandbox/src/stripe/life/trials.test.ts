import { afterEach, beforeEach, expect, test } from "vitest";
import { FAILING_CARD, GOOD_CARD, openTestShop, type TestShop } from "../open-test-shop.ts";

const DAY = 86_400;
type MissingCard = "cancel" | "pause" | "create_invoice";
let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
});
afterEach(() => shop.stop());

/** A trial of so many days, from a checkout; without a card unless one is given. */
async function onTrial(days: number, end: MissingCard, card?: string): Promise<{ customer: string; subscription: string }> {
  const customer = await shop.customer();
  const session = await shop.checkout(customer, {
    payment_method_collection: "if_required",
    subscription_data: { trial_end: shop.now() + days * DAY, trial_settings: { end_behavior: { missing_payment_method: end } } },
  });
  if (card === undefined) shop.standIn.engine.completeCheckoutWithoutCard(session);
  else shop.standIn.engine.payCheckout(session, card);
  return { customer, subscription: String((await shop.stripe.checkout.sessions.retrieve(session)).subscription) };
}
const statusOf = async (id: string): Promise<string> => (await shop.stripe.subscriptions.retrieve(id)).status;

test("a trial is free, then it is paid: the first period begins at its end", async () => {
  const { subscription } = await onTrial(10, "cancel", GOOD_CARD);
  expect(await shop.stripe.subscriptions.retrieve(subscription, { expand: ["latest_invoice"] })).toMatchObject({
    status: "trialing",
    latest_invoice: { status: "paid", amount_due: 0 },
  });
  await shop.passDays(10);
  expect(await shop.stripe.subscriptions.retrieve(subscription, { expand: ["latest_invoice"] })).toMatchObject({
    status: "active",
    items: { data: [{ current_period_start: Date.UTC(2026, 0, 11) / 1000, current_period_end: Date.UTC(2026, 1, 11) / 1000 }] },
    latest_invoice: { status: "paid", amount_paid: 2900, billing_reason: "subscription_cycle" },
  });
});

test("a card that fails at the trial's end makes it past due", async () => {
  const { subscription } = await onTrial(10, "cancel", FAILING_CARD);
  await shop.passDays(10);
  expect(await statusOf(subscription)).toBe("past_due");
});

test.each<[MissingCard, string, string]>([
  ["cancel", "canceled", "customer.subscription.deleted"],
  ["pause", "paused", "customer.subscription.paused"],
  ["create_invoice", "past_due", "invoice.payment_failed"],
])("L5: a trial that ends without a card, set to %s, is %s", async (end, status, event) => {
  const { subscription } = await onTrial(10, end);
  const types = await shop.eventsOf(() => shop.passDays(10));
  expect(await statusOf(subscription)).toBe(status);
  expect(types).toContain(event);
});

test("L5: one that was paused says why, and is resumed with a card", async () => {
  const { subscription, customer } = await onTrial(10, "pause");
  await shop.passDays(20);
  expect(await shop.stripe.subscriptions.retrieve(subscription)).toMatchObject({
    status: "paused",
    status_details: { paused: { subscription: { type: "trial_end_without_payment_method" } } },
  });
  shop.standIn.engine.setCard(customer, GOOD_CARD);
  const types = await shop.eventsOf(() => shop.stripe.subscriptions.resume(subscription));
  expect(types).toContain("customer.subscription.resumed");
  const found = await shop.stripe.subscriptions.retrieve(subscription);
  expect(found).toMatchObject({ status: "active", items: { data: [{ current_period_start: shop.now() }] } });
  expect(found.status_details).toBeUndefined();
});

test("L4: trial_will_end comes three days before, once", async () => {
  await onTrial(10, "cancel", GOOD_CARD);
  expect(await shop.eventsOf(() => shop.passDays(6.9))).toEqual([]);
  expect(await shop.eventsOf(() => shop.passDays(0.2))).toEqual(["customer.subscription.trial_will_end"]);
  expect(await shop.eventsOf(() => shop.passDays(2))).toEqual([]);
});

test("L4: it comes at once where the trial is shorter", async () => {
  const types = await shop.eventsOf(() => onTrial(2, "cancel", GOOD_CARD));
  expect(types).toContain("customer.subscription.trial_will_end");
});

test("a trial can be lengthened, and ended by hand", async () => {
  const { subscription } = await onTrial(10, "cancel", GOOD_CARD);
  await shop.stripe.subscriptions.update(subscription, { trial_end: shop.now() + 20 * DAY });
  await shop.passDays(15);
  expect(await statusOf(subscription)).toBe("trialing");
  await shop.stripe.subscriptions.update(subscription, { trial_end: "now" });
  expect(await shop.stripe.subscriptions.retrieve(subscription)).toMatchObject({
    status: "active",
    trial_end: shop.now(),
    items: { data: [{ current_period_start: shop.now() }] },
  });
});

test("a trial that is to be canceled at its end ends without a payment", async () => {
  const { subscription } = await onTrial(10, "create_invoice", GOOD_CARD);
  shop.standIn.engine.cancelAtPeriodEnd(subscription);
  await shop.passDays(10);
  expect(await statusOf(subscription)).toBe("canceled");
  expect((await shop.stripe.charges.list()).data).toEqual([]);
});
