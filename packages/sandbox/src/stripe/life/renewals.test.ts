import { afterEach, beforeEach, expect, test } from "vitest";
import type { AfterRetries } from "../engine-face.ts";
import { FAILING_CARD, GOOD_CARD, openTestShop, type TestShop } from "../open-test-shop.ts";

let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
});
afterEach(() => shop.stop());

const at = (year: number, month: number, day: number): number => Date.UTC(year, month - 1, day) / 1000;
const status = async (id: string): Promise<string> => (await shop.stripe.subscriptions.retrieve(id)).status;

test("L7: a period that ends is renewed and paid, for as long as nobody cancels", async () => {
  const { subscription } = await shop.subscribed();
  await shop.passDays(200);
  const found = await shop.stripe.subscriptions.retrieve(subscription);
  expect(found).toMatchObject({
    status: "active",
    items: { data: [{ current_period_start: at(2026, 7, 1), current_period_end: at(2026, 8, 1) }] },
  });
  const invoices = await shop.stripe.invoices.list({ subscription, limit: 100 });
  expect(invoices.data.map(({ created }) => created)).toEqual([7, 6, 5, 4, 3, 2, 1].map((month) => at(2026, month, 1)));
  expect(new Set(invoices.data.map((invoice) => invoice.status))).toEqual(new Set(["paid"]));
});

test("events are of the instant at which the change fell due, not of the moment that looked", async () => {
  await shop.subscribed();
  await shop.passDays(40);
  const { data } = await shop.stripe.events.list({ limit: 100 });
  expect(new Set(data.map(({ created }) => created))).toEqual(new Set([at(2026, 2, 1)]));
});

test("an invoice waits as a draft as long as is set", async () => {
  shop.standIn.engine.settings.draftSeconds = 3600;
  const { subscription } = await shop.subscribed();
  await shop.passDays(31);
  expect((await shop.stripe.invoices.list({ subscription })).data[0]).toMatchObject({ status: "draft" });
  await shop.passDays(1 / 24);
  expect((await shop.stripe.invoices.list({ subscription })).data[0]).toMatchObject({
    status: "paid",
    status_transitions: { paid_at: at(2026, 2, 1) + 3600 },
  });
});

test("L16: a renewal that fails makes it past due, with the count and the next attempt", async () => {
  const { subscription, customer } = await shop.subscribed();
  shop.standIn.engine.setCard(customer, FAILING_CARD);
  const types = await shop.eventsOf(() => shop.passDays(31));
  expect(types.filter((type) => type !== "payment_method.attached")).toEqual([
    "invoice.created",
    "customer.subscription.updated",
    "payment_intent.created",
    "invoice.finalized",
    "charge.failed",
    "payment_intent.payment_failed",
    "invoice.payment_failed",
    "customer.subscription.updated",
  ]);
  const found = await shop.stripe.subscriptions.retrieve(subscription, { expand: ["latest_invoice"] });
  expect(found).toMatchObject({
    status: "past_due",
    latest_invoice: {
      status: "open",
      attempt_count: 1,
      attempted: true,
      amount_due: 2900,
      amount_remaining: 2900,
      next_payment_attempt: at(2026, 2, 4),
      hosted_invoice_url: expect.stringContaining(shop.standIn.pagesUrl),
    },
  });
});

test("it is tried again after 3, 5 and 7 days, and canceled when the last try fails", async () => {
  const { subscription, customer } = await shop.subscribed();
  shop.standIn.engine.setCard(customer, FAILING_CARD);
  await shop.passDays(31);
  const tries: number[] = [];
  shop.standIn.engine.onEvent(({ type, created }) => type === "invoice.payment_failed" && tries.push(created));
  await shop.passDays(14);
  expect(await status(subscription)).toBe("past_due");
  await shop.passDays(1);
  expect(tries).toEqual([at(2026, 2, 4), at(2026, 2, 9), at(2026, 2, 16)]);
  expect(await shop.stripe.subscriptions.retrieve(subscription)).toMatchObject({
    status: "canceled",
    ended_at: at(2026, 2, 16),
    cancellation_details: { reason: "payment_failed" },
  });
  expect((await shop.stripe.invoices.list({ subscription })).data[0]).toMatchObject({
    status: "open",
    next_payment_attempt: null,
    attempt_count: 4,
  });
});

test.each<[AfterRetries, string]>([
  ["unpaid", "unpaid"],
  ["past_due", "past_due"],
  ["pause", "paused"],
])("after the last try it may also become %s; paying the invoice makes it active", async (afterRetries, expected) => {
  shop.standIn.engine.settings.afterRetries = afterRetries;
  const { subscription, customer } = await shop.subscribed();
  shop.standIn.engine.setCard(customer, FAILING_CARD);
  await shop.passDays(31 + 15);
  expect(await status(subscription)).toBe(expected);
  shop.standIn.engine.setCard(customer, GOOD_CARD);
  expect(shop.standIn.engine.payOpenInvoices(customer)).toEqual({ outcome: "paid" });
  expect(await shop.stripe.subscriptions.retrieve(subscription)).toMatchObject({ status: "active" });
});

