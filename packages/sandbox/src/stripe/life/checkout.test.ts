import type Stripe from "stripe";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FAILING_CARD, GOOD_CARD, openTestShop, type TestShop } from "../open-test-shop.ts";

const DAY = 86_400;
let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
});
afterEach(() => shop.stop());

test("a paid checkout makes an active subscription with a paid invoice, and says so in its events", async () => {
  const customer = await shop.customer();
  const session = await shop.checkout(customer, {
    client_reference_id: "account 1",
    line_items: [{ price: shop.pro, quantity: 3 }],
    subscription_data: { metadata: { account_id: "1" } },
  });
  const types = await shop.eventsOf(() =>
    expect(shop.standIn.engine.payCheckout(session, "4242 4242 4242 4242")).toEqual({ outcome: "paid" }),
  );
  const done = await shop.stripe.checkout.sessions.retrieve(session, { expand: ["subscription", "invoice", "line_items"] });
  expect(done).toMatchObject({
    status: "complete",
    payment_status: "paid",
    url: null,
    client_reference_id: "account 1",
    amount_total: 8700,
    customer,
    customer_details: { email: "ada@example.com" },
    subscription: {
      status: "active",
      metadata: { account_id: "1" },
      items: { data: [{ quantity: 3, current_period_end: Date.UTC(2026, 1, 1) / 1000 }] },
    },
    invoice: { status: "paid", amount_paid: 8700, billing_reason: "subscription_create", parent: { type: "subscription_details" } },
    line_items: { data: [{ quantity: 3, price: { id: shop.pro } }] },
  });
  expect(types).toEqual([
    "payment_method.attached",
    "invoice.created",
    "customer.subscription.created",
    "customer.updated",
    "payment_intent.created",
    "invoice.finalized",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice_payment.paid",
    "invoice.paid",
    "invoice.payment_succeeded",
    "customer.subscription.updated",
    "checkout.session.completed",
  ]);
});

test.each([
  ["4000000000000002", "generic_decline"],
  ["4000000000009995", "insufficient_funds"],
  ["4000000000000069", "expired_card"],
  ["4000000000000127", "incorrect_cvc"],
  [FAILING_CARD, "generic_decline"],
  ["1234567812345678", "incorrect_number"],
])("%s is declined with %s: the session stays open, and nothing was made", async (card, code) => {
  const session = await shop.checkout(await shop.customer());
  const types = await shop.eventsOf(() =>
    expect(shop.standIn.engine.payCheckout(session, card)).toMatchObject({ outcome: "declined", code }),
  );
  expect(types).toEqual([]);
  expect(await shop.stripe.checkout.sessions.retrieve(session)).toMatchObject({ status: "open", subscription: null });
  expect(shop.standIn.engine.payCheckout(session, GOOD_CARD)).toEqual({ outcome: "paid" });
});

test("a session is paid once", async () => {
  const session = await shop.checkout(await shop.customer());
  shop.standIn.engine.payCheckout(session, GOOD_CARD);
  expect(() => shop.standIn.engine.payCheckout(session, GOOD_CARD)).toThrow("already complete");
});

test("3-D Secure: the session waits for the answer; a failed one leaves it open", async () => {
  const { engine } = shop.standIn;
  const session = await shop.checkout(await shop.customer());
  expect(engine.payCheckout(session, "4000002760003184")).toEqual({ outcome: "needs_action" });
  expect(engine.answerChallenge(session, false)).toMatchObject({ outcome: "declined" });
  expect(engine.payCheckout(session, "4000002760003184")).toEqual({ outcome: "needs_action" });
  expect(engine.answerChallenge(session, true)).toEqual({ outcome: "paid" });
});

test("C7: a trial that ends in less than two days is refused, and one of two days is not", async () => {
  const customer = await shop.customer();
  const wish = (seconds: number) => ({ subscription_data: { trial_end: shop.now() + seconds } });
  await expect(shop.checkout(customer, wish(2 * DAY - 1))).rejects.toMatchObject({
    statusCode: 400,
    param: "subscription_data[trial_end]",
  });
  await expect(shop.checkout(customer, wish(2 * DAY))).resolves.toMatch(/^cs_test_/);
});

