import { DAY } from "../calendar.ts";
import type { Discount } from "../objects/catalogue.ts";
import {
  type BillingReason,
  type Invoice,
  type InvoiceLine,
  type InvoicePayment,
  invoiceOf,
  LINE,
  lineParent,
  NO_TRANSITIONS,
} from "../objects/invoice.ts";
import { listOf, NO_METADATA } from "../objects/list.ts";
import { type PaymentIntent, paymentIntentOf } from "../objects/payment.ts";
import type { Subscription, SubscriptionItem } from "../objects/subscription.ts";
import type { PendingLine } from "../state.ts";
import { record, type World } from "../world.ts";

/** The lines for a period of a subscription: one for each item. */
export function periodLines(
  items: readonly SubscriptionItem[],
  period: { readonly start: number; readonly end: number },
  isTrial = false,
): PendingLine[] {
  return items.map(({ id, price, quantity }) => ({
    amount: isTrial ? 0 : price.unit_amount * quantity,
    description: isTrial ? `Trial period for ${quantity} × ${price.nickname ?? price.id}` : `${quantity} × ${price.nickname ?? price.id}`,
    period,
    quantity,
    item: id,
    price,
    proration: false,
  }));
}

/** Makes a draft of what a subscription owes, and tells it. The subscription's `latest_invoice` is left to the caller. */
export function draftInvoice(world: World, subscription: Subscription, reason: BillingReason, lines: readonly PendingLine[]): Invoice {
  const now = world.now(subscription.customer);
  const customer = world.state.customer.get(subscription.customer);
  const id = world.mint.id("in_");
  const sum = lines.reduce((total, { amount }) => total + amount, 0);
  const discounts = subscription.discounts.flatMap((discount) => amountOff(world, world.state.discount.get(discount), sum));
  // A sum below nothing stays with the customer; it is not paid out.
  const total = sum - discounts.reduce((off, { amount }) => off + amount, 0);
  const due = Math.max(0, total);
  const invoice = invoiceOf({
    id,
    amount_due: due,
    amount_paid: 0,
    amount_remaining: due,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatically_finalizes_at: now + world.settings.draftSeconds,
    billing_reason: reason,
    collection_method: subscription.collection_method,
    created: now,
    currency: subscription.currency,
    customer: subscription.customer,
    customer_address: customer?.address ?? null,
    customer_email: customer?.email ?? null,
    customer_name: customer?.name ?? null,
    default_payment_method: null,
    description: null,
    discounts: subscription.discounts,
    due_date: subscription.days_until_due === null ? null : now + subscription.days_until_due * DAY,
    effective_at: null,
    ending_balance: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    lines: listOf(
      lines.map((line) => lineOf(world, id, subscription, line)),
      `/v1/invoices/${id}/lines`,
    ),
    metadata: NO_METADATA,
    next_payment_attempt: null,
    number: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: "subscription_details",
    },
    period_end: now,
    period_start: reason === "subscription_cycle" ? lastStart(world, subscription) : now,
    status: "draft",
    status_transitions: NO_TRANSITIONS,
    subtotal: sum,
    subtotal_excluding_tax: sum,
    test_clock: subscription.test_clock,
    total,
    total_discount_amounts: discounts,
    total_excluding_tax: total,
    webhooks_delivered_at: null,
  });
  return record(world, world.state.invoice, invoice, "invoice.created");
}

function lineOf(world: World, invoice: string, subscription: Subscription, line: PendingLine): InvoiceLine {
  const { amount, description, period, quantity, item, price, proration } = line;
  return {
    ...LINE,
    id: world.mint.id("il_"),
    amount,
    currency: subscription.currency,
    description,
    invoice,
    metadata: subscription.metadata,
    parent: lineParent(subscription.id, item, proration),
    period,
    pricing: {
      price_details: { price: price.id, product: price.product },
      type: "price_details",
      unit_amount_decimal: price.unit_amount_decimal,
    },
    quantity,
    quantity_decimal: String(quantity),
    subscription: subscription.id,
    subtotal: amount,
  };
}

/** A renewal's invoice is of the time since the one before. */
function lastStart(world: World, { latest_invoice, start_date }: Subscription): number {
  return world.state.invoice.get(latest_invoice ?? "")?.created ?? start_date;
}

function amountOff(world: World, discount: Discount | undefined, sum: number): { amount: number; discount: string }[] {
  const coupon = discount && world.state.coupon.get(discount.source.coupon);
  if (discount === undefined || coupon === undefined) return [];
  const amount = coupon.percent_off === null ? (coupon.amount_off ?? 0) : Math.round((Math.max(0, sum) * coupon.percent_off) / 100);
  return [{ amount: Math.min(amount, Math.max(0, sum)), discount: discount.id }];
}

