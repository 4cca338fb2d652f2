import { addDays, addMilliseconds } from "@gatehouse/core";
import { openTestServer, type Person, registerVerified, type TestServer } from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runSweeps } from "../sweeps.ts";

let server: TestServer;
/** A second process, so that nothing within one process decides who tells. */
let other: TestServer;
beforeAll(async () => {
  server = await openTestServer();
  other = await openTestServer({ beside: server });
});
afterAll(async () => {
  await other.close();
  await server.close();
});

const ENDS_SOON = (date: string) => `Your Pro trial at Testproduct ends on ${date}`;
const HAS_ENDED = "Your Pro trial at Testproduct has ended";
const subjects = async (person: Person): Promise<string[]> =>
  (await server.mailsTo(person.email))
    .filter(({ message_id }) => message_id?.startsWith("<billing-") === true)
    .map(({ subject }) => subject);

/** A new account, and when its trial of 14 days ends. */
async function onTrial(): Promise<{ ada: Person; endsAt: Date }> {
  const ada = await registerVerified(server);
  return { ada, endsAt: addDays(server.clock.now(), 14) };
}
const day = (at: Date): string => at.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

test("three days before its end, and not a millisecond earlier, a trial's people are told; and at the end, and not earlier, of the end", async () => {
  const { ada, endsAt } = await onTrial();
  server.clock.set(addMilliseconds(addDays(endsAt, -3), -1));
  expect(await subjects(ada)).toEqual([]);
  server.clock.set(addDays(endsAt, -3));
  expect(await subjects(ada)).toEqual([ENDS_SOON(day(endsAt))]);
  server.clock.set(addMilliseconds(endsAt, -1));
  expect(await subjects(ada)).toEqual([ENDS_SOON(day(endsAt))]);
  server.clock.set(endsAt);
  expect(await subjects(ada)).toEqual([ENDS_SOON(day(endsAt)), HAS_ENDED]);
  server.clock.set(addDays(endsAt, 3));
  expect(await subjects(ada)).toEqual([ENDS_SOON(day(endsAt)), HAS_ENDED]);
  const [mail] = (await server.mailsTo(ada.email)).filter(({ subject }) => subject === HAS_ENDED);
  expect(mail?.links).toEqual(["http://gatehouse.localhost:4000/billing"]);
});

test("a clock that jumps over both tells the end only", async () => {
  const { ada, endsAt } = await onTrial();
  server.clock.set(addDays(endsAt, 3));
  expect(await subjects(ada)).toEqual([HAS_ENDED]);
});

test("an end that is longer ago than three days is no news", async () => {
  const { ada, endsAt } = await onTrial();
  server.clock.set(addMilliseconds(addDays(endsAt, 3), 1));
  expect(await subjects(ada)).toEqual([]);
});

test("two processes that sweep at once, again and again, tell each of many accounts once", async () => {
  // More than two pages.
  const people = 450;
  const startsAt = server.clock.now();
  await server.database.query(
    `with made as (insert into accounts (id, name, slug, created_at, updated_at)
       select gen_random_uuid(), 'Crowd', 'crowd-' || n, $1, $1 from generate_series(1, $2::int) n returning id)
     insert into trials (account_id, id, plan, starts_at, ends_at) select id, gen_random_uuid(), 'pro', $1, $3 from made`,
    [startsAt, people, addDays(startsAt, 14)],
  );
  const told = async (): Promise<number> =>
    Number(
      (
        await server.database.query("select count(*) from billing_notices n join accounts a on a.id = n.account_id where a.name = 'Crowd'")
      )[0]?.["count"],
    );
  const jobs = async (): Promise<number> =>
    Number(
      (
        await server.database.query(
          `select count(*) from pgboss.job j join accounts a on a.id = (j.data->'data'->>'accountId')::uuid
           where a.name = 'Crowd' and j.data->>'name' = 'mail.billing_notice'`,
        )
      )[0]?.["count"],
    );
  server.clock.set(addDays(startsAt, 12));
  await Promise.all([server, other, server, other].map(({ app }) => runSweeps(app)));
  expect([await told(), await jobs()]).toEqual([people, people]);
  await runSweeps(other.app);
  expect([await told(), await jobs()]).toEqual([people, people]);
  server.clock.set(addDays(startsAt, 14));
  await Promise.all([server, other, server, other].map(({ app }) => runSweeps(app)));
  expect([await told(), await jobs()]).toEqual([2 * people, 2 * people]);
  await server.settle();
});

