import { openTestServer, TEST_START, type TestServer } from "@gatehouse/testkit";
import { deliver, jobsOfEvent, ledgerOf, STRIPE_ENV, signatureOf, stripeEvent } from "@gatehouse/testkit/stripe-delivery";
import { afterAll, beforeAll, expect, test } from "vitest";

/** It receives and works nothing off, so that what was received can be looked at. */
let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ env: { ...STRIPE_ENV, RATE_LIMIT_FACTOR: "1" }, role: "api" });
});
afterAll(() => server.close());

const ledger = (id: string) => ledgerOf(server, id);
const jobs = (id: string) => jobsOfEvent(server, id);
const countStored = async () => Number((await server.database.query("select count(*) as count from stripe_events"))[0]?.["count"]);

const at = (seconds: number) => new Date(TEST_START.getTime() + seconds * 1000);
const taken = { status: 200, body: { received: true } };

test("R6, R8: an event is in the ledger, to the letter, with a job that is tried again, before it is answered", async () => {
  const body = `${JSON.stringify(stripeEvent({ id: "evt_letter" }), null, 3)}\n`;
  expect(await deliver(server, body)).toMatchObject(taken);
  expect(await ledger("evt_letter")).toEqual([
    {
      id: "evt_letter",
      type: "customer.subscription.updated",
      created_at: at(-60),
      api_version: "2026-10-28.endive",
      livemode: false,
      payload: body,
      received_at: TEST_START,
      origin: "webhook",
      outcome: "received",
      reason: null,
      matched_account_id: null,
      processed_at: null,
    },
  ]);
  expect(await jobs("evt_letter")).toEqual([
    {
      name: "stripe",
      state: "created",
      retry_limit: 30,
      retry_backoff: true,
      data: { name: "stripe.event", data: { eventId: "evt_letter" } },
    },
  ]);
});

test.each<[string, (body: string) => { sent?: string | Buffer; header: string }]>([
  ["SW-1: without a signature", () => ({ header: "" })],
  ["SW-1: with half a signature", (body) => ({ header: signatureOf(body, TEST_START).slice(0, -1) })],
  ["SW-1: with another secret", (body) => ({ header: signatureOf(body, TEST_START, "whsec_of_somebody_else") })],
  ["SW-1: under the old scheme alone", (body) => ({ header: signatureOf(body, TEST_START).replace("v1", "v0") })],
  ["SW-1: with the signature of another event", () => ({ header: signatureOf(JSON.stringify(stripeEvent()), TEST_START) })],
  ["R1: written again by a JSON library", (body) => ({ sent: JSON.stringify(JSON.parse(body)), header: signatureOf(body, TEST_START) })],
  ["R1: encoded again as Latin-1", (body) => ({ sent: Buffer.from(body, "latin1"), header: signatureOf(body, TEST_START) })],
  ["R1: encoded again as UTF-16", (body) => ({ sent: Buffer.from(body, "utf16le"), header: signatureOf(body, TEST_START) })],
  ["R1: without its body", (body) => ({ sent: "", header: signatureOf(body, TEST_START) })],
  ["R2: given twice", (body) => ({ header: `${signatureOf(body, TEST_START)}, ${signatureOf(body, TEST_START)}` })],
  ["R3, SW-2: signed 301 s ago", (body) => ({ header: signatureOf(body, at(-301)) })],
  ["R3, SW-2: signed 301 s from now", (body) => ({ header: signatureOf(body, at(301)) })],
  ["SW-3: with a thousand signatures", (body) => ({ header: signatureOf(body, TEST_START).replace(/,(.*)/, ",$1".repeat(1000)) })],
])("%s, an event is refused and nothing is stored", async (_, forge) => {
  const before = await countStored();
  const body = JSON.stringify(stripeEvent({ description: "Gräfin Ada" }), null, 2);
  const { sent = body, header } = forge(body);
  const answer = await deliver(server, sent, { headers: { "stripe-signature": header } });
  expect(answer).toMatchObject({ status: 400, body: { code: "signature_invalid" } });
  expect(await countStored()).toBe(before);
});

test.each([-299, 299])("R3, SW-2: signed %i s from now, it is taken", async (seconds) => {
  const body = JSON.stringify(stripeEvent());
  expect(await deliver(server, body, { headers: { "stripe-signature": signatureOf(body, at(seconds)) } })).toMatchObject(taken);
});

