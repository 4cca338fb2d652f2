import { DAY } from "../calendar.ts";
import { cardForCustomer } from "../life/card-keeping.ts";
import { changeItems } from "../life/changes.ts";
import { runningSubscription, subscriptionFor } from "../life/portal.ts";
import { endTrial } from "../life/renewals.ts";
import { newItem, type PaymentBehavior, tellTrialEnd } from "../life/subscribe.ts";
import { current, updateSubscription } from "../life/subscription-status.ts";
import { mergedMetadata } from "../objects/list.ts";
import { itemOf, itemsOf, periodOf, type Subscription, type SubscriptionItem } from "../objects/subscription.ts";
import { invalid, missing } from "../refusal.ts";
import type { World } from "../world.ts";
import {
  clearable,
  flag,
  givenMetadata,
  ignored,
  integer,
  listOfEach,
  metadata,
  nowOrTime,
  oneOf,
  type Params,
  positive,
  shape,
  text,
} from "./params.ts";
import { type Call, needed } from "./route.ts";

export const BEHAVIOR = oneOf<PaymentBehavior>("allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete");
export const TRIAL_SETTINGS = shape({
  end_behavior: shape({ missing_payment_method: oneOf("cancel", "create_invoice", "pause"), billing_cycle_anchor: ignored }),
});

const ITEM = {
  id: text,
  price: text,
  quantity: positive,
  deleted: flag,
  metadata,
  clear_usage: ignored,
  discounts: ignored,
  tax_rates: ignored,
};
export const UPDATE = shape({
  automatic_tax: ignored,
  billing_cycle_anchor: oneOf("now", "unchanged"),
  cancel_at: clearable(integer),
  cancel_at_period_end: flag,
  cancellation_details: shape({ comment: clearable(text), feedback: clearable(text) }),
  collection_method: ignored,
  days_until_due: ignored,
  default_payment_method: clearable(text),
  description: clearable(text),
  discounts: ignored,
  items: listOfEach(shape(ITEM)),
  metadata,
  off_session: ignored,
  pause_collection: clearable(shape({ behavior: oneOf("keep_as_draft", "mark_uncollectible", "void"), resumes_at: clearable(integer) })),
  payment_behavior: BEHAVIOR,
  payment_settings: shape({ save_default_payment_method: text, payment_method_types: ignored, payment_method_options: ignored }),
  proration_behavior: oneOf("create_prorations", "always_invoice", "none"),
  proration_date: ignored,
  trial_end: nowOrTime,
  trial_from_plan: ignored,
  trial_settings: TRIAL_SETTINGS,
});
type Wish = ReturnType<typeof UPDATE>;

/** https://docs.stripe.com/api/subscriptions/update */
export function update({ world, id, params }: Call<Wish>): Subscription {
  const before = subscriptionFor(world, id);
  if (before.status === "canceled" || before.status === "incomplete_expired") return updateEnded(world, before, params);
  const subscription = runningSubscription(world, id);
  refuse(world, subscription, params);
  const items = params.items === undefined ? null : changedItems(world, subscription, params.items);
  if (items !== null) {
    const [proration, behavior] = [params.proration_behavior ?? "create_prorations", params.payment_behavior ?? "allow_incomplete"];
    if (!isSameItems(subscription.items.data, items)) changeItems(world, subscription, { items, proration, behavior });
    else if (JSON.stringify(items) !== JSON.stringify(subscription.items.data))
      updateSubscription(world, subscription, { items: itemsOf(id, items) });
  }
  updateSubscription(world, subscription, plainChanges(world, current(world, subscription), params));
  changeTrial(world, subscription, params.trial_end);
  return current(world, subscription);
}

function updateEnded(world: World, subscription: Subscription, params: Wish): Subscription {
  const { metadata: given, cancellation_details: _, ...others } = params;
  if (Object.values(others).some((value) => value !== undefined))
    throw invalid("A canceled subscription can only update its cancellation_details and metadata.");
  return updateSubscription(world, subscription, { metadata: mergedMetadata(subscription.metadata, given) });
}

function refuse(world: World, subscription: Subscription, params: Wish): void {
  const now = world.now(subscription.customer);
  if (typeof params.cancel_at === "number" && params.cancel_at_period_end === true)
    throw invalid("You may only specify one of these parameters: cancel_at, cancel_at_period_end.", { param: "cancel_at" });
  if (typeof params.cancel_at === "number" && params.cancel_at <= now)
    throw invalid("`cancel_at` must be a timestamp in the future.", { param: "cancel_at" });
  if (typeof params.trial_end === "number" && params.trial_end <= now)
    throw invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", { param: "trial_end" });
  if (typeof params.trial_end === "number" && params.trial_end > now + 730 * DAY)
    throw invalid("Invalid timestamp: can be no more than 730 days in the future.", { param: "trial_end" });
  if (params.payment_behavior === "pending_if_incomplete" && (params.metadata !== undefined || params.cancel_at_period_end !== undefined))
    throw invalid(
      "Passing other parameters than items, proration_behavior, trial_end and billing_cycle_anchor is not supported with payment_behavior=pending_if_incomplete.",
      { param: "payment_behavior" },
    );
}

