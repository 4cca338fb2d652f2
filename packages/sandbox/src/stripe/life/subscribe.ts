import { DAY, periodEndAfter } from "../calendar.ts";
import type { Price } from "../objects/catalogue.ts";
import type { Customer } from "../objects/customer.ts";
import type { Metadata } from "../objects/list.ts";
import type { PaymentMethod } from "../objects/payment.ts";
import {
  itemOf,
  itemsOf,
  type MissingPaymentMethod,
  NOT_CANCELED,
  type Subscription,
  type SubscriptionItem,
  subscriptionOf,
} from "../objects/subscription.ts";
import { cardRefusal, invalid } from "../refusal.ts";
import { record, type World } from "../world.ts";
import { advanceInvoice, cardOf } from "./attempts.ts";
import { decideChargeOf, type Presence } from "./charging.ts";
import { draftInvoice, finalizeInvoice, periodLines } from "./invoices.ts";
import { writeNote } from "./notes.ts";
import { current, updateSubscription } from "./subscription-status.ts";

export interface ItemOrder {
  readonly price: Price;
  readonly quantity: number;
  readonly metadata?: Metadata;
}

export type PaymentBehavior = "allow_incomplete" | "default_incomplete" | "error_if_incomplete" | "pending_if_incomplete";

export interface SubscriptionOrder {
  readonly customer: Customer;
  readonly items: readonly ItemOrder[];
  readonly card: PaymentMethod | null;
  readonly trialEnd: number | null;
  readonly metadata: Metadata;
  readonly description: string | null;
  readonly missingPaymentMethod: MissingPaymentMethod;
  readonly flexible: boolean;
  readonly behavior: PaymentBehavior;
  readonly presence: Presence;
  readonly collectionMethod: "charge_automatically" | "send_invoice";
  readonly daysUntilDue: number | null;
  readonly saveDefaultPaymentMethod: string | null;
  readonly coupons: readonly string[];
  readonly cancelAt: number | null;
  readonly cancelAtPeriodEnd: boolean;
}

/** What an order is unless it says otherwise. */
export const PLAIN_ORDER: Omit<SubscriptionOrder, "customer" | "items"> = {
  card: null,
  trialEnd: null,
  metadata: {},
  description: null,
  missingPaymentMethod: "create_invoice",
  flexible: false,
  behavior: "allow_incomplete",
  presence: "present",
  collectionMethod: "charge_automatically",
  daysUntilDue: null,
  saveDefaultPaymentMethod: null,
  coupons: [],
  cancelAt: null,
  cancelAtPeriodEnd: false,
};

/**
 * Makes a subscription and its first invoice, and tries that at once.
 * @throws StripeRefusal 400 without a card, or another currency; 402 when `error_if_incomplete` and the card says no (nothing is made then)
 */
export function subscribe(world: World, order: SubscriptionOrder): Subscription {
  refuseOrder(world, order);
  const { customer, trialEnd } = order;
  const now = world.now(customer.id);
  const isTrial = trialEnd !== null && trialEnd > now;
  const blank = newSubscription(world, order, now, isTrial);
  const [item] = blank.items.data;
  const period = { start: now, end: item?.current_period_end ?? now };
  const draft = draftInvoice(world, blank, "subscription_create", periodLines(blank.items.data, period, isTrial));
  const made = record(world, world.state.subscription, { ...blank, latest_invoice: draft.id }, "customer.subscription.created");
  setCurrency(world, customer, made.currency);
  if (order.behavior === "default_incomplete" && draft.amount_due > 0) finalizeInvoice(world, draft);
  else advanceInvoice(world, draft, order.presence);
  if (isTrial) tellTrialEnd(world, made);
  if (order.collectionMethod === "send_invoice" && !isTrial) updateSubscription(world, made, { status: "active" });
  return current(world, made);
}

/** `trial_will_end` comes three days before the end, and at once where the trial is shorter. */
export function tellTrialEnd(world: World, subscription: Subscription): void {
  const { trial_end } = subscription;
  if (trial_end === null || trial_end - world.now(subscription.customer) > 3 * DAY) return;
  writeNote(world, subscription.id, { toldOfTrialEnd: trial_end });
  world.emit("customer.subscription.trial_will_end", current(world, subscription));
}

