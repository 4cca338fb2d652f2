import { access, errors, type Problem, problem, route } from "@gatehouse/contract";
import { addDays, addMilliseconds, DEFAULT_POLICY, SHUT_REASONS } from "@gatehouse/core";
import { openTestServer, type Person, registerPerson, registerVerified, TEST_START, type TestServer } from "@gatehouse/testkit";
import { plantFacts, tell } from "@gatehouse/testkit/facts";
import { resolutionFlow } from "@resolutionflow/api";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
  ada = await registerVerified(server);
});
afterAll(() => server.close());
beforeEach(() => server.clock.set(TEST_START));

const catalogue = { ...errors, ...resolutionFlow.errors };

test.each(Object.entries(catalogue))(
  "%s says what is wrong and what to do, in words, with a status that fits",
  (code, { status, title, mend }) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)+$/);
    expect(title).toMatch(/^[A-Z].{5,120}\.$/);
    expect(mend).toMatch(/^[A-Z].{3,160}\.$/);
    expect([400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415, 422, 429, 500, 502, 503]).toContain(status);
    if (code.endsWith("_not_configured")) expect(status).toBe(503);
    if (code.endsWith("_not_found")) expect(status).toBe(404);
  },
);

test.each(Object.keys(catalogue))("the page that a refusal names is there: %s", async (code) => {
  const page = await server.request("GET", `/api/docs/errors/${code}`);
  expect(page.status).toBe(200);
  expect(page.text).toContain(`<code>${code}</code>`);
});

test("every reason that shuts a door has a way out", () => {
  expect(Object.keys(DEFAULT_POLICY.modes).sort()).toEqual([...SHUT_REASONS].sort());
});

/** A token of the server's own for the moment: signing in again at each would cost a hash. */
async function tokenAt(person: Person, at: Date): Promise<string> {
  server.clock.set(TEST_START);
  const claims = await server.app.tokens.verify(person.accessToken);
  server.clock.set(at);
  return (await server.app.tokens.issue(claims)).token;
}

/** A link that leads somewhere: a page of ours that answers, or an address to write to. */
async function expectWayOut(url: string): Promise<void> {
  if (url.startsWith("mailto:")) return expect(url).toMatch(/^mailto:[^@]+@[^@]+$/);
  expect(new URL(url).origin).toBe(new URL(server.app.config.baseUrl).origin);
  const { status, headers } = await server.request("GET", new URL(url).pathname);
  expect({ status, type: headers["content-type"] }).toEqual({ status: 200, type: "text/html; charset=utf-8" });
}

const subscription = (status: string, plan: string | null = "pro") => ({
  stripe: [
    {
      id: "sub_1",
      status,
      plan,
      currentPeriodEnd: TEST_START,
      cancelAtPeriodEnd: false,
      endsAt: null,
      trialEndsAt: null,
      collectionPaused: null,
      seats: 1,
      pastDueSince: addDays(TEST_START, -20),
      changedAt: addDays(TEST_START, -20),
    },
  ],
});
const ended = { startsAt: addDays(TEST_START, -9), until: addDays(TEST_START, -1) };

test.each<[string, Parameters<typeof plantFacts>[2], string | null]>([
  [
    "trial_ended",
    { trial: { plan: "pro", startsAt: addDays(TEST_START, -15), endsAt: addDays(TEST_START, -1) } },
    "2025-12-31T00:00:00.000Z",
  ],
  ["payment_required", subscription("past_due"), "2025-12-26T00:00:00.000Z"],
  ["payment_required", subscription("unpaid"), "2025-12-12T00:00:00.000Z"],
  ["canceled", subscription("canceled"), "2025-12-12T00:00:00.000Z"],
  ["paused", subscription("paused"), "2025-12-12T00:00:00.000Z"],
  ["incomplete", subscription("incomplete"), "2025-12-12T00:00:00.000Z"],
  ["no_subscription", subscription("incomplete_expired"), "2025-12-12T00:00:00.000Z"],
  ["unknown_status", subscription("levitating"), "2025-12-12T00:00:00.000Z"],
  ["unknown_plan", subscription("active", null), "2025-12-12T00:00:00.000Z"],
  ["complimentary_ended", { grants: [{ plan: "pro", reason: "x", ...ended }] }, "2025-12-31T00:00:00.000Z"],
  ["no_subscription", {}, null],
])("402 says %s, since when, and where to mend it", async (reason, facts, since) => {
  await plantFacts(server, ada.account.id, facts);
  const { status, body, headers } = await server.request<Problem>("GET", "/trees", { token: ada.accessToken });
  expect(headers["content-type"]).toContain("application/problem+json");
  const told = problem.parse(body);
  expect({ status, told }).toMatchObject({ status: 402, told: { code: "subscription_required", reason, since } });
  expect(told.mend?.action).toMatch(/^[a-z_]+$/);
  await expectWayOut(told.mend?.url ?? "");
});