function plainChanges(world: World, subscription: Subscription, params: Wish): Partial<Subscription> {
  const card = params.default_payment_method;
  return {
    ...cancellation(world, subscription, params),
    default_payment_method:
      card === undefined
        ? subscription.default_payment_method
        : card && cardForCustomer(world, card, subscription.customer, "default_payment_method").id,
    description: params.description === undefined ? subscription.description : params.description,
    metadata: mergedMetadata(subscription.metadata, params.metadata),
    pause_collection:
      params.pause_collection === undefined
        ? subscription.pause_collection
        : params.pause_collection && {
            behavior: needed(params.pause_collection.behavior, "pause_collection[behavior]"),
            resumes_at: params.pause_collection.resumes_at ?? null,
          },
    payment_settings: {
      ...subscription.payment_settings,
      save_default_payment_method:
        params.payment_settings?.save_default_payment_method ?? subscription.payment_settings.save_default_payment_method,
    },
    trial_settings: {
      end_behavior: {
        billing_cycle_anchor: null,
        missing_payment_method:
          params.trial_settings?.end_behavior?.missing_payment_method ?? subscription.trial_settings.end_behavior.missing_payment_method,
      },
    },
  };
}

function cancellation(world: World, subscription: Subscription, params: Wish): Partial<Subscription> {
  const now = world.now(subscription.customer);
  const told = {
    comment: params.cancellation_details?.comment ?? null,
    feedback: params.cancellation_details?.feedback ?? null,
    reason: "cancellation_requested",
  };
  if (params.cancel_at_period_end === true)
    return { cancel_at: periodOf(subscription).end, cancel_at_period_end: true, canceled_at: now, cancellation_details: told };
  if (typeof params.cancel_at === "number")
    return { cancel_at: params.cancel_at, cancel_at_period_end: false, canceled_at: now, cancellation_details: told };
  if (params.cancel_at_period_end === false || params.cancel_at === null)
    return {
      cancel_at: null,
      cancel_at_period_end: false,
      canceled_at: null,
      cancellation_details: { comment: null, feedback: null, reason: null },
    };
  return {};
}

function changeTrial(world: World, subscription: Subscription, trialEnd: number | "now" | undefined): void {
  if (trialEnd === undefined) return;
  const now = world.now(subscription.customer);
  if (trialEnd === "now") {
    const ended = { ...current(world, subscription), trial_end: now };
    if (ended.status === "trialing") endTrial(world, updateSubscription(world, ended, { trial_end: now }));
    return;
  }
  const items = current(world, subscription).items.data.map((item) => ({ ...item, current_period_end: trialEnd }));
  const changed = updateSubscription(world, subscription, {
    billing_cycle_anchor: trialEnd,
    items: itemsOf(subscription.id, items),
    status: "trialing",
    trial_end: trialEnd,
    trial_start: subscription.trial_start ?? now,
  });
  tellTrialEnd(world, changed);
}

function isSameItems(before: readonly SubscriptionItem[], after: readonly SubscriptionItem[]): boolean {
  const facts = (items: readonly SubscriptionItem[]) => items.map(({ id, price, quantity }) => `${id} ${price.id} ${quantity}`).join();
  return facts(before) === facts(after);
}

/** The items after a request: those named by id changed or taken out, those without one added, the rest as they were. */
function changedItems(world: World, subscription: Subscription, wishes: readonly Params<typeof ITEM>[]): SubscriptionItem[] {
  const items = new Map(subscription.items.data.map((item) => [item.id, item]));
  for (const [index, wish] of wishes.entries()) {
    const param = `items[${index}]`;
    const price = wish.price === undefined ? undefined : world.state.price.get(wish.price);
    if (wish.price !== undefined && price === undefined) throw missing("price", wish.price, `${param}[price]`);
    if (wish.id === undefined) {
      if (price === undefined)
        throw invalid(`Missing required param: ${param}[price].`, { code: "parameter_missing", param: `${param}[price]` });
      const { start, end } = periodOf(subscription);
      const order = { price, quantity: wish.quantity ?? 1, metadata: givenMetadata(wish.metadata) };
      const added = { ...newItem(world, subscription.id, order, world.now(subscription.customer), end), current_period_start: start };
      items.set(added.id, added);
      continue;
    }
    const item = items.get(wish.id);
    if (item === undefined) throw missing("subscription item", wish.id, `${param}[id]`);
    if (wish.deleted === true) items.delete(item.id);
    else
      items.set(
        item.id,
        itemOf({
          ...item,
          price: price ?? item.price,
          quantity: wish.quantity ?? item.quantity,
          metadata: mergedMetadata(item.metadata, wish.metadata),
        }),
      );
  }
  if (items.size === 0) throw invalid("A subscription must have at least one active item.", { param: "items" });
  return [...items.values()];
}
