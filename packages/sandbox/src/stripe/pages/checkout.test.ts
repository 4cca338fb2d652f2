import { afterEach, beforeEach, expect, test } from "vitest";
import { openCheckout, openTestPages, openTestShop, type TestPages, type TestShop } from "./open-test-pages.ts";

const GOOD = "4242424242424242";
const DECLINED = "4000000000000002";
const ASKS_ALWAYS = "4000002760003184";

let pages: TestPages;
let shop: TestShop;
let checkout: string;

beforeEach(async () => {
  pages = await openTestPages();
  shop = await openTestShop(pages);
  checkout = `/checkout/${await openCheckout(pages, shop)}`;
});
afterEach(() => pages.stop());

const statusOfSubscription = (): unknown => pages.stripe.engine.list("subscription")[0]?.["status"];
const sessionOf = (url: string): string => url.slice("/checkout/".length);

test("the page tells what is bought, what is due, and whom it is for, and lets the form end at the merchant's site", async () => {
  const { body, headers } = await pages.page(checkout);
  expect(body).toContain('<h1 id="what">Subscribe to Pro</h1>');
  expect(body).toContain("3 × $49.00 per month");
  expect(body).toMatch(/Due today<\/dt><dd[^>]*>\$147\.00/);
  expect(body).toContain("ada@example.com");
  expect(body).toContain('<a class="back" href="http://localhost:5173/plans">Back</a>');
  expect(headers["content-security-policy"]).toContain("form-action 'self' http://localhost:5173");
  expect(body.match(/<h1/g)).toHaveLength(1);
});

test("a trial is told with its end, what is then paid, and that nothing is due today", async () => {
  const url = `/checkout/${await openCheckout(pages, shop, { "subscription_data[trial_end]": String(Date.UTC(2026, 0, 11) / 1000) })}`;
  const { body } = await pages.page(url);
  expect(body).toContain("Free until January 11, 2026, then $147.00 per month.");
  expect(body).toMatch(/Due today<\/dt><dd[^>]*>\$0\.00/);
  expect((await pages.get(url)).json()).toMatchObject({ due_today: 0, each_time: 14_700, trial_end: Date.UTC(2026, 0, 11) / 1000 });
  expect((await pages.post(url, { card: GOOD })).json()).toMatchObject({ outcome: "paid", status: "complete" });
  expect(statusOfSubscription()).toBe("trialing");
});

test("a person pays with a good card and comes to the merchant's page, which learns the session", async () => {
  const answer = await pages.submit(checkout, { card: GOOD, number: "", expiry: "", cvc: "" });
  expect([answer.statusCode, answer.headers.location]).toEqual([303, `http://localhost:5173/welcome?session=${sessionOf(checkout)}`]);
  expect(statusOfSubscription()).toBe("active");
});

test("a card can be typed, and what cannot be a card is told before anything is sent", async () => {
  const typed = { number: "4242 4242 4242 4242", expiry: "12 / 28", cvc: "123" };
  const wrong: [object, string][] = [
    [{ number: "4242" }, "Your card number is incorrect."],
    [{ number: "4242 4242 4242 4241" }, "Your card number is incorrect."],
    [{ expiry: "12/25" }, "Your card&#39;s expiration year is invalid."],
    [{ expiry: "13/28" }, "Your card&#39;s expiration month is invalid."],
    [{ expiry: "soon" }, "Your card&#39;s expiration month is invalid."],
    [{ cvc: "12" }, "Your card&#39;s security code is invalid."],
    [{ cvc: "" }, "Your card&#39;s security code is invalid."],
  ];
  for (const [change, message] of wrong) {
    const { statusCode, body } = await pages.submit(checkout, { ...typed, ...change });
    expect([statusCode, body.includes(`role="alert" tabindex="-1" autofocus>${message}`)]).toEqual([200, true]);
  }
  expect(pages.stripe.engine.list("subscription")).toEqual([]);
  expect((await pages.submit(checkout, { ...typed, expiry: "01/26" })).statusCode).toBe(303);
});

test("a declined card leaves the checkout open, with Stripe's words, and the next card pays it", async () => {
  const { body, statusCode } = await pages.submit(checkout, { card: DECLINED });
  expect(statusCode).toBe(200);
  expect(body).toContain("Your card was declined.");
  expect((await pages.post(checkout, { card: DECLINED })).json()).toEqual({
    outcome: "declined",
    status: "open",
    code: "generic_decline",
    message: "Your card was declined.",
  });
  expect((await pages.post(checkout, { card: GOOD })).json()).toEqual({
    outcome: "paid",
    status: "complete",
    redirect_url: `http://localhost:5173/welcome?session=${sessionOf(checkout)}`,
  });
});

test("3-D Secure: a person who fails it may try again, and who completes it has paid", async () => {
  const challenge = `/stripe${checkout}/challenge`;
  const first = await pages.submit(checkout, { card: ASKS_ALWAYS });
  expect([first.statusCode, first.headers.location]).toEqual([303, challenge]);
  const page = await pages.page(`${checkout}/challenge`);
  expect(page.body).toContain('<button name="passes" value="true">Complete</button>');
  expect(page.headers["content-security-policy"]).toContain("http://localhost:5173");

  const failed = await pages.submit(`${checkout}/challenge`, { passes: "false" });
  expect(failed.body).toContain("We are unable to authenticate your payment method.");
  expect(statusOfSubscription()).toBeUndefined();

  expect((await pages.post(checkout, { card: ASKS_ALWAYS })).json()).toMatchObject({ outcome: "needs_action", challenge_url: challenge });
  const passed = await pages.submit(`${checkout}/challenge`, { passes: "true" });
  expect([passed.statusCode, statusOfSubscription()]).toEqual([303, "active"]);
});

