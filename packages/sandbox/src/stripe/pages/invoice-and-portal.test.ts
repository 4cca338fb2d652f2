import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestPages, openTestShop, type TestPages, type TestShop } from "./open-test-pages.ts";

const GOOD = "4242424242424242";
const DECLINED = "4000000000000002";
const TAKEN_THEN_FAILS = "4000000000000341";
const ASKS_ALWAYS = "4000002760003184";

let pages: TestPages;
let shop: TestShop;
let subscription: string;
let portal: string;

/** A subscription of three seats of Pro that is paid with the card. */
function subscribe(card: string): void {
  const { engine } = pages.stripe;
  subscription = engine.seedSubscription({ priceId: shop.pro, customerId: shop.customer, quantity: 3, card, events: true }).subscriptionId;
}

beforeEach(async () => {
  pages = await openTestPages();
  shop = await openTestShop(pages);
  subscribe(GOOD);
  portal = `/portal/${await pages.make("billing_portal/sessions", { customer: shop.customer, return_url: "http://localhost:5173/billing" })}`;
});
afterEach(() => pages.stop());

const field = (name: string): unknown => pages.stripe.engine.object(subscription)?.[name];
const state = async () => (await pages.get(portal)).json();
/** The renewal of a month, with a card that is on file and fails. */
async function failRenewal(): Promise<string> {
  await pages.post(`${portal}/card`, { card: TAKEN_THEN_FAILS });
  await pages.passDays(31);
  const invoice = pages.stripe.engine.listOf("invoice", shop.customer).find((one) => one["status"] === "open");
  return `/invoices/${String(invoice?.["id"])}`;
}

test("the portal shows the plan, the seats, what comes, the card and the way back", async () => {
  const { body } = await pages.page(portal);
  expect(body).toContain("$147.00 per month (3 × $49.00)");
  expect(body).toContain("It renews on ");
  expect(body).toContain("Visa ending in 4242");
  expect(body).toContain('<a class="back" href="http://localhost:5173/billing">Return</a>');
  expect(body.match(/<h1/g)).toHaveLength(1);
  expect(await state()).toMatchObject({
    customer: { id: shop.customer, email: "ada@example.com" },
    subscriptions: [{ id: subscription, status: "active", plan: "Pro", quantity: 3, ends_at: null }],
    plans: [
      { plan: "Pro", lookup_key: "pro" },
      { plan: "Team", lookup_key: "team" },
    ],
    return_url: "http://localhost:5173/billing",
  });
});

test("cancel at the end of the period, and the undoing of it", async () => {
  const cancelled = await pages.post(`${portal}/cancel`, {});
  expect(cancelled.json()).toMatchObject({ outcome: "paid", portal: { subscriptions: [{ status: "active" }] } });
  expect((await state()).subscriptions[0].ends_at).toBe((await state()).subscriptions[0].current_period_end);
  expect((await pages.page(portal)).body).toContain("It ends on ");
  const resumed = await pages.submit(`${portal}/resume`, { subscription });
  expect([resumed.statusCode, resumed.headers.location]).toEqual([303, `/stripe${portal}`]);
  expect((await state()).subscriptions[0].ends_at).toBeNull();
});

test("a cancelled subscription ends with its period, also where the cancellation is a date", async () => {
  pages.stripe.engine.settings.flexible = true;
  await pages.post(`${portal}/cancel`, { subscription });
  expect((await pages.page(portal)).body).toContain("It ends on ");
  await pages.passDays(32);
  expect(field("status")).toBe("canceled");
  expect((await pages.page(portal)).body).toContain("There is no subscription now.");
  expect((await pages.post(`${portal}/resume`, { subscription })).json()).toMatchObject({ code: "subscription_not_found" });
});

test("plan and seats are changed to what is on offer", async () => {
  const changed = await pages.post(`${portal}/plan`, { lookup_key: "team", quantity: 5 });
  expect(changed.json()).toMatchObject({ outcome: "paid", portal: { subscriptions: [{ plan: "Team", price: shop.team, quantity: 5 }] } });
  expect((await pages.submit(`${portal}/plan`, { subscription, price: shop.pro, quantity: "2" })).statusCode).toBe(303);
  expect((await state()).subscriptions).toMatchObject([{ price: shop.pro, quantity: 2 }]);
});

test.each<[string, object]>([
  ["no seat", { quantity: 0 }],
  ["half a seat", { quantity: 1.5 }],
  ["a negative seat", { quantity: -3 }],
  ["seats in words", { quantity: "three" }],
  ["an unknown price", { price: "price_unknown" }],
  ["an unknown key", { lookup_key: "__proto__" }],
  ["an unknown field", { amount: 1 }],
])("%s cannot be changed to", async (_, body) => {
  const answer = await pages.post(`${portal}/plan`, body);
  expect([answer.statusCode, answer.json()]).toMatchObject([422, { code: "invalid_request" }]);
  expect((await state()).subscriptions).toMatchObject([{ price: shop.pro, quantity: 3 }]);
});

test("pause and its end", async () => {
  expect((await pages.post(`${portal}/pause`, {})).statusCode).toBe(200);
  expect(field("status")).toBe("paused");
  expect((await pages.page(portal)).body).toContain("It is paused");
  expect((await pages.submit(`${portal}/unpause`, { subscription })).statusCode).toBe(303);
  expect(field("status")).toBe("active");
});

