import { afterEach, beforeEach, expect, test } from "vitest";
import { FAILING_CARD, GOOD_CARD, openTestShop, type TestShop } from "../open-test-shop.ts";

let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
});
afterEach(() => shop.stop());

const itemOf = async (subscription: string): Promise<string> =>
  (await shop.stripe.subscriptions.retrieve(subscription)).items.data[0]?.id ?? "";

test("L6: canceled at the period's end: it stays active until then, and is deleted at that instant", async () => {
  const { subscription } = await shop.subscribed();
  shop.standIn.engine.cancelAtPeriodEnd(subscription);
  const end = Date.UTC(2026, 1, 1) / 1000;
  expect(await shop.stripe.subscriptions.retrieve(subscription)).toMatchObject({
    status: "active",
    cancel_at_period_end: true,
    cancel_at: end,
    canceled_at: shop.now(),
  });
  const types = await shop.eventsOf(() => shop.passDays(40));
  expect(types).toEqual(["customer.subscription.deleted"]);
  expect(await shop.stripe.subscriptions.retrieve(subscription)).toMatchObject({ status: "canceled", ended_at: end });
});

test("L6: a flexible subscription says it by cancel_at alone", async () => {
  shop.standIn.engine.settings.flexible = true;
  const { subscription } = await shop.subscribed();
  shop.standIn.engine.cancelAtPeriodEnd(subscription);
  const found = await shop.stripe.subscriptions.retrieve(subscription);
  expect(found).toMatchObject({ cancel_at_period_end: false, cancel_at: Date.UTC(2026, 1, 1) / 1000, billing_mode: { type: "flexible" } });
  await shop.passDays(31);
  expect((await shop.stripe.subscriptions.retrieve(subscription)).status).toBe("canceled");
});

test("L6: undoing it leaves everything as it was", async () => {
  const { subscription } = await shop.subscribed();
  const before = await shop.stripe.subscriptions.retrieve(subscription);
  await shop.stripe.subscriptions.update(subscription, { cancel_at_period_end: true });
  await shop.stripe.subscriptions.update(subscription, { cancel_at_period_end: false });
  expect({ ...(await shop.stripe.subscriptions.retrieve(subscription)) }).toEqual({ ...before });
  await shop.stripe.subscriptions.update(subscription, { cancel_at: shop.now() + 100 });
  await shop.stripe.subscriptions.update(subscription, { cancel_at: "" });
  await shop.passDays(31);
  expect((await shop.stripe.subscriptions.retrieve(subscription)).status).toBe("active");
});

test("O9: canceled at once, it never changes again", async () => {
  const { subscription } = await shop.subscribed();
  const types = await shop.eventsOf(() => shop.stripe.subscriptions.cancel(subscription));
  expect(types).toEqual(["customer.subscription.deleted"]);
  await expect(shop.stripe.subscriptions.cancel(subscription)).rejects.toMatchObject({ statusCode: 404 });
  await expect(shop.stripe.subscriptions.update(subscription, { cancel_at_period_end: false })).rejects.toMatchObject({ statusCode: 400 });
  await expect(shop.stripe.subscriptions.update(subscription, { metadata: { note: "1" } })).resolves.toMatchObject({
    metadata: { note: "1" },
  });
  expect(await shop.eventsOf(() => shop.passDays(60))).toEqual([]);
});

test("L19: a customer who is deleted takes the subscriptions along", async () => {
  const { subscription, customer } = await shop.subscribed();
  const types = await shop.eventsOf(() => shop.stripe.customers.del(customer));
  expect(types).toEqual(["customer.subscription.deleted", "customer.deleted"]);
  const found = await shop.stripe.subscriptions.retrieve(subscription, { expand: ["customer"] });
  expect(found).toMatchObject({ status: "canceled", customer: { id: customer, deleted: true } });
});