function refuseOrder(world: World, order: SubscriptionOrder): void {
  const [first] = order.items;
  if (first === undefined) throw invalid("Missing required param: items.", { code: "parameter_missing", param: "items" });
  for (const { price } of order.items) {
    if (price.recurring === null)
      throw invalid(`The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`, {
        param: "items[0][price]",
      });
    if (price.currency !== (order.customer.currency ?? first.price.currency))
      throw invalid(
        `You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency ${order.customer.currency ?? first.price.currency}`,
      );
  }
  const now = world.now(order.customer.id);
  const sum = order.items.reduce((total, { price, quantity }) => total + price.unit_amount * quantity, 0);
  const isFree = sum === 0 || order.coupons.some((id) => world.state.coupon.get(id)?.percent_off === 100);
  const isDue = !isFree && !(order.trialEnd !== null && order.trialEnd > now) && order.collectionMethod === "charge_automatically";
  if (!isDue || order.behavior === "default_incomplete") return;
  const card = order.card ?? cardOf(world, { default_payment_method: null, customer: order.customer.id });
  if (card === null)
    throw invalid(
      "This customer has no attached payment source or default payment method. Please consider adding a default payment method.",
      {
        code: "resource_missing",
      },
    );
  const answer = decideChargeOf(world, card, order.presence);
  if (order.behavior !== "error_if_incomplete" || answer.kind === "paid") return;
  const { code, declineCode, message } = answer.decline;
  throw cardRefusal(answer.kind === "needs_action" ? "subscription_payment_intent_requires_action" : code, declineCode, message);
}

function newSubscription(world: World, order: SubscriptionOrder, now: number, isTrial: boolean): Subscription {
  const id = world.mint.id("sub_");
  const items = order.items.map((each) => newItem(world, id, each, now, isTrial && order.trialEnd !== null ? order.trialEnd : null));
  const end = items[0]?.current_period_end ?? now;
  const [first] = order.items;
  return subscriptionOf({
    id,
    billing_cycle_anchor: isTrial && order.trialEnd !== null ? order.trialEnd : now,
    billing_mode: order.flexible
      ? { flexible: { proration_discounts: "included" }, type: "flexible" }
      : { flexible: null, type: "classic" },
    cancel_at: order.cancelAtPeriodEnd ? end : order.cancelAt,
    cancel_at_period_end: order.cancelAtPeriodEnd,
    canceled_at: order.cancelAtPeriodEnd || order.cancelAt !== null ? now : null,
    cancellation_details: NOT_CANCELED,
    collection_method: order.collectionMethod,
    created: now,
    currency: first?.price.currency ?? "usd",
    customer: order.customer.id,
    days_until_due: order.daysUntilDue,
    default_payment_method: order.card?.id ?? null,
    description: order.description,
    discounts: order.coupons.map((coupon) => newDiscount(world, coupon, order.customer.id, id, now)),
    ended_at: null,
    items: itemsOf(id, items),
    latest_invoice: null,
    metadata: order.metadata,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: order.saveDefaultPaymentMethod ?? "off",
    },
    pending_update: null,
    start_date: now,
    status: isTrial ? "trialing" : "incomplete",
    test_clock: order.customer.test_clock,
    trial_end: isTrial ? order.trialEnd : null,
    trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: order.missingPaymentMethod } },
    trial_start: isTrial ? now : null,
  });
}

export function newItem(world: World, subscription: string, order: ItemOrder, now: number, end: number | null): SubscriptionItem {
  const cadence = order.price.recurring ?? { interval: "month", interval_count: 1 };
  return itemOf({
    id: world.mint.id("si_", 14),
    created: now,
    current_period_end: end ?? periodEndAfter(now, cadence, now),
    current_period_start: now,
    metadata: order.metadata ?? {},
    price: order.price,
    quantity: order.quantity,
    subscription,
  });
}

function newDiscount(world: World, coupon: string, customer: string, subscription: string, now: number): string {
  const { id } = world.state.discount.put({
    id: world.mint.id("di_"),
    object: "discount",
    checkout_session: null,
    customer,
    customer_account: null,
    end: null,
    invoice: null,
    invoice_item: null,
    promotion_code: null,
    source: { coupon, type: "coupon" },
    start: now,
    subscription,
    subscription_item: null,
  });
  return id;
}

/** The first subscription settles the currency of a customer. */
function setCurrency(world: World, { id }: Customer, currency: string): void {
  const customer = world.state.customer.get(id);
  if (customer !== undefined && customer.currency === null)
    record(world, world.state.customer, { ...customer, currency }, "customer.updated");
}
