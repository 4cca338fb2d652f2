import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openTestServer, TEST_START, type TestServer } from "@gatehouse/testkit";
import { deliver, jobsOfEvent, ledgerOf, STRIPE_ENV, stripeEvent } from "@gatehouse/testkit/stripe-delivery";
import { afterAll, beforeAll, expect, test } from "vitest";

/** It receives and works nothing off, so that what was received can be looked at. */
let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ env: STRIPE_ENV, role: "api" });
});
afterAll(() => server.close());

const ledger = (id: string) => ledgerOf(server, id);
const jobs = (id: string) => jobsOfEvent(server, id);
const countStored = async () => Number((await server.database.query("select count(*) as count from stripe_events"))[0]?.["count"]);

const taken = { status: 200, body: { received: true } };
const due = [{ outcome: "received", reason: null, processed_at: null }];
const ignored = (reason: string) => [{ outcome: "ignored", reason, processed_at: TEST_START }];

test("R7: what nobody here knows is taken all the same: a job tells whose it is", async () => {
  const one = stripeEvent({ type: "customer.deleted", data: { object: { id: "cus_of_nobody", object: "customer" } } });
  expect(await deliver(server, one)).toMatchObject(taken);
  expect(await ledger(one.id)).toMatchObject(due);
  expect(await jobs(one.id)).toHaveLength(1);
});

test.each<[string, object, string]>([
  ["R7, SW-8: of a type that we do not act on", { type: "radar.early_fraud_warning.created" }, "nothing that we act on"],
  ["R7: of a type that is the name of something else", { type: "constructor" }, "nothing that we act on"],
  ["R10, SW-8: of live mode, where our key is a test key", { livemode: true }, "of live mode, and our key is not"],
  ["R11, SW-8: of a connected account", { account: "acct_1" }, "of a connected account"],
  ["R7: of an invoice that is of no subscription", { type: "invoice.paid", data: { object: { id: "in_1" } } }, "of no subscription"],
])("%s, an event is in the ledger as ignored, and no job is made", async (_, fields, reason) => {
  const one = stripeEvent(fields);
  expect(await deliver(server, one)).toMatchObject(taken);
  expect(await ledger(one.id)).toMatchObject(ignored(reason));
  expect(await jobs(one.id)).toEqual([]);
});

test("R10: a live key takes live events and ignores those of test mode", async () => {
  const live = await openTestServer({ beside: server, role: "api", env: { ...STRIPE_ENV, STRIPE_SECRET_KEY: "sk_live_of_tests" } });
  const [one, other] = [stripeEvent({ livemode: true }), stripeEvent({ livemode: false })];
  for (const body of [one, other]) expect(await deliver(live, body)).toMatchObject(taken);
  expect(await ledger(one.id)).toMatchObject(due);
  expect(await ledger(other.id)).toMatchObject(ignored("of test mode, and our key is not"));
  await live.close();
});

test("R12: a thin event is taken like any other, and its time is read", async () => {
  const one = {
    id: "evt_test_thin",
    object: "v2.core.event",
    type: "v1.customer.subscription.updated",
    created: "2025-12-31T23:59:30.500Z",
    livemode: false,
    related_object: { id: "sub_1", type: "subscription", url: "/v1/subscriptions/sub_1" },
  };
  expect(await deliver(server, one)).toMatchObject(taken);
  expect(await ledger(one.id)).toMatchObject([{ ...due[0], created_at: new Date("2025-12-31T23:59:30.500Z"), api_version: null }]);
  expect(await jobs(one.id)).toHaveLength(1);
});

const FIXTURES = join(import.meta.dirname, "../../../../tests/fixtures/stripe");
const fixtures = readdirSync(FIXTURES)
  .map((file) => ({ file, text: readFileSync(join(FIXTURES, file), "utf8") }))
  .filter(({ text }) => JSON.parse(text).object === "event");

