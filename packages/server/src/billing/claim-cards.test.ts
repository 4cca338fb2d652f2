import { billing } from "@gatehouse/contract";
import { type Person, registerVerified, signIn } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimCards } from "./claim-cards.ts";

const VISA = "4242424242424242";
const MASTERCARD = "5555555555554444";
const OPERATORS = "operators@example.com";

let server: BillingServer;
// A server to each test: a card that paid in one is a known card in the next.
beforeEach(async () => {
  server = await openBillingServer({ env: { SUPPORT_EMAIL: OPERATORS } });
});
afterEach(() => server.close());

async function buy(person: Person, card: string): Promise<void> {
  const { accessToken } = await signIn(server, person);
  const checkout = await server.client(accessToken).call(billing.createCheckoutSession, { body: { plan: "pro" } });
  expect(server.stripe.engine.payCheckout(checkout.session_id, card)).toEqual({ outcome: "paid" });
  await server.settle();
}
const cardsOf = async ({ account }: Person) =>
  (await server.database.query("select 1 from trial_claims where account_id = $1 and kind = 'card'", [account.id])).length;
const toldOf = async ({ account }: Person) =>
  (await server.mailsTo(OPERATORS)).filter(({ text }) => text.includes(`Account: ${account.id}`) && text.includes("Trial of account"));

test("a card is remembered with the trial; another account's trial with the same card is told to operators once, and nobody loses anything", async () => {
  const ada = await registerVerified(server);
  await buy(ada, VISA);
  expect(await cardsOf(ada)).toBe(1);
  expect(await toldOf(ada)).toEqual([]);

  const grace = await registerVerified(server);
  await buy(grace, VISA);
  await claimCards(server.app, grace.account.id);
  await server.settle();
  expect(await cardsOf(grace)).toBe(0);
  const mails = await toldOf(grace);
  expect(mails.map(({ subject }) => subject)).toEqual(["Testproduct: A card paid for two accounts that each had a trial"]);
  expect(mails[0]?.text).toContain(`Trial of account: ${ada.account.id}`);
  const state = await server.request("GET", "/billing/state", { token: (await signIn(server, grace)).accessToken });
  expect(state.body).toMatchObject({ subscription: { status: "trialing", has_pro_entitlement: true }, trial: { granted: true } });

  const katherine = await registerVerified(server);
  await buy(katherine, MASTERCARD);
  expect(await cardsOf(katherine)).toBe(1);
  expect(await toldOf(katherine)).toEqual([]);
});

test("who got no trial and pays is nobody's concern", async () => {
  await registerVerified(server, { email: "mary@posteo.de" });
  const second = await registerVerified(server, { email: "mary+second@posteo.de" });
  await buy(second, VISA);
  expect(await cardsOf(second)).toBe(0);
  expect(await toldOf(second)).toEqual([]);
});

test("a card's fingerprint is kept as a hash with the server's key, and nowhere else", async () => {
  const ada = await registerVerified(server);
  await buy(ada, VISA);
  const [customer] = await server.database.query<{ id: string }>("select customer_id as id from billing_customers where account_id = $1", [
    ada.account.id,
  ]);
  const [fingerprint = ""] = await (await server.app.stripe.calls(8)).listCardFingerprints(customer?.id ?? "");
  expect(fingerprint).toHaveLength(16);
  const rows = await server.database.query<{ text: string }>("select t::text as text from trial_claims t");
  for (const { text } of rows) {
    expect(text).not.toContain(fingerprint);
    expect(text).not.toContain(Buffer.from(fingerprint).toString("hex"));
  }
});
