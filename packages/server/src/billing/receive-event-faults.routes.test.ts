import { connect } from "node:net";
import { openTestServer, type TestServer } from "@gatehouse/testkit";
import { deliver, jobsOfEvent, ledgerOf, STRIPE_ENV, signatureOf, stripeEvent } from "@gatehouse/testkit/stripe-delivery";
import { openWireProxy, type WireProxy } from "@gatehouse/testkit/wire-proxy";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NewEvent } from "./event-ledger.store.ts";
import { storeEvents } from "./receive-event.ts";

/** It receives and works nothing off, so that what was received can be looked at. */
let server: TestServer;
let other: TestServer;
let port: number;
beforeAll(async () => {
  server = await openTestServer({ env: STRIPE_ENV, role: "api" });
  other = await openTestServer({ env: STRIPE_ENV, role: "api", beside: server });
  port = Number(new URL(await server.listen()).port);
});
afterAll(async () => {
  await other.close();
  await server.close();
});

const taken = { status: 200, body: { received: true } };
/** What the event has left behind. */
async function tracesOf(id: string) {
  return { rows: (await ledgerOf(server, id)).length, jobs: (await jobsOfEvent(server, id)).length };
}
const once = { rows: 1, jobs: 1 };
const nothing = { rows: 0, jobs: 0 };

test("O1: the same event again, even with another content, is answered 2xx and changes nothing", async () => {
  const event = stripeEvent();
  expect(await deliver(server, event)).toMatchObject(taken);
  const before = await ledgerOf(server, event.id);
  server.clock.advanceSeconds(3600);
  expect(await deliver(server, event)).toMatchObject(taken);
  expect(await deliver(other, { ...event, type: "customer.updated" })).toMatchObject(taken);
  expect(await ledgerOf(server, event.id)).toEqual(before);
  expect(await tracesOf(event.id)).toEqual(once);
});

test("O1: an event that was worked off is not opened again by a late delivery, nor is a job made", async () => {
  const event = stripeEvent();
  await deliver(server, event);
  await server.database.query("update stripe_events set outcome = 'applied' where id = $1", [event.id]);
  await server.database.query("delete from pgboss.job where data->'data'->>'eventId' = $1", [event.id]);
  expect(await deliver(server, event)).toMatchObject(taken);
  expect(await ledgerOf(server, event.id)).toMatchObject([{ outcome: "applied" }]);
  expect(await tracesOf(event.id)).toEqual({ rows: 1, jobs: 0 });
});

test("O2, SW-4: one event delivered fifty times at once, to two processes, is there once, and all are answered 2xx", async () => {
  const event = stripeEvent();
  const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => deliver(index % 2 === 0 ? server : other, event)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(await tracesOf(event.id)).toEqual(once);
});

test("O2: where the first of two waits to commit, the second waits for it, and is right whichever way it ends", async () => {
  const event = stripeEvent();
  const insert = "insert into stripe_events (id, type, created_at, livemode, payload, received_at, origin) values";
  const hold = `${insert} ($1, 'customer.updated', $2, false, '{}', $2, 'webhook')`;
  // The holder rolls back: of those that waited, one stores the event.
  const at = server.clock.now();
  const answers = await server.database.race(hold, [event.id, at], [() => deliver(server, event), () => deliver(other, event)]);
  expect(answers).toMatchObject([taken, taken]);
  expect(await tracesOf(event.id)).toEqual(once);
});

test("O4, SW-4: two events of the same content are two, and each is looked at", async () => {
  const [one, two] = [stripeEvent(), stripeEvent()];
  expect(await Promise.all([deliver(server, one), deliver(server, two)])).toMatchObject([taken, taken]);
  expect(await Promise.all([tracesOf(one.id), tracesOf(two.id)])).toEqual([once, once]);
});

test("a burst of different events is stored whole, each with its own job", async () => {
  const events = Array.from({ length: 200 }, () => stripeEvent());
  const answers = await Promise.all(events.map((event) => deliver(server, event)));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(await Promise.all(events.map(({ id }) => tracesOf(id)))).toEqual(events.map(() => once));
});

test("an event that the database refuses fails alone: those that came with it are stored", async () => {
  await server.database.query(`
    create function refuse_poison() returns trigger language plpgsql as
      $$ begin if new.id like 'evt_poison%' then raise exception 'poison'; end if; return new; end $$;
    create trigger refuse_poison before insert on stripe_events for each row execute function refuse_poison()`);
  const events = Array.from({ length: 20 }, (_, index) => stripeEvent(index % 7 === 3 ? { id: `evt_poison${index}` } : {}));
  const answers = await Promise.all(events.map((event) => deliver(server, event)));
  const isPoison = (id: string) => id.startsWith("evt_poison");
  expect(answers.map(({ status }) => status)).toEqual(events.map(({ id }) => (isPoison(id) ? 500 : 200)));
  expect(await Promise.all(events.map(({ id }) => tracesOf(id)))).toEqual(events.map(({ id }) => (isPoison(id) ? nothing : once)));
  await server.database.query("drop trigger refuse_poison on stripe_events; drop function refuse_poison");
});

