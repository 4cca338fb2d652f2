import { openTestServer, type Person, registerMember, registerVerified, type TestServer } from "@gatehouse/testkit";
import { tell } from "@gatehouse/testkit/facts";
import {
  inDays as daysOf,
  observe as observeAt,
  observeIn,
  type SeenSubscription,
  seenInvoice,
  seenSubscription,
  sellPro,
} from "@gatehouse/testkit/seen-at-stripe";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
  await sellPro(server);
});
afterAll(() => server.close());

let subscriptions = 0;
const nextId = (): string => {
  subscriptions += 1;
  return `sub_${subscriptions}`;
};
const inDays = (days: number): number => daysOf(server, days);
const subscription = (id: string, change?: Record<string, unknown>) => seenSubscription(server, id, change);
const openInvoice = (id: string, change?: Record<string, unknown>) => seenInvoice(server, id, change);
const observe = (person: Person, ...seen: readonly SeenSubscription[]): Promise<void> => observeAt(server, person, ...seen);

/** Those about billing, oldest first. */
const billingMails = async (address: string) =>
  (await server.mailsTo(address)).filter(({ message_id }) => message_id?.startsWith("<billing-") === true);
const subjects = async (address: string): Promise<string[]> => (await billingMails(address)).map(({ subject }) => subject);
const jobsOf = async (person: Person, name: string): Promise<string[]> =>
  (
    await server.database.query<{ state: string }>(
      "select state from pgboss.job where data->>'name' = $1 and data->'data'->>'accountId' = $2",
      [name, person.account.id],
    )
  ).map(({ state }) => state);
async function addMember(owner: Person, role: "admin" | "member" | "viewer", isVerified = true): Promise<Person> {
  const member = await registerMember(server, owner, { role });
  if (!isVerified) await server.database.query("update users set email_verified_at = null where id = $1", [member.user.id]);
  return member;
}

test("O4: however often, by whatever event and by however many readers at once a fact is found, each who looks after billing gets one mail", async () => {
  const ada = await registerVerified(server, { accountName: "Ada's Engines" });
  const grace = await addMember(ada, "admin");
  const id = nextId();
  const seen = { subscription: subscription(id) };
  await observe(ada, seen, seen, seen);
  await Promise.all([observe(ada, seen), observe(ada, seen), observe(ada, seen, seen)]);
  await server.settle();
  await observe(ada, seen);
  expect(await subjects(ada.email)).toEqual(["Your Pro plan at Testproduct has started"]);
  expect(await subjects(grace.email)).toEqual(["Your Pro plan at Testproduct has started"]);
  expect(await jobsOf(ada, "mail.billing_notice")).toEqual(["completed"]);
  expect(await jobsOf(ada, "mail.billing_notice_to")).toEqual(["completed", "completed"]);
  const [mail] = await billingMails(ada.email);
  expect(mail?.text).toContain("Team: Ada's Engines\nPlan: Pro\nPrice: $87.00 a month (3 seats at $29.00)");
  expect(mail?.links).toEqual(["http://gatehouse.localhost:4000/billing"]);
  expect(mail?.message_id).toMatch(/^<billing-[0-9a-f]{40}@gatehouse\.localhost>$/);
});

test("a job that runs again, as after a crash, sends what a mailbox shows once", async () => {
  const ada = await registerVerified(server);
  const id = nextId();
  await observe(ada, { subscription: subscription(id) });
  await server.settle();
  await server.app.db.asSystem("a test runs the job again", (tx) =>
    server.app.jobs.enqueue(tx, "mail.billing_notice", { accountId: ada.account.id, key: `started:${id}` }),
  );
  expect(await subjects(ada.email)).toHaveLength(1);
  expect(await jobsOf(ada, "mail.billing_notice_to")).toEqual(["completed", "completed"]);
});

test("members, viewers and whoever has not proven their address are told nothing of the money", async () => {
  const ada = await registerVerified(server);
  const others = [await addMember(ada, "member"), await addMember(ada, "viewer"), await addMember(ada, "admin", false)];
  await observe(ada, { subscription: subscription(nextId()) });
  expect(await subjects(ada.email)).toHaveLength(1);
  for (const other of others) expect(await subjects(other.email)).toEqual([]);
});

