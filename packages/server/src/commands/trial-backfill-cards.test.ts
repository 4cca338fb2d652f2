import { billing } from "@gatehouse/contract";
import { type Person, registerVerified } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { afterEach, beforeEach, expect, test } from "vitest";

const VISA = "4242424242424242";

let server: BillingServer;
let env: Record<string, string>;
// A database a test: it is about all accounts that there are.
beforeEach(async () => {
  server = await openBillingServer();
  env = { ...environmentOf(server.database), STRIPE_SECRET_KEY: server.stripe.secretKey, STRIPE_API_BASE: server.stripe.apiBase };
});
afterEach(() => server.close());

async function buy(person: Person): Promise<void> {
  const checkout = await server.client(person.accessToken).call(billing.createCheckoutSession, { body: { plan: "pro" } });
  expect(server.stripe.engine.payCheckout(checkout.session_id, VISA)).toEqual({ outcome: "paid" });
  await server.settle();
}
const cards = () => server.database.query("select account_id from trial_claims where kind = 'card'");
const run = async (words: string) => JSON.parse((await runCommand(`${words} --json`, env)).stdout);

test("cards that customers had before are remembered as Stripe knows them; who has none is asked for again, and nothing else is", async () => {
  const ada = await registerVerified(server);
  await buy(ada);
  await registerVerified(server);
  await server.database.query("delete from trial_claims");
  expect(await run("trial backfill --dry-run")).toMatchObject({ dry_run: true, counts: { remembered: 2 }, customers: 1 });
  expect(await cards()).toEqual([]);
  expect(await run("trial backfill")).toMatchObject({ done: true, counts: { remembered: 2 }, customers: 1 });
  expect(await cards()).toEqual([{ account_id: ada.account.id }]);
  expect(await run("trial backfill")).toMatchObject({ done: true, counts: { known: 2 }, customers: 0 });
});

test("with Stripe away the trials are remembered, the cards are told of in a sentence, and the same words go on", async () => {
  const ada = await registerVerified(server);
  await buy(ada);
  await server.database.query("delete from trial_claims");
  const away = await runCommand("trial backfill", { ...env, STRIPE_API_BASE: "http://127.0.0.1:1" });
  expect([away.code, away.stderr]).toEqual([1, expect.stringContaining("What was done is kept. Run it again.")]);
  expect(away.stderr).not.toContain("    at ");
  expect(await run("trial backfill")).toMatchObject({ done: true, counts: { known: 1 }, customers: 1 });
  expect(await cards()).toEqual([{ account_id: ada.account.id }]);
});
