import type { ObservedSubscription } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";
import { accountExists, findAccountOfCustomer, lockCustomer, storeCustomerId } from "./billing-customers.store.ts";
import { findAccountOfSubscription } from "./subscriptions.store.ts";

export type AccountMatch =
  | { readonly kind: "matched"; readonly accountId: string }
  /** None of ours: made elsewhere in the same Stripe account, or of an account that was erased. */
  | { readonly kind: "unmatched"; readonly reason: string }
  /** What Stripe says contradicts what is stored: nobody gains or loses anything by it, and an operator looks. */
  | { readonly kind: "quarantined"; readonly reason: string };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Whose subscription it is: by the customer that is stored, and only where none is by what we wrote onto it; never by an email address
 * (O12, SW-6). An account that is found by our own mark takes the customer as its own: so a crash between making and storing it heals.
 *
 * @param seen what was read from Stripe, not what an event said
 */
export async function matchAccount(
  tx: Tx,
  seen: Pick<ObservedSubscription, "id" | "customerId" | "accountId" | "isCustomerDeleted">,
  now: Date,
): Promise<AccountMatch> {
  const marked = seen.accountId;
  if (seen.customerId === null) return { kind: "unmatched", reason: "it names no customer" };
  const owner = await findAccountOfCustomer(tx, seen.customerId);
  if (owner !== null) {
    if (marked === null || marked === owner) return { kind: "matched", accountId: owner };
    return { kind: "quarantined", reason: `the customer is of account ${owner}, and the subscription is marked for ${marked}` };
  }
  // Its customer was deleted at Stripe and forgotten here: it is still the subscription that we know.
  const known = await findAccountOfSubscription(tx, seen.id);
  if (known !== null && (marked === null || marked === known)) return { kind: "matched", accountId: known };
  if (marked === null || !UUID.test(marked) || !(await accountExists(tx, marked)))
    return { kind: "unmatched", reason: "no account has this customer" };
  if (seen.isCustomerDeleted) return { kind: "matched", accountId: marked };
  const customer = await lockCustomer(tx, marked, now);
  if (customer.customerId !== null)
    return { kind: "quarantined", reason: `it is marked for account ${marked}, whose customer is another one` };
  await storeCustomerId(tx, marked, seen.customerId);
  return { kind: "matched", accountId: marked };
}