test("where nobody has a proven address, nobody is written to", async () => {
  const ada = await registerVerified(server);
  await server.database.query("update users set email_verified_at = null where id = $1", [ada.user.id]);
  await observe(ada, { subscription: subscription(nextId()) });
  expect(await subjects(ada.email)).toEqual([]);
  expect(await jobsOf(ada, "mail.billing_notice_to")).toEqual([]);
});

test("L16: each attempt at an invoice is told once, with amount, next attempt, and the end of access by grace", async () => {
  const ada = await registerVerified(server);
  await server.database.query("update trials set ends_at = starts_at + interval '1 second' where account_id = $1", [ada.account.id]);
  const id = nextId();
  const pastDue = subscription(id, { status: "past_due", start_date: inDays(-60) });
  const attempt = (count: number, next: number | null) => [openInvoice(id, { attempt_count: count, next_payment_attempt: next })];
  await observe(ada, { subscription: pastDue, invoices: attempt(1, inDays(3)) });
  await server.settle();
  await observe(ada, { subscription: pastDue, invoices: attempt(2, null) }, { subscription: pastDue, invoices: attempt(2, null) });
  const mails = await billingMails(ada.email);
  expect(mails.map(({ subject }) => subject)).toEqual(Array(2).fill("The payment for your Pro plan at Testproduct failed"));
  expect(mails[0]?.text).toContain("Amount: $87.00\nAttempts so far: 1\nNext attempt: 4 January 2026, 00:00 UTC");
  // 14 days of grace from the first failure.
  expect(mails[0]?.text).toContain("keeps its access until 15 January 2026, 00:00 UTC");
  expect(mails[1]?.text).toContain("Attempts so far: 2\nNext attempt: no further attempt");
});

test("L16: nothing is told of an invoice of nothing, nor of one that was voided", async () => {
  const ada = await registerVerified(server);
  const id = nextId();
  const pastDue = subscription(id, { status: "past_due", start_date: inDays(-60) });
  await observe(
    ada,
    { subscription: pastDue, invoices: [openInvoice(id, { amount_remaining: 0 })] },
    { subscription: pastDue, invoices: [openInvoice(id, { status: "void" })] },
  );
  expect(await subjects(ada.email)).toEqual([]);
});

test("L25: an amount in yen is said in whole yen", async () => {
  const ada = await registerVerified(server);
  const id = nextId();
  const invoices = [openInvoice(id, { amount_remaining: 4500, currency: "jpy" })];
  await observe(ada, { subscription: subscription(id, { status: "past_due", start_date: inDays(-60) }), invoices });
  expect((await billingMails(ada.email))[0]?.text).toContain("Amount: ¥4,500\n");
});

test("L16: what the bank asks is told instead of the failure", async () => {
  const ada = await registerVerified(server);
  const id = nextId();
  const payments = { data: [{ payment: { payment_intent: { id: "pi_1", status: "requires_action" } } }] };
  const asked = {
    subscription: subscription(id, { status: "past_due", start_date: inDays(-60) }),
    invoices: [openInvoice(id, { payments })],
  };
  await observe(ada, asked, asked);
  expect(await subjects(ada.email)).toEqual(["Please confirm a payment to Testproduct with your bank"]);
});

