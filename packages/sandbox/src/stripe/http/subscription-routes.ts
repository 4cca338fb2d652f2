import { cardForCustomer } from "../life/card-keeping.ts";
import { customerFor } from "../life/customers.ts";
import { runningSubscription, subscriptionFor } from "../life/portal.ts";
import { pauseByWish, resumePaused } from "../life/portal-changes.ts";
import { type ItemOrder, subscribe } from "../life/subscribe.ts";
import { endSubscription } from "../life/subscription-status.ts";
import { isEnded, type Subscription } from "../objects/subscription.ts";
import { invalid, missing } from "../refusal.ts";
import type { World } from "../world.ts";
import { pageOf } from "./listing.ts";
import {
  clearable,
  flag,
  givenMetadata,
  ignored,
  integer,
  isWithin,
  listOfEach,
  metadata,
  nowOrTime,
  oneOf,
  PAGING,
  positive,
  shape,
  text,
  timeRange,
} from "./params.ts";
import { type Call, needed, type Route, route } from "./route.ts";
import { BEHAVIOR, TRIAL_SETTINGS, UPDATE, update } from "./subscription-update.ts";

const CREATE = shape({
  add_invoice_items: ignored,
  automatic_tax: ignored,
  billing_cycle_anchor: ignored,
  billing_mode: shape({ type: oneOf("classic", "flexible"), flexible: ignored }),
  cancel_at: integer,
  cancel_at_period_end: flag,
  collection_method: oneOf("charge_automatically", "send_invoice"),
  currency: text,
  customer: text,
  days_until_due: integer,
  default_payment_method: text,
  description: text,
  discounts: listOfEach(shape({ coupon: text, promotion_code: text })),
  items: listOfEach(shape({ price: text, quantity: positive, metadata, tax_rates: ignored })),
  metadata,
  off_session: flag,
  payment_behavior: BEHAVIOR,
  payment_settings: shape({ save_default_payment_method: text, payment_method_types: ignored, payment_method_options: ignored }),
  proration_behavior: ignored,
  trial_end: nowOrTime,
  trial_period_days: integer,
  trial_settings: TRIAL_SETTINGS,
});

function create({ world, params }: Call<ReturnType<typeof CREATE>>): Subscription {
  const customer = customerFor(world, needed(params.customer, "customer"));
  const items = needed(params.items, "items").map((item, index) => itemOrder(world, item, index));
  const days = params.trial_period_days;
  const now = world.now(customer.id);
  const card =
    params.default_payment_method === undefined
      ? null
      : cardForCustomer(world, params.default_payment_method, customer.id, "default_payment_method");
  return subscribe(world, {
    customer,
    items,
    card,
    trialEnd: days !== undefined ? now + days * 86_400 : typeof params.trial_end === "number" ? params.trial_end : null,
    metadata: givenMetadata(params.metadata),
    description: params.description ?? null,
    missingPaymentMethod: params.trial_settings?.end_behavior?.missing_payment_method ?? "create_invoice",
    flexible: params.billing_mode?.type === undefined ? world.settings.flexible : params.billing_mode.type === "flexible",
    behavior: params.payment_behavior ?? "allow_incomplete",
    presence: params.off_session === true ? "absent" : "present",
    collectionMethod: params.collection_method ?? "charge_automatically",
    daysUntilDue: params.days_until_due ?? null,
    saveDefaultPaymentMethod: params.payment_settings?.save_default_payment_method ?? null,
    coupons: (params.discounts ?? []).map(({ coupon }, index) => couponFor(world, coupon, index)),
    cancelAt: params.cancel_at ?? null,
    cancelAtPeriodEnd: params.cancel_at_period_end ?? false,
  });
}

function couponFor(world: World, coupon: string | undefined, index: number): string {
  const param = `discounts[${index}][coupon]`;
  const id = needed(coupon, param);
  if (!world.state.coupon.has(id)) throw missing("coupon", id, param);
  return id;
}

