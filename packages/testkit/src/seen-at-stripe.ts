import { addDays, type PriceBook } from "@gatehouse/core";
import { applyObservation } from "@gatehouse/server/billing/apply-observation";
import { takeTicket } from "@gatehouse/server/billing/billing-customers.store";
import { sellAt } from "@gatehouse/server/billing/prices.store";
import type { Tx } from "@gatehouse/server/platform/app";
import type { Person } from "./people.ts";
import type { TestServer } from "./test-server.ts";

type Parts = Pick<TestServer, "app" | "clock">;
const BOOK: PriceBook = [{ plan: "pro", planRank: 1, priceId: "price_pro", lookupKey: null, productId: null, isPerSeat: true }];

/** Sells Pro at `price_pro`: $29.00 a month for each seat. */
export async function sellPro({ app }: Pick<TestServer, "app">): Promise<void> {
  const price = { plan: "pro", interval: "month", currency: "usd", amountMinor: 29_00, isPerSeat: true } as const;
  const ids = { lookupKey: "testproduct_pro_month", productId: "testproduct_pro", priceId: "price_pro" };
  await app.db.asSystem("a test sells", (tx) => sellAt(tx, app.stripe.livemode, { ...price, ...ids }, null));
}

/** What Stripe would say of a subscription, and of the invoices of it that wait to be paid. */
export interface SeenSubscription {
  readonly subscription: Readonly<Record<string, unknown>>;
  readonly invoices?: readonly Readonly<Record<string, unknown>>[];
}

/** Unix seconds. */
export const inDays = ({ clock }: Pick<TestServer, "clock">, days: number): number =>
  Math.floor(addDays(clock.now(), days).getTime() / 1000);

/** Three seats of Pro, begun now, paid for 30 days. @param change over that, in Stripe's words */
export function seenSubscription(server: Parts, id: string, change: Record<string, unknown> = {}): Record<string, unknown> {
  const price = { id: "price_pro", object: "price", recurring: { interval: "month" } };
  return {
    id,
    object: "subscription",
    status: "active",
    customer: `cus_of_${id}`,
    start_date: inDays(server, 0),
    created: inDays(server, 0),
    cancel_at_period_end: false,
    items: { data: [{ id: `si_${id}`, quantity: 3, price, current_period_end: inDays(server, 30) }] },
    ...change,
  };
}

/** $87.00, tried once, to be tried again in three days. */
export const seenInvoice = (server: Parts, subscriptionId: string, change: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: `in_of_${subscriptionId}`,
  object: "invoice",
  status: "open",
  amount_remaining: 87_00,
  currency: "usd",
  attempt_count: 1,
  created: inDays(server, 0),
  next_payment_attempt: inDays(server, 3),
  ...change,
});

/** Makes what was seen the account's fact, each with a ticket of its own, in one transaction: no mail goes out in between. */
export const observe = (server: Parts, person: Pick<Person, "account">, ...seen: readonly SeenSubscription[]): Promise<void> =>
  server.app.db.asSystem("a test has read Stripe", (tx) => observeIn(server, tx, person, seen));

export async function observeIn({ app }: Parts, tx: Tx, person: Pick<Person, "account">, seen: readonly SeenSubscription[]): Promise<void> {
  for (const [index, { subscription, invoices = [] }] of seen.entries()) {
    const reading = { observation: { subscription, openInvoices: invoices }, ticket: await takeTicket(tx), cause: `stripe.event ${index}` };
    await applyObservation(app, tx, person.account.id, reading, BOOK);
  }
}
