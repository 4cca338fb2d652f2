import { periodEndAfter } from "../calendar.ts";
import type { PayOutcome } from "../engine-face.ts";
import { itemsOf, periodOf, type Subscription } from "../objects/subscription.ts";
import { invalid, missing } from "../refusal.ts";
import { record, type World } from "../world.ts";
import { advanceInvoice } from "./attempts.ts";
import { changedItem, changeItems, outcomeOfChange } from "./changes.ts";
import { draftInvoice, periodLines } from "./invoices.ts";
import { outcomeOf, runningSubscription } from "./portal.ts";
import { current, pauseSubscription, setStatus } from "./subscription-status.ts";

/** The portal's plan change: billed at once, and held back until it is paid. */
export function changePlan(world: World, id: string, priceId: string, quantity: number): PayOutcome {
  const subscription = runningSubscription(world, id);
  const price = world.state.price.get(priceId);
  if (price === undefined) throw missing("price", priceId, "price");
  const [item, ...others] = subscription.items.data;
  if (item === undefined || !Number.isInteger(quantity) || quantity < 1) throw invalid("Invalid quantity.", { param: "quantity" });
  const items = [changedItem(item, price, quantity), ...others];
  const attempt = changeItems(world, subscription, { items, proration: "always_invoice", behavior: "pending_if_incomplete" });
  return outcomeOfChange(attempt);
}

export function pauseByWish(world: World, id: string): Subscription {
  const subscription = runningSubscription(world, id);
  if (subscription.status === "paused") throw invalid("This subscription is already paused.");
  return pauseSubscription(world, subscription, "pause_requested");
}

/**
 * Ends a pause. Where the paid period still runs nothing is due; else a new one begins, and the subscription stays paused until it is paid.
 * https://docs.stripe.com/api/subscriptions/resume
 */
export function resumePaused(world: World, id: string): PayOutcome {
  const subscription = runningSubscription(world, id);
  if (subscription.status !== "paused") throw invalid("You can only resume a subscription that is paused.");
  const now = world.now(subscription.customer);
  const reason = subscription.status_details?.paused.subscription.type;
  if (reason === "pause_requested" && periodOf(subscription).end > now) {
    world.emit("customer.subscription.resumed", setStatus(world, subscription, "active"));
    return { outcome: "paid" };
  }
  const items = subscription.items.data.map((item) => ({
    ...item,
    current_period_start: now,
    current_period_end: periodEndAfter(now, item.price.recurring ?? { interval: "month", interval_count: 1 }, now),
  }));
  const period = { start: now, end: items[0]?.current_period_end ?? now };
  const next = { ...current(world, subscription), items: itemsOf(id, items), billing_cycle_anchor: now };
  const draft = draftInvoice(world, next, "subscription_cycle", periodLines(items, period));
  // Taken by the payment as one that failure paused, so that paying it later resumes too.
  const waiting: Subscription = {
    ...next,
    latest_invoice: draft.id,
    status_details: { paused: { subscription: { type: "final_payment_failure" }, transitioned_at: now, type: "subscription" } },
  };
  record(world, world.state.subscription, waiting, "customer.subscription.updated");
  const attempt = advanceInvoice(world, draft, "present");
  return attempt === null ? { outcome: "paid" } : outcomeOf(attempt);
}
