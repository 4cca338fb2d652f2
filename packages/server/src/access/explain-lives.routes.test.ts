import { type AnswerOf, access, billing } from "@gatehouse/contract";
import { type Person, registerPerson, signIn, testProduct, verifyPerson } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { catalogueWithFlags } from "@gatehouse/testkit/product-with-flags";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: BillingServer;
beforeAll(async () => {
  server = await openBillingServer({ product: { ...testProduct, catalogue: catalogueWithFlags } });
});
afterAll(() => server.close());

const ACTIONS = ["nothing", "verify", "pay", "pay_with_bad_card", "cancel_at_period_end", "cancel_now", "delete_and_restore"] as const;
type Action = (typeof ACTIONS)[number];
const CARDS = { pay: "4242424242424242", pay_with_bad_card: "4000000000000341" } as const;

const api = async (person: Person) => server.client((await signIn(server, person)).accessToken);
const explain = async (person: Person) => (await api(person)).call(access.explainAccess, { query: {} });

async function act(person: Person, action: Action): Promise<void> {
  const { accessToken: token } = await signIn(server, person);
  switch (action) {
    case "nothing":
      return;
    case "verify": {
      if ((await explain(person)).verification.verified) return;
      // The first link may have expired.
      await server.request("POST", "/auth/email/resend", { body: { email: person.email } });
      return verifyPerson(server, { ...person, accessToken: token });
    }
    case "pay":
    case "pay_with_bad_card": {
      const { plan_billing } = await (await api(person)).call(access.billingState, {});
      if (!plan_billing.actions.includes("checkout")) return;
      const checkout = await (await api(person)).call(billing.createCheckoutSession, { body: { plan: "pro" } });
      server.stripe.engine.payCheckout(checkout.session_id, CARDS[action]);
      return server.settle();
    }
    case "cancel_at_period_end":
    case "cancel_now": {
      const [running] = await server.database.query<{ id: string }>(
        "select id from stripe_subscriptions where account_id = $1 and status in ('active', 'trialing', 'past_due')",
        [person.account.id],
      );
      if (!running) return;
      if (action === "cancel_now") server.stripe.engine.cancelNow(running.id);
      else server.stripe.engine.cancelAtPeriodEnd(running.id);
      return server.settle();
    }
    case "delete_and_restore": {
      const deleted = await server.request("DELETE", "/accounts/me", { token, body: { confirm: person.account.name } });
      expect(deleted.status).toBe(200);
      await server.advance(0.25);
      const back = (await signIn(server, person)).accessToken;
      expect((await server.request("POST", "/accounts/me/restore", { token: back })).status).toBe(200);
    }
  }
}

/** What each flag or limit was, by which layer and until when, in one order; only the past also tells which fact decided. */
const settled = (answers: readonly Record<"key" | "value" | "layer" | "until", unknown>[]) =>
  answers
    .map(({ key, value, layer, until }) => ({ key, value, layer, until }))
    .toSorted((a, b) => (String(a.key) < String(b.key) ? -1 : 1));

const lives = fc.array(fc.record({ days: fc.constantFrom(0.5, 1, 3, 6.5, 14), action: fc.constantFrom(...ACTIONS) }), {
  minLength: 2,
  maxLength: 4,
});

test("whatever a customer lived through, each moment is told later as it was answered then", async () => {
  await fc.assert(
    fc.asyncProperty(lives, async (life) => {
      const person = await registerPerson(server);
      const seen: AnswerOf<typeof access.explainAccess>[] = [await explain(person)];
      for (const { days, action } of life) {
        await server.advance(days);
        seen.push(await explain(person));
        // At one instant both answers are true, the one before and the one after.
        server.clock.advanceMilliseconds(1);
        await act(person, action);
        await server.advance(0.01);
        seen.push(await explain(person));
      }
      await server.advance(1);
      const later = await api(person);
      for (const then of seen) {
        const { as_recorded: told } = await later.call(access.explainAccess, { query: { at: then.at } });
        expect(told.guessed).toEqual([]);
        expect([told.access, told.verification, told.guards]).toEqual([then.access, then.verification, then.guards]);
        expect(told.subscription).toEqual({ plan: then.subscription.plan, status: then.subscription.status });
        expect([told.features, told.limits].map(settled)).toEqual([then.features, then.limits].map(settled));
      }
    }),
    {
      numRuns: 4,
      // A life takes seconds: told at once, and not made smaller first.
      endOnFailure: true,
      // A life that has it all, whatever the others draw.
      examples: [
        [
          [
            { days: 3, action: "verify" },
            { days: 6.5, action: "pay_with_bad_card" },
            { days: 6.5, action: "delete_and_restore" },
            { days: 14, action: "nothing" },
            { days: 14, action: "pay" },
            { days: 1, action: "cancel_at_period_end" },
            { days: 3, action: "cancel_now" },
          ],
        ],
      ],
    },
  );
}, 120_000);
