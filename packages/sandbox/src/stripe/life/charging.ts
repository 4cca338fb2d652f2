import { cardOfLast4, type Decline, NEEDS_AUTHENTICATION, NO_CARD, type TestCard } from "../cards.ts";
import type { Invoice } from "../objects/invoice.ts";
import { NO_METADATA } from "../objects/list.ts";
import { type Charge, chargeOf, type PaymentIntent, type PaymentMethod, paymentError } from "../objects/payment.ts";
import { record, type World } from "../world.ts";
import { openDispute } from "./disputes.ts";
import { paymentOf } from "./invoices.ts";

/** Who is at the other end while a card is charged. */
export type Presence =
  /** The customer can answer 3-D Secure. */
  | "present"
  /** Nobody: a renewal or a retry. */
  | "absent"
  /** The customer has just passed 3-D Secure. */
  | "proven";

export type Attempt =
  | { readonly kind: "paid" }
  | { readonly kind: "declined"; readonly decline: Decline }
  | { readonly kind: "needs_action"; readonly decline: Decline };

/** What a charge of this card gives. Pure: the cards are Stripe's test cards, whose answers are known. */
export function decideCharge(card: TestCard | undefined, isSetUp: boolean, presence: Presence): Attempt {
  if (card === undefined) return { kind: "declined", decline: NO_CARD };
  const isChallenged = card.challenge === "always" || (card.challenge === "until_set_up" && !isSetUp);
  if (isChallenged && presence !== "proven") return { kind: "needs_action", decline: NEEDS_AUTHENTICATION };
  if (typeof card.charge === "object") return { kind: "declined", decline: card.charge };
  return { kind: "paid" };
}

export function decideChargeOf(world: World, paymentMethod: PaymentMethod | null, presence: Presence): Attempt {
  if (paymentMethod === null) return decideCharge(undefined, false, presence);
  return decideCharge(cardOfLast4(paymentMethod.card.last4), world.state.card_set_up.has(paymentMethod.id), presence);
}

/** Charges an open invoice's payment, and tells what came of it. The invoice itself is left to the caller. */
export function charge(world: World, invoice: Invoice, paymentMethod: PaymentMethod | null, presence: Presence): Attempt {
  const attempt = decideChargeOf(world, paymentMethod, presence);
  const waiting = paymentOf(world, invoice.id);
  if (waiting === undefined || paymentMethod === null) return attempt;
  const { intent } = waiting;
  if (presence === "proven") world.state.card_set_up.put({ id: paymentMethod.id, object: "card_set_up" });
  if (attempt.kind === "needs_action") {
    askForAction(world, intent, paymentMethod, presence);
    return attempt;
  }
  const made = makeCharge(world, intent, paymentMethod, attempt.kind === "paid" ? null : attempt.decline);
  const settled: PaymentIntent = {
    ...intent,
    amount_received: attempt.kind === "paid" ? intent.amount : 0,
    last_payment_error: attempt.kind === "paid" ? null : paymentError(attempt.decline, made.id, paymentMethod),
    latest_charge: made.id,
    next_action: null,
    payment_method: attempt.kind === "paid" ? paymentMethod.id : null,
    status: attempt.kind === "paid" ? "succeeded" : "requires_payment_method",
  };
  record(world, world.state.charge, made, attempt.kind === "paid" ? "charge.succeeded" : "charge.failed");
  record(
    world,
    world.state.payment_intent,
    settled,
    attempt.kind === "paid" ? "payment_intent.succeeded" : "payment_intent.payment_failed",
  );
  if (cardOfLast4(paymentMethod.card.last4)?.charge === "succeeds_and_is_disputed" && attempt.kind === "paid")
    openDispute(world, made, "fraudulent");
  return attempt;
}

function askForAction(world: World, intent: PaymentIntent, paymentMethod: PaymentMethod, presence: Presence): void {
  const asking: PaymentIntent = {
    ...intent,
    last_payment_error: presence === "absent" ? paymentError(NEEDS_AUTHENTICATION, null, paymentMethod) : null,
    next_action: { type: "use_stripe_sdk", use_stripe_sdk: { type: "three_d_secure_redirect" } },
    payment_method: paymentMethod.id,
    status: "requires_action",
  };
  record(world, world.state.payment_intent, asking, "payment_intent.requires_action");
}

function makeCharge(world: World, intent: PaymentIntent, paymentMethod: PaymentMethod, decline: Decline | null): Charge {
  const now = world.now(intent.customer);
  const isPaid = decline === null;
  const { brand, exp_month, exp_year, fingerprint, last4, country, funding } = paymentMethod.card;
  return chargeOf({
    id: world.mint.id("ch_"),
    amount: intent.amount,
    amount_captured: isPaid ? intent.amount : 0,
    amount_refunded: 0,
    balance_transaction: isPaid ? world.mint.id("txn_") : null,
    billing_details: paymentMethod.billing_details,
    captured: isPaid,
    created: now,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    metadata: NO_METADATA,
    outcome: isPaid ? AUTHORIZED : { ...DECLINED, network_decline_code: decline.declineCode, reason: decline.declineCode },
    paid: isPaid,
    payment_intent: intent.id,
    payment_method: paymentMethod.id,
    payment_method_details: { card: { brand, country, exp_month, exp_year, fingerprint, funding, last4, network: brand }, type: "card" },
    receipt_url: null,
    refunded: false,
    status: isPaid ? "succeeded" : "failed",
  });
}

const AUTHORIZED = {
  advice_code: null,
  network_advice_code: null,
  network_decline_code: null,
  network_status: "approved_by_network",
  reason: null,
  seller_message: "Payment complete.",
  type: "authorized",
};
const DECLINED = {
  advice_code: "try_again_later",
  network_advice_code: null,
  network_decline_code: null,
  network_status: "declined_by_network",
  reason: null,
  seller_message: "The bank did not accept the payment.",
  type: "issuer_declined",
};
