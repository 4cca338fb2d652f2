import { asId, asInstant, asList, asNumber, asObject, asText, type StripeObject } from "./stripe-object.ts";

/** One price that is paid for, and how many of it. */
export interface ObservedItem {
  readonly id: string;
  readonly priceId: string | null;
  readonly lookupKey: string | null;
  readonly productId: string | null;
  readonly interval: string | null;
  readonly quantity: number;
  readonly periodEnd: Date | null;
}

/** A subscription as Stripe has it, whatever API version it was told in. */
export interface ObservedSubscription {
  readonly id: string;
  readonly status: string;
  readonly livemode: boolean;
  readonly customerId: string | null;
  /** The customer was deleted at Stripe: nothing more can be sold to it. */
  readonly isCustomerDeleted: boolean;
  /** What we wrote onto it when we made it. */
  readonly accountId: string | null;
  readonly items: readonly ObservedItem[];
  readonly createdAt: Date | null;
  readonly startedAt: Date | null;
  readonly trialStartsAt: Date | null;
  readonly trialEndsAt: Date | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly cancelAt: Date | null;
  readonly endedAt: Date | null;
  readonly pausedReason: string | null;
  /** Stripe stopped collecting; the status says nothing of it. */
  readonly collectionPaused: string | null;
  /** A card is on file: the plan goes on by itself. */
  readonly hasPaymentMethod: boolean;
  /** `send_invoice`: a person pays, no card is charged, and the portal cannot change it (L13). */
  readonly isInvoiced: boolean;
}

/** An invoice that waits to be paid. */
export interface ObservedInvoice {
  readonly id: string;
  readonly status: string | null;
  readonly amountMinor: number;
  readonly currency: string;
  readonly attemptCount: number;
  readonly nextAttemptAt: Date | null;
  /** Stripe's own page, where it can be paid and a bank's question answered. */
  readonly url: string | null;
  readonly createdAt: Date | null;
  readonly finalizedAt: Date | null;
  /** The bank asks the card's holder. */
  readonly needsAction: boolean;
}

/** @returns null for what is no subscription */
export function readSubscription(value: unknown): ObservedSubscription | null {
  const raw = asObject(value);
  const id = asText(raw?.["id"]);
  const status = asText(raw?.["status"]);
  if (!raw || id === null || status === null) return null;
  const customer = asObject(raw["customer"]);
  return {
    id,
    status,
    livemode: raw["livemode"] === true,
    customerId: asId(raw["customer"]),
    isCustomerDeleted: customer?.["deleted"] === true,
    accountId: asText(asObject(raw["metadata"])?.["account_id"]),
    items: asList(raw["items"]).map((item) => readItem(item, raw)),
    createdAt: asInstant(raw["created"]),
    startedAt: asInstant(raw["start_date"]) ?? asInstant(raw["created"]),
    trialStartsAt: asInstant(raw["trial_start"]),
    trialEndsAt: asInstant(raw["trial_end"]),
    cancelAtPeriodEnd: raw["cancel_at_period_end"] === true,
    cancelAt: asInstant(raw["cancel_at"]),
    endedAt: asInstant(raw["ended_at"]) ?? asInstant(raw["canceled_at"]),
    pausedReason: pausedReason(raw),
    collectionPaused: asText(asObject(raw["pause_collection"])?.["behavior"]),
    hasPaymentMethod: hasPaymentMethod(raw, customer),
    isInvoiced: raw["collection_method"] === "send_invoice",
  };
}

/** @returns null for what is no invoice */
export function readInvoice(value: unknown): ObservedInvoice | null {
  const raw = asObject(value);
  const id = asText(raw?.["id"]);
  if (!raw || id === null) return null;
  // From 2025-03-31 (basil) on, an invoice has payments, each with its intent; before, it had one intent.
  const paid = asList(raw["payments"]).map((payment) => asObject(payment["payment"])?.["payment_intent"]);
  const intents = [...paid, raw["payment_intent"]].map(asObject);
  return {
    id,
    status: asText(raw["status"]),
    amountMinor: asNumber(raw["amount_remaining"]) ?? asNumber(raw["amount_due"]) ?? 0,
    currency: asText(raw["currency"]) ?? "",
    attemptCount: asNumber(raw["attempt_count"]) ?? 0,
    nextAttemptAt: asInstant(raw["next_payment_attempt"]),
    url: asText(raw["hosted_invoice_url"]),
    createdAt: asInstant(raw["created"]),
    finalizedAt: asInstant(asObject(raw["status_transitions"])?.["finalized_at"]),
    needsAction: intents.some((intent) => intent?.["status"] === "requires_action"),
  };
}

/**
 * From 2025-03-31 (basil) on, the subscription of an invoice stands below `parent`; before, on top.
 * @returns null for an invoice of anything else, such as a quote
 */
export function subscriptionOfInvoice(invoice: StripeObject): string | null {
  const parent = asObject(invoice["parent"]);
  const type = asText(parent?.["type"]);
  if (type !== null && type !== "subscription_details") return null;
  return asId(asObject(parent?.["subscription_details"])?.["subscription"]) ?? asId(invoice["subscription"]);
}

/** From 2025-03-31 (basil) on, each item has a period of its own; before, the subscription had one. */
function readItem(item: StripeObject, subscription: StripeObject): ObservedItem {
  const price = asObject(item["price"]) ?? asObject(item["plan"]);
  return {
    id: asText(item["id"]) ?? "",
    priceId: asId(item["price"]) ?? asId(item["plan"]),
    lookupKey: asText(price?.["lookup_key"]),
    productId: asId(price?.["product"]),
    interval: asText(asObject(price?.["recurring"])?.["interval"]) ?? asText(price?.["interval"]),
    quantity: asNumber(item["quantity"]) ?? 1,
    periodEnd: asInstant(item["current_period_end"]) ?? asInstant(subscription["current_period_end"]),
  };
}

function pausedReason(raw: StripeObject): string | null {
  const paused = asObject(asObject(raw["status_details"])?.["paused"]);
  return asText(asObject(paused?.["subscription"])?.["type"]);
}

function hasPaymentMethod(raw: StripeObject, customer: StripeObject | null): boolean {
  const settings = asObject(customer?.["invoice_settings"]);
  return [raw["default_payment_method"], raw["default_source"], settings?.["default_payment_method"], customer?.["default_source"]].some(
    (method) => asId(method) !== null,
  );
}