test("a card that works pays what is open, and the subscription is active again", async () => {
  await failRenewal();
  expect(field("status")).toBe("past_due");
  expect((await pages.page(portal)).body).toContain("A payment is outstanding");
  const refused = await pages.submit(`${portal}/card`, { card: DECLINED });
  expect(refused.body).toContain("Your card was declined.");
  const mended = await pages.submit(`${portal}/card`, { card: GOOD });
  expect([mended.statusCode, field("status")]).toEqual([303, "active"]);
  expect((await state()).card).toMatchObject({ last4: "4242" });
});

test("a card that asks for 3-D Secure pays what is open when the person has passed it", async () => {
  const invoice = await failRenewal();
  const asked = (await pages.post(`${portal}/card`, { card: ASKS_ALWAYS })).json();
  expect(asked).toMatchObject({ outcome: "needs_action" });
  const challenge = String(asked.challenge_url).replace("/stripe", "");
  expect((await pages.page(challenge)).body).toContain("3-D Secure");
  for (let turn = 0; turn < 3 && field("status") !== "active"; turn++) {
    const passed = (await pages.post(challenge, { passes: true })).json();
    if (passed.outcome === "needs_action") await pages.post(String(passed.challenge_url).replace("/stripe", ""), { passes: true });
  }
  expect([field("status"), (await pages.get(invoice)).json().status]).toEqual(["active", "paid"]);
});

test("an open invoice is paid on its own page, and is then paid for good", async () => {
  const invoice = await failRenewal();
  const { body } = await pages.page(invoice);
  expect(body).toContain("Pay $147.00");
  expect(body).toContain("Visa ending in 0341");
  expect((await pages.submit(invoice, { card: DECLINED })).body).toContain("Your card was declined.");
  expect((await pages.submit(invoice, {})).body).toContain("Your card was declined.");
  expect((await pages.post(invoice, { card: GOOD })).json()).toEqual({ outcome: "paid", status: "paid" });
  expect(field("status")).toBe("active");
  expect((await pages.page(invoice)).body).toContain("This invoice is paid.");
  expect((await pages.post(invoice, { card: GOOD })).json()).toMatchObject({ status: 409, code: "invoice_not_open" });
});

test("3-D Secure of an invoice, failed and passed", async () => {
  const invoice = await failRenewal();
  const asked = await pages.submit(invoice, { card: ASKS_ALWAYS });
  expect([asked.statusCode, asked.headers.location]).toEqual([303, `/stripe${invoice}/challenge`]);
  expect((await pages.submit(`${invoice}/challenge`, { passes: "false" })).body).toContain('role="alert"');
  expect(field("status")).toBe("past_due");
  await pages.post(invoice, { card: ASKS_ALWAYS });
  expect((await pages.post(`${invoice}/challenge`, { passes: true })).json()).toEqual({ outcome: "paid", status: "paid" });
  expect(field("status")).toBe("active");
});

test("nobody reaches another customer's subscription or invoice through their own portal", async () => {
  const other = pages.stripe.engine.seedSubscription({ priceId: shop.pro, email: "grace@example.com", events: true });
  for (const action of ["cancel", "resume", "pause", "unpause", "plan"]) {
    const answer = await pages.post(`${portal}/${action}`, { subscription: other.subscriptionId });
    expect([action, answer.statusCode, answer.json()]).toMatchObject([action, 404, { code: "subscription_not_found" }]);
  }
  const invoice = pages.stripe.engine.listOf("invoice", other.customerId)[0]?.["id"] ?? "in_unknown";
  expect((await pages.post(`${portal}/pay`, { invoice })).json()).toMatchObject({ status: 404, code: "invoice_not_found" });
  expect(pages.stripe.engine.object(other.subscriptionId)).toMatchObject({
    status: "active",
    cancel_at: null,
    cancel_at_period_end: false,
  });
});

test.each(["/portal/bps_unknown", "/portal/__proto__", "/portal/%3Cscript%3E", "/invoices/in_unknown", "/invoices/constructor"])(
  "%s is not found, by a page and by a program",
  async (url) => {
    const page = await pages.page(url);
    expect([page.statusCode, page.body.includes("<script")]).toEqual([404, false]);
    expect((await pages.get(url)).json()).toMatchObject({ status: 404, code: expect.stringMatching(/_not_found$/) });
    const action = url.startsWith("/portal") ? `${url}/cancel` : url;
    expect((await pages.post(action, {})).statusCode).toBe(404);
  },
);

test("the id of one kind of thing opens no page of another", async () => {
  expect((await pages.get(`/portal/${shop.customer}`)).statusCode).toBe(404);
  expect((await pages.get(`/invoices/${subscription}`)).statusCode).toBe(404);
  expect((await pages.get(`/checkout/${portal.slice("/portal/".length)}`)).statusCode).toBe(404);
});

test("the portal of a deleted customer says so", async () => {
  await pages.post("/control/delete_customer", { customer: shop.customer });
  const page = await pages.page(portal);
  expect([page.statusCode, page.body.includes("This customer is no more.")]).toEqual([410, true]);
  expect((await pages.post(`${portal}/cancel`, {})).json()).toMatchObject({ code: "customer_deleted" });
});
