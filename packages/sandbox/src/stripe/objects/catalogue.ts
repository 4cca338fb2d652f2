import type { Cadence } from "../calendar.ts";
import type { Metadata } from "./list.ts";

const PRODUCT = {
  object: "product",
  livemode: false,
  marketing_features: [],
  package_dimensions: null,
  shippable: null,
  statement_descriptor: null,
  tax_code: null,
  tax_details: null,
  type: "service",
} as const;

export type ProductFields = {
  readonly id: string;
  readonly active: boolean;
  readonly created: number;
  readonly default_price: string | null;
  readonly description: string | null;
  readonly images: readonly string[];
  readonly metadata: Metadata;
  readonly name: string;
  readonly unit_label: string | null;
  readonly updated: number;
  readonly url: string | null;
};
/** https://docs.stripe.com/api/products/object */
export type Product = typeof PRODUCT & ProductFields;

export function productOf(fields: ProductFields): Product {
  return { ...PRODUCT, ...fields };
}

const PRICE = {
  object: "price",
  billing_scheme: "per_unit",
  custom_unit_amount: null,
  livemode: false,
  tiers_mode: null,
  transform_quantity: null,
} as const;

export type Recurring = Cadence & {
  readonly meter: null;
  readonly trial_period_days: null;
  readonly usage_type: "licensed";
};

export type PriceFields = {
  readonly id: string;
  readonly active: boolean;
  readonly created: number;
  readonly currency: string;
  readonly lookup_key: string | null;
  readonly metadata: Metadata;
  readonly nickname: string | null;
  readonly product: string;
  readonly recurring: Recurring | null;
  readonly tax_behavior: string;
  readonly type: "recurring" | "one_time";
  readonly unit_amount: number;
  readonly unit_amount_decimal: string;
};
/** https://docs.stripe.com/api/prices/object */
export type Price = typeof PRICE & PriceFields;

export function priceOf(fields: PriceFields): Price {
  return { ...PRICE, ...fields };
}

/** The older form of a recurring price, which items still carry. */
export type Plan = ReturnType<typeof planOf>;

export function planOf(price: Price) {
  return {
    id: price.id,
    object: "plan",
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: "per_unit",
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? "month",
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: "licensed",
  } as const;
}

/** https://docs.stripe.com/api/coupons/object */
export type Coupon = {
  readonly id: string;
  readonly object: "coupon";
  readonly amount_off: number | null;
  readonly created: number;
  readonly currency: string | null;
  readonly duration: string;
  readonly duration_in_months: number | null;
  readonly livemode: false;
  readonly max_redemptions: number | null;
  readonly metadata: Metadata;
  readonly name: string | null;
  readonly percent_off: number | null;
  readonly redeem_by: number | null;
  readonly times_redeemed: number;
  readonly valid: boolean;
};

/** https://docs.stripe.com/api/discounts/object */
export type Discount = {
  readonly id: string;
  readonly object: "discount";
  readonly checkout_session: string | null;
  readonly customer: string;
  readonly customer_account: null;
  readonly end: null;
  readonly invoice: null;
  readonly invoice_item: null;
  readonly promotion_code: null;
  readonly source: { readonly coupon: string; readonly type: "coupon" };
  readonly start: number;
  readonly subscription: string | null;
  readonly subscription_item: null;
};
