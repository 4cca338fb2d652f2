import { cardOfNumber, INCORRECT_NUMBER, NEEDS_AUTHENTICATION, type TestCard } from "../cards.ts";
import type { PayOutcome } from "../engine-face.ts";
import type { Customer } from "../objects/customer.ts";
import type { PaymentMethod } from "../objects/payment.ts";
import type { CheckoutSession } from "../objects/session.ts";
import { invalid, missing } from "../refusal.ts";
import type { SessionOrder } from "../state.ts";
import { record, type World } from "../world.ts";
import { newCard } from "./card-keeping.ts";
import { type Attempt, decideCharge } from "./charging.ts";
import { createCustomer, customerFor } from "./customers.ts";
import { PLAIN_ORDER, subscribe } from "./subscribe.ts";

export function sessionFor(world: World, sessionId: string): { session: CheckoutSession; order: SessionOrder } {
  const session = world.state["checkout.session"].get(sessionId);
  const order = world.state.session_order.get(sessionId);
  if (session === undefined || order === undefined) throw missing("checkout.session", sessionId);
  return { session, order };
}

/** A person pays on the hosted page. Declined or challenged: the session stays open, and nothing else has changed. */
export function payCheckout(world: World, sessionId: string, number: string): PayOutcome {
  const { session, order } = openSession(world, sessionId);
  const card = cardOfNumber(number);
  if (card === undefined) return { outcome: "declined", code: INCORRECT_NUMBER.code, message: INCORRECT_NUMBER.message };
  const answer = answerOf(card, session, false);
  if (answer.kind === "declined")
    return { outcome: "declined", code: answer.decline.declineCode ?? answer.decline.code, message: answer.decline.message };
  if (answer.kind === "needs_action") {
    world.state.session_order.put({ ...order, challengedCard: card.number });
    return { outcome: "needs_action" };
  }
  return complete(world, session, order, card, false);
}

/** What the page is told about a card: a charge where something is due now, else whether the card can be kept. */
function answerOf(card: TestCard, session: CheckoutSession, isProven: boolean): Attempt {
  const answer = decideCharge(card, false, isProven ? "proven" : "present");
  if (session.amount_total > 0 || answer.kind !== "declined") return answer;
  return card.attaches ? { kind: "paid" } : answer;
}

export function answerCheckoutChallenge(world: World, sessionId: string, passes: boolean): PayOutcome {
  const { session, order } = openSession(world, sessionId);
  const card = order.challengedCard === null ? undefined : cardOfNumber(order.challengedCard);
  if (card === undefined) throw invalid("This Checkout Session does not wait for authentication.");
  const asked = world.state.session_order.put({ ...order, challengedCard: null });
  if (!passes) return { outcome: "declined", code: NEEDS_AUTHENTICATION.code, message: CHALLENGE_FAILED };
  const answer = answerOf(card, session, true);
  if (answer.kind !== "paid") return { outcome: "declined", code: answer.decline.code, message: answer.decline.message };
  return complete(world, session, asked, card, true);
}

export const CHALLENGE_FAILED =
  "We are unable to authenticate your payment method. Please choose a different payment method and try again.";

/** With `if_required` and nothing due now, no card is asked for. */
export function completeWithoutCard(world: World, sessionId: string): PayOutcome {
  const { session, order } = openSession(world, sessionId);
  if (session.amount_total > 0 || session.payment_method_collection !== "if_required")
    throw invalid("This Checkout Session asks for a payment method.");
  return complete(world, session, order, null, false);
}

function openSession(world: World, sessionId: string): { session: CheckoutSession; order: SessionOrder } {
  const found = sessionFor(world, sessionId);
  const { status, customer } = found.session;
  if (status !== "open") throw invalid(`This Checkout Session is ${status === "complete" ? "already complete" : "expired"}.`);
  if (customer !== null) customerFor(world, customer);
  return found;
}

function complete(world: World, session: CheckoutSession, order: SessionOrder, card: TestCard | null, isProven: boolean): PayOutcome {
  const customer =
    session.customer === null ? createCustomer(world, { email: session.customer_email }) : customerFor(world, session.customer);
  const kept = card === null ? null : keepCard(world, card, customer, isProven);
  const subscription = subscribe(world, {
    ...PLAIN_ORDER,
    customer,
    items: order.lineItems.map(({ price, quantity }) => ({ price, quantity })),
    card: kept,
    trialEnd: order.trialEnd !== null && order.trialEnd > world.now(customer.id) ? order.trialEnd : null,
    metadata: order.metadata,
    description: order.description,
    missingPaymentMethod: order.missingPaymentMethod,
    flexible: order.flexible,
    presence: isProven ? "proven" : "present",
    coupons: session.discounts.map(({ coupon }) => coupon),
  });
  finish(world, session, customer, subscription.id, subscription.latest_invoice);
  return { outcome: "paid" };
}

function keepCard(world: World, card: TestCard, customer: Customer, isProven: boolean): PaymentMethod {
  const made = newCard(world, card, world.now(customer.id));
  if (isProven) world.state.card_set_up.put({ id: made.id, object: "card_set_up" });
  return record(world, world.state.payment_method, { ...made, customer: customer.id }, "payment_method.attached");
}

function finish(world: World, session: CheckoutSession, customer: Customer, subscription: string, invoice: string | null): void {
  const { email, name, phone, address } = customer;
  const done: CheckoutSession = {
    ...session,
    customer: customer.id,
    customer_details: {
      address,
      business_name: null,
      email,
      individual_name: null,
      name,
      phone,
      tax_exempt: "none",
      tax_ids: [],
    },
    invoice,
    payment_status: session.amount_total > 0 ? "paid" : "no_payment_required",
    status: "complete",
    subscription,
    url: null,
  };
  record(world, world.state["checkout.session"], done, "checkout.session.completed");
}

export function expireSession(world: World, sessionId: string): CheckoutSession {
  const { session } = sessionFor(world, sessionId);
  if (session.status !== "open")
    throw invalid(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
    );
  return record(world, world.state["checkout.session"], { ...session, status: "expired", url: null }, "checkout.session.expired");
}
