import { openTestServer, type Person, registerMember, registerPerson, signIn, type TestServer } from "@gatehouse/testkit";
import { plantSilently, tell } from "@gatehouse/testkit/facts";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { App } from "../platform/app.ts";
import { stopwatch } from "../platform/clock.ts";
import type { SessionFacts } from "./facts.store.ts";
import { type FactsCache, FRESH_SECONDS, openFactsCache } from "./facts-cache.ts";

type Parts = Pick<App, "db" | "signals">;
let server: TestServer;
let other: TestServer;
beforeAll(async () => {
  server = await openTestServer();
  other = await openTestServer({ beside: server });
});
afterAll(async () => {
  await other.close();
  await server.close();
});

/** The session that an access token names. */
const sessionOf = async (person: Person) => {
  const { sessionId, accountId } = await server.app.tokens.verify(person.accessToken);
  return [sessionId, accountId] as const;
};
const loadsOf = (parts: Parts) => {
  const counted = { loads: 0 };
  const db: App["db"] = {
    ...parts.db,
    asSystem(reason, work) {
      counted.loads += 1;
      return parts.db.asSystem(reason, work);
    },
  };
  return { counted, parts: { ...parts, db } };
};
/** As when NOTIFY is lost without a trace; and no late word of another test's change comes in between. */
const deaf = (parts: Parts): Parts => ({ ...parts, signals: { ...parts.signals, on: () => undefined, onGap: () => undefined } });
const things = (at: TestServer, person: Person) => at.request("GET", "/things", { token: person.accessToken });

/** Asks the other process until it refuses. @returns milliseconds since `from` */
async function untilRefused(person: Person, status: number, from: number): Promise<number> {
  await expect.poll(async () => (await things(other, person)).status, { interval: 1, timeout: 4000 }).toBe(status);
  return (stopwatch() - from) * 1000;
}

test("facts are read once and then answered without the database, and without waiting", async () => {
  const { counted, parts } = loadsOf(deaf(server.app));
  const cache = openFactsCache(parts);
  const [session, account] = await sessionOf(await registerPerson(server));
  await cache.get(session, account);
  expect(cache.get(session, account)).not.toBeInstanceOf(Promise);
  expect(counted.loads).toBe(1);
});

test("a hundred at once who ask for the same session are answered by one reading", async () => {
  const { counted, parts } = loadsOf(deaf(server.app));
  const cache = openFactsCache(parts);
  const [session, account] = await sessionOf(await registerPerson(server));
  await Promise.all(Array.from({ length: 100 }, () => cache.get(session, account)));
  expect(counted.loads).toBe(1);
});

test("a session that there is not is not kept: made-up ids fill nothing", async () => {
  const cache = openFactsCache(server.app);
  const [session] = await sessionOf(await registerPerson(server));
  const [, account] = await sessionOf(await registerPerson(server));
  expect(await cache.get(session, account)).toBeNull();
  expect(cache.size).toBe(0);
});

test("when every word of a change is lost, facts are older than five seconds at no moment", async () => {
  let seconds = 100;
  const cache = openFactsCache(deaf(server.app), () => seconds);
  const person = await registerPerson(server);
  const [session, account] = await sessionOf(person);
  const trialOf = async () => (await cache.get(session, account))?.access.trial;
  expect(await trialOf()).not.toBeNull();
  await plantSilently(server, account, {});
  seconds = 100 + FRESH_SECONDS - 0.001;
  expect(await trialOf()).not.toBeNull();
  seconds = 100 + FRESH_SECONDS;
  expect(await trialOf()).toBeNull();
  expect(FRESH_SECONDS).toBe(5);
});

test("the age of facts counts from when their reading began, not from when it ended", async () => {
  let seconds = 0;
  const slow: Parts = {
    ...deaf(server.app),
    db: {
      ...server.app.db,
      async asSystem(reason, work) {
        const facts = await server.app.db.asSystem(reason, work);
        seconds += 3;
        return facts;
      },
    },
  };
  const { counted, parts } = loadsOf(slow);
  const cache = openFactsCache(parts, () => seconds);
  const [session, account] = await sessionOf(await registerPerson(server));
  await cache.get(session, account);
  seconds += 2;
  await cache.get(session, account);
  expect(counted.loads).toBe(2);
});

