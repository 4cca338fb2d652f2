import type { App } from "../platform/app.ts";
import type { Actor } from "../platform/serve.ts";
import { PERSON_SECONDS } from "../platform/stripe.ts";
import type { InvoiceSummary } from "../platform/stripe-checkout.ts";
import { findCustomer } from "./billing-customers.store.ts";

/**
 * The account's invoices as Stripe has them, newest first; none where nothing was bought.
 * @throws Refusal billing_not_configured | billing_unavailable | billing_failed
 */
export async function listInvoices(
  app: Pick<App, "db" | "stripe">,
  actor: Actor,
  page: { limit: number; after: string | null },
): Promise<{ items: readonly InvoiceSummary[]; next: string | null }> {
  const calls = await app.stripe.calls(PERSON_SECONDS);
  const customer = await app.db.forAccount(actor.accountId, (tx) => findCustomer(tx, actor.accountId));
  if (customer?.customerId == null) return { items: [], next: null };
  return (await calls.listInvoices(customer.customerId, page.limit, page.after)) ?? { items: [], next: null };
}
