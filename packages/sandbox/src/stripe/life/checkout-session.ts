import { DAY, HOUR } from "../calendar.ts";
import type { Price } from "../objects/catalogue.ts";
import type { Metadata } from "../objects/list.ts";
import { type CheckoutSession, checkoutSessionOf, type LineItem } from "../objects/session.ts";
import type { MissingPaymentMethod } from "../objects/subscription.ts";
import { invalid } from "../refusal.ts";
import type { World } from "../world.ts";

export interface SessionWish {
  readonly customer: string | null;
  readonly customerEmail: string | null;
  readonly lines: readonly { readonly price: Price; readonly quantity: number }[];
  readonly successUrl: string;
  readonly cancelUrl: string | null;
  readonly clientReferenceId: string | null;
  readonly expiresAt: number | null;
  readonly metadata: Metadata;
  readonly paymentMethodCollection: "always" | "if_required";
  readonly allowPromotionCodes: boolean | null;
  readonly billingAddressCollection: string | null;
  readonly locale: string | null;
  readonly trialEnd: number | null;
  readonly subscriptionMetadata: Metadata;
  readonly subscriptionDescription: string | null;
  readonly missingPaymentMethod: MissingPaymentMethod;
  readonly flexible: boolean;
  readonly coupons: readonly string[];
}

/**
 * A page on which somebody can subscribe, for a while. https://docs.stripe.com/api/checkout/sessions/create
 * @throws StripeRefusal 400 for a trial that ends in less than two days (rules C7) or an expiry outside 30 minutes to 24 hours
 */
export function createCheckoutSession(world: World, wish: SessionWish): CheckoutSession {
  const now = world.now(wish.customer);
  const expiresAt = wish.expiresAt ?? now + DAY;
  if (expiresAt < now + HOUR / 2)
    throw invalid("The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", { param: "expires_at" });
  if (expiresAt > now + DAY)
    throw invalid("The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", { param: "expires_at" });
  if (wish.trialEnd !== null && wish.trialEnd < now + 2 * DAY)
    throw invalid("The `trial_end` date has to be at least 2 days in the future.", { param: "subscription_data[trial_end]" });
  for (const [index, { price }] of wish.lines.entries()) {
    const param = `line_items[${index}][price]`;
    if (!price.active) throw invalid("The price specified is inactive. This field only accepts active prices.", { param });
    if (price.recurring === null)
      throw invalid("You must provide at least one recurring price in `subscription` mode when using prices.", { param });
  }
  const id = world.mint.id("cs_test_", 58);
  const items = wish.lines.map(({ price, quantity }) => lineItem(world, price, quantity));
  const subtotal = wish.trialEnd === null ? items.reduce((sum, { amount_total }) => sum + amount_total, 0) : 0;
  const total = wish.coupons.reduce((sum, coupon) => sum - off(world, coupon, subtotal), subtotal);
  world.state.session_order.put({
    id,
    object: "session_order",
    lineItems: items,
    trialEnd: wish.trialEnd,
    metadata: wish.subscriptionMetadata,
    description: wish.subscriptionDescription,
    missingPaymentMethod: wish.missingPaymentMethod,
    flexible: wish.flexible,
    challengedCard: null,
  });
  return world.state["checkout.session"].put(
    checkoutSessionOf({
      id,
      allow_promotion_codes: wish.allowPromotionCodes,
      amount_subtotal: subtotal,
      amount_total: Math.max(0, total),
      billing_address_collection: wish.billingAddressCollection,
      cancel_url: wish.cancelUrl,
      client_reference_id: wish.clientReferenceId,
      created: now,
      currency: items[0]?.currency ?? "usd",
      customer: wish.customer,
      customer_details: null,
      customer_email: wish.customerEmail,
      discounts: wish.coupons.map((coupon) => ({ coupon, promotion_code: null })),
      expires_at: expiresAt,
      invoice: null,
      locale: wish.locale,
      metadata: wish.metadata,
      payment_method_collection: wish.paymentMethodCollection,
      payment_status: "unpaid",
      status: "open",
      subscription: null,
      success_url: wish.successUrl,
      url: world.urls.checkout(id),
    }),
  );
}

function off(world: World, couponId: string, sum: number): number {
  const coupon = world.state.coupon.get(couponId);
  if (coupon === undefined) throw invalid(`No such coupon: '${couponId}'`, { code: "resource_missing", param: "discounts[0][coupon]" });
  return coupon.percent_off === null ? (coupon.amount_off ?? 0) : Math.round((sum * coupon.percent_off) / 100);
}

function lineItem(world: World, price: Price, quantity: number): LineItem {
  const amount = price.unit_amount * quantity;
  return {
    id: world.mint.id("li_"),
    object: "item",
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency: price.currency,
    description: world.state.product.get(price.product)?.name ?? price.id,
    metadata: {},
    price,
    quantity,
  };
}
