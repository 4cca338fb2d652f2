import { type AnswerOf, access, billing } from "@gatehouse/contract";
import { type Person, registerVerified, signIn } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { afterAll, beforeAll, expect, test } from "vitest";

const GOOD = "4242424242424242";
const FAILS_LATER = "4000000000000341";

let server: BillingServer;
beforeAll(async () => {
  server = await openBillingServer();
});
afterAll(() => server.close());

const api = async (person: Person) => server.client((await signIn(server, person)).accessToken);
const stateOf = async (person: Person): Promise<AnswerOf<typeof access.billingState>> => (await api(person)).call(access.billingState, {});
const things = async (person: Person): Promise<number> =>
  (await server.request("GET", "/things", { token: (await signIn(server, person)).accessToken })).status;
async function buy(person: Person, card: string, plan = "pro") {
  const checkout = await (await api(person)).call(billing.createCheckoutSession, { body: { plan } });
  const outcome = server.stripe.engine.payCheckout(checkout.session_id, card);
  await server.settle();
  return { checkout, outcome };
}
const subjects = async (person: Person) => (await server.mailsTo(person.email)).map((mail) => mail.subject);

test("a customer checks out on day 10, keeps the rest of the trial, fails to pay, mends the card, leaves, and comes back without a second trial", async () => {
  const ada = await registerVerified(server);
  const trialEnd = new Date(server.clock.now().getTime() + 14 * 86_400_000).toISOString();
  await server.advance(10);
  const { checkout, outcome } = await buy(ada, FAILS_LATER);
  expect(outcome).toEqual({ outcome: "paid" });
  expect(checkout).toMatchObject({ plan: "pro", interval: "month", seats: 1, trial_ends_at: trialEnd });
  expect((await stateOf(ada)).subscription).toMatchObject({ plan: "pro", status: "trialing", trial_ends_at: trialEnd });

  // The first charge fails when the trial ends: open for now, and the way to mend it is told.
  await server.advance(5);
  const late = await stateOf(ada);
  expect(late.subscription).toMatchObject({ status: "past_due", payment_problem: { kind: "payment_failed", text: "$29.00", attempts: 1 } });
  expect(late.access).toMatchObject({ mode: "grace", mend: { action: "update_payment" } });
  expect(await things(ada)).toBe(200);
  // Retries run out, and the subscription is cancelled.
  await server.advance(20);
  expect((await stateOf(ada)).access).toMatchObject({ mode: "locked" });
  expect(await things(ada)).toBe(402);

  // Back, without a second trial.
  const again = await buy(ada, GOOD);
  expect(again.checkout.trial_ends_at).toBeNull();
  const paid = await stateOf(ada);
  expect(paid.subscription).toMatchObject({ plan: "pro", status: "active", payment_problem: null });
  expect(await things(ada)).toBe(200);
  expect(await subjects(ada)).toEqual([
    "Confirm your email address for Testproduct",
    "Your Pro plan at Testproduct has started",
    "The payment for your Pro plan at Testproduct failed",
    "The payment for your Pro plan at Testproduct failed",
    "The payment for your Pro plan at Testproduct failed",
    "Your Pro plan at Testproduct has ended",
    "Your Pro plan at Testproduct has started",
  ]);
});