test("a reading that began before a change is not kept, and nobody who comes after the change joins it", async () => {
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  let loads = 0;
  const held: Parts = {
    ...server.app,
    db: {
      ...server.app.db,
      async asSystem(reason, work) {
        loads += 1;
        const isFirst = loads === 1;
        const facts = await server.app.db.asSystem(reason, work);
        if (isFirst) {
          started.resolve();
          await gate.promise;
        }
        return facts;
      },
    },
  };
  const cache = openFactsCache(held);
  const [session, account] = await sessionOf(await registerPerson(server));
  const early = cache.get(session, account);
  await started.promise;
  await plantSilently(server, account, {});
  await server.app.db.asSystem("a test", (tx) => server.app.signals.publish(tx, "facts", `account:${account}`));
  const late = await cache.get(session, account);
  gate.resolve();
  expect((await early)?.access.trial).not.toBeNull();
  expect(late?.access.trial).toBeNull();
  expect((await cache.get(session, account))?.access.trial).toBeNull();
});

test("when words may have been missed, everything is forgotten", async () => {
  const gaps: (() => void)[] = [];
  const cache = openFactsCache({ ...server.app, signals: { ...deaf(server.app).signals, onGap: (listener) => void gaps.push(listener) } });
  await cache.get(...(await sessionOf(await registerPerson(server))));
  expect(cache.size).toBe(1);
  for (const gap of gaps) gap();
  expect(cache.size).toBe(0);
});

test("a flood of sessions takes no more room than there is", async () => {
  const facts: SessionFacts = JSON.parse('{"sessionId":"s","user":{"id":"u"},"account":{"id":"a"}}');
  const parts: Parts = {
    ...deaf(server.app),
    db: { ...server.app.db, asSystem: () => Promise.resolve(JSON.parse(JSON.stringify(facts))) },
  };
  const cache: FactsCache = openFactsCache(parts);
  for (let count = 0; count < 20_500; count += 1) await cache.get(`session-${count}`, "a");
  expect(cache.size).toBe(20_000);
});

test("a change in one process is felt by another as soon as it is committed", async () => {
  const taken: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const person = await registerPerson(server);
    expect((await things(other, person)).status).toBe(200);
    await plantSilently(server, person.account.id, {});
    const committed = stopwatch();
    await tell(server, `account:${person.account.id}`);
    taken.push(await untilRefused(person, 402, committed));
  }
  process.stdout.write(`commit to first refusal in another process, ms: ${taken.map((ms) => ms.toFixed(1)).join(" ")}\n`);
  expect(Math.max(...taken)).toBeLessThan(FRESH_SECONDS * 1000);
});

test("a session that is ended in one process ends in the other", async () => {
  const person = await registerPerson(server);
  const device = await signIn(server, person);
  expect((await things(other, device)).status).toBe(200);
  const { sessionId } = await server.app.tokens.verify(device.accessToken);
  const from = stopwatch();
  expect((await server.request("DELETE", `/auth/sessions/${sessionId}`, { token: person.accessToken })).status).toBe(204);
  expect((await things(server, device)).status).toBe(401);
  await untilRefused(device, 401, from);
  expect((await things(other, person)).status).toBe(200);
});

test("a member who is taken out of the account is nobody at the next request", async () => {
  const owner = await registerPerson(server);
  const member = await registerMember(server, owner);
  expect((await things(other, member)).status).toBe(200);
  await server.database.query("delete from memberships where user_id = $1", [member.user.id]);
  await tell(server, `user:${member.user.id}`);
  await untilRefused(member, 401, stopwatch());
  expect((await things(other, owner)).status).toBe(200);
});

test("a change of one account forgets nobody else's facts", async () => {
  const listeners: ((tag: string) => void)[] = [];
  const { signals } = deaf(server.app);
  const cache = openFactsCache({ ...server.app, signals: { ...signals, on: (_, listener) => void listeners.push(listener) } });
  const [one, two] = await Promise.all([registerPerson(server), registerPerson(server)]);
  await cache.get(...(await sessionOf(one)));
  await cache.get(...(await sessionOf(two)));
  for (const hear of listeners) hear(`account:${one.account.id}`);
  expect(cache.size).toBe(1);
  expect(cache.get(...(await sessionOf(two)))).not.toBeInstanceOf(Promise);
});
