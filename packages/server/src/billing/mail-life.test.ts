import { billing } from "@gatehouse/contract";
import { addDays } from "@gatehouse/core";
import { type Person, registerVerified, signIn } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sayDate } from "../mail/say-time.ts";

const GOOD = "4242424242424242";
const FAILS_LATER = "4000000000000341";
const OPERATORS = "operators@example.com";

let server: BillingServer;
beforeAll(async () => {
  server = await openBillingServer({ env: { SUPPORT_EMAIL: OPERATORS } });
  // Each event comes twice, and no mail may.
  server.stripe.webhooks.setMode({ kind: "doubled" });
});
afterAll(() => server.close());

const billingMails = async (address: string) =>
  (await server.mailsTo(address)).filter(({ message_id }) => message_id?.startsWith("<billing-") === true);
const subjects = async (address: string): Promise<string[]> => (await billingMails(address)).map(({ subject }) => subject);
/** What operators hear of an account, but for the card, which is the same one in all of these. */
const toOperators = async (person: Person) =>
  (await billingMails(OPERATORS)).filter(({ text }) => text.includes(person.account.id) && !text.includes("Trial of account"));

/** @returns the subscription's id and its customer's */
async function buy(person: Person, card: string): Promise<{ subscription: string; customer: string }> {
  const client = server.client((await signIn(server, person)).accessToken);
  const { session_id } = await client.call(billing.createCheckoutSession, { body: { plan: "pro" } });
  expect(server.stripe.engine.payCheckout(session_id, card)).toEqual({ outcome: "paid" });
  await server.settle();
  const session = server.stripe.engine.object(session_id);
  return { subscription: String(session?.["subscription"]), customer: String(session?.["customer"]) };
}
/** The trial is over, and what is told of it was told. */
async function registerLapsed(): Promise<Person> {
  const person = await registerVerified(server);
  await server.database.query(
    "update trials set starts_at = starts_at - interval '90 days', ends_at = ends_at - interval '80 days' where account_id = $1",
    [person.account.id],
  );
  return person;
}

test("who pays and then does not is told of each step once: the start, each failed attempt, and the end", async () => {
  const ada = await registerVerified(server);
  const registeredAt = server.clock.now();
  const day = (days: number): string => sayDate(addDays(registeredAt, days));
  await server.advance(5);
  await buy(ada, FAILS_LATER);
  expect(await subjects(ada.email)).toEqual(["Your Pro plan at Testproduct has started"]);
  // A card is on file and the plan goes on: nothing is told of the trial's end (L4). At its end the card is refused.
  await server.advance(9.5);
  expect(await subjects(ada.email)).toEqual([
    "Your Pro plan at Testproduct has started",
    "The payment for your Pro plan at Testproduct failed",
  ]);
  const [, failed] = await billingMails(ada.email);
  expect(failed?.text).toContain(`Amount: $29.00\nAttempts so far: 1\nNext attempt: ${day(17)}`);
  expect(failed?.text).toContain(`keeps its access until ${day(28)}`);
  await server.advance(30);
  expect(await subjects(ada.email)).toEqual([
    "Your Pro plan at Testproduct has started",
    ...Array(3).fill("The payment for your Pro plan at Testproduct failed"),
    "Your Pro plan at Testproduct has ended",
  ]);
});

test("who cancels is told until when it goes on, and then that it has ended", async () => {
  const ada = await registerLapsed();
  const { subscription } = await buy(ada, GOOD);
  server.stripe.engine.cancelAtPeriodEnd(subscription);
  await server.settle();
  server.stripe.engine.resumeCancellation(subscription);
  await server.settle();
  server.stripe.engine.cancelAtPeriodEnd(subscription);
  await server.advance(32);
  const [started, ending, ended, ...more] = await subjects(ada.email);
  expect(more).toEqual([]);
  expect([started, ended]).toEqual(["Your Pro plan at Testproduct has started", "Your Pro plan at Testproduct has ended"]);
  expect(ending).toMatch(/^Your Pro plan at Testproduct ends on \d+ \w+ 2026$/);
});

test("a mail server that was away for a week loses no news", async () => {
  const ada = await registerLapsed();
  server.mailbox.pause();
  await buy(ada, GOOD);
  await server.advance(7);
  server.mailbox.resume();
  await server.database.query("update pgboss.job set start_after = now() where state = 'retry'");
  expect(await subjects(ada.email)).toEqual(["Your Pro plan at Testproduct has started"]);
});

test("L22: a dispute of a payment and its end reach the operators, each once, and the customer not at all", async () => {
  const ada = await registerLapsed();
  const { customer } = await buy(ada, GOOD);
  const [charge] = server.stripe.engine.listOf("charge", customer);
  const dispute = server.stripe.engine.dispute(String(charge?.["id"]));
  await server.settle();
  server.stripe.engine.closeDispute(dispute, "lost");
  const mails = await toOperators(ada);
  expect(mails.map(({ subject }) => subject)).toEqual([
    "Testproduct: A payment was disputed",
    "Testproduct: A disputed payment was decided",
  ]);
  for (const mail of mails) expect(mail.text).toContain(`Dispute: ${dispute}`);
  expect(await subjects(ada.email)).toEqual(["Your Pro plan at Testproduct has started"]);
});

test("law 4: of two subscriptions the customer hears once that one is cancelled, and the operators whose money goes back", async () => {
  const ada = await registerLapsed();
  const { subscription, customer } = await buy(ada, GOOD);
  // Of two equals the older one stays.
  await server.advance(1);
  const priceId = String(server.stripe.engine.list("price").find((price) => price["lookup_key"] === "testproduct_pro_month")?.["id"]);
  const second = server.stripe.engine.seedSubscription({ priceId, customerId: customer, events: true }).subscriptionId;
  await server.advance(1);
  expect(await subjects(ada.email)).toEqual([
    "Your Pro plan at Testproduct has started",
    "Your team was subscribed to Testproduct twice: we cancel one",
  ]);
  const [refund, ...more] = await toOperators(ada);
  expect(more).toEqual([]);
  expect(refund?.subject).toBe("Testproduct: Refund to make: an account was subscribed twice");
  expect(refund?.text).toContain(`Cancelled subscription: ${second}\nSubscription that stays: ${subscription}`);
});
