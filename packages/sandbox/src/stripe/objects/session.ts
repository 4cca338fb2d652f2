import type { Price } from "./catalogue.ts";
import type { Address } from "./customer.ts";
import { type Metadata, NONE } from "./list.ts";

const SESSION = {
  object: "checkout.session",
  adaptive_pricing: null,
  after_expiration: null,
  allowed_payment_method_types: null,
  automatic_tax: { enabled: false, liability: null, provider: null, status: null },
  branding_settings: null,
  client_secret: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: NONE,
  custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
  customer_account: null,
  customer_creation: null,
  integration_identifier: null,
  invoice_creation: null,
  livemode: false,
  managed_payments: null,
  mode: "subscription",
  origin_context: null,
  payment_intent: null,
  payment_link: null,
  payment_method_configuration_details: null,
  payment_method_options: { card: { request_three_d_secure: "automatic" } },
  payment_method_types: ["card"],
  permissions: null,
  phone_number_collection: { enabled: false },
  recovered_from: null,
  saved_payment_method_options: { allow_redisplay_filters: ["always"], payment_method_remove: "disabled", payment_method_save: null },
  setup_intent: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: NONE,
  submit_type: null,
  total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
  ui_mode: "hosted_page",
  wallet_options: null,
} as const;

export type CheckoutSessionFields = {
  readonly id: string;
  readonly allow_promotion_codes: boolean | null;
  readonly amount_subtotal: number;
  readonly amount_total: number;
  readonly billing_address_collection: string | null;
  readonly cancel_url: string | null;
  readonly client_reference_id: string | null;
  readonly created: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly customer_details: CustomerDetails | null;
  readonly customer_email: string | null;
  readonly discounts: readonly { readonly coupon: string; readonly promotion_code: null }[];
  readonly expires_at: number;
  readonly invoice: string | null;
  readonly locale: string | null;
  readonly metadata: Metadata;
  readonly payment_method_collection: "always" | "if_required";
  readonly payment_status: "unpaid" | "paid" | "no_payment_required";
  readonly status: "open" | "complete" | "expired";
  readonly subscription: string | null;
  readonly success_url: string;
  readonly url: string | null;
};

export type CustomerDetails = {
  readonly address: Address | null;
  readonly business_name: null;
  readonly email: string | null;
  readonly individual_name: null;
  readonly name: string | null;
  readonly phone: string | null;
  readonly tax_exempt: "none";
  readonly tax_ids: readonly never[];
};

/** https://docs.stripe.com/api/checkout/sessions/object */
export type CheckoutSession = typeof SESSION & CheckoutSessionFields;

export function checkoutSessionOf(fields: CheckoutSessionFields): CheckoutSession {
  return { ...SESSION, ...fields };
}

/** What a session sells. It is not part of the object: `line_items` is only there where it is asked for. */
export type LineItem = {
  readonly id: string;
  readonly object: "item";
  readonly adjustable_quantity: null;
  readonly amount_discount: number;
  readonly amount_subtotal: number;
  readonly amount_tax: number;
  readonly amount_total: number;
  readonly currency: string;
  readonly description: string;
  readonly metadata: Metadata;
  readonly price: Price;
  readonly quantity: number;
};

/** https://docs.stripe.com/api/customer_portal/sessions/object */
export type PortalSession = {
  readonly id: string;
  readonly object: "billing_portal.session";
  readonly configuration: string;
  readonly created: number;
  readonly customer: string;
  readonly customer_account: null;
  readonly flow: Readonly<Record<string, unknown>> | null;
  readonly livemode: false;
  readonly locale: string | null;
  readonly on_behalf_of: null;
  readonly return_url: string | null;
  readonly url: string;
};

/** https://docs.stripe.com/api/customer_portal/configurations/object */
export type PortalConfiguration = {
  readonly id: string;
  readonly object: "billing_portal.configuration";
  readonly active: boolean;
  readonly application: null;
  readonly business_profile: Readonly<Record<string, string | null>>;
  readonly created: number;
  readonly default_return_url: string | null;
  readonly features: Readonly<Record<string, unknown>>;
  readonly is_default: boolean;
  readonly livemode: false;
  readonly login_page: { readonly enabled: boolean; readonly url: string | null };
  readonly metadata: Metadata;
  readonly name: string | null;
  readonly updated: number;
};
