import type { Metadata } from "./list.ts";

export type Address = {
  readonly city: string | null;
  readonly country: string | null;
  readonly line1: string | null;
  readonly line2: string | null;
  readonly postal_code: string | null;
  readonly state: string | null;
};

const CUSTOMER = {
  object: "customer",
  balance: 0,
  default_source: null,
  delinquent: false,
  discount: null,
  livemode: false,
  shipping: null,
  tax_exempt: "none",
} as const;

export type CustomerFields = {
  readonly id: string;
  readonly address: Address | null;
  readonly created: number;
  readonly currency: string | null;
  readonly description: string | null;
  readonly email: string | null;
  readonly invoice_prefix: string;
  readonly invoice_settings: {
    readonly custom_fields: null;
    readonly default_payment_method: string | null;
    readonly footer: null;
    readonly rendering_options: null;
  };
  readonly metadata: Metadata;
  readonly name: string | null;
  readonly next_invoice_sequence: number;
  readonly phone: string | null;
  readonly preferred_locales: readonly string[];
  readonly test_clock: string | null;
};
/** https://docs.stripe.com/api/customers/object */
export type Customer = typeof CUSTOMER & CustomerFields;

export function customerOf(fields: CustomerFields): Customer {
  return { ...CUSTOMER, ...fields };
}

const NO_DEFAULT_CARD: Customer["invoice_settings"] = {
  custom_fields: null,
  default_payment_method: null,
  footer: null,
  rendering_options: null,
};

export function invoiceSettings(defaultPaymentMethod: string | null): Customer["invoice_settings"] {
  return defaultPaymentMethod === null ? NO_DEFAULT_CARD : { ...NO_DEFAULT_CARD, default_payment_method: defaultPaymentMethod };
}

/** What is left of a customer or a product that was deleted. */
export type Deleted<Name extends string> = { readonly id: string; readonly object: Name; readonly deleted: true };

/** https://docs.stripe.com/api/test_clocks/object */
export type TestClock = {
  readonly id: string;
  readonly object: "test_helpers.test_clock";
  readonly created: number;
  readonly deletes_after: number;
  readonly frozen_time: number;
  readonly livemode: false;
  readonly name: string | null;
  readonly status: "ready" | "advancing";
  readonly status_details: Readonly<Record<string, unknown>>;
};
