import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestShop, type TestShop } from "../open-test-shop.ts";

let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
});
afterEach(() => shop.stop());

async function paidCharge(): Promise<{ charge: string; subscription: string }> {
  const { customer, subscription } = await shop.subscribed();
  const [charge] = (await shop.stripe.charges.list({ customer })).data;
  return { charge: charge?.id ?? "", subscription };
}

test("L21: a refund gives money back and ends nothing", async () => {
  const { charge, subscription } = await paidCharge();
  const types = await shop.eventsOf(() => shop.stripe.refunds.create({ charge, amount: 900 }));
  expect(types).toEqual(["charge.refunded", "refund.created"]);
  expect(await shop.stripe.charges.retrieve(charge, { expand: ["refunds"] })).toMatchObject({
    amount_refunded: 900,
    refunded: false,
    refunds: { data: [{ amount: 900 }] },
  });
  await expect(shop.stripe.refunds.create({ charge, amount: 2001 })).rejects.toMatchObject({ statusCode: 400 });
  await shop.stripe.refunds.create({ charge });
  expect(await shop.stripe.charges.retrieve(charge)).toMatchObject({ amount_refunded: 2900, refunded: true });
  await expect(shop.stripe.refunds.create({ charge })).rejects.toMatchObject({ code: "charge_already_refunded" });
  expect((await shop.stripe.subscriptions.retrieve(subscription)).status).toBe("active");
});

test("a refund may name the payment", async () => {
  const { charge } = await paidCharge();
  const { payment_intent } = await shop.stripe.charges.retrieve(charge);
  expect(await shop.stripe.refunds.create({ payment_intent: String(payment_intent) })).toMatchObject({
    charge,
    amount: 2900,
    status: "succeeded",
  });
});

test("L22: a disputed charge cannot be refunded; the dispute is closed once", async () => {
  const { charge, subscription } = await paidCharge();
  const { engine } = shop.standIn;
  let dispute = "";
  const types = await shop.eventsOf(() => {
    dispute = engine.dispute(charge);
    engine.closeDispute(dispute, "lost");
  });
  expect(types).toEqual(["charge.dispute.created", "charge.dispute.closed"]);
  expect(() => engine.closeDispute(dispute, "won")).toThrow("already closed");
  await expect(shop.stripe.refunds.create({ charge })).rejects.toMatchObject({ code: "charge_disputed" });
  expect(await shop.stripe.disputes.retrieve(dispute)).toMatchObject({ status: "lost", charge, amount: 2900 });
  expect((await shop.stripe.subscriptions.retrieve(subscription)).status).toBe("active");
});

test("the card of disputes pays, and is disputed at once", async () => {
  const types = await shop.eventsOf(() => shop.subscribed("4000000000000259"));
  expect(types).toEqual(expect.arrayContaining(["charge.succeeded", "charge.dispute.created", "invoice.paid"]));
});
