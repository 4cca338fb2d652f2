import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestShop, type TestShop } from "../open-test-shop.ts";

let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
});
afterEach(() => shop.stop());

test("B8: a customer with a test clock lives in its time, and nobody else does", async () => {
  const { stripe, standIn } = shop;
  const start = shop.now();
  const { id: clock } = await stripe.testHelpers.testClocks.create({ frozen_time: start });
  const customer = await shop.customer({
    test_clock: clock,
    payment_method: "pm_card_visa",
    invoice_settings: { default_payment_method: "pm_card_visa" },
  });
  const made = await stripe.subscriptions.create({ customer, items: [{ price: shop.pro }] });
  const other = await shop.subscribed();
  const later = start + 70 * 86_400;
  const types = await shop.eventsOf(() => stripe.testHelpers.testClocks.advance(clock, { frozen_time: later }));
  expect(types.filter((type) => type === "invoice.paid")).toHaveLength(2);
  expect(standIn.engine.now(customer)).toBe(later);
  expect(standIn.engine.now()).toBe(start);
  expect(await stripe.subscriptions.retrieve(made.id)).toMatchObject({
    test_clock: clock,
    items: { data: [{ current_period_start: Date.UTC(2026, 2, 1) / 1000 }] },
  });
  expect(await stripe.subscriptions.retrieve(other.subscription)).toMatchObject({ items: { data: [{ current_period_start: start }] } });
  expect(await stripe.testHelpers.testClocks.retrieve(clock)).toMatchObject({ status: "ready", frozen_time: later });
});

test("the common time moves no test clock", async () => {
  const { stripe } = shop;
  const { id: clock } = await stripe.testHelpers.testClocks.create({ frozen_time: shop.now() });
  const customer = await shop.customer({ test_clock: clock, invoice_settings: { default_payment_method: "pm_card_visa" } });
  const made = await stripe.subscriptions.create({ customer, items: [{ price: shop.pro }] });
  expect(await shop.eventsOf(() => shop.passDays(90))).toEqual([]);
  expect(await stripe.invoices.list({ subscription: made.id })).toMatchObject({ data: [{ status: "paid" }] });
});

test("a test clock does not go back", async () => {
  const { id } = await shop.stripe.testHelpers.testClocks.create({ frozen_time: shop.now() });
  await expect(shop.stripe.testHelpers.testClocks.advance(id, { frozen_time: shop.now() })).rejects.toMatchObject({ statusCode: 400 });
});
