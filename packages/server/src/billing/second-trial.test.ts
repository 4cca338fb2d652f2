import { billing } from "@gatehouse/contract";
import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerVerified, signIn, type TestServer } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { afterEach, beforeEach, expect, test } from "vitest";

const VISA = "4242424242424242";
const MASTERCARD = "5555555555554444";

let server: BillingServer;
let operator: Person;
// A database a test: Stripe's test cards are few, and each is remembered with the first who pays with it.
beforeEach(async () => {
  server = await openBillingServer();
  operator = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
});
afterEach(() => server.close());

const begin = ({ accessToken }: Person, on: TestServer = server) =>
  on.client(accessToken).call(billing.createCheckoutSession, { body: { plan: "pro" } });
async function buy(person: Person, card: string) {
  const checkout = await begin(person);
  expect(server.stripe.engine.payCheckout(checkout.session_id, card)).toEqual({ outcome: "paid" });
  await server.settle();
  return checkout;
}
/** What was bought, at once, so that the account has only what is left of its trial. */
async function cancel({ account }: Person): Promise<void> {
  const [row] = await server.database.query<{ id: string }>(
    "select id from stripe_subscriptions where account_id = $1 and status in ('active', 'trialing')",
    [account.id],
  );
  server.stripe.engine.cancelNow(row?.id ?? "");
  await server.settle();
}
/** Two of one card, both within their trial. @returns the second */
async function twoOfOneCard(): Promise<{ first: Person; second: Person }> {
  const first = await registerVerified(server);
  await buy(first, VISA);
  const second = await registerVerified(server);
  await buy(second, VISA);
  return { first, second };
}
const act = (path: string, { account }: Person, body: object = { reason: "two teams of one agency" }) =>
  server.request("POST", `/admin/accounts/${account.id}/${path}`, { token: operator.accessToken, body });
const verdictOf = async ({ account }: Person) =>
  Object((await server.request("GET", `/admin/accounts/${account.id}/trial-claims`, { token: operator.accessToken })).body)["refusal"];
const stateOf = async (person: Person) =>
  (await server.request("GET", "/billing/state", { token: (await signIn(server, person)).accessToken })).body;
const extend = (person: Person) => act("trial-extension", person, { days: 3, reason: "ticket 17" });

test("who comes with a card that had a trial pays as the checkout said, and loses nothing of the trial that was given", async () => {
  const { first, second } = await twoOfOneCard();
  expect(await stateOf(second)).toMatchObject({
    subscription: { status: "trialing", has_pro_entitlement: true },
    trial: { granted: true, reason: null },
  });
  expect(await verdictOf(second)).toMatchObject({ reason: "trial_used_by_card", waived_at: null });
  expect(await verdictOf(first)).toBeNull();
  const audited = await server.database.query("select details from audit_events where account_id = $1 and action = 'trial.found_second'", [
    second.account.id,
  ]);
  // Whose the first trial was is told to operators alone.
  expect(audited).toEqual([{ details: { reason: "trial_used_by_card" } }]);
});

test("bought once more within the trial, a plan is paid for at once: the trial is not carried over, and it is said why", async () => {
  const { first, second } = await twoOfOneCard();
  await cancel(second);
  expect(await stateOf(second)).toMatchObject({ subscription: { status: "trialing", has_pro_entitlement: true } });
  const again = await buy(second, MASTERCARD);
  expect(again).toMatchObject({
    trial_ends_at: null,
    trial_refusal: {
      reason: "trial_used_by_card",
      text: expect.stringContaining("use your trial to its end first, or talk to us"),
      mend: { action: "talk_to_us", url: "mailto:support@example.com" },
    },
  });
  expect(await stateOf(second)).toMatchObject({ subscription: { status: "active" } });

  await cancel(first);
  const whoseCardItIs = await begin(first);
  expect(whoseCardItIs).toMatchObject({ trial_ends_at: addDays(server.clock.now(), 14).toISOString(), trial_refusal: null });
});

test("such a trial is not made longer until an operator waives what the card said; then it is as any", async () => {
  const { first, second } = await twoOfOneCard();
  const endsAt = addDays(server.clock.now(), 14);
  expect(await extend(second)).toMatchObject({ status: 409, body: { code: "trial_is_second" } });
  expect(await extend(first)).toMatchObject({ status: 200 });
  await cancel(second);
  const refused = await begin(second);
  expect(refused.trial_ends_at).toBeNull();

  expect(await act("trial-waiver", second)).toMatchObject({
    status: 200,
    body: {
      trial_ends_at: endsAt.toISOString(),
      refusal: { reason: "trial_used_by_card", waived_by: operator.user.id, waiver_reason: "two teams of one agency" },
    },
  });
  expect(await act("trial-waiver", second)).toMatchObject({ status: 409, body: { code: "trial_given_already" } });
  // The checkout that was open sells no trial: another one takes its place.
  const carried = await begin(second);
  expect(carried).toMatchObject({ trial_ends_at: endsAt.toISOString(), trial_refusal: null });
  expect(carried.session_id).not.toBe(refused.session_id);
  expect(await extend(second)).toMatchObject({ status: 200 });
  expect(await server.database.query("select 1 from trials where account_id = $1", [second.account.id])).toHaveLength(1);
});

test("a checkout that was open before the card was known sells the trial no more", async () => {
  const { second } = await twoOfOneCard();
  await cancel(second);
  await server.database.query("update trial_refusals set waived_at = $2 where account_id = $1", [second.account.id, server.clock.now()]);
  const before = await begin(second);
  expect(before.trial_ends_at).not.toBeNull();
  await server.database.query("update trial_refusals set waived_at = null where account_id = $1", [second.account.id]);
  const after = await begin(second);
  expect(after).toMatchObject({ trial_ends_at: null, trial_refusal: { reason: "trial_used_by_card" } });
  expect(after.session_id).not.toBe(before.session_id);
});

test("who was waived a trial once is not judged by the card again, and who got none is not judged by it at all", async () => {
  const first = await registerVerified(server, { email: "ada@agency.com" });
  await buy(first, VISA);
  const waived = await registerVerified(server, { email: "grace@agency.com" });
  await act("trial-waiver", waived);
  await buy(waived, VISA);
  expect(await verdictOf(waived)).toMatchObject({ reason: "trial_used_by_company", waived_by: operator.user.id });
  expect(await extend(waived)).toMatchObject({ status: 200 });
  const without = await registerVerified(server, { email: "katherine@agency.com" });
  expect(await buy(without, VISA)).toMatchObject({ trial_ends_at: null, trial_refusal: null });
  expect(await verdictOf(without)).toMatchObject({ reason: "trial_used_by_company", waived_at: null });
});

test("with TRIAL_ABUSE=off nobody is judged by a card", async () => {
  const { second } = await twoOfOneCard();
  await cancel(second);
  const { secretKey, webhookSecret, apiBase } = server.stripe;
  const off = await openTestServer({
    beside: server,
    role: "api",
    env: { TRIAL_ABUSE: "off", STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret, STRIPE_API_BASE: apiBase },
  });
  const checkout = await begin(second, off);
  await off.close();
  expect(checkout).toMatchObject({ trial_ends_at: addDays(server.clock.now(), 14).toISOString(), trial_refusal: null });
});
