import { itemsOf, type Subscription, type SubscriptionItem } from "../objects/subscription.ts";
import { record, type World } from "../world.ts";
import { voidInvoice } from "./invoices.ts";
import { noteOf, writeNote } from "./notes.ts";
import { current, FIRST_PAYMENT_SECONDS } from "./subscription-status.ts";

/** A change that is to be paid first: it stands on the subscription, and grants nothing. https://docs.stripe.com/billing/subscriptions/pending-updates */
export function holdUpdate(
  world: World,
  subscription: Subscription,
  items: readonly SubscriptionItem[],
  anchor: number | null,
  invoiceId: string,
): Subscription {
  writeNote(world, subscription.id, { pendingUpdateInvoice: invoiceId });
  const held: Subscription = {
    ...current(world, subscription),
    latest_invoice: invoiceId,
    pending_update: {
      billing_cycle_anchor: anchor,
      cancel_at_period_end: null,
      discount: null,
      discounts: null,
      expires_at: world.now(subscription.customer) + FIRST_PAYMENT_SECONDS,
      metadata: null,
      subscription_items: items,
      trial_end: null,
      trial_from_plan: null,
    },
  };
  return record(world, world.state.subscription, held, "customer.subscription.updated");
}

/** The held change takes place when its invoice is paid. */
export function applyPendingUpdate(world: World, subscription: Subscription, paidInvoiceId: string): void {
  const held = subscription.pending_update;
  if (held === null || noteOf(world, subscription.id).pendingUpdateInvoice !== paidInvoiceId) return;
  writeNote(world, subscription.id, { pendingUpdateInvoice: null });
  const applied: Subscription = {
    ...current(world, subscription),
    billing_cycle_anchor: held.billing_cycle_anchor ?? subscription.billing_cycle_anchor,
    items: itemsOf(subscription.id, held.subscription_items),
    pending_update: null,
  };
  const stored = record(world, world.state.subscription, applied, "customer.subscription.updated");
  world.emit("customer.subscription.pending_update_applied", stored);
}

/** It was not paid in time: forgotten, and its invoice void. */
export function expirePendingUpdate(world: World, subscription: Subscription): void {
  const invoice = world.state.invoice.get(noteOf(world, subscription.id).pendingUpdateInvoice ?? "");
  if (invoice?.status === "open") voidInvoice(world, invoice);
  writeNote(world, subscription.id, { pendingUpdateInvoice: null });
  const stored = world.state.subscription.put({ ...current(world, subscription), pending_update: null });
  world.emit("customer.subscription.pending_update_expired", stored);
}
