import type { Invoice } from "../objects/invoice.ts";
import type { PauseReason, Subscription, SubscriptionStatus } from "../objects/subscription.ts";
import { record, type World } from "../world.ts";
import { voidInvoice } from "./invoices.ts";

/** A first payment may wait this long before its subscription ends. https://docs.stripe.com/billing/subscriptions/overview */
export const FIRST_PAYMENT_SECONDS = 23 * 3600;

/** The subscription as it is now; a caller may hold an older state of it. */
export function current(world: World, subscription: Subscription): Subscription {
  return world.state.subscription.get(subscription.id) ?? subscription;
}

export function subscriptionOfInvoice(world: World, invoice: Invoice): Subscription | undefined {
  return world.state.subscription.get(invoice.parent.subscription_details.subscription);
}

/** Changes a subscription and tells it as `customer.subscription.updated`. */
export function updateSubscription(world: World, subscription: Subscription, change: Partial<Subscription>): Subscription {
  return record(world, world.state.subscription, { ...current(world, subscription), ...change }, "customer.subscription.updated");
}

export function setStatus(world: World, subscription: Subscription, status: SubscriptionStatus): Subscription {
  const now = current(world, subscription);
  if (now.status === status) return now;
  const { status_details: _, ...rest } = now;
  return record(world, world.state.subscription, { ...rest, status }, "customer.subscription.updated");
}

/** Status `paused`: nothing is billed until it is resumed. */
export function pauseSubscription(world: World, subscription: Subscription, reason: PauseReason): Subscription {
  const paused: Subscription = {
    ...current(world, subscription),
    status: "paused",
    status_details: { paused: { subscription: { type: reason }, transitioned_at: world.now(subscription.customer), type: "subscription" } },
  };
  record(world, world.state.subscription, paused, "customer.subscription.updated");
  world.emit("customer.subscription.paused", paused);
  return paused;
}

export interface Ending {
  readonly reason: "cancellation_requested" | "payment_failed";
  readonly comment?: string | null;
  readonly feedback?: string | null;
}

/**
 * Ends it at once: `canceled`, never to change again. Open invoices stay open but are not tried by themselves any more; drafts likewise.
 * https://docs.stripe.com/billing/subscriptions/cancel
 */
export function endSubscription(world: World, subscription: Subscription, ending: Ending): Subscription {
  const now = world.now(subscription.customer);
  const before = current(world, subscription);
  const { status_details: _, ...rest } = before;
  for (const invoice of openInvoices(world, before)) stopCollecting(world, invoice);
  dropNote(world, before.id);
  const ended: Subscription = {
    ...rest,
    canceled_at: before.canceled_at ?? now,
    cancellation_details: { comment: ending.comment ?? null, feedback: ending.feedback ?? null, reason: ending.reason },
    ended_at: now,
    pending_update: null,
    status: "canceled",
  };
  return record(world, world.state.subscription, ended, "customer.subscription.deleted");
}

/** The first payment did not come in time: terminal, and its invoice is void. */
export function expireIncomplete(world: World, subscription: Subscription): Subscription {
  for (const invoice of openInvoices(world, subscription)) voidInvoice(world, invoice);
  dropNote(world, subscription.id);
  const now = world.now(subscription.customer);
  return updateSubscription(world, subscription, { status: "incomplete_expired", ended_at: now, pending_update: null });
}

function dropNote(world: World, subscriptionId: string): void {
  world.state.subscription_note.remove(subscriptionId);
}

/** Drafts and open ones, oldest first. */
export function openInvoices(world: World, subscription: Subscription): Invoice[] {
  const invoices = [...world.state.invoice.walk({ under: subscription.id, oldestFirst: true })];
  return invoices.filter(({ status }) => status === "draft" || status === "open");
}

function stopCollecting(world: World, invoice: Invoice): void {
  world.state.invoice.put({ ...invoice, auto_advance: false, automatically_finalizes_at: null, next_payment_attempt: null });
}