const old = { start_date: 1_700_000_000 };
test.each<[string, (id: string) => SeenSubscription[], string[]]>([
  [
    "paid before the mail went out",
    (id) => [
      { subscription: subscription(id, { ...old, status: "past_due" }), invoices: [openInvoice(id)] },
      { subscription: subscription(id, old) },
    ],
    [],
  ],
  [
    "tried again before the mail went out: only the newer attempt is told",
    (id) =>
      [1, 2].map((attempt_count) => ({
        subscription: subscription(id, { ...old, status: "past_due" }),
        invoices: [openInvoice(id, { attempt_count })],
      })),
    ["The payment for your Pro plan at Testproduct failed"],
  ],
  [
    "cancelled, and taken back before the mail went out",
    (id) => [{ subscription: subscription(id, { ...old, cancel_at_period_end: true }) }, { subscription: subscription(id, old) }],
    [],
  ],
  [
    "started and ended at once: only the end is told",
    (id) => [{ subscription: subscription(id) }, { subscription: subscription(id, { status: "canceled", ended_at: inDays(0) }) }],
    ["Your Pro plan at Testproduct has ended"],
  ],
  [
    "cancelled to its end",
    (id) => [{ subscription: subscription(id, { ...old, cancel_at_period_end: true }) }],
    ["Your Pro plan at Testproduct ends on 31 January 2026"],
  ],
  [
    "a trial without a card near its end",
    (id) => [{ subscription: subscription(id, { ...old, status: "trialing", trial_end: inDays(2) }) }],
    ["Your Pro trial at Testproduct ends on 3 January 2026"],
  ],
  [
    "L4: a trial without a card near its end, and then a card",
    (id) => [
      { subscription: subscription(id, { ...old, status: "trialing", trial_end: inDays(2) }) },
      { subscription: subscription(id, { ...old, status: "trialing", trial_end: inDays(2), default_payment_method: "pm_1" }) },
    ],
    [],
  ],
])("a subscription that is %s", async (_, seen, told) => {
  const ada = await registerVerified(server);
  await observe(ada, ...seen(nextId()));
  expect(await subjects(ada.email)).toEqual(told);
});

test("an account that was deleted before the mail went out gets none", async () => {
  const ada = await registerVerified(server);
  await server.database.query("update accounts set deleted_at = $2 where id = $1", [ada.account.id, server.clock.now()]);
  await tell(server, `account:${ada.account.id}`);
  await observe(ada, { subscription: subscription(nextId()) });
  expect(await subjects(ada.email)).toEqual([]);
});

test("an address that is refused keeps nobody else from their mail, and doubles none", async () => {
  const ada = await registerVerified(server);
  const grace = await addMember(ada, "admin");
  const refused = await addMember(ada, "admin");
  await server.database.query("update users set email = 'nobody' where id = $1", [refused.user.id]);
  await observe(ada, { subscription: subscription(nextId()) });
  expect(await subjects(ada.email)).toHaveLength(1);
  expect(await subjects(grace.email)).toHaveLength(1);
  expect((await jobsOf(ada, "mail.billing_notice_to")).sort()).toEqual(["completed", "completed", "retry"]);

  await server.database.query("update users set email = $2 where id = $1", [refused.user.id, refused.email]);
  await server.database.query("update pgboss.job set start_after = now() where state = 'retry'");
  expect(await subjects(refused.email)).toHaveLength(1);
  expect(await jobsOf(ada, "mail.billing_notice_to")).toEqual(["completed", "completed", "completed"]);
});

test("who lost the role, or left, between the fact and the mail gets none", async () => {
  const ada = await registerVerified(server);
  const grace = await addMember(ada, "admin");
  const stranger = await registerVerified(server);
  const id = nextId();
  await server.app.db.asSystem("a test shares out the mails, and takes the role away", async (tx) => {
    await observeIn(server, tx, ada, [{ subscription: subscription(id) }]);
    await tx.updateTable("memberships").set({ role: "viewer" }).where("user_id", "=", grace.user.id).execute();
    for (const { user } of [grace, stranger])
      await server.app.jobs.enqueue(tx, "mail.billing_notice_to", { accountId: ada.account.id, key: `started:${id}`, userId: user.id });
  });
  expect(await subjects(grace.email)).toEqual([]);
  expect(await subjects(stranger.email)).toEqual([]);
  expect(await subjects(ada.email)).toHaveLength(1);
  expect(await jobsOf(ada, "mail.billing_notice_to")).toEqual(["completed", "completed", "completed"]);
});

test("an unverified owner who verifies is told of what happens from then on", async () => {
  const ada = await registerVerified(server);
  await server.database.query("update users set email_verified_at = null where id = $1", [ada.user.id]);
  const id = nextId();
  await observe(ada, { subscription: subscription(id) });
  await server.settle();
  await server.database.query("update users set email_verified_at = $2 where id = $1", [ada.user.id, server.clock.now()]);
  await observe(ada, { subscription: subscription(id, { cancel_at_period_end: true }) });
  expect(await subjects(ada.email)).toEqual(["Your Pro plan at Testproduct ends on 31 January 2026"]);
});
