import type { SubscriptionRecord } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import type { StripeCalls } from "../platform/stripe.ts";
import { findCustomer, forgetCustomer, takeTicket } from "./billing-customers.store.ts";
import { type ReadParts, readAllOf, settleReading } from "./read-from-stripe.ts";
import { listSubscriptions } from "./subscriptions.store.ts";

type Parts = ReadParts & Pick<App, "db">;

export interface AccountAtStripe {
  /** null: the account has none, or Stripe has deleted it. */
  readonly customerId: string | null;
  readonly subscriptions: readonly SubscriptionRecord[];
}

/**
 * Reads everything that the account has at Stripe, and makes it the fact: our own tables alone lag the webhook (C6).
 * @throws Refusal billing_unavailable | billing_failed
 */
export async function refreshAccount(app: Parts, calls: StripeCalls, accountId: string, cause: string): Promise<AccountAtStripe> {
  const before = await app.db.forAccount(accountId, async (tx) => ({
    customer: await findCustomer(tx, accountId),
    stored: await listSubscriptions(tx, accountId),
    ticket: await takeTicket(tx),
  }));
  const customerId = before.customer?.customerId ?? null;
  if (customerId === null) return { customerId, subscriptions: before.stored.map(({ record }) => record) };
  const known = before.stored.filter(({ record }) => record.customerId === customerId).map(({ record }) => record.id);
  const observations = await readAllOf(calls, customerId, known);
  const isGone = observations.length === 0 && (await calls.isCustomerGone(customerId));
  return app.db.asSystem("whose subscriptions they are shows when they are matched", async (tx) => {
    for (const observation of observations) await settleReading(app, tx, { observation, ticket: before.ticket, cause });
    if (isGone) await forgetCustomer(tx, accountId, customerId);
    const stored = await listSubscriptions(tx, accountId);
    return { customerId: isGone ? null : customerId, subscriptions: stored.map(({ record }) => record) };
  });
}
