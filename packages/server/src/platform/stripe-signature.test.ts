import { createHmac } from "node:crypto";
import { TEST_START } from "@gatehouse/testkit";
import fc from "fast-check";
import Stripe from "stripe";
import { expect, test } from "vitest";
import { flawOfSignature, type SignatureFlaw } from "./stripe-signature.ts";

const SECRET = "whsec_first";
const SECOND = "whsec_second";
const OTHER = "whsec_of_somebody_else";
const NOW = TEST_START.getTime() / 1000;
const BODY = '{"id":"evt_1","object":"event"}';

const hmac = (body: string | Uint8Array, secret: string, seconds: number | string = NOW) =>
  createHmac("sha256", secret).update(`${seconds}.`).update(body).digest("hex");
const headerOf = (body: string | Uint8Array, secret: string, seconds: number | string = NOW) =>
  `t=${seconds},v1=${hmac(body, secret, seconds)}`;
const flaw = (header: string | undefined, { body = BODY as string | Uint8Array, secrets = [SECRET] as readonly string[] } = {}) =>
  flawOfSignature({ body: Buffer.from(body), header, secrets, at: TEST_START });

const right = hmac(BODY, SECRET);
const wrong = hmac(BODY, OTHER);

test.each<[string, string | undefined, SignatureFlaw | null]>([
  ["R2: what Stripe signed passes", `t=${NOW},v1=${right}`, null],
  ["R2: it passes with an older scheme beside it, whatever that says", `t=${NOW},v1=${right},v0=${wrong}`, null],
  ["R2: it passes with a scheme beside it that is not known yet", `t=${NOW},v2=aGVsbG8=,v1=${right}`, null],
  ["R2: it passes whatever the order", `v1=${right},t=${NOW}`, null],
  ["SW-3: any v1 of two may be the right one", `t=${NOW},v1=${wrong},v1=${right}`, null],
  ["SW-3: any v1 of many may be the right one", `t=${NOW},${`v1=${wrong},`.repeat(50)}v1=${right}`, null],
  ["SW-3: a thousand of them are not even looked at", `t=${NOW},${`v1=${wrong},`.repeat(999)}v1=${right}`, "header_malformed"],
  ["SW-3: nor are a hundred short ones", `t=${NOW},v1=${right}${",a=b".repeat(100)}`, "header_malformed"],
  ["SW-3: a megabyte is not even looked at", `t=${NOW},v1=${right},v0=${"a".repeat(1_000_000)}`, "header_malformed"],
  ["R2: a missing header is refused", undefined, "header_missing"],
  ["R2: an empty header is refused", "", "header_missing"],
  ["R2: a header without a time is refused", `v1=${right}`, "header_malformed"],
  ["R2: a header with two times is refused", `t=${NOW},t=${NOW},v1=${right}`, "header_malformed"],
  ["R2: a header that was given twice is refused", `t=${NOW},v1=${right}, t=${NOW},v1=${right}`, "header_malformed"],
  ["R2: so is one whose second is empty", `t=${NOW},v1=${right}, `, "header_malformed"],
  ["SW-1: the right signature under the name of the old scheme proves nothing", `t=${NOW},v0=${right}`, "no_match"],
  ["SW-1: a signature with another secret is refused", `t=${NOW},v1=${wrong}`, "no_match"],
  ["SW-1: a header without a signature is refused", `t=${NOW}`, "no_match"],
  ["SW-1: an empty signature is refused", `t=${NOW},v1=`, "no_match"],
  ["SW-1: half a signature is refused", `t=${NOW},v1=${right.slice(0, 32)}`, "no_match"],
  ["SW-1: a signature with more after it is refused", `t=${NOW},v1=${right}00`, "no_match"],
  ["SW-1: a signature in capitals is none of Stripe's", `t=${NOW},v1=${right.toUpperCase()}`, "no_match"],
  ["SW-1: a signature of another time is refused", `t=${NOW + 1},v1=${right}`, "no_match"],
  ["a name without a value is refused", `t=${NOW},v1`, "header_malformed"],
  ["a value without a name is refused", `t=${NOW},=${right}`, "header_malformed"],
  ["a time that is no number is refused", headerOf(BODY, SECRET, "now"), "header_malformed"],
  ["an empty time is refused", headerOf(BODY, SECRET, ""), "header_malformed"],
  ["a time with a fraction is refused", headerOf(BODY, SECRET, `${NOW}.5`), "header_malformed"],
  ["a time below zero is refused", headerOf(BODY, SECRET, -1), "header_malformed"],
  ["a time in another notation is refused", headerOf(BODY, SECRET, "1e9"), "header_malformed"],
  ["a time of twenty digits is refused", headerOf(BODY, SECRET, "9".repeat(20)), "header_malformed"],
])("%s", (_, header, expected) => expect(flaw(header)).toBe(expected));

test.each<[number, SignatureFlaw | null]>([
  [-86_400, "too_old"],
  [-301, "too_old"],
  [-300, null],
  [-299, null],
  [299, null],
  [300, null],
  [301, "too_new"],
  [86_400, "too_new"],
])("R3, SW-2: signed %i seconds from now: %s", (seconds, expected) => {
  expect(flaw(headerOf(BODY, SECRET, NOW + seconds))).toBe(expected);
});

test("R3: a whole second is given to a time that is cut to seconds", () => {
  const header = headerOf(BODY, SECRET, NOW);
  const at = (milliseconds: number) =>
    flawOfSignature({ body: Buffer.from(BODY), header, secrets: [SECRET], at: new Date(TEST_START.getTime() + milliseconds) });
  expect(at(300_999)).toBe(null);
  expect(at(301_000)).toBe("too_old");
});