test("403 of an unverified address says since when, and where to verify", async () => {
  const person = await registerPerson(server);
  const token = await tokenAt(person, addDays(TEST_START, 9));
  const { status, body } = await server.request<Problem>("GET", "/trees", { token });
  expect({ status, body }).toMatchObject({
    status: 403,
    body: { code: "email_verification_required", grace_ended_at: "2026-01-08T00:00:00.000Z", mend: { action: "verify_email" } },
  });
  await expectWayOut(body.mend?.url ?? "");
});

const day = fc.integer({ min: -40, max: 40 });
const optionalDay = fc.option(day);
const facts = fc.record({
  trialEnd: optionalDay,
  grant: fc.option(fc.record({ start: day, until: optionalDay })),
  stripe: fc.option(
    fc.record({
      status: fc.constantFrom("trialing", "active", "past_due", "unpaid", "paused", "canceled", "incomplete", "incomplete_expired", "else"),
      plan: fc.constantFrom("pro", "pro", null),
      periodEnd: optionalDay,
      cancels: fc.boolean(),
      endsAt: optionalDay,
      pastDue: optionalDay,
      changed: fc.integer({ min: -40, max: 0 }),
    }),
  ),
  verified: fc.boolean(),
  /** Days from now, and a millisecond to either side. */
  ahead: fc.tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom(0, 0, 1, 86_399_999)),
});
const on = (days: number | null): Date | null => (days === null ? null : addDays(TEST_START, days));

async function plant(planned: typeof facts extends fc.Arbitrary<infer F> ? F : never): Promise<void> {
  const { trialEnd, grant, stripe, verified } = planned;
  const endsAt = on(trialEnd);
  await plantFacts(server, ada.account.id, {
    trial: endsAt && { plan: "pro", startsAt: addDays(endsAt, -14), endsAt },
    grants: grant ? [{ plan: "team", startsAt: addDays(TEST_START, grant.start), until: on(grant.until), reason: "x" }] : [],
    stripe: stripe
      ? [
          {
            id: "sub_1",
            status: stripe.status,
            plan: stripe.plan,
            currentPeriodEnd: on(stripe.periodEnd),
            cancelAtPeriodEnd: stripe.cancels,
            endsAt: on(stripe.endsAt),
            trialEndsAt: on(stripe.periodEnd),
            collectionPaused: null,
            seats: 1,
            pastDueSince: on(stripe.pastDue),
            changedAt: addDays(TEST_START, stripe.changed),
          },
        ]
      : [],
  });
  await server.database.query("update users set email_verified_at = $2 where id = $1", [ada.user.id, verified ? TEST_START : null]);
  await tell(server, `user:${ada.user.id}`);
}

test("explain tells of any moment what the guards then do: the clock is moved there, and they are asked", async () => {
  await fc.assert(
    fc.asyncProperty(facts, async (planned) => {
      await plant(planned);
      const at = addMilliseconds(addDays(TEST_START, planned.ahead[0]), planned.ahead[1]);
      const token = await tokenAt(ada, TEST_START);
      const foretold = await server.client(token).call(access.explainAccess, { query: { at: at.toISOString() } });
      const first = foretold.guards.find(({ passes }) => !passes);

      const there = await tokenAt(ada, at);
      const answer = await server.request<Problem>("GET", "/trees", { token: there });
      expect(answer.body.code ?? null).toBe(first?.code ?? null);
      if (first) expect(answer.body).toMatchObject({ reason: first.reason, mend: first.mend });
      expect(answer.body["since"] ?? answer.body["grace_ended_at"] ?? null).toBe(first?.since ?? null);
      const now = await server.client(there).call(access.explainAccess, { query: {} });
      expect({ ...now, timeline: [] }).toEqual({ ...foretold, timeline: [] });
      // And the moment at which it is said to change by itself is the moment at which it does.
      const until = foretold.guards[1]?.until;
      if (!until) return;
      const then = await server.client(there).call(access.explainAccess, { query: { at: until } });
      expect(then.access).not.toEqual({ ...foretold.access, until: then.access.until });
    }),
    { numRuns: 60 },
  );
});

test("a code that a route declares but no catalogue knows stops the server from starting", async () => {
  const odd = route({ ...access.billingState, path: "/odd", errors: ["never_heard_of_it"] });
  const start = openTestServer({
    product: {
      ...resolutionFlow,
      routes(http) {
        http.served.push(odd);
      },
    },
  });
  await expect(start).rejects.toThrow("never_heard_of_it");
});