test("C9: a trial without a card: one subscription, with what is to happen at its end", async () => {
  const customer = await shop.customer();
  const trialEnd = shop.now() + 10 * DAY;
  const session = await shop.checkout(customer, {
    payment_method_collection: "if_required",
    subscription_data: { trial_end: trialEnd, trial_settings: { end_behavior: { missing_payment_method: "pause" } } },
  });
  expect(shop.standIn.engine.checkoutTrialEnd(session)).toBe(trialEnd);
  shop.standIn.engine.completeCheckoutWithoutCard(session);
  expect(await shop.stripe.checkout.sessions.retrieve(session)).toMatchObject({
    status: "complete",
    payment_status: "no_payment_required",
  });
  const { data } = await shop.stripe.subscriptions.list({ customer, status: "all" });
  expect(data).toMatchObject([
    {
      status: "trialing",
      trial_end: trialEnd,
      default_payment_method: null,
      trial_settings: { end_behavior: { missing_payment_method: "pause" } },
    },
  ]);
});

test("a card is asked for where a session says always", async () => {
  const session = await shop.checkout(await shop.customer(), { subscription_data: { trial_end: shop.now() + 10 * DAY } });
  expect(() => shop.standIn.engine.completeCheckoutWithoutCard(session)).toThrow("asks for a payment method");
});

test.each([1799, 86_401])("C4: an expiry %i seconds ahead is refused", async (seconds) => {
  const wish = shop.checkout(await shop.customer(), { expires_at: shop.now() + seconds });
  await expect(wish).rejects.toMatchObject({ statusCode: 400, param: "expires_at" });
});

test("C12: a session expires after a day, or when it is told to", async () => {
  const customer = await shop.customer();
  const [left, ended] = [await shop.checkout(customer), await shop.checkout(customer)];
  await shop.stripe.checkout.sessions.expire(ended);
  await expect(shop.stripe.checkout.sessions.expire(ended)).rejects.toMatchObject({ statusCode: 400 });
  const types = await shop.eventsOf(() => shop.passDays(1));
  expect(types).toEqual(["checkout.session.expired"]);
  const { data } = await shop.stripe.checkout.sessions.list({ customer, status: "expired" });
  expect(data.map(({ id }) => id)).toEqual([ended, left]);
  expect(() => shop.standIn.engine.payCheckout(left, GOOD_CARD)).toThrow("expired");
});

test("without a customer, one is made when the session is paid", async () => {
  const { id } = await shop.stripe.checkout.sessions.create({
    mode: "subscription",
    customer_email: "grace@example.com",
    line_items: [{ price: shop.pro, quantity: 1 }],
    success_url: "http://localhost:4000/welcome",
  });
  shop.standIn.engine.payCheckout(id, GOOD_CARD);
  const { customer } = await shop.stripe.checkout.sessions.retrieve(id, { expand: ["customer"] });
  expect(customer).toMatchObject({ email: "grace@example.com" });
});

test("L24: a coupon of 100 % makes an invoice of nothing that is paid at once", async () => {
  const { stripe } = shop;
  const coupon = await stripe.coupons.create({ percent_off: 100, duration: "forever" });
  const customer = await shop.customer();
  const session = await shop.checkout(customer, { discounts: [{ coupon: coupon.id }] });
  shop.standIn.engine.payCheckout(session, GOOD_CARD);
  const [subscription] = (await stripe.subscriptions.list({ customer, expand: ["data.latest_invoice"] })).data;
  expect(subscription).toMatchObject({
    status: "active",
    discounts: [expect.stringMatching(/^di_/)],
    latest_invoice: { status: "paid", total: 0 },
  });
  expect((await stripe.charges.list({ customer })).data).toEqual([]);
});

test("L25: a customer has subscriptions in one currency only", async () => {
  const { stripe } = shop;
  const { customer } = await shop.subscribed();
  const product = await stripe.products.create({ name: "Pro in yen" });
  const price = await stripe.prices.create({ product: product.id, currency: "jpy", unit_amount: 4000, recurring: { interval: "month" } });
  const wish: Stripe.SubscriptionCreateParams = { customer, items: [{ price: price.id }] };
  await expect(stripe.subscriptions.create(wish)).rejects.toMatchObject({
    statusCode: 400,
    message: expect.stringContaining("currencies"),
  });
});
