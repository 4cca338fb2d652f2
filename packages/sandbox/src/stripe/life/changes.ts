import { periodEndAfter } from "../calendar.ts";
import type { PayOutcome } from "../engine-face.ts";
import type { Price } from "../objects/catalogue.ts";
import { itemOf, itemsOf, periodOf, type Subscription, type SubscriptionItem } from "../objects/subscription.ts";
import { cardRefusal } from "../refusal.ts";
import type { PendingLine } from "../state.ts";
import type { World } from "../world.ts";
import { advanceInvoice, cardOf } from "./attempts.ts";
import { type Attempt, decideChargeOf } from "./charging.ts";
import { draftInvoice, periodLines } from "./invoices.ts";
import { noteOf, writeNote } from "./notes.ts";
import { holdUpdate } from "./pending-update.ts";
import { outcomeOf } from "./portal.ts";
import type { PaymentBehavior } from "./subscribe.ts";
import { updateSubscription } from "./subscription-status.ts";

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
  const { proration, behavior } = change;
  const isBilled = !["trialing", "paused", "incomplete"].includes(subscription.status);
  const isNewCycle = isBilled && cadenceOf(change.items) !== cadenceOf(subscription.items.data);
  const now = world.now(subscription.customer);
  const items = isNewCycle ? change.items.map((item) => startingAt(item, now)) : change.items;
  const lines = isBilled && proration !== "none" ? prorations(world, subscription, items, isNewCycle) : [];
  if (isNewCycle) lines.push(...periodLines(items, { start: now, end: items[0]?.current_period_end ?? now }));
  if (!isBilled || !(isNewCycle || proration === "always_invoice")) {
    const pendingLines = [...noteOf(world, subscription.id).pendingLines, ...lines];
    if (lines.length > 0) writeNote(world, subscription.id, { pendingLines });
    updateSubscription(world, subscription, { items: itemsOf(subscription.id, items) });
    return null;
  }
  const all = [...noteOf(world, subscription.id).pendingLines, ...lines];
  const due = all.reduce((sum, { amount }) => sum + amount, 0);
  const answer = decideChargeOf(world, cardOf(world, subscription), "present");
  const isRefused = due > 0 && answer.kind !== "paid";
  if (isRefused && behavior === "error_if_incomplete") throw refusalOf(answer);
  const anchor = isNewCycle ? now : null;
  const draft = draftInvoice(world, subscription, "subscription_update", all);
  if (all.length > lines.length) writeNote(world, subscription.id, { pendingLines: [] });
  if (isRefused && behavior === "pending_if_incomplete") holdUpdate(world, subscription, items, anchor, draft.id);
  else
    updateSubscription(world, subscription, {
      billing_cycle_anchor: anchor ?? subscription.billing_cycle_anchor,
      items: itemsOf(subscription.id, items),
      latest_invoice: draft.id,
    });
  return advanceInvoice(world, draft, "present");
}

function startingAt(item: SubscriptionItem, now: number): SubscriptionItem {
  const cadence = item.price.recurring ?? { interval: "month", interval_count: 1 };
  return { ...item, current_period_start: now, current_period_end: periodEndAfter(now, cadence, now) };
}

function refusalOf(answer: Exclude<Attempt, { kind: "paid" }>): Error {
  const { code, declineCode, message } = answer.decline;
  return cardRefusal(answer.kind === "needs_action" ? "subscription_payment_intent_requires_action" : code, declineCode, message);
}

function cadenceOf(items: readonly SubscriptionItem[]): string {
  const recurring = items[0]?.price.recurring;
  return `${recurring?.interval_count} ${recurring?.interval}`;
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

export function outcomeOfChange(attempt: Attempt | null): PayOutcome {
  return attempt === null ? { outcome: "paid" } : outcomeOf(attempt);
}