test.each(fixtures)("R13: what Stripe really sent is taken to the letter: $file", async ({ text }) => {
  const { id, type, livemode, api_version } = JSON.parse(text);
  const fresh = stripeEvent().id;
  const payload = text.replaceAll(id, fresh);
  expect(await deliver(server, payload)).toMatchObject(taken);
  const [row] = await ledger(fresh);
  expect(row).toMatchObject({ payload, type, livemode, api_version: api_version ?? null });
  expect(await jobs(fresh)).toHaveLength(row?.["outcome"] === "received" ? 1 : 0);
  if (livemode || !/subscription\.|^customer\.deleted/.test(type)) return;
  expect(row).toMatchObject({ outcome: "received" });
});

test.each<[string, string | Buffer]>([
  ["nothing", ""],
  ["no JSON", "received=true"],
  ["half of its JSON", '{"id":"evt_half","object":"event"'],
  ["an array", "[]"],
  ["null", "null"],
  ["an object that is no event", JSON.stringify({ id: "sub_1", object: "subscription" })],
  ["without an id", JSON.stringify({ ...stripeEvent(), id: undefined })],
  ["with an id that is a number", JSON.stringify({ ...stripeEvent(), id: 7 })],
  ["with an id of a thousand characters", JSON.stringify({ ...stripeEvent(), id: `evt_${"a".repeat(1000)}` })],
  ["with a NUL in its id", JSON.stringify({ ...stripeEvent(), id: "evt_\u0000" })],
  ["with half a character in its id", JSON.stringify({ ...stripeEvent(), id: "evt_\ud800" })],
  ["with a NUL in its type", JSON.stringify({ ...stripeEvent(), type: "customer.\u0000" })],
  ["without data", JSON.stringify({ ...stripeEvent(), data: null })],
  ["with a raw NUL", '{"id":"evt_nul","object":"event","type":"a\u0000"}'],
  ["with a byte order mark", `\uFEFF${JSON.stringify(stripeEvent())}`],
  ["in UTF-16", Buffer.from(JSON.stringify(stripeEvent()), "utf16le")],
  ["in Latin-1", Buffer.from(JSON.stringify({ ...stripeEvent(), description: "Gräfin" }), "latin1")],
  ["deeper than any stack", `${"[".repeat(200_000)}${"]".repeat(200_000)}`],
])("an event that is %s is malformed, though it is signed", async (_, body) => {
  const before = await countStored();
  expect(await deliver(server, body)).toMatchObject({ status: 400, body: { code: "event_malformed" } });
  expect(await countStored()).toBe(before);
});

test.each<[string, string, string]>([
  ["a NUL, written as an escape", '{"a":1}', '{"name":"a\\u0000b"}'],
  ["half a character, written as an escape", '{"a":1}', '{"name":"\\ud800"}'],
  ["a name that JavaScript minds", '{"a":1}', '{"__proto__":{"constructor":{"prototype":1}}}'],
  ["a name twice", '{"a":1}', '{"a":1,"a":2}'],
  ["quotes, backslashes, braces, a number beyond all numbers", '{"a":1}', '{"q":"\\"\\\\{},\'$1","n":1e999}'],
  ["depth", '{"a":1}', `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
])("an event whose payload holds %s is stored as it came", async (_, place, put) => {
  const { id } = stripeEvent();
  const body = JSON.stringify(stripeEvent({ id, more: { a: 1 } })).replace(place, () => put);
  expect(body).toContain(put);
  expect(await deliver(server, body)).toMatchObject(taken);
  expect(await ledger(id)).toMatchObject([{ payload: body, outcome: "received" }]);
});

test.each<[string, unknown]>([
  ["missing", undefined],
  ["null", null],
  ["a word", "yesterday"],
  ["zero", 0],
  ["before all time", -1],
  ["after all time", 1e15],
  ["a list", [1]],
  ["a date beyond all dates", "+275760-09-13T00:00:00.001Z"],
])("a time of creation that is %s is the time of arrival instead", async (_, created) => {
  const one = stripeEvent({ created });
  expect(await deliver(server, one)).toMatchObject(taken);
  expect(await ledger(one.id)).toMatchObject([{ created_at: TEST_START }]);
});

test.each(["a\u0000b", "a b", "x".repeat(300), 7, null])("an API version that is none (%j) is not kept", async (apiVersion) => {
  const one = stripeEvent({ api_version: apiVersion });
  expect(await deliver(server, one)).toMatchObject(taken);
  expect(await ledger(one.id)).toMatchObject([{ api_version: null }]);
});