const pro = {
  plan: "pro",
  seats: 1,
  collectionPaused: null,
  pastDueSince: null,
  endsAt: null,
  trialEndsAt: null,
  cancelAtPeriodEnd: false,
};
test.each<[string, (endsAt: Date) => Parameters<typeof plantFacts>[2], boolean]>([
  ["nothing else", () => ({}), true],
  [
    "a subscription that is paid",
    (endsAt) => ({
      stripe: [{ ...pro, id: "sub_1", status: "active", currentPeriodEnd: addDays(endsAt, 9), changedAt: addDays(endsAt, -1) }],
    }),
    false,
  ],
  [
    "a subscription of which a payment failed",
    (endsAt) => ({
      stripe: [{ ...pro, id: "sub_1", status: "past_due", currentPeriodEnd: addDays(endsAt, 9), changedAt: addDays(endsAt, -1) }],
    }),
    false,
  ],
  [
    "a subscription that ended before",
    (endsAt) => ({ stripe: [{ ...pro, id: "sub_1", status: "canceled", currentPeriodEnd: null, changedAt: addDays(endsAt, -1) }] }),
    true,
  ],
  [
    "a gift without an end",
    (endsAt) => ({ grants: [{ plan: "pro", startsAt: addDays(endsAt, -1), until: null, reason: "a friend" }] }),
    false,
  ],
  [
    "a gift that ended before",
    (endsAt) => ({ grants: [{ plan: "pro", startsAt: addDays(endsAt, -2), until: addDays(endsAt, -1), reason: "a friend" }] }),
    true,
  ],
  ["an account that was deleted", (endsAt) => ({ accountDeletedAt: addDays(endsAt, -1) }), false],
])("the end of a trial beside %s", async (_, beside, isTold) => {
  const { ada, endsAt } = await onTrial();
  await plantFacts(server, ada.account.id, { trial: { plan: "pro", startsAt: server.clock.now(), endsAt }, ...beside(endsAt) });
  server.clock.set(endsAt);
  expect(await subjects(ada)).toEqual(isTold ? [HAS_ENDED] : []);
});

test("a trial that is extended is told of its new end, and the old one's mail that has not gone out yet does not", async () => {
  const { ada, endsAt } = await onTrial();
  const later = addDays(endsAt, 10);
  server.clock.set(addDays(endsAt, -2));
  server.mailbox.pause();
  await server.settle();
  await server.database.query("update trials set ends_at = $2 where account_id = $1", [ada.account.id, later]);
  server.mailbox.resume();
  await server.database.query("update pgboss.job set start_after = now() where state = 'retry'");
  expect(await subjects(ada)).toEqual([]);
  server.clock.set(addDays(later, -2));
  expect(await subjects(ada)).toEqual([ENDS_SOON(day(later))]);
});

test("a mail server that is away over both thresholds leaves one mail, of the end", async () => {
  const { ada, endsAt } = await onTrial();
  server.mailbox.pause();
  server.clock.set(addDays(endsAt, -2));
  await server.settle();
  server.clock.set(addDays(endsAt, 2));
  await server.settle();
  server.mailbox.resume();
  await server.database.query("update pgboss.job set start_after = now() where state = 'retry'");
  expect(await subjects(ada)).toEqual([HAS_ENDED]);
});
