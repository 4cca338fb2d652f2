import { blockingSubscription } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { PERSON_SECONDS } from "../platform/stripe.ts";
import type { PortalPurpose } from "../platform/stripe-checkout.ts";
import { stripeCodeOf } from "../platform/stripe-client.ts";
import { findCustomer, forgetCustomer } from "./billing-customers.store.ts";
import { listSubscriptions } from "./subscriptions.store.ts";

/**
 * The address of Stripe's portal for the account's own customer, and for no other (CO-5).
 * @throws Refusal billing_not_configured | no_billing_customer | no_subscription | billing_unavailable | billing_failed
 */
export async function openPortal(app: Pick<App, "db" | "config" | "stripe">, actor: Actor, purpose: PortalPurpose): Promise<string> {
  const { accountId } = actor;
  const calls = await app.stripe.calls(PERSON_SECONDS);
  const { customer, stored } = await app.db.forAccount(accountId, async (tx) => ({
    customer: await findCustomer(tx, accountId),
    stored: await listSubscriptions(tx, accountId),
  }));
  const customerId = customer?.customerId ?? refuse("no_billing_customer");
  const living = blockingSubscription(stored.map(({ record }) => record));
  if (purpose === "cancel" && living === null) refuse("no_subscription");
  const returnUrl = `${app.config.baseUrl}/billing?checkout=portal`;
  try {
    return await calls.createPortal({ customerId, returnUrl, purpose, subscriptionId: living?.id ?? null });
  } catch (error) {
    if (stripeCodeOf(error) !== "resource_missing") throw error;
    // Deleted at Stripe, and the word of it has not come: there is nothing to manage any more (C14, L19).
    await app.db.forAccount(accountId, (tx) => forgetCustomer(tx, accountId, customerId));
    refuse("no_billing_customer");
  }
}
