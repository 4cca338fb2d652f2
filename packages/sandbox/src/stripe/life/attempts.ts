import { DAY } from "../calendar.ts";
import type { Invoice } from "../objects/invoice.ts";
import type { PaymentMethod } from "../objects/payment.ts";
import { isEnded, type Subscription } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { type Attempt, charge, type Presence } from "./charging.ts";
import { finalizeInvoice, markPaid, markUncollectible, voidInvoice } from "./invoices.ts";
import { applyPendingUpdate } from "./pending-update.ts";
import { endSubscription, openInvoices, pauseSubscription, setStatus, subscriptionOfInvoice } from "./subscription-status.ts";

/** The card that a subscription is paid with by itself: its own, else the customer's. */
export function cardOf(world: World, subscription: Pick<Subscription, "default_payment_method" | "customer">): PaymentMethod | null {
  const customer = world.state.customer.get(subscription.customer);
  const id = subscription.default_payment_method ?? customer?.invoice_settings.default_payment_method ?? null;
  return (id === null ? undefined : world.state.payment_method.get(id)) ?? null;
}

/** Makes a draft due: it is opened and, unless it is sent to be paid by hand or its collection is paused, tried at once. */
export function advanceInvoice(world: World, draft: Invoice, presence: Presence): Attempt | null {
  const subscription = subscriptionOfInvoice(world, draft);
  const collection = subscription?.pause_collection?.behavior;
  if (collection === "keep_as_draft") {
    world.state.invoice.put({ ...draft, auto_advance: false, automatically_finalizes_at: null });
    return null;
  }
  const open = finalizeInvoice(world, draft);
  if (open.amount_due === 0) return settlePaid(world, open, false);
  if (collection === "void") voidInvoice(world, open);
  else if (collection === "mark_uncollectible") markUncollectible(world, open);
  else if (open.collection_method === "charge_automatically") return tryInvoice(world, open, presence);
  return null;
}

/**
 * Tries to collect an open invoice, and does what follows from it for the invoice and its subscription.
 * @param card absent: the one on file
 */
export function tryInvoice(world: World, invoice: Invoice, presence: Presence, card?: PaymentMethod): Attempt {
  const subscription = subscriptionOfInvoice(world, invoice);
  const paymentMethod = card ?? (subscription === undefined ? null : cardOf(world, subscription));
  const attempt = charge(world, invoice, paymentMethod, presence);
  if (attempt.kind === "paid") return settlePaid(world, invoice, true);
  settleUnpaid(world, invoice, attempt, presence);
  return attempt;
}

function settlePaid(world: World, invoice: Invoice, wasCharged: boolean): Attempt {
  const paid = markPaid(world, invoice, wasCharged);
  const subscription = subscriptionOfInvoice(world, paid);
  if (subscription === undefined || isEnded(subscription)) return { kind: "paid" };
  applyPendingUpdate(world, subscription, paid.id);
  // The newest invoice decides: an old one that is paid late mends nothing while another is open.
  const isMended = subscription.latest_invoice === paid.id || openInvoices(world, subscription).every(({ status }) => status === "draft");
  if (!isMended) return { kind: "paid" };
  const isPausedByFailure = subscription.status === "paused" && subscription.status_details?.paused.subscription.type !== "pause_requested";
  if (["incomplete", "past_due", "unpaid"].includes(subscription.status) || isPausedByFailure) {
    const active = setStatus(world, subscription, "active");
    if (isPausedByFailure) world.emit("customer.subscription.resumed", active);
  }
  return { kind: "paid" };
}

function settleUnpaid(world: World, invoice: Invoice, attempt: Exclude<Attempt, { kind: "paid" }>, presence: Presence): void {
  const { retryDays } = world.settings;
  const isFirst = invoice.billing_reason === "subscription_create";
  const attempts = invoice.attempt_count + (presence === "absent" || attempt.kind === "declined" ? 1 : 0);
  const pause = retryDays[attempts - 1];
  const isRetried = !isFirst && invoice.auto_advance && attempts > 0;
  // A try by hand between two retries leaves the next one where it is.
  const planned = presence === "absent" ? null : invoice.next_payment_attempt;
  const next = isRetried && pause !== undefined ? world.now(invoice.customer) + pause * DAY : null;
  const failed: Invoice = {
    ...invoice,
    attempt_count: attempts,
    attempted: true,
    next_payment_attempt: planned ?? next,
  };
  world.state.invoice.put(failed);
  const isTold = presence === "absent" || attempt.kind === "declined";
  if (isTold) world.emit("invoice.payment_failed", failed);
  if (attempt.kind === "needs_action") world.emit("invoice.payment_action_required", failed);
  const subscription = subscriptionOfInvoice(world, failed);
  if (subscription === undefined || isEnded(subscription) || isFirst) return;
  const isLast = presence === "absent" && isRetried && failed.next_payment_attempt === null;
  if (subscription.pending_update !== null) return;
  if (subscription.status === "active" || subscription.status === "trialing") setStatus(world, subscription, "past_due");
  if (isLast) giveUp(world, subscription, failed);
}

function giveUp(world: World, subscription: Subscription, invoice: Invoice): void {
  world.state.invoice.put({ ...invoice, auto_advance: false, next_payment_attempt: null });
  switch (world.settings.afterRetries) {
    case "cancel":
      endSubscription(world, subscription, { reason: "payment_failed" });
      return;
    case "unpaid":
      setStatus(world, subscription, "unpaid");
      return;
    case "pause":
      pauseSubscription(world, subscription, "final_payment_failure");
      return;
    case "past_due":
      return;
  }
}