test("L10: an upgrade that is invoiced at once is charged for the rest of the period", async () => {
  const { subscription } = await shop.subscribed();
  shop.moveDays(15.5);
  const found = await shop.stripe.subscriptions.update(subscription, {
    items: [{ id: await itemOf(subscription), price: shop.team }],
    proration_behavior: "always_invoice",
    payment_behavior: "error_if_incomplete",
    expand: ["latest_invoice"],
  });
  // Half of the month is left: half of 99.00 less half of 29.00.
  expect(found).toMatchObject({
    items: { data: [{ price: { id: shop.team } }] },
    latest_invoice: { status: "paid", amount_paid: 3500, billing_reason: "subscription_update" },
  });
});

test("L10: with error_if_incomplete and a bad card it is a 402, and nothing has changed", async () => {
  const { subscription, customer } = await shop.subscribed();
  shop.standIn.engine.setCard(customer, FAILING_CARD);
  shop.moveDays(10);
  const item = await itemOf(subscription);
  const before = await shop.stripe.subscriptions.retrieve(subscription);
  const types = await shop.eventsOf(() =>
    expect(
      shop.stripe.subscriptions.update(subscription, {
        items: [{ id: item, price: shop.team }],
        proration_behavior: "always_invoice",
        payment_behavior: "error_if_incomplete",
      }),
    ).rejects.toMatchObject({ statusCode: 402, code: "card_declined" }),
  );
  expect(types).toEqual([]);
  expect({ ...(await shop.stripe.subscriptions.retrieve(subscription)) }).toEqual({ ...before });
});

test("L11: with pending_if_incomplete it waits until its invoice is paid", async () => {
  const { engine } = shop.standIn;
  const { subscription, customer } = await shop.subscribed();
  engine.setCard(customer, FAILING_CARD);
  shop.moveDays(10);
  const held = await shop.stripe.subscriptions.update(subscription, {
    items: [{ id: await itemOf(subscription), price: shop.team }],
    proration_behavior: "always_invoice",
    payment_behavior: "pending_if_incomplete",
  });
  expect(held).toMatchObject({
    status: "active",
    items: { data: [{ price: { id: shop.pro } }] },
    pending_update: { subscription_items: [{ price: { id: shop.team } }] },
  });
  const types = await shop.eventsOf(() => engine.payInvoice(String(held.latest_invoice), GOOD_CARD));
  expect(types).toContain("customer.subscription.pending_update_applied");
  const applied = await shop.stripe.subscriptions.retrieve(subscription);
  expect(applied).toMatchObject({ status: "active", items: { data: [{ price: { id: shop.team } }] }, pending_update: null });
});

test("L11: one to a year's plan waits too, and begins its year when it was asked for", async () => {
  const { engine } = shop.standIn;
  const { subscription, customer } = await shop.subscribed();
  engine.setCard(customer, FAILING_CARD);
  await shop.passDays(10);
  const asked = shop.now();
  expect(engine.changePlan(subscription, shop.proYear, 1)).toMatchObject({ outcome: "declined" });
  expect(await shop.stripe.subscriptions.retrieve(subscription)).toMatchObject({ items: { data: [{ price: { id: shop.pro } }] } });
  engine.setCard(customer, GOOD_CARD);
  expect(engine.payOpenInvoices(customer)).toEqual({ outcome: "paid" });
  const applied = await shop.stripe.subscriptions.retrieve(subscription);
  expect(applied).toMatchObject({
    billing_cycle_anchor: asked,
    items: { data: [{ price: { id: shop.proYear }, current_period_start: asked }] },
  });
});

test("L11: after 23 hours it is forgotten, and its invoice void", async () => {
  const { engine } = shop.standIn;
  const { subscription, customer } = await shop.subscribed();
  engine.setCard(customer, FAILING_CARD);
  shop.moveDays(10);
  engine.changePlan(subscription, shop.team, 1);
  const types = await shop.eventsOf(() => shop.passDays(1));
  expect(types).toContain("customer.subscription.pending_update_expired");
  const [invoice] = (await shop.stripe.invoices.list({ subscription })).data;
  expect(invoice).toMatchObject({ status: "void" });
  expect(await shop.stripe.subscriptions.retrieve(subscription)).toMatchObject({
    pending_update: null,
    items: { data: [{ price: { id: shop.pro } }] },
  });
});

