import type { Engine, StripeObject } from "../engine-face.ts";
import { productName } from "./checkout-page.ts";
import { type CardView, cardOnFile, type InvoiceView, readInvoice } from "./invoice-page.ts";
import { perInterval } from "./money.ts";
import { idOf, isGivenAt, isTrueAt, numberAt, objectAt, objectsAt, textAt } from "./object-fields.ts";

/** What the portal knows of its customer. Amounts in the minor unit, times in unix seconds. */
export interface PortalView {
  readonly id: string;
  readonly return_url: string | null;
  readonly customer: { readonly id: string; readonly email: string | null; readonly name: string | null };
  /** Newest first. */
  readonly subscriptions: readonly SubscriptionView[];
  readonly card: CardView | null;
  /** Newest first. */
  readonly invoices: readonly InvoiceView[];
  /** What can be changed to. */
  readonly plans: readonly PlanView[];
}

export interface SubscriptionView {
  readonly id: string;
  readonly status: string;
  readonly plan: string;
  readonly price: string;
  readonly quantity: number;
  readonly unit_amount: number;
  readonly currency: string;
  readonly interval: string;
  readonly current_period_end: number | null;
  readonly trial_end: number | null;
  /** When it ends; null: it goes on. Both ways in which Stripe says it are read. */
  readonly ends_at: number | null;
  readonly has_ended: boolean;
  readonly collection_is_paused: boolean;
}

export interface PlanView {
  readonly price: string;
  readonly plan: string;
  readonly lookup_key: string | null;
  readonly unit_amount: number;
  readonly currency: string;
  readonly interval: string;
}

/** @returns null where there is no such session, "deleted" where its customer is no more */
export function readPortal(engine: Engine, sessionId: string): PortalView | "deleted" | null {
  const session = engine.object(sessionId);
  if (session === null || textAt(session, "object") !== "billing_portal.session") return null;
  const customerId = textAt(session, "customer") ?? "";
  const customer = engine.object(customerId);
  if (customer === null || isTrueAt(customer, "deleted")) return "deleted";
  const subscriptions = engine.listOf("subscription", customerId).map((subscription) => subscriptionView(engine, subscription));
  const current = subscriptions.find((subscription) => !subscription.has_ended);
  return {
    id: sessionId,
    return_url: textAt(session, "return_url"),
    customer: { id: customerId, email: textAt(customer, "email"), name: textAt(customer, "name") },
    subscriptions,
    card: cardOnFile(engine, customerId, current?.id ?? null),
    invoices: engine.listOf("invoice", customerId).map((invoice) => readInvoice(engine, invoice)),
    plans: plansIn(engine, textAt(customer, "currency") ?? current?.currency ?? null),
  };
}

export function subscriptionView(engine: Engine, subscription: StripeObject): SubscriptionView {
  const items = objectsAt(subscription, "items.data");
  // Stripe's portal changes the plan of single-item subscriptions only.
  const item = items[0];
  const price = objectAt(item, "price");
  const status = textAt(subscription, "status") ?? "";
  const periodEnd = numberAt(item, "current_period_end");
  return {
    id: idOf(subscription),
    status,
    plan: productName(engine, textAt(price, "product")) ?? "Subscription",
    price: textAt(price, "id") ?? "",
    quantity: numberAt(item, "quantity") ?? 1,
    unit_amount: numberAt(price, "unit_amount") ?? 0,
    currency: textAt(price, "currency") ?? "usd",
    interval: perInterval(textAt(price, "recurring.interval") ?? "month", numberAt(price, "recurring.interval_count") ?? 1),
    current_period_end: periodEnd,
    trial_end: numberAt(subscription, "trial_end"),
    ends_at: numberAt(subscription, "cancel_at") ?? (isTrueAt(subscription, "cancel_at_period_end") ? periodEnd : null),
    has_ended: status === "canceled" || status === "incomplete_expired",
    collection_is_paused: isGivenAt(subscription, "pause_collection"),
  };
}

/** A customer has one currency for life. @param currency null: any */
function plansIn(engine: Engine, currency: string | null): readonly PlanView[] {
  return engine
    .list("price")
    .filter((price) => isTrueAt(price, "active") && isTrueAt(engine.object(textAt(price, "product") ?? ""), "active"))
    .filter((price) => isGivenAt(price, "recurring") && (currency === null || textAt(price, "currency") === currency))
    .map((price) => ({
      price: idOf(price),
      plan: productName(engine, textAt(price, "product")) ?? "",
      lookup_key: textAt(price, "lookup_key"),
      unit_amount: numberAt(price, "unit_amount") ?? 0,
      currency: textAt(price, "currency") ?? "usd",
      interval: perInterval(textAt(price, "recurring.interval") ?? "month", numberAt(price, "recurring.interval_count") ?? 1),
    }))
    .sort((one, other) => one.plan.localeCompare(other.plan) || one.unit_amount - other.unit_amount);
}
