import type { App } from "../platform/app.ts";
import type { StripeCalls } from "../platform/stripe.ts";
import { wasAnswered } from "../platform/stripe-client.ts";
import { findCustomer, fixCustomerRequest, lockCustomer, nextGeneration, storeCustomerId } from "./billing-customers.store.ts";
import { readContact } from "./seats.store.ts";

type Parts = Pick<App, "db" | "clock">;

/**
 * The account's one customer at Stripe, made where there is none.
 *
 * What it is made with is fixed first, and the idempotency key is derived from the account: however many requests run at once, die or
 * time out, Stripe makes one customer (C1, C3).
 * @throws Refusal billing_unavailable | billing_failed
 */
export async function ensureCustomer(app: Parts, calls: StripeCalls, accountId: string): Promise<string> {
  const customer = await app.db.forAccount(accountId, async (tx) => {
    const locked = await lockCustomer(tx, accountId, app.clock.now());
    if (locked.customerId !== null || locked.name !== null) return locked;
    await fixCustomerRequest(tx, accountId, await readContact(tx, accountId));
    return (await findCustomer(tx, accountId)) ?? locked;
  });
  if (customer.customerId !== null) return customer.customerId;
  const { generation, email } = customer;
  const made = await calls
    .createCustomer({ accountId, name: customer.name ?? "", email }, `gatehouse:customer:${accountId}:${generation}`)
    .catch(async (error: unknown) => {
      if (wasAnswered(error)) await app.db.forAccount(accountId, (tx) => nextGeneration(tx, accountId, generation));
      throw error;
    });
  return app.db.forAccount(accountId, async (tx) => {
    if (await storeCustomerId(tx, accountId, made)) return made;
    return (await findCustomer(tx, accountId))?.customerId ?? made;
  });
}
