import { cardOfNumber, INCORRECT_NUMBER, NEEDS_AUTHENTICATION } from "../cards.ts";
import type { PayOutcome } from "../engine-face.ts";
import type { Invoice } from "../objects/invoice.ts";
import type { PaymentMethod } from "../objects/payment.ts";
import { isEnded, periodOf, type Subscription } from "../objects/subscription.ts";
import { invalid, missing } from "../refusal.ts";
import { record, type World } from "../world.ts";
import { tryInvoice } from "./attempts.ts";
import { makeDefault, newCard } from "./card-keeping.ts";
import { type Attempt, decideCharge } from "./charging.ts";
import { CHALLENGE_FAILED } from "./checkout.ts";
import { customerFor } from "./customers.ts";
import { finalizeInvoice, paymentOf } from "./invoices.ts";
import { subscriptionOfInvoice, updateSubscription } from "./subscription-status.ts";

export function subscriptionFor(world: World, id: string, param = "id"): Subscription {
  const subscription = world.state.subscription.get(id);
  if (subscription === undefined) throw missing("subscription", id, param);
  return subscription;
}

/** @throws StripeRefusal 400 for one that has ended: it never changes again */
export function runningSubscription(world: World, id: string): Subscription {
  const subscription = subscriptionFor(world, id);
  if (isEnded(subscription)) throw missing("subscription", id);
  return subscription;
}

/** Takes a card from a form. It is kept if its bank lets it be kept; a challenge is taken as passed. */
export function setCard(world: World, customerId: string, number: string): PayOutcome {
  customerFor(world, customerId);
  const kept = takeCard(world, customerId, number);
  if ("outcome" in kept) return kept;
  makeDefault(world, customerId, kept);
  return { outcome: "paid" };
}

function takeCard(world: World, customerId: string, number: string): PaymentMethod | (PayOutcome & { outcome: "declined" }) {
  const card = cardOfNumber(number);
  if (card === undefined) return { outcome: "declined", code: INCORRECT_NUMBER.code, message: INCORRECT_NUMBER.message };
  const answer = decideCharge(card, false, "proven");
  if (!card.attaches && answer.kind === "declined")
    return { outcome: "declined", code: answer.decline.declineCode ?? answer.decline.code, message: answer.decline.message };
  const made = newCard(world, card, world.now(customerId));
  if (card.challenge === "until_set_up") world.state.card_set_up.put({ id: made.id, object: "card_set_up" });
  return record(world, world.state.payment_method, { ...made, customer: customerId }, "payment_method.attached");
}

/** Somebody pays an open invoice on its page: with a card of the form, or the one on file. */
export function payInvoice(world: World, invoiceId: string, number?: string): PayOutcome {
  const invoice = payableInvoice(world, invoiceId);
  if (number === undefined) return outcomeOf(tryInvoice(world, invoice, "present"));
  const card = cardOfNumber(number);
  if (card === undefined) return { outcome: "declined", code: INCORRECT_NUMBER.code, message: INCORRECT_NUMBER.message };
  const made = newCard(world, card, world.now(invoice.customer));
  const isKept = card.attaches && world.state.customer.has(invoice.customer);
  const kept = isKept
    ? record(world, world.state.payment_method, { ...made, customer: invoice.customer }, "payment_method.attached")
    : made;
  return outcomeOf(payWith(world, invoice, kept, "present"));
}

/** Pays, and keeps the card on the subscription where that is what it is set to. */
function payWith(world: World, invoice: Invoice, card: PaymentMethod, presence: "present" | "proven"): Attempt {
  const attempt = tryInvoice(world, invoice, presence, card);
  const subscription = subscriptionOfInvoice(world, invoice);
  const isSaved = subscription?.payment_settings.save_default_payment_method === "on_subscription" && !isEnded(subscription);
  if (attempt.kind === "paid" && isSaved) updateSubscription(world, subscription, { default_payment_method: card.id });
  return attempt;
}

/** @throws StripeRefusal 400 for one that is paid or void; a draft is opened first */
export function payableInvoice(world: World, invoiceId: string): Invoice {
  const invoice = world.state.invoice.get(invoiceId);
  if (invoice === undefined) throw missing("invoice", invoiceId);
  if (invoice.status === "paid") throw invalid("Invoice is already paid", { code: "invoice_already_paid" });
  if (invoice.status === "void") throw invalid("This invoice is voided and can no longer be paid.", { code: "invoice_not_editable" });
  return invoice.status === "draft" ? finalizeInvoice(world, invoice) : invoice;
}

export function answerInvoiceChallenge(world: World, invoiceId: string, passes: boolean): PayOutcome {
  const invoice = payableInvoice(world, invoiceId);
  const waiting = paymentOf(world, invoiceId)?.intent;
  const card = world.state.payment_method.get(waiting?.payment_method ?? "");
  if (waiting?.status !== "requires_action" || card === undefined) throw invalid("This invoice does not wait for authentication.");
  if (passes) return outcomeOf(payWith(world, invoice, card, "proven"));
  const failed = { ...waiting, next_action: null, payment_method: null, status: "requires_payment_method" } as const;
  record(world, world.state.payment_intent, failed, "payment_intent.payment_failed");
  record(world, world.state.invoice, { ...invoice, attempted: true, attempt_count: invoice.attempt_count + 1 }, "invoice.payment_failed");
  return { outcome: "declined", code: NEEDS_AUTHENTICATION.code, message: CHALLENGE_FAILED };
}

/** Tries each open invoice, oldest first, until one is not paid. */
export function payOpenInvoices(world: World, customerId: string): PayOutcome {
  customerFor(world, customerId);
  for (const { id } of [...world.state.invoice.walk({ under: customerId, oldestFirst: true })]) {
    const invoice = world.state.invoice.get(id);
    if (invoice?.status !== "open") continue;
    const outcome = payInvoice(world, id);
    if (outcome.outcome !== "paid") return outcome;
  }
  return { outcome: "paid" };
}

export function outcomeOf(attempt: Attempt): PayOutcome {
  if (attempt.kind === "paid") return { outcome: "paid" };
  if (attempt.kind === "needs_action") return { outcome: "needs_action" };
  return { outcome: "declined", code: attempt.decline.declineCode ?? attempt.decline.code, message: attempt.decline.message };
}

/** The portal's cancel: at the end of what is paid for. A flexible subscription says it by `cancel_at` alone (rules L6). */
export function cancelAtPeriodEnd(world: World, id: string): void {
  const subscription = runningSubscription(world, id);
  const isFlexible = subscription.billing_mode.type === "flexible";
  updateSubscription(world, subscription, {
    cancel_at: periodOf(subscription).end,
    cancel_at_period_end: !isFlexible,
    canceled_at: world.now(subscription.customer),
    cancellation_details: { comment: null, feedback: null, reason: "cancellation_requested" },
  });
}

export function resumeCancellation(world: World, id: string): void {
  updateSubscription(world, runningSubscription(world, id), {
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null },
  });
}
