import type { Address } from "./customer.ts";
import { type ApiList, type Metadata, NO_METADATA, NONE } from "./list.ts";

export type BillingReason = "subscription_create" | "subscription_cycle" | "subscription_update" | "manual";

export type InvoiceLine = {
  readonly id: string;
  readonly object: "line_item";
  readonly amount: number;
  readonly currency: string;
  readonly description: string | null;
  readonly discount_amounts: readonly { readonly amount: number; readonly discount: string }[];
  readonly discountable: boolean;
  readonly discounts: readonly string[];
  readonly invoice: string;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly parent: LineParent;
  readonly period: { readonly end: number; readonly start: number };
  readonly pretax_credit_amounts: readonly never[];
  readonly pricing: {
    readonly price_details: { readonly price: string; readonly product: string };
    readonly type: "price_details";
    readonly unit_amount_decimal: string;
  };
  readonly quantity: number;
  readonly quantity_decimal: string;
  readonly subscription: string;
  readonly subtotal: number;
  readonly taxes: readonly never[];
};

type LineParent = {
  readonly invoice_item_details: null;
  readonly subscription_item_details: {
    readonly invoice_item: null;
    readonly proration: boolean;
    readonly proration_details: null;
    readonly subscription: string;
    readonly subscription_item: string;
  };
  readonly type: "subscription_item_details";
};

const INVOICE = {
  object: "invoice",
  account_country: "US",
  account_name: "Sandbox",
  account_tax_ids: null,
  amount_overpaid: 0,
  amount_shipping: 0,
  application: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
  custom_fields: null,
  customer_account: null,
  customer_phone: null,
  customer_shipping: null,
  customer_tax_exempt: "none",
  customer_tax_ids: NONE,
  default_source: null,
  default_tax_rates: NONE,
  footer: null,
  from_invoice: null,
  issuer: { type: "self" },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  on_behalf_of: null,
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  starting_balance: 0,
  statement_descriptor: null,
  total_pretax_credit_amounts: NONE,
  total_taxes: NONE,
} as const;

export type InvoiceFields = {
  readonly id: string;
  readonly amount_due: number;
  readonly amount_paid: number;
  readonly amount_remaining: number;
  readonly attempt_count: number;
  readonly attempted: boolean;
  readonly auto_advance: boolean;
  readonly automatically_finalizes_at: number | null;
  readonly billing_reason: BillingReason;
  readonly collection_method: "charge_automatically" | "send_invoice";
  readonly created: number;
  readonly currency: string;
  readonly customer: string;
  readonly customer_address: Address | null;
  readonly customer_email: string | null;
  readonly customer_name: string | null;
  readonly default_payment_method: string | null;
  readonly description: string | null;
  readonly discounts: readonly string[];
  readonly due_date: number | null;
  readonly effective_at: number | null;
  readonly ending_balance: number | null;
  readonly hosted_invoice_url: string | null;
  readonly invoice_pdf: string | null;
  readonly lines: ApiList<InvoiceLine>;
  readonly metadata: Metadata;
  readonly next_payment_attempt: number | null;
  readonly number: string | null;
  readonly parent: {
    readonly quote_details: null;
    readonly subscription_details: { readonly metadata: Metadata; readonly subscription: string };
    readonly type: "subscription_details";
  };
  readonly period_end: number;
  readonly period_start: number;
  readonly status: "draft" | "open" | "paid" | "uncollectible" | "void";
  readonly status_transitions: {
    readonly finalized_at: number | null;
    readonly marked_uncollectible_at: number | null;
    readonly paid_at: number | null;
    readonly voided_at: number | null;
  };
  readonly subtotal: number;
  readonly subtotal_excluding_tax: number;
  readonly test_clock: string | null;
  readonly total: number;
  readonly total_discount_amounts: readonly { readonly amount: number; readonly discount: string }[];
  readonly total_excluding_tax: number;
  readonly webhooks_delivered_at: number | null;
};
/** https://docs.stripe.com/api/invoices/object */
export type Invoice = typeof INVOICE & InvoiceFields;

export function invoiceOf(fields: InvoiceFields): Invoice {
  return { ...INVOICE, ...fields };
}

export const NO_TRANSITIONS: Invoice["status_transitions"] = {
  finalized_at: null,
  marked_uncollectible_at: null,
  paid_at: null,
  voided_at: null,
};

/** What a line of a subscription's item says that is the same for all lines. */
export const LINE = {
  object: "line_item",
  discount_amounts: [],
  discountable: true,
  discounts: NONE,
  livemode: false,
  metadata: NO_METADATA,
  pretax_credit_amounts: [],
  taxes: [],
} as const;

export function lineParent(subscription: string, item: string, proration: boolean): LineParent {
  const details = { invoice_item: null, proration, proration_details: null, subscription, subscription_item: item };
  return { invoice_item_details: null, subscription_item_details: details, type: "subscription_item_details" };
}

/** https://docs.stripe.com/api/invoice-payment/object */
export type InvoicePayment = {
  readonly id: string;
  readonly object: "invoice_payment";
  readonly amount_paid: number | null;
  readonly amount_requested: number;
  readonly created: number;
  readonly currency: string;
  readonly invoice: string;
  readonly is_default: boolean;
  readonly livemode: false;
  readonly payment: { readonly payment_intent: string; readonly type: "payment_intent" };
  readonly status: "open" | "paid" | "canceled";
  readonly status_transitions: { readonly canceled_at: number | null; readonly paid_at: number | null };
};