test("3-D Secure that nobody asked for is refused", async () => {
  const answer = await pages.post(`${checkout}/challenge`, { passes: true });
  expect([answer.statusCode, answer.json()]).toMatchObject([409, { title: "Stripe refuses this." }]);
  expect((await pages.post(`${checkout}/challenge`, {})).statusCode).toBe(422);
});

test("a paid checkout cannot be paid again, and leads on", async () => {
  await pages.post(checkout, { card: GOOD });
  const again = await pages.post(checkout, { card: GOOD });
  expect([again.statusCode, again.json()]).toMatchObject([409, { code: "checkout_session_complete" }]);
  const page = await pages.page(checkout);
  expect(page.body).toContain("This checkout is complete.");
  expect(page.body).toContain(`href="http://localhost:5173/welcome?session=${sessionOf(checkout)}"`);
  expect(pages.stripe.engine.list("subscription")).toHaveLength(1);
});

test("an expired checkout says so, and cannot be paid, even before anything else has looked at the time", async () => {
  const open = await pages.page(checkout);
  expect(open.statusCode).toBe(200);
  pages.passDaysUnseen(1.5);
  for (const answer of [await pages.page(checkout), await pages.submit(checkout, { card: GOOD })]) {
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain("This checkout has expired.");
    expect(answer.body).toContain('href="http://localhost:5173/plans"');
  }
  expect((await pages.post(checkout, { card: GOOD })).json()).toMatchObject({ status: 409, code: "checkout_session_expired" });
});

test("a trial that asks for no card can begin without one, and no other checkout can", async () => {
  expect((await pages.post(checkout, { without_card: true })).statusCode).toBe(422);
  const free = `/checkout/${await openCheckout(pages, shop, {
    "subscription_data[trial_end]": String(Date.UTC(2026, 0, 11) / 1000),
    payment_method_collection: "if_required",
  })}`;
  expect((await pages.page(free)).body).toContain("Go on without a card");
  expect((await pages.submit(free, { without_card: "true" })).statusCode).toBe(303);
  expect(statusOfSubscription()).toBe("trialing");
});

test("amounts are shown in their currency, without cents where it has none", async () => {
  const url = `/checkout/${await openCheckout(pages, await openTestShop(pages, "jpy"))}`;
  expect((await pages.page(url)).body).toContain("3 × ¥4,900 per month");
});

test.each<[string, string]>([
  ["an unknown id", "/checkout/cs_test_unknown"],
  ["the id of another thing", "/checkout/__proto__"],
  ["a path", "/checkout/..%2F..%2Fetc%2Fpasswd"],
  ["markup", "/checkout/%3Cscript%3Ealert(1)%3C%2Fscript%3E"],
  ["a thousand characters", `/checkout/${"a".repeat(90)}`],
])("%s is not found, by a page and by a program", async (_, url) => {
  const page = await pages.page(url);
  expect([page.statusCode, page.body.includes("There is no such checkout.")]).toEqual([404, true]);
  expect(page.body).not.toContain("<script");
  expect((await pages.get(url)).json()).toMatchObject({ status: 404, code: "checkout_session_not_found" });
  expect((await pages.post(url, { card: GOOD })).json()).toMatchObject({ status: 404, code: "checkout_session_not_found" });
  expect((await pages.submit(`${url}/challenge`, { passes: "true" })).statusCode).toBe(404);
});

test.each<[string, unknown]>([
  ["nothing", {}],
  ["a list", [GOOD]],
  ["a text", GOOD],
  ["a number for a card", { card: 4242 }],
  ["a list for a card", { card: [GOOD] }],
  ["an empty card", { card: "" }],
  ["a long card", { card: "4".repeat(300) }],
  ["an unknown field", { card: GOOD, amount: 1 }],
  ["a hostile field", { card: GOOD, constructor: {} }],
])("%s in the body is refused with a code, and nothing is paid", async (_, body) => {
  const answer = await pages.post(checkout, body);
  expect([answer.statusCode, answer.json()]).toMatchObject([422, { code: "invalid_request" }]);
  expect(pages.stripe.engine.list("subscription")).toEqual([]);
});

test("what a hostile merchant puts into names and addresses is shown as text, and only web pages are linked to", async () => {
  const attack = `"><script>alert(1)</script>`;
  const customer = await pages.make("customers", { email: "x@example.com", name: attack });
  const product = await pages.make("products", { name: attack });
  const pro = await pages.make("prices", { product, currency: "usd", unit_amount: "100", "recurring[interval]": "month" });
  const hostile = { success_url: "javascript:alert(1)", cancel_url: "javascript:alert(1)" };
  const { body, headers } = await pages.page(`/checkout/${await openCheckout(pages, { ...shop, customer, pro }, hostile)}`);
  expect(headers["content-security-policy"]).toMatch(/form-action 'self'$/);
  expect(body).toContain("&quot;&gt;&lt;script&gt;");
  expect(body).not.toMatch(/<script|href="javascript:/);
});

test("a page of another site can pay for nothing", async () => {
  const answer = await pages.post(checkout, { card: GOOD }, { origin: "https://evil.example", host: "localhost:4000" });
  expect([answer.statusCode, answer.json()]).toMatchObject([403, { code: "cross_site_request" }]);
  expect(pages.stripe.engine.list("subscription")).toEqual([]);
});
