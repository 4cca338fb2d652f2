import { access } from "@gatehouse/contract";
import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerPerson, registerVerified, TEST_START, type TestServer } from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
const explain = (person: Person, at?: string) =>
  server.request("GET", `/access/explain${at === undefined ? "" : `?at=${encodeURIComponent(at)}`}`, { token: person.accessToken });
const day = (days: number) => addDays(TEST_START, days).toISOString();

test("asked nothing else, it explains now: each guard's answer in the order in which they are asked", async () => {
  const answer = await explain(await registerPerson(server));
  expect(answer).toMatchObject({
    status: 200,
    body: {
      at: day(0),
      basis: "facts_known_today",
      subscription: { status: "trialing" },
      guards: [
        { guard: "requireVerifiedEmailAfterGrace", passes: true, code: null, until: day(7), mend: null },
        { guard: "requireActiveSubscription", passes: true, code: null, until: day(14), mend: null },
      ],
    },
  });
});

test("asked about a day to come, it says what will be, and since when", async () => {
  const person = await registerPerson(server);
  expect((await explain(person, day(7))).body).toMatchObject({
    at: day(7),
    guards: [{ passes: false, code: "email_verification_required", reason: "grace_ended", since: day(7) }, { passes: true }],
  });
  expect((await explain(person, day(14))).body).toMatchObject({
    subscription: { status: "trial_ended" },
    access: { mode: "locked", reason: "trial_ended", since: day(14) },
    guards: [{ passes: false }, { passes: false, code: "subscription_required", reason: "trial_ended", since: day(14), until: null }],
  });
});

test.each<[string, string, string]>([
  ["in another zone", "2026-01-08T02:00:00+02:00", day(7)],
  ["without milliseconds", "2026-01-08T00:00:00Z", day(7)],
  ["before the person came", "2020-02-29T00:00:00.000Z", "2020-02-29T00:00:00.000Z"],
  ["long after", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
])("a moment may be written %s", async (_, at, read) => {
  expect(await explain(await registerPerson(server), at)).toMatchObject({ status: 200, body: { at: read } });
});

test.each<[string, string]>([
  ["no time", "yesterday"],
  ["a day alone", "2026-01-08"],
  ["no zone", "2026-01-08T00:00:00"],
  ["the thirtieth of February", "2026-02-30T00:00:00Z"],
  ["nothing", ""],
  ["the year 10000 in another zone", "9999-12-31T23:59:59-23:59"],
  ["the year before 0", "0000-01-01T00:00:00+23:59"],
])("what is no moment is refused: %s", async (_, at) => {
  expect(await explain(await registerPerson(server), at)).toMatchObject({ status: 422, body: { problems: [{ at: "query.at" }] } });
});

test("the history of the facts is told in order, each with its cause and both of its times", async () => {
  const person = await registerVerified(server);
  const { timeline } = await server.client(person.accessToken).call(access.explainAccess, { query: {} });
  expect(timeline.map(({ fact }) => fact)).toEqual(expect.arrayContaining(["trial", "membership", "email_verification"]));
  expect(timeline.map(({ recorded_at }) => recorded_at)).toEqual(timeline.map(() => day(0)));
  expect(timeline.every(({ cause }) => /^[a-z_]+\.[a-z_]+$/.test(cause))).toBe(true);
});

test("nobody reads the history of another account", async () => {
  const [one, two] = [await registerPerson(server), await registerPerson(server)];
  await plantFacts(server, two.account.id, {});
  expect((await explain(one)).text).not.toContain(two.account.id);
  expect((await explain(one)).body).toMatchObject({ guards: [{ passes: true }, { passes: true }] });
});
