import { DAY } from "../calendar.ts";
import type { Metadata } from "../objects/list.ts";
import { NO_METADATA, NONE } from "../objects/list.ts";
import type { Charge, Dispute, Refund } from "../objects/payment.ts";
import { invalid, missing } from "../refusal.ts";
import { record, type World } from "../world.ts";

/** The cardholder's bank takes a payment back until it is decided. */
export function openDispute(world: World, charge: Charge, reason: string): Dispute {
  const dispute: Dispute = {
    id: world.mint.id("du_"),
    object: "dispute",
    amount: charge.amount,
    balance_transactions: [],
    charge: charge.id,
    created: world.now(charge.customer),
    currency: charge.currency,
    enhanced_eligibility_types: NONE,
    evidence: {},
    evidence_details: {
      due_by: world.now(charge.customer) + 7 * DAY,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: NO_METADATA,
    network_reason_code: "10.4",
    payment_intent: charge.payment_intent,
    payment_method_details: { card: { brand: "visa", case_type: "chargeback", network_reason_code: "10.4" }, type: "card" },
    reason,
    status: "needs_response",
  };
  world.state.charge.put({ ...charge, disputed: true });
  return record(world, world.state.dispute, dispute, "charge.dispute.created");
}

export function closeDispute(world: World, disputeId: string, status: "won" | "lost"): Dispute {
  const dispute = world.state.dispute.get(disputeId);
  if (dispute === undefined) throw missing("dispute", disputeId);
  if (dispute.status !== "needs_response") throw invalid("This dispute is already closed.");
  return record(world, world.state.dispute, { ...dispute, status }, "charge.dispute.closed");
}

export interface RefundOrder {
  readonly chargeId: string;
  readonly amount: number | undefined;
  readonly reason: string | undefined;
  readonly metadata: Metadata;
}

/** Gives money back; the subscription stays as it is (rules L21). */
export function refund(world: World, { chargeId, amount, reason, metadata }: RefundOrder): Refund {
  const charge = world.state.charge.get(chargeId);
  if (charge === undefined) throw missing("charge", chargeId, "charge");
  const left = charge.amount_captured - charge.amount_refunded;
  if (charge.disputed) throw invalid("Charge has been charged back.", { code: "charge_disputed", param: "charge" });
  if (charge.status !== "succeeded" || left === 0)
    throw invalid(`Charge ${charge.id} has already been refunded.`, { code: "charge_already_refunded" });
  const sum = amount ?? left;
  if (sum > left) throw invalid(`Refund amount (${sum}) is greater than unrefunded amount on charge (${left})`, { param: "amount" });
  const made: Refund = {
    id: world.mint.id("re_"),
    object: "refund",
    amount: sum,
    balance_transaction: world.mint.id("txn_"),
    charge: charge.id,
    created: world.now(charge.customer),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" },
      type: "card",
    },
    metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
  };
  const refunded = { ...charge, amount_refunded: charge.amount_refunded + sum, refunded: left === sum };
  world.state.refund.put(made);
  record(world, world.state.charge, refunded, "charge.refunded");
  world.emit("refund.created", made);
  return made;
}