test("R4: nothing that is passed in can switch the tolerance off", () => {
  const withZero = { body: Buffer.from(BODY), header: headerOf(BODY, SECRET, NOW - 301), secrets: [SECRET], at: TEST_START, tolerance: 0 };
  expect(flawOfSignature(withZero)).toBe("too_old");
});

test("R2, SW-2: while a secret is rolled either one passes, and no other", () => {
  const secrets = [SECRET, SECOND];
  for (const secret of secrets) expect(flaw(headerOf(BODY, secret), { secrets })).toBe(null);
  expect(flaw(`t=${NOW},v1=${hmac(BODY, SECRET)},v1=${hmac(BODY, SECOND)}`, { secrets: [SECOND] })).toBe(null);
  expect(flaw(headerOf(BODY, OTHER), { secrets })).toBe("no_match");
});

test("SW-1: without a secret, or with an empty one, nobody is let in who signs with nothing", () => {
  expect(flaw(headerOf(BODY, ""), { secrets: [] })).toBe("no_match");
  expect(flaw(headerOf(BODY, ""), { secrets: [""] })).toBe("no_match");
});

test.each<[string, string | Uint8Array]>([
  ["written again by a JSON library", JSON.stringify(JSON.parse('{"id": "evt_1"}'))],
  ["with a line break after it", '{"id": "evt_1"}\n'],
  ["with a byte order mark before it", '\uFEFF{"id": "evt_1"}'],
  ["encoded as UTF-16", Buffer.from('{"id": "evt_1"}', "utf16le")],
  ["empty", ""],
])("R1, SW-1: a body that is %s is not the one that was signed", (_, body) => {
  expect(flaw(headerOf('{"id": "evt_1"}', SECRET), { body })).toBe("no_match");
});

test("R1: bytes that are no UTF-8 are told apart, which a reader of texts would not do", () => {
  const [one, other] = [Buffer.from([0x22, 0xff, 0x22]), Buffer.from([0x22, 0xfe, 0x22])];
  expect(one.toString()).toBe(other.toString());
  expect(flaw(headerOf(one, SECRET), { body: one })).toBe(null);
  expect(flaw(headerOf(one, SECRET), { body: other })).toBe("no_match");
});

// The SDK passes over a byte order mark; Stripe sends none.
const bodies = fc
  .oneof(fc.json(), fc.string({ unit: "binary", maxLength: 200 }))
  .filter((body) => body.isWellFormed() && body !== "" && !body.startsWith("\uFEFF"));
const secrets = fc.string({ minLength: 1, maxLength: 40 }).filter((secret) => secret.trim() !== "");
const ages = fc.integer({ min: -400, max: 400 });

function sdkTakes(body: string, header: string, secret: string): boolean {
  try {
    return Stripe.webhooks.signature?.verifyHeader(body, header, secret, 300, undefined, TEST_START.getTime()) ?? false;
  } catch {
    return false;
  }
}

test("R2, R3: what Stripe's own SDK signs passes with both or with neither, but for times that lie ahead", () => {
  const property = fc.property(bodies, secrets, secrets, ages, (payload, signed, configured, age) => {
    const header = Stripe.webhooks.generateTestHeaderString({ payload, secret: signed, timestamp: NOW - age });
    for (const secret of [signed, configured]) {
      expect(flaw(header, { body: payload, secrets: [secret] }) === null).toBe(age >= -300 && sdkTakes(payload, header, secret));
    }
  });
  check("the SDK's signatures", property);
});

test("R1, SW-1: after any change of a byte in body, header or secret, what passes here passes the SDK too, and the body is the same", () => {
  const change = fc.record({ where: fc.constantFrom("body", "header", "secret"), at: fc.nat(), to: fc.string({ maxLength: 2 }) });
  const property = fc.property(bodies, secrets, fc.array(change, { minLength: 1, maxLength: 3 }), (body, secret, changes) => {
    const header = Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: NOW });
    const sent = { body, header, secret };
    for (const { where, at, to } of changes) {
      const text = sent[where as keyof typeof sent];
      const index = at % (text.length + 1);
      sent[where as keyof typeof sent] = text.slice(0, index) + to + text.slice(index + 1);
    }
    fc.pre(sent.body.isWellFormed() && !sent.body.startsWith("\uFEFF") && sent.body !== "");
    if (flaw(sent.header, { body: sent.body, secrets: [sent.secret] }) !== null) return;
    expect(sdkTakes(sent.body, sent.header, sent.secret)).toBe(true);
    expect(sent).toMatchObject({ body, secret });
  });
  check("changed deliveries", property);
});

test("any header at all is answered, and lets nobody in", () => {
  const part = fc.oneof(fc.constantFrom(`t=${NOW}`, "t=", "v1=", `v1=${wrong}`, `v0=${right}`, "=", " ", "t"), fc.string());
  const property = fc.property(
    fc.array(part).map((parts) => parts.join(",")),
    (header) => {
      expect(flaw(header)).not.toBe(null);
    },
  );
  check("headers", property);
});

function check<Ts>(what: string, property: fc.IProperty<Ts>): void {
  const details = fc.check(property, { numRuns: 1000 });
  process.stdout.write(`${what}: seed ${details.seed}\n`);
  if (details.failed) throw new Error(fc.defaultReportMessage(details) ?? "failed", { cause: details.errorInstance });
}
