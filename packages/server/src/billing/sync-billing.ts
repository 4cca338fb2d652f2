import type { App } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { PERSON_SECONDS } from "../platform/stripe.ts";
import { endReservation, findCustomer } from "./billing-customers.store.ts";
import type { ReadParts } from "./read-from-stripe.ts";
import { refreshAccount } from "./refresh-account.ts";

/**
 * Reads what the account has at Stripe now, for the page that people come back to before the webhook has (C11).
 * @param sessionId the checkout that they come from; it must be the account's own (CO-3)
 * @throws Refusal billing_not_configured | checkout_not_found | billing_unavailable | billing_failed
 */
export async function syncBilling(app: ReadParts & Pick<App, "db">, actor: Actor, sessionId: string | null): Promise<void> {
  const { accountId } = actor;
  const calls = await app.stripe.calls(PERSON_SECONDS);
  if (sessionId !== null) {
    const session = await calls.readCheckout(sessionId);
    const customer = await app.db.forAccount(accountId, (tx) => findCustomer(tx, accountId));
    if (session === null || session.customerId === null || session.customerId !== customer?.customerId) refuse("checkout_not_found");
    if (session.status !== "open" && customer.reservation?.sessionId === sessionId)
      await app.db.forAccount(accountId, (tx) => endReservation(tx, accountId, customer.attempt));
  }
  await refreshAccount(app, calls, accountId, "sync");
}