test("two processes that store the same events in another order wait for one another, and not for ever", async () => {
  const newEvent = (id: string): NewEvent => ({
    id,
    type: "customer.updated",
    createdAt: server.clock.now(),
    apiVersion: null,
    livemode: false,
    payload: "{}",
    receivedAt: server.clock.now(),
    origin: "reconciliation",
    ignoredBecause: null,
  });
  for (let round = 0; round < 10; round += 1) {
    const events = Array.from({ length: 300 }, (_, index) => newEvent(`evt_round${round}_${index}`));
    const stored = await Promise.all([storeEvents(server.app, events), storeEvents(other.app, events.toReversed())]);
    expect(stored.flat().toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  }
});

test("storing nothing is allowed, and asks for nothing", async () => {
  expect(await storeEvents(server.app, [])).toEqual([]);
});

/** A further process, whose way to the database can be cut. */
async function behindProxy(): Promise<{ proxied: TestServer; proxy: WireProxy; close(): Promise<void> }> {
  const proxy = await openWireProxy(server.database.serverUrl);
  const env = { ...STRIPE_ENV, DATABASE_URL: proxy.url, DATABASE_DIRECT_URL: server.database.serverUrl };
  const proxied = await openTestServer({ env, role: "api", beside: server });
  return {
    proxied,
    proxy,
    async close() {
      await proxied.close();
      await proxy.close().catch(() => undefined);
    },
  };
}

test("R7, SW-9: with the database away an event is answered 503, says when to come back, and is stored when it comes again", async () => {
  const { proxied, proxy, close } = await behindProxy();
  await proxy.close();
  const events = Array.from({ length: 20 }, () => stripeEvent());
  const answers = await Promise.all(events.map((event) => deliver(proxied, event)));
  for (const answer of answers) expect(answer).toMatchObject({ status: 503, body: { code: "database_unavailable" } });
  expect(Number(answers[0]?.headers["retry-after"])).toBeGreaterThan(0);
  expect(await deliver(proxied, stripeEvent(), { headers: { "stripe-signature": "t=1,v1=00" } })).toMatchObject({ status: 400 });
  for (const event of events) expect(await deliver(server, event)).toMatchObject(taken);
  expect(await Promise.all(events.map(({ id }) => tracesOf(id)))).toEqual(events.map(() => once));
  await close();
});

const STATEMENTS = ["begin", "the event", "its job", "commit"];
test.each(STATEMENTS.flatMap((name, statement) => (["before", "after"] as const).map((when) => ({ name, statement, when }))))(
  "O3, SW-9: a process that is cut off $when $name leaves the event whole or not at all, and the next delivery mends it",
  async ({ statement, when }) => {
    const { proxied, proxy, close } = await behindProxy();
    proxy.watch();
    const event = stripeEvent();
    const halted = proxy.haltAt({ transaction: 0, statement, when });
    const answer = deliver(proxied, event);
    await halted;
    expect(proxy.seen()[0]?.length).toBe(statement + 1);
    await proxy.close();
    expect(await answer).toMatchObject({ status: 503, body: { code: "database_unavailable" } });
    await proxy.drained();
    const isCommitted = STATEMENTS[statement] === "commit" && when === "after";
    expect(await tracesOf(event.id)).toEqual(isCommitted ? once : nothing);
    expect(await deliver(server, event)).toMatchObject(taken);
    expect(await tracesOf(event.id)).toEqual(once);
    await close();
  },
);

test("SW-9: a sender that is gone before its answer finds the event stored when it comes again", async () => {
  const event = stripeEvent();
  const body = JSON.stringify(event);
  const socket = connect(port, "127.0.0.1");
  socket.end(requestOf(body, [`stripe-signature: ${signatureOf(body, server.clock.wall())}`]), () => socket.destroy());
  await expect.poll(() => tracesOf(event.id)).toEqual(once);
  expect(await deliver(server, event)).toMatchObject(taken);
  expect(await tracesOf(event.id)).toEqual(once);
});

const requestOf = (body: string, headers: readonly string[]) =>
  ["POST /api/v1/webhooks/stripe HTTP/1.1", "host: localhost", `content-length: ${Buffer.byteLength(body)}`, ...headers, "", body].join(
    "\r\n",
  );

/** Sends to the socket, and reads until the server has said a whole answer or closed. */
function say(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (data) => {
      said += data;
      if (said.includes("}")) socket.end();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(said));
  });
}

test("R2: over the wire, the header twice is refused, once is taken", async () => {
  const body = JSON.stringify(stripeEvent());
  const header = `stripe-signature: ${signatureOf(body, server.clock.wall())}`;
  expect(await say(requestOf(body, [header, header]))).toMatch(/^HTTP\/1\.1 400 .*signature_invalid/s);
  expect(await say(requestOf(body, [header, "Stripe-Signature: "]))).toMatch(/^HTTP\/1\.1 400 .*signature_invalid/s);
  expect(await say(requestOf(body, [header]))).toMatch(/^HTTP\/1\.1 200 .*"received":true/s);
});

test("SW-3: over the wire, a header of a megabyte is cut short", async () => {
  const body = JSON.stringify(stripeEvent());
  const header = `stripe-signature: ${signatureOf(body, server.clock.wall())},v0=${"a".repeat(1024 * 1024)}`;
  expect(await say(requestOf(body, [header]))).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
  expect(await tracesOf(JSON.parse(body).id)).toEqual(nothing);
});

test("R9: over the wire, a body is taken in chunks, without a content type, and without a length it is empty", async () => {
  const body = JSON.stringify(stripeEvent());
  const header = `stripe-signature: ${signatureOf(body, server.clock.wall())}`;
  const start = ["POST /api/v1/webhooks/stripe HTTP/1.1", "host: localhost", header];
  const cut = 50;
  const chunks = [body.slice(0, cut), body.slice(cut)].map((part) => `${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`).join("");
  expect(await say([...start, "transfer-encoding: chunked", "", `${chunks}0\r\n\r\n`].join("\r\n"))).toMatch(/^HTTP\/1\.1 200 /);
  expect(await say([...start, "", ""].join("\r\n"))).toMatch(/^HTTP\/1\.1 400 .*signature_invalid/s);
});
