import type { PayOutcome } from "../engine-face.ts";
import type { Price } from "../objects/catalogue.ts";
import { itemOf, itemsOf, periodOf, type Subscription, type SubscriptionItem } from "../objects/subscription.ts";
import { cardRefusal } from "../refusal.ts";
import type { PendingLine } from "../state.ts";
import type { World } from "../world.ts";
import { advanceInvoice, cardOf } from "./attempts.ts";
import { type Attempt, decideChargeOf } from "./charging.ts";
import { draftInvoice } from "./invoices.ts";
import { noteOf, writeNote } from "./notes.ts";
import { holdUpdate } from "./pending-update.ts";
import { beginPeriod } from "./renewals.ts";
import type { PaymentBehavior } from "./subscribe.ts";
import { current, updateSubscription } from "./subscription-status.ts";

export type ProrationBehavior = "create_prorations" | "always_invoice" | "none";

export interface ItemsChange {
  readonly items: readonly SubscriptionItem[];
  readonly proration: ProrationBehavior;
  readonly behavior: PaymentBehavior;
}

/**
 * Other prices or quantities of a running subscription. Unused time is credited and the rest of the period charged, in whole cents;
 * another interval starts a new period now. https://docs.stripe.com/billing/subscriptions/prorations
 * @returns what the payment gave; null where none was tried
 * @throws StripeRefusal 402 when `error_if_incomplete` and the card says no (nothing has changed then)
 */
export function changeItems(world: World, subscription: Subscription, change: ItemsChange): Attempt | null {
  const { items, proration, behavior } = change;
  if (subscription.status === "trialing" || subscription.status === "paused" || subscription.status === "incomplete") {
    updateSubscription(world, subscription, { items: itemsOf(subscription.id, items) });
    return null;
  }
  const isNewCycle = cadenceOf(items) !== cadenceOf(subscription.items.data);
  const lines = proration === "none" ? [] : prorations(world, subscription, items, isNewCycle);
  const due = lines.reduce((sum, { amount }) => sum + amount, 0) + (isNewCycle ? totalOf(items) : 0);
  const isInvoiced = isNewCycle || proration === "always_invoice";
  if (isInvoiced && due > 0 && behavior === "error_if_incomplete") refuseBadCard(world, subscription);
  if (!isInvoiced) {
    const pendingLines = [...noteOf(world, subscription.id).pendingLines, ...lines];
    if (lines.length > 0) writeNote(world, subscription.id, { pendingLines });
    updateSubscription(world, subscription, { items: itemsOf(subscription.id, items) });
    return null;
  }
  if (isNewCycle) {
    const now = world.now(subscription.customer);
    writeNote(world, subscription.id, { pendingLines: [...noteOf(world, subscription.id).pendingLines, ...lines] });
    const switched = { ...subscription, items: itemsOf(subscription.id, items) };
    return beginPeriod(world, switched, now, { billing_cycle_anchor: now }, "subscription_update");
  }
  const isHeld =
    behavior === "pending_if_incomplete" && due > 0 && decideChargeOf(world, cardOf(world, subscription), "present").kind !== "paid";
  return invoiceNow(world, subscription, items, lines, isHeld);
}

function invoiceNow(world: World, subscription: Subscription, items: readonly SubscriptionItem[], lines: PendingLine[], isHeld: boolean) {
  const waiting = noteOf(world, subscription.id).pendingLines;
  const draft = draftInvoice(world, subscription, "subscription_update", [...waiting, ...lines]);
  writeNote(world, subscription.id, { pendingLines: [] });
  if (isHeld) holdUpdate(world, subscription, items, draft.id);
  else updateSubscription(world, subscription, { items: itemsOf(subscription.id, items), latest_invoice: draft.id });
  return advanceInvoice(world, draft, "present");
}

function refuseBadCard(world: World, subscription: Subscription): void {
  const answer = decideChargeOf(world, cardOf(world, subscription), "present");
  if (answer.kind === "paid") return;
  const { code, declineCode, message } = answer.decline;
  throw cardRefusal(answer.kind === "needs_action" ? "subscription_payment_intent_requires_action" : code, declineCode, message);
}

function cadenceOf(items: readonly SubscriptionItem[]): string {
  const recurring = items[0]?.price.recurring;
  return `${recurring?.interval_count} ${recurring?.interval}`;
}

function totalOf(items: readonly SubscriptionItem[]): number {
  return items.reduce((sum, { price, quantity }) => sum + price.unit_amount * quantity, 0);
}

/** What is given back for the rest of the period, and what the new items cost for it (nothing, where they start a period of their own). */
function prorations(world: World, subscription: Subscription, items: readonly SubscriptionItem[], isNewCycle: boolean): PendingLine[] {
  const { start, end } = periodOf(subscription);
  const now = world.now(subscription.customer);
  const left = end > start ? Math.max(0, Math.min(1, (end - now) / (end - start))) : 0;
  const part = (item: SubscriptionItem, sign: 1 | -1): PendingLine => ({
    amount: sign * Math.round(item.price.unit_amount * item.quantity * left),
    description: `${sign < 0 ? "Unused time on" : "Remaining time on"} ${item.quantity} × ${item.price.nickname ?? item.price.id}`,
    period: { start: now, end },
    quantity: item.quantity,
    item: item.id,
    price: item.price,
    proration: true,
  });
  const isSame = (item: SubscriptionItem, other: SubscriptionItem): boolean =>
    item.id === other.id && item.price.id === other.price.id && item.quantity === other.quantity;
  const gone = subscription.items.data.filter((item) => isNewCycle || !items.some((other) => isSame(item, other)));
  const come = isNewCycle ? [] : items.filter((item) => !subscription.items.data.some((other) => isSame(item, other)));
  return [...gone.map((item) => part(item, -1)), ...come.map((item) => part(item, 1))];
}

/** The same item with another price or quantity. */
export function changedItem(item: SubscriptionItem, price: Price, quantity: number): SubscriptionItem {
  return itemOf({ ...item, price, quantity });
}

export function outcomeOfChange(world: World, subscription: Subscription, attempt: Attempt | null): PayOutcome {
  if (attempt === null || attempt.kind === "paid") return { outcome: "paid" };
  if (attempt.kind === "needs_action") return { outcome: "needs_action" };
  const { code, declineCode, message } = attempt.decline;
  return {
    outcome: "declined",
    code: declineCode ?? code,
    message: `${message}${current(world, subscription).pending_update ? " The change waits for it." : ""}`,
  };
}