test("L13: seats that are added are put on the next invoice, where that is asked for", async () => {
  const { subscription } = await shop.subscribed();
  shop.moveDays(15.5);
  await shop.stripe.subscriptions.update(subscription, {
    items: [{ id: await itemOf(subscription), quantity: 3 }],
    proration_behavior: "create_prorations",
  });
  await shop.passDays(15.5);
  const [invoice] = (await shop.stripe.invoices.list({ subscription })).data;
  // Two more seats for half a month, and three for the next.
  expect(invoice).toMatchObject({ amount_paid: 2900 + 3 * 2900, lines: { data: [{ amount: -1450 }, { amount: 4350 }, { amount: 8700 }] } });
});

test("the interval of a plan changes at once, and a new period begins", async () => {
  const { subscription } = await shop.subscribed();
  shop.moveDays(15.5);
  expect(shop.standIn.engine.changePlan(subscription, shop.proYear, 1)).toEqual({ outcome: "paid" });
  const found = await shop.stripe.subscriptions.retrieve(subscription, { expand: ["latest_invoice"] });
  expect(found).toMatchObject({
    items: { data: [{ current_period_start: shop.now() }] },
    latest_invoice: { amount_paid: 29000 - 1450 },
  });
  expect(found.items.data[0]?.current_period_end).toBe(Date.UTC(2027, 0, 16, 12) / 1000);
});

test("L18: collection that is paused stays active and bills nothing; an empty text resumes it", async () => {
  const { subscription } = await shop.subscribed();
  await shop.stripe.subscriptions.update(subscription, { pause_collection: { behavior: "void" } });
  await shop.passDays(31);
  expect(await shop.stripe.subscriptions.retrieve(subscription, { expand: ["latest_invoice"] })).toMatchObject({
    status: "active",
    pause_collection: { behavior: "void", resumes_at: null },
    latest_invoice: { status: "void" },
  });
  await shop.stripe.subscriptions.update(subscription, { pause_collection: "" });
  await shop.passDays(28);
  expect(await shop.stripe.subscriptions.retrieve(subscription, { expand: ["latest_invoice"] })).toMatchObject({
    pause_collection: null,
    latest_invoice: { status: "paid" },
  });
});

test("a pause by wish locks it, and resuming within the paid time costs nothing", async () => {
  const { subscription } = await shop.subscribed();
  expect(await shop.eventsOf(() => shop.standIn.engine.pause(subscription))).toEqual([
    "customer.subscription.updated",
    "customer.subscription.paused",
  ]);
  expect(await shop.stripe.subscriptions.retrieve(subscription)).toMatchObject({
    status: "paused",
    status_details: { paused: { type: "subscription", subscription: { type: "pause_requested" } } },
  });
  expect(shop.standIn.engine.resume(subscription)).toEqual({ outcome: "paid" });
  expect((await shop.stripe.subscriptions.retrieve(subscription)).status).toBe("active");
  expect((await shop.stripe.invoices.list({ subscription })).data).toHaveLength(1);
});

test("an item that is not of the subscription is refused, and so is the last one's end", async () => {
  const { subscription } = await shop.subscribed();
  await expect(shop.stripe.subscriptions.update(subscription, { items: [{ id: "si_none", quantity: 2 }] })).rejects.toMatchObject({
    code: "resource_missing",
  });
  const item = await itemOf(subscription);
  await expect(shop.stripe.subscriptions.update(subscription, { items: [{ id: item, deleted: true }] })).rejects.toMatchObject({
    statusCode: 400,
  });
});

test("what an update changed stands in its event", async () => {
  const { subscription } = await shop.subscribed();
  await shop.stripe.subscriptions.update(subscription, { metadata: { plan: "pro" }, description: "Pro" });
  const [event] = (await shop.stripe.events.list({ type: "customer.subscription.updated", limit: 1 })).data;
  expect(event?.data.previous_attributes).toEqual({ metadata: {}, description: null });
  expect(event?.request).toEqual({ id: expect.stringMatching(/^req_/), idempotency_key: expect.any(String) });
});