test("R2, SW-2: while a secret is rolled, either of the two has signed; before and after, one", async () => {
  const rolling = await openTestServer({
    beside: server,
    role: "api",
    env: { ...STRIPE_ENV, STRIPE_WEBHOOK_SECRET: `${STRIPE_ENV.STRIPE_WEBHOOK_SECRET},whsec_new` },
  });
  const statusOf = async (to: TestServer, secret: string) => {
    const body = JSON.stringify(stripeEvent());
    return (await deliver(to, body, { headers: { "stripe-signature": signatureOf(body, TEST_START, secret) } })).status;
  };
  expect(await statusOf(rolling, STRIPE_ENV.STRIPE_WEBHOOK_SECRET)).toBe(200);
  expect(await statusOf(rolling, "whsec_new")).toBe(200);
  expect(await statusOf(rolling, "whsec_other")).toBe(400);
  expect(await statusOf(server, "whsec_new")).toBe(400);
  await rolling.close();
});

test.each([
  ["no_webhook_secret", { STRIPE_SECRET_KEY: STRIPE_ENV.STRIPE_SECRET_KEY }],
  ["no_secret_key", { STRIPE_WEBHOOK_SECRET: STRIPE_ENV.STRIPE_WEBHOOK_SECRET }],
])("R5, SW-10: with %s, an event is answered 503 and not stored, so that Stripe keeps it", async (reason, env) => {
  const dark = await openTestServer({ beside: server, role: "api", env });
  const before = await countStored();
  expect(await deliver(dark, stripeEvent())).toMatchObject({ status: 503, body: { code: "webhooks_not_configured", reason } });
  expect(await deliver(dark, stripeEvent(), { headers: { "stripe-signature": "" } })).toMatchObject({ status: 503 });
  expect(await countStored()).toBe(before);
  await dark.close();
});

test.each([
  "",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/json; charset=utf-16",
  "application/octet-stream",
  "nonsense",
  "a/b; ;;=,",
])("R9: an event of the content type %j is taken", async (type) => {
  expect(await deliver(server, stripeEvent(), { headers: { "content-type": type } })).toMatchObject(taken);
});

test("R9: the route is outside the check of origins: there is no cookie to guard, and the signature decides", async () => {
  const headers = { origin: "https://elsewhere.example", "sec-fetch-site": "cross-site", cookie: "refresh_token=x" };
  expect(await deliver(server, stripeEvent(), { headers })).toMatchObject(taken);
});

test("R9: the route is outside the rate limits, for good events and bad ones", async () => {
  const bad = { headers: { "stripe-signature": "t=1,v1=00" } };
  const statuses = await Promise.all(
    Array.from({ length: 300 }, async (_, index) => (await deliver(server, stripeEvent(), index % 3 === 0 ? bad : {})).status),
  );
  expect(statuses).toEqual(statuses.map((_, index) => (index % 3 === 0 ? 400 : 200)));
});

test("R9: a body of one mebibyte is taken, one byte more is not", async () => {
  const room = 1024 * 1024 - JSON.stringify(stripeEvent({ id: "evt_large", more: "" })).length;
  const body = JSON.stringify(stripeEvent({ id: "evt_large", more: "x".repeat(room) }));
  expect(await deliver(server, `${body} `)).toMatchObject({ status: 413, body: { code: "request_too_large" } });
  expect(await ledger("evt_large")).toEqual([]);
  expect(await deliver(server, body)).toMatchObject(taken);
  expect(await ledger("evt_large")).toMatchObject([{ payload: body }]);
});

test("the other routes still take JSON and nothing else", async () => {
  const answer = await server.request("POST", "/auth/login", { body: "{}", headers: { "content-type": "text/plain" } });
  expect(answer).toMatchObject({ status: 415, body: { code: "unsupported_media_type" } });
});

test("SW-2: the product's time may run ahead of the world's: signatures are of the world's, the ledger is of the product's", async () => {
  const one = stripeEvent();
  server.clock.setOffset(40 * 86_400_000);
  try {
    expect(await deliver(server, one)).toMatchObject(taken);
  } finally {
    server.clock.setOffset(0);
  }
  expect(await ledger(one.id)).toMatchObject([{ received_at: at(40 * 86_400) }]);
});

test("what the log says of a refused signature is why, and neither secret nor signature", async () => {
  const body = JSON.stringify(stripeEvent());
  const header = signatureOf(body, TEST_START, "whsec_of_somebody_else");
  await deliver(server, body, { headers: { "stripe-signature": header } });
  const lines = server.logLines().join("");
  expect(lines).toContain('"reason":"no_match"');
  expect(lines).not.toContain(header.slice(-64));
  expect(lines).not.toContain(STRIPE_ENV.STRIPE_WEBHOOK_SECRET);
});
