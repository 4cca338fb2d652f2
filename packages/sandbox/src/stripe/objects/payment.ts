import type { Decline } from "../cards.ts";
import type { Address } from "./customer.ts";
import type { Metadata } from "./list.ts";

const CARD_CHECKS = { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" } as const;

export type BillingDetails = {
  readonly address: Address;
  readonly email: string | null;
  readonly name: string | null;
  readonly phone: string | null;
  readonly tax_id: null;
};

const NO_ADDRESS: Address = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

export const NO_BILLING_DETAILS: BillingDetails = { address: NO_ADDRESS, email: null, name: null, phone: null, tax_id: null };

export type CardFields = {
  readonly brand: string;
  readonly exp_month: number;
  readonly exp_year: number;
  readonly fingerprint: string;
  readonly last4: string;
};

/** https://docs.stripe.com/api/payment_methods/object */
export type PaymentMethod = {
  readonly id: string;
  readonly object: "payment_method";
  readonly allow_redisplay: "unspecified" | "always" | "limited";
  readonly billing_details: BillingDetails;
  readonly card: ReturnType<typeof cardDetails>;
  readonly created: number;
  readonly customer: string | null;
  readonly customer_account: null;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly type: "card";
};

export function cardDetails({ brand, exp_month, exp_year, fingerprint, last4 }: CardFields) {
  return {
    brand,
    checks: CARD_CHECKS,
    country: "US",
    display_brand: brand,
    exp_month,
    exp_year,
    fingerprint,
    funding: "credit",
    generated_from: null,
    last4,
    networks: { available: [brand], preferred: null },
    regulated_status: "unregulated",
    three_d_secure_usage: { supported: true },
    wallet: null,
  } as const;
}

const PAYMENT_INTENT = {
  object: "payment_intent",
  allowed_payment_method_types: null,
  amount_capturable: 0,
  amount_details: { tip: {} },
  application: null,
  application_fee_amount: null,
  automatic_payment_methods: null,
  cancellation_reason: null,
  capture_method: "automatic",
  confirmation_method: "automatic",
  customer_account: null,
  excluded_payment_method_types: null,
  livemode: false,
  managed_payments: null,
  on_behalf_of: null,
  payment_method_configuration_details: null,
  payment_method_options: { card: { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" } },
  payment_method_types: ["card"],
  payment_record: null,
  processing: null,
  receipt_email: null,
  review: null,
  setup_future_usage: "off_session",
  shipping: null,
  source: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  transfer_data: null,
  transfer_group: null,
} as const;

export type PaymentIntentFields = {
  readonly id: string;
  readonly amount: number;
  readonly amount_received: number;
  readonly canceled_at: number | null;
  readonly client_secret: string;
  readonly created: number;
  readonly currency: string;
  readonly customer: string;
  readonly description: string | null;
  readonly last_payment_error: ReturnType<typeof paymentError> | null;
  readonly latest_charge: string | null;
  readonly metadata: Metadata;
  readonly next_action: Readonly<Record<string, unknown>> | null;
  readonly payment_method: string | null;
  readonly status: "requires_payment_method" | "requires_confirmation" | "requires_action" | "succeeded" | "canceled";
};
/** https://docs.stripe.com/api/payment_intents/object */
export type PaymentIntent = typeof PAYMENT_INTENT & PaymentIntentFields;

export function paymentIntentOf(fields: PaymentIntentFields): PaymentIntent {
  return { ...PAYMENT_INTENT, ...fields };
}

export function paymentError(decline: Decline, charge: string | null, paymentMethod: PaymentMethod | null) {
  const declineCode = decline.declineCode === null ? {} : { decline_code: decline.declineCode };
  return {
    ...(charge === null ? {} : { charge }),
    code: decline.code,
    ...declineCode,
    message: decline.message,
    ...(paymentMethod === null ? {} : { payment_method: paymentMethod }),
    type: "card_error",
  } as const;
}

const CHARGE = {
  object: "charge",
  application: null,
  application_fee: null,
  application_fee_amount: null,
  calculated_statement_descriptor: "SANDBOX",
  failure_balance_transaction: null,
  fraud_details: {},
  livemode: false,
  on_behalf_of: null,
  receipt_email: null,
  receipt_number: null,
  review: null,
  shipping: null,
  source: null,
  source_transfer: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  transfer_data: null,
  transfer_group: null,
} as const;

export type ChargeFields = {
  readonly id: string;
  readonly amount: number;
  readonly amount_captured: number;
  readonly amount_refunded: number;
  readonly balance_transaction: string | null;
  readonly billing_details: BillingDetails;
  readonly captured: boolean;
  readonly created: number;
  readonly currency: string;
  readonly customer: string;
  readonly description: string | null;
  readonly disputed: boolean;
  readonly failure_code: string | null;
  readonly failure_message: string | null;
  readonly metadata: Metadata;
  readonly outcome: Readonly<Record<string, unknown>>;
  readonly paid: boolean;
  readonly payment_intent: string;
  readonly payment_method: string;
  readonly payment_method_details: Readonly<Record<string, unknown>>;
  readonly receipt_url: string | null;
  readonly refunded: boolean;
  readonly status: "succeeded" | "failed";
};
/** https://docs.stripe.com/api/charges/object */
export type Charge = typeof CHARGE & ChargeFields;

export function chargeOf(fields: ChargeFields): Charge {
  return { ...CHARGE, ...fields };
}

/** https://docs.stripe.com/api/refunds/object */
export type Refund = {
  readonly id: string;
  readonly object: "refund";
  readonly amount: number;
  readonly balance_transaction: string;
  readonly charge: string;
  readonly created: number;
  readonly currency: string;
  readonly customer: string;
  readonly customer_account: null;
  readonly destination_details: Readonly<Record<string, unknown>>;
  readonly metadata: Metadata;
  readonly payment_intent: string;
  readonly payment_method: string;
  readonly reason: string | null;
  readonly receipt_number: null;
  readonly source_transfer_reversal: null;
  readonly status: "succeeded";
  readonly transfer_reversal: null;
};

/** https://docs.stripe.com/api/disputes/object */
export type Dispute = {
  readonly id: string;
  readonly object: "dispute";
  readonly amount: number;
  readonly balance_transactions: readonly never[];
  readonly charge: string;
  readonly created: number;
  readonly currency: string;
  readonly enhanced_eligibility_types: readonly string[];
  readonly evidence: Readonly<Record<string, null>>;
  readonly evidence_details: Readonly<Record<string, unknown>>;
  readonly intended_submission_method: null;
  readonly is_charge_refundable: boolean;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly network_reason_code: string;
  readonly payment_intent: string;
  readonly payment_method_details: Readonly<Record<string, unknown>>;
  readonly reason: string;
  readonly status: "needs_response" | "won" | "lost";
};