/** Opens a draft for payment: number, page, and what a payment goes to. An invoice of nothing is left to `markPaid`. */
export function finalizeInvoice(world: World, invoice: Invoice): Invoice {
  const now = world.now(invoice.customer);
  const open = world.state.invoice.put({
    ...invoice,
    automatically_finalizes_at: null,
    effective_at: now,
    ending_balance: 0,
    hosted_invoice_url: world.urls.invoice(invoice.id),
    invoice_pdf: `${world.urls.invoice(invoice.id)}/pdf`,
    number: nextNumber(world, invoice.customer),
    status: "open",
    status_transitions: { ...invoice.status_transitions, finalized_at: now },
  });
  if (open.amount_due > 0) openPayment(world, open, now);
  world.emit("invoice.finalized", open);
  return open;
}

function nextNumber(world: World, customerId: string): string {
  const customer = world.state.customer.get(customerId);
  if (customer === undefined) return `${customerId.slice(-8).toUpperCase()}-0001`;
  const sequence = customer.next_invoice_sequence;
  world.state.customer.put({ ...customer, next_invoice_sequence: sequence + 1 });
  return `${customer.invoice_prefix}-${String(sequence).padStart(4, "0")}`;
}

function openPayment(world: World, invoice: Invoice, now: number): void {
  const id = world.mint.id("pi_");
  const intent = paymentIntentOf({
    id,
    amount: invoice.amount_due,
    amount_received: 0,
    canceled_at: null,
    client_secret: `${id}_secret_${world.mint.id("", 20)}`,
    created: now,
    currency: invoice.currency,
    customer: invoice.customer,
    description: invoice.billing_reason === "subscription_create" ? "Subscription creation" : "Subscription update",
    last_payment_error: null,
    latest_charge: null,
    metadata: NO_METADATA,
    next_action: null,
    payment_method: null,
    status: "requires_payment_method",
  });
  record(world, world.state.payment_intent, intent, "payment_intent.created");
  world.state.invoice_payment.put({
    id: world.mint.id("inpay_"),
    object: "invoice_payment",
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: now,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: id, type: "payment_intent" },
    status: "open",
    status_transitions: { canceled_at: null, paid_at: null },
  });
}

/** The payment that an open invoice waits for; undefined: nothing is due. */
export function paymentOf(world: World, invoiceId: string): { payment: InvoicePayment; intent: PaymentIntent } | undefined {
  for (const payment of world.state.invoice_payment.walk({ under: invoiceId })) {
    const intent = world.state.payment_intent.get(payment.payment.payment_intent);
    if (intent !== undefined) return { payment, intent };
  }
  return undefined;
}

/** The invoice is settled: by a payment, or because nothing is due. */
export function markPaid(world: World, invoice: Invoice, wasCharged: boolean): Invoice {
  const now = world.now(invoice.customer);
  const paid = world.state.invoice.put({
    ...invoice,
    amount_paid: invoice.amount_due,
    amount_remaining: 0,
    attempt_count: invoice.attempt_count + (wasCharged ? 1 : 0),
    attempted: true,
    auto_advance: false,
    next_payment_attempt: null,
    status: "paid",
    status_transitions: { ...invoice.status_transitions, paid_at: now },
  });
  const waiting = paymentOf(world, invoice.id);
  if (waiting !== undefined) {
    const payment: InvoicePayment = {
      ...waiting.payment,
      amount_paid: paid.amount_paid,
      status: "paid",
      status_transitions: { canceled_at: null, paid_at: now },
    };
    record(world, world.state.invoice_payment, payment, "invoice_payment.paid");
  }
  world.emit("invoice.paid", paid);
  world.emit("invoice.payment_succeeded", paid);
  return paid;
}

/** Nothing is asked for any more. Its payment, if it has one, is canceled. */
export function voidInvoice(world: World, invoice: Invoice): Invoice {
  return closeUnpaid(world, invoice, "void", "invoice.voided");
}

export function markUncollectible(world: World, invoice: Invoice): Invoice {
  return closeUnpaid(world, invoice, "uncollectible", "invoice.marked_uncollectible");
}

function closeUnpaid(world: World, invoice: Invoice, status: "void" | "uncollectible", type: string): Invoice {
  const now = world.now(invoice.customer);
  const waiting = status === "void" ? paymentOf(world, invoice.id) : undefined;
  if (waiting !== undefined && waiting.intent.status !== "succeeded") {
    const canceled: PaymentIntent = { ...waiting.intent, canceled_at: now, next_action: null, status: "canceled" };
    record(world, world.state.payment_intent, canceled, "payment_intent.canceled");
    world.state.invoice_payment.put({ ...waiting.payment, status: "canceled", status_transitions: { canceled_at: now, paid_at: null } });
  }
  const transitions = status === "void" ? { voided_at: now } : { marked_uncollectible_at: now };
  const closed: Invoice = {
    ...invoice,
    auto_advance: false,
    automatically_finalizes_at: null,
    next_payment_attempt: null,
    status,
    status_transitions: { ...invoice.status_transitions, ...transitions },
  };
  return record(world, world.state.invoice, closed, type);
}
