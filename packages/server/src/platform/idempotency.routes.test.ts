import { route } from "@gatehouse/contract";
import {
  type Answer,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  signIn,
  type TestServer,
  testProduct,
} from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Product } from "../server.ts";
import { refuse } from "./refuse.ts";
import { serve } from "./serve.ts";

/** Writes one row a request, in the caller's account; `note` "refused" is refused after the write. */
const writeNote = route({
  method: "POST",
  path: "/notes",
  auth: "session",
  tag: "Notes",
  summary: "Write a note",
  body: z.strictObject({ note: z.string() }),
  status: 201,
  response: z.object({ written: z.string(), by: z.object({ zeta: z.string(), id: z.uuid() }) }),
  errors: ["permission_denied"],
  idempotent: true,
});
const writeOtherNote = { ...writeNote, path: "/other-notes" } as const;
const product: Product = {
  ...testProduct,
  routes(http, app) {
    for (const shape of [writeNote, writeOtherNote]) {
      serve(http, app, shape, ({ actor, body, transact, origin }) =>
        transact(async (tx) => {
          const event = { account_id: actor.accountId, id: app.ids.next(), at: app.clock.now(), actor_user_id: actor.userId };
          await tx
            .insertInto("audit_events")
            .values({ ...event, action: "note.written", target_id: body.note, ip: origin.ip, user_agent: null, details: "{}" })
            .execute();
          if (body.note === "refused") refuse("permission_denied");
          return { written: body.note, by: { zeta: "z", id: actor.userId } };
        }),
      );
    }
  },
};

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ product });
});
afterAll(() => server.close());

const write = (person: Person, key: string, note = "hello", path = "/notes") =>
  server.request("POST", path, { token: person.accessToken, body: { note }, headers: { "idempotency-key": key } });
const notesOf = async (person: Person) =>
  (await server.database.query("select target_id from audit_events where action = 'note.written' and actor_user_id = $1", [person.user.id]))
    .length;
const isReplay = (answer: Answer) => answer.headers["idempotency-replayed"] === "true";

test("a request that is sent again with its key gets the same answer and has one effect", async () => {
  const person = await registerPerson(server);
  const first = await write(person, "key-1");
  const again = await write(person, "key-1");
  expect(first.status).toBe(201);
  expect([again.status, again.text]).toEqual([first.status, first.text]);
  expect([isReplay(first), isReplay(again)]).toEqual([false, true]);
  expect(await notesOf(person)).toBe(1);
});

test("without a key every request counts", async () => {
  const person = await registerPerson(server);
  for (const _ of [1, 2]) await server.request("POST", "/notes", { token: person.accessToken, body: { note: "hello" } });
  expect(await notesOf(person)).toBe(2);
});

test("the key with another body is refused, and nothing is done", async () => {
  const person = await registerPerson(server);
  await write(person, "key-1", "one");
  expect(await write(person, "key-1", "two")).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
  expect(await notesOf(person)).toBe(1);
});

test("eight at once with one key have one effect and eight equal answers", async () => {
  const person = await registerPerson(server);
  const tries = Array.from({ length: 8 }, () => () => write(person, "key-1"));
  const hold = `insert into idempotency_keys (account_id, user_id, route, key, body_hash, created_at, expires_at)
    values ($1, $2, 'POST /notes', 'key-1', '', $3, $3)`;
  const answers = await server.database.race(hold, [person.account.id, person.user.id, server.clock.now()], tries);
  expect(new Set(answers.map((answer) => `${answer.status} ${answer.text}`)).size).toBe(1);
  expect(answers.filter(isReplay)).toHaveLength(7);
  expect(await notesOf(person)).toBe(1);
});

test("a refused request leaves no key behind: sent again, it is tried again", async () => {
  const person = await registerPerson(server);
  for (const _ of [1, 2]) {
    const answer = await write(person, "key-1", "refused");
    expect(answer).toMatchObject({ status: 403, body: { code: "permission_denied" } });
    expect(isReplay(answer)).toBe(false);
  }
  expect(await notesOf(person)).toBe(0);
  expect((await write(person, "key-1", "allowed")).status).toBe(201);
});

test("a key belongs to one person in one account on one route", async () => {
  const person = await registerPerson(server);
  const colleague = await registerMember(server, person);
  const stranger = await registerPerson(server);
  for (const who of [person, colleague, stranger]) expect(isReplay(await write(who, "shared"))).toBe(false);
  expect(isReplay(await write(person, "shared", "hello", "/other-notes"))).toBe(false);
  expect(await Promise.all([person, colleague, stranger].map(notesOf))).toEqual([2, 1, 1]);
});

test("a key is kept for a day, to the millisecond", async () => {
  const person = await registerPerson(server);
  await write(person, "key-1");
  server.clock.advanceDays(1);
  server.clock.advanceMilliseconds(-1);
  const sameDay = await signIn(server, person);
  expect(isReplay(await write(sameDay, "key-1"))).toBe(true);
  server.clock.advanceMilliseconds(1);
  expect(isReplay(await write(sameDay, "key-1"))).toBe(false);
  expect(await notesOf(person)).toBe(2);
});

test("a key that is empty or longer than two hundred characters is refused", async () => {
  const person = await registerPerson(server);
  for (const key of ["", "k".repeat(201)]) {
    expect(await write(person, key)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  }
  expect((await write(person, "k".repeat(200))).status).toBe(201);
});

test("a change of oneself that is sent again does not undo what came after it", async () => {
  const person = await registerPerson(server);
  const patch = (name: string, key: string) =>
    server.request("PATCH", "/me", { token: person.accessToken, body: { name }, headers: { "idempotency-key": key } });
  const first = await patch("First Name", "key-1");
  await patch("Second Name", "key-2");
  const again = await patch("First Name", "key-1");
  expect(again.text).toBe(first.text);
  expect(await server.request("GET", "/me", { token: person.accessToken })).toMatchObject({ body: { user: { name: "Second Name" } } });
});