test("while it is unpaid, invoices go on as drafts that nobody collects", async () => {
  shop.standIn.engine.settings.afterRetries = "unpaid";
  const { subscription, customer } = await shop.subscribed();
  shop.standIn.engine.setCard(customer, FAILING_CARD);
  await shop.passDays(31 + 28);
  const { data } = await shop.stripe.invoices.list({ subscription });
  expect(data.map((invoice) => [invoice.status, invoice.auto_advance])).toEqual([
    ["draft", false],
    ["open", false],
    ["paid", false],
  ]);
});

test("a mended card pays at the next retry", async () => {
  const { subscription, customer } = await shop.subscribed();
  shop.standIn.engine.setCard(customer, FAILING_CARD);
  await shop.passDays(31);
  shop.standIn.engine.setCard(customer, GOOD_CARD);
  expect(await status(subscription)).toBe("past_due");
  await shop.passDays(3);
  expect(await status(subscription)).toBe("active");
});

test("a card that went is a failed attempt without a charge", async () => {
  const { subscription, customer } = await shop.subscribed();
  shop.standIn.engine.removeCard(customer);
  const types = await shop.eventsOf(() => shop.passDays(31));
  expect(types).toContain("invoice.payment_failed");
  expect(types).not.toContain("charge.failed");
  expect(await status(subscription)).toBe("past_due");
});

test("3-D Secure at a renewal: past due with a link, and active when the customer passes it there", async () => {
  const { engine } = shop.standIn;
  const { subscription, customer } = await shop.subscribed();
  engine.setCard(customer, "4000002760003184");
  const types = await shop.eventsOf(() => shop.passDays(31));
  expect(types).toEqual(
    expect.arrayContaining(["invoice.payment_failed", "invoice.payment_action_required", "payment_intent.requires_action"]),
  );
  const invoice = String((await shop.stripe.subscriptions.retrieve(subscription)).latest_invoice);
  expect(engine.payInvoice(invoice)).toEqual({ outcome: "needs_action" });
  expect(engine.answerChallenge(invoice, false)).toMatchObject({ outcome: "declined" });
  expect(engine.payInvoice(invoice)).toEqual({ outcome: "needs_action" });
  expect(engine.answerChallenge(invoice, true)).toEqual({ outcome: "paid" });
  expect(await status(subscription)).toBe("active");
});

test("a card that was set up with 3-D Secure renews without it", async () => {
  const { engine } = shop.standIn;
  const session = await shop.checkout(await shop.customer());
  engine.payCheckout(session, "4000002500003155");
  engine.answerChallenge(session, true);
  const subscription = String((await shop.stripe.checkout.sessions.retrieve(session)).subscription);
  await shop.passDays(62);
  expect(await status(subscription)).toBe("active");
});

test("the first payment may wait 23 hours: then it has expired, and its invoice is void", async () => {
  const customer = await shop.customer({
    payment_method: "pm_card_chargeCustomerFail",
    invoice_settings: { default_payment_method: "pm_card_chargeCustomerFail" },
  });
  const made = await shop.stripe.subscriptions.create({ customer, items: [{ price: shop.pro }] });
  expect(made.status).toBe("incomplete");
  await shop.passDays(22.9 / 24);
  expect(await status(made.id)).toBe("incomplete");
  await shop.passDays(0.2 / 24);
  expect(await status(made.id)).toBe("incomplete_expired");
  expect((await shop.stripe.invoices.list({ subscription: made.id })).data).toMatchObject([{ status: "void" }]);
});

test("an incomplete one becomes active when its invoice is paid on its page", async () => {
  const customer = await shop.customer({ invoice_settings: { default_payment_method: "pm_card_chargeCustomerFail" } });
  const made = await shop.stripe.subscriptions.create({ customer, items: [{ price: shop.pro }] });
  expect(shop.standIn.engine.payInvoice(String(made.latest_invoice), "4000000000000002")).toMatchObject({ outcome: "declined" });
  expect(shop.standIn.engine.payInvoice(String(made.latest_invoice), GOOD_CARD)).toEqual({ outcome: "paid" });
  expect(await status(made.id)).toBe("active");
});

test("an invoice is paid over the API; a card that says no is a 402", async () => {
  const { subscription, customer } = await shop.subscribed();
  shop.standIn.engine.setCard(customer, FAILING_CARD);
  await shop.passDays(31);
  const invoice = String((await shop.stripe.subscriptions.retrieve(subscription)).latest_invoice);
  await expect(shop.stripe.invoices.pay(invoice)).rejects.toMatchObject({
    type: "StripeCardError",
    statusCode: 402,
    code: "card_declined",
    decline_code: "generic_decline",
  });
  shop.standIn.engine.setCard(customer, GOOD_CARD);
  expect(await shop.stripe.invoices.pay(invoice)).toMatchObject({ status: "paid" });
  await expect(shop.stripe.invoices.pay(invoice)).rejects.toMatchObject({ code: "invoice_already_paid" });
  expect(await status(subscription)).toBe("active");
});

test("what an invoice was paid with is found from it", async () => {
  const { subscription } = await shop.subscribed();
  const invoice = String((await shop.stripe.subscriptions.retrieve(subscription)).latest_invoice);
  const { data } = await shop.stripe.invoicePayments.list({ invoice, expand: ["data.payment.payment_intent"] });
  expect(data).toMatchObject([
    {
      status: "paid",
      amount_paid: 2900,
      payment: { payment_intent: { status: "succeeded", latest_charge: expect.stringMatching(/^ch_/) } },
    },
  ]);
});
