import { periodEndAfter } from "../calendar.ts";
import { itemsOf, periodOf, type Subscription } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { advanceInvoice, cardOf } from "./attempts.ts";
import { draftInvoice, periodLines } from "./invoices.ts";
import { noteOf, writeNote } from "./notes.ts";
import { current, endSubscription, pauseSubscription, updateSubscription } from "./subscription-status.ts";

/** A period is over: the next begins and is billed. */
export function renew(world: World, subscription: Subscription): void {
  const { end } = periodOf(subscription);
  beginPeriod(world, subscription, end, {});
}

/** The trial is over: the first paid period begins, or what was chosen for a missing card happens (rules L5). */
export function endTrial(world: World, subscription: Subscription): void {
  const { trial_settings, collection_method } = subscription;
  const isFree = subscription.items.data.every(({ price, quantity }) => price.unit_amount * quantity === 0);
  const lacksCard = collection_method === "charge_automatically" && !isFree && cardOf(world, subscription) === null;
  const end = trial_settings.end_behavior.missing_payment_method;
  if (lacksCard && end === "cancel") {
    endSubscription(world, subscription, { reason: "cancellation_requested" });
    return;
  }
  if (lacksCard && end === "pause") {
    pauseSubscription(world, subscription, "trial_end_without_payment_method");
    return;
  }
  const at = subscription.trial_end ?? world.now(subscription.customer);
  beginPeriod(world, subscription, at, { status: "active", billing_cycle_anchor: at });
}

/** Starts a period of all items at a time, tells it, bills it, and tries the invoice (or leaves it a draft, see `settings.draftSeconds`). */
function beginPeriod(world: World, subscription: Subscription, start: number, change: Partial<Subscription>): void {
  const anchor = change.billing_cycle_anchor ?? subscription.billing_cycle_anchor;
  const items = subscription.items.data.map((item) => ({
    ...item,
    current_period_start: start,
    current_period_end: periodEndAfter(anchor, item.price.recurring ?? { interval: "month", interval_count: 1 }, start),
  }));
  const end = items[0]?.current_period_end ?? start;
  const next: Subscription = { ...current(world, subscription), ...change, items: itemsOf(subscription.id, items) };
  const waiting = noteOf(world, subscription.id).pendingLines;
  const draft = draftInvoice(world, next, "subscription_cycle", [...waiting, ...periodLines(items, { start, end })]);
  if (waiting.length > 0) writeNote(world, subscription.id, { pendingLines: [] });
  updateSubscription(world, subscription, { ...change, items: next.items, latest_invoice: draft.id });
  if (subscription.status === "unpaid") {
    // Invoices go on as drafts that nobody collects. https://docs.stripe.com/billing/subscriptions/overview#unpaid
    world.state.invoice.put({ ...draft, auto_advance: false, automatically_finalizes_at: null });
  } else if (world.settings.draftSeconds === 0) advanceInvoice(world, draft, "absent");
}
