import { cardOfLast4, cardOfPaymentMethod, type TestCard } from "../cards.ts";
import { cardDetails, NO_BILLING_DETAILS, type PaymentMethod } from "../objects/payment.ts";
import { isEnded } from "../objects/subscription.ts";
import { cardRefusal, invalid, missing } from "../refusal.ts";
import { record, type World } from "../world.ts";
import { cardsOf, customerFor, setDefaultCard } from "./customers.ts";
import { updateSubscription } from "./subscription-status.ts";

/** A card that nobody keeps yet. */
export function newCard(world: World, card: TestCard, now: number): PaymentMethod {
  return world.state.payment_method.put(plainCard(world, card, null, now));
}

export function plainCard(world: World, card: TestCard, customer: string | null, now: number): PaymentMethod {
  return {
    id: world.mint.id("pm_"),
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: NO_BILLING_DETAILS,
    card: cardDetails({
      brand: card.number.startsWith("5") ? "mastercard" : "visa",
      exp_month: 12,
      exp_year: new Date(now * 1000).getUTCFullYear() + 5,
      fingerprint: card.fingerprint,
      last4: card.number.slice(-4),
    }),
    created: now,
    customer,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: "card",
  };
}

/**
 * Keeps a card on a customer. `pm_card_visa` and its like make a new one, as in Stripe's test mode.
 * @throws StripeRefusal 400 for an unknown or used one, 402 where the card's bank refuses
 */
export function attachCard(world: World, paymentMethodId: string, customerId: string): PaymentMethod {
  const customer = customerFor(world, customerId);
  const ready = cardOfPaymentMethod(paymentMethodId);
  const kept = ready ? newCard(world, ready, world.now(customer.id)) : world.state.payment_method.get(paymentMethodId);
  if (kept === undefined) throw missing("PaymentMethod", paymentMethodId, "payment_method");
  if (kept.customer === customerId) return kept;
  if (kept.customer !== null)
    throw invalid("The payment method you provided has already been attached to a customer.", { code: "payment_method_unexpected_state" });
  const card = cardOfLast4(kept.card.last4);
  if (card !== undefined && !card.attaches && typeof card.charge === "object")
    throw cardRefusal(card.charge.code, card.charge.declineCode, card.charge.message);
  return record(world, world.state.payment_method, { ...kept, customer: customerId }, "payment_method.attached");
}

/** A card given by its id in a request: the customer's own, or a ready-made one of test mode, which is attached. */
export function cardForCustomer(world: World, paymentMethodId: string, customerId: string, param: string): PaymentMethod {
  if (cardOfPaymentMethod(paymentMethodId) !== undefined) return attachCard(world, paymentMethodId, customerId);
  const kept = world.state.payment_method.get(paymentMethodId);
  if (kept === undefined) throw missing("PaymentMethod", paymentMethodId, param);
  if (kept.customer !== customerId)
    throw invalid(
      `The customer does not have a payment method with the ID ${paymentMethodId}. The payment method must be attached to the customer.`,
      { code: "resource_missing", param },
    );
  return kept;
}

export function detachCard(world: World, paymentMethodId: string): PaymentMethod {
  const kept = world.state.payment_method.get(paymentMethodId);
  if (kept === undefined) throw missing("PaymentMethod", paymentMethodId);
  const { customer: customerId } = kept;
  if (customerId === null) throw invalid("The payment method you provided is not attached to a customer so detachment is impossible.");
  const detached = record(world, world.state.payment_method, { ...kept, customer: null }, "payment_method.detached");
  if (customerFor(world, customerId).invoice_settings.default_payment_method === kept.id) setDefaultCard(world, customerId, null);
  for (const subscription of [...world.state.subscription.walk({ under: customerId })])
    if (subscription.default_payment_method === kept.id) updateSubscription(world, subscription, { default_payment_method: null });
  return detached;
}

/** The card that all running subscriptions of a customer are paid with from now on. */
export function makeDefault(world: World, customerId: string, card: PaymentMethod): void {
  setDefaultCard(world, customerId, card.id);
  for (const subscription of [...world.state.subscription.walk({ under: customerId })])
    if (!isEnded(subscription) && subscription.default_payment_method !== null)
      updateSubscription(world, subscription, { default_payment_method: card.id });
}

export function detachAll(world: World, customerId: string): void {
  customerFor(world, customerId);
  for (const card of cardsOf(world, customerId)) detachCard(world, card.id);
}
