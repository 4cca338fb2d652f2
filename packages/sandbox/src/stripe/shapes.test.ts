import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestShop, type TestShop } from "./open-test-shop.ts";
import shapes from "./shapes.json" with { type: "json" };

/** Type -> the file and the interface of the client's own declarations. */
const DECLARED: Readonly<Record<string, readonly [file: string, name: string]>> = {
  customer: ["Customers", "Customer"],
  product: ["Products", "Product"],
  price: ["Prices", "Price"],
  coupon: ["Coupons", "Coupon"],
  discount: ["Discounts", "Discount"],
  subscription: ["Subscriptions", "Subscription"],
  subscription_item: ["SubscriptionItems", "SubscriptionItem"],
  invoice: ["Invoices", "Invoice"],
  line_item: ["InvoiceLineItems", "InvoiceLineItem"],
  invoice_payment: ["InvoicePayments", "InvoicePayment"],
  payment_intent: ["PaymentIntents", "PaymentIntent"],
  payment_method: ["PaymentMethods", "PaymentMethod"],
  charge: ["Charges", "Charge"],
  refund: ["Refunds", "Refund"],
  dispute: ["Disputes", "Dispute"],
  "checkout.session": ["Checkout/Sessions", "Session"],
  "billing_portal.session": ["BillingPortal/Sessions", "Session"],
  "billing_portal.configuration": ["BillingPortal/Configurations", "Configuration"],
  "test_helpers.test_clock": ["TestHelpers/TestClocks", "TestClock"],
  event: ["Events", "EventBase"],
};

/** Fields of the samples that the newest version has no more, or that only come where they are asked for. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  charge: ["refunds"],
  invoice: ["subscription"],
};

let shop: TestShop;
let samples: ReadonlyMap<string, object>;
beforeAll(async () => {
  shop = await openTestShop();
  const { stripe, standIn } = shop;
  const coupon = await stripe.coupons.create({ percent_off: 10, duration: "forever" });
  const { customer } = await shop.subscribed(undefined, { discounts: [{ coupon: coupon.id }] });
  const { id: charge = "" } = (await stripe.charges.list({ customer })).data[0] ?? {};
  await stripe.refunds.create({ charge, amount: 1 });
  standIn.engine.dispute(charge);
  await stripe.billingPortal.sessions.create({ customer });
  await stripe.testHelpers.testClocks.create({ frozen_time: shop.now() });
  const newest = (type: string): object => standIn.engine.list(type)[0] ?? {};
  const part = (type: string, key: string): object => {
    const list: unknown = Object.entries(newest(type)).find(([name]) => name === key)?.[1];
    const data: unknown = typeof list === "object" && list !== null && "data" in list ? list.data : [];
    const first: unknown = Array.isArray(data) ? data[0] : undefined;
    return typeof first === "object" && first !== null ? first : {};
  };
  const whole = Object.keys(DECLARED).filter((type) => type !== "subscription_item" && type !== "line_item");
  samples = new Map([
    ...whole.map((type) => [type, newest(type)] as const),
    ["subscription_item", part("subscription", "items")],
    ["line_item", part("invoice", "lines")],
  ]);
});
afterAll(() => shop.stop());

test.each(Object.keys(DECLARED))("%s has the fields that the client's types require, and none that they do not know", (type) => {
  const [file, name] = DECLARED[type] ?? ["", ""];
  const fields = declaredFields(file, name);
  const keys = Object.keys(samples.get(type) ?? {});
  expect(keys).toEqual(expect.arrayContaining(fields.filter(({ isOptional }) => !isOptional).map((field) => field.name)));
  expect(keys.filter((key) => !fields.some((field) => field.name === key))).toEqual([]);
});

test.each(Object.keys(DECLARED))("%s has the fields of Stripe's own samples", (type) => {
  const expected = Object.entries(shapes).find(([name]) => name === type)?.[1] ?? [];
  const left = LEFT_OUT[type] ?? [];
  const keys = Object.keys(samples.get(type) ?? {});
  expect([...expected].filter((key) => !keys.includes(key) && !left.includes(key))).toEqual([]);
});

/** Read from the declarations as text: `    name?: type;` at the first level of the interface. */
function declaredFields(file: string, name: string): { name: string; isOptional: boolean }[] {
  const root = dirname(dirname(createRequire(import.meta.url).resolve("stripe")));
  const text = readFileSync(join(root, "esm", "resources", `${file}.d.ts`), "utf8");
  const body = new RegExp(`^export interface ${name} \\{\\n([\\s\\S]*?)^\\}`, "m").exec(text)?.[1] ?? "";
  const fields = [...body.matchAll(/^ {4}(\w+)(\?)?:/gm)].map(([, key = "", optional]) => ({ name: key, isOptional: optional === "?" }));
  expect(fields.length).toBeGreaterThan(5);
  return fields;
}