function itemOrder(
  world: World,
  item: { price: string | undefined; quantity: number | undefined; metadata: Readonly<Record<string, string>> | "" | undefined },
  index: number,
): ItemOrder {
  const param = `items[${index}][price]`;
  const price = world.state.price.get(needed(item.price, param));
  if (price === undefined) throw missing("price", item.price ?? "", param);
  return { price, quantity: item.quantity ?? 1, metadata: givenMetadata(item.metadata) };
}

const CANCEL = shape({
  cancellation_details: shape({ comment: clearable(text), feedback: clearable(text) }),
  invoice_now: ignored,
  prorate: ignored,
});

function cancel({ world, id, params }: Call<ReturnType<typeof CANCEL>>): Subscription {
  const subscription = runningSubscription(world, id);
  return endSubscription(world, subscription, {
    reason: "cancellation_requested",
    comment: params.cancellation_details?.comment ?? null,
    feedback: params.cancellation_details?.feedback ?? null,
  });
}

const STATUSES = [
  "active",
  "past_due",
  "unpaid",
  "canceled",
  "incomplete",
  "incomplete_expired",
  "trialing",
  "paused",
  "all",
  "ended",
] as const;
const LIST = shape({
  ...PAGING,
  collection_method: text,
  created: timeRange,
  current_period_end: timeRange,
  current_period_start: timeRange,
  customer: text,
  price: text,
  status: oneOf(...STATUSES),
  test_clock: text,
});

function list({ world, params }: Call<ReturnType<typeof LIST>>): object {
  if (params.customer !== undefined && !world.state.customer.has(params.customer) && !world.state.deleted_customer.has(params.customer))
    throw missing("customer", params.customer, "customer");
  const { walk, has } = world.state.subscription;
  const source = { has, walk: (options: object) => walk({ ...options, under: params.customer }) };
  return pageOf(source, params, {
    url: "/v1/subscriptions",
    type: "subscription",
    isMeant: (subscription) =>
      isOfStatus(subscription, params.status) &&
      (params.price === undefined || subscription.items.data.some(({ price }) => price.id === params.price)) &&
      (params.collection_method === undefined || subscription.collection_method === params.collection_method) &&
      (params.test_clock === undefined || subscription.test_clock === params.test_clock) &&
      subscription.items.data.every(
        (item) =>
          isWithin(item.current_period_end, params.current_period_end) && isWithin(item.current_period_start, params.current_period_start),
      ) &&
      isWithin(subscription.created, params.created),
  });
}

/** Without a status, canceled ones are left out (rules B4). */
function isOfStatus(subscription: Subscription, status: (typeof STATUSES)[number] | undefined): boolean {
  if (status === undefined) return subscription.status !== "canceled";
  if (status === "all") return true;
  return status === "ended" ? isEnded(subscription) : subscription.status === status;
}

const RESUME = shape({ billing_cycle_anchor: ignored, proration_behavior: ignored, proration_date: ignored, payment_behavior: ignored });
const PAUSE = shape({ bill_for: ignored, invoicing_behavior: ignored, type: oneOf("subscription") });

/** https://docs.stripe.com/api/subscriptions */
export const SUBSCRIPTION_ROUTES: readonly Route[] = [
  route("POST", "/v1/subscriptions", CREATE, create),
  route("GET", "/v1/subscriptions/:id", shape({}), ({ world, id }) => subscriptionFor(world, id)),
  route("POST", "/v1/subscriptions/:id", UPDATE, update),
  route("DELETE", "/v1/subscriptions/:id", CANCEL, cancel),
  route("POST", "/v1/subscriptions/:id/resume", RESUME, ({ world, id }) => {
    if (subscriptionFor(world, id).status !== "paused") throw invalid("You can only resume a subscription that is paused.");
    resumePaused(world, id);
    return subscriptionFor(world, id);
  }),
  route("POST", "/v1/subscriptions/:id/pause", PAUSE, ({ world, id }) => pauseByWish(world, id)),
  route("GET", "/v1/subscriptions", LIST, list),
];
