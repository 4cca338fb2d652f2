import { expireSession, sessionFor } from "../life/checkout.ts";
import { createCheckoutSession } from "../life/checkout-session.ts";
import { customerFor } from "../life/customers.ts";
import { listOf } from "../objects/list.ts";
import type { CheckoutSession } from "../objects/session.ts";
import { invalid, missing } from "../refusal.ts";
import type { World } from "../world.ts";
import { pageOf } from "./listing.ts";
import {
  flag,
  givenMetadata,
  ignored,
  integer,
  isWithin,
  listOfEach,
  metadata,
  oneOf,
  PAGING,
  type Params,
  shape,
  text,
  timeRange,
} from "./params.ts";
import { type Call, needed, type Route, route } from "./route.ts";

const LINE = { price: text, quantity: integer, adjustable_quantity: ignored, tax_rates: ignored, dynamic_tax_rates: ignored, metadata };
const CREATE = shape({
  adaptive_pricing: ignored,
  allow_promotion_codes: flag,
  automatic_tax: ignored,
  billing_address_collection: text,
  branding_settings: ignored,
  cancel_url: text,
  client_reference_id: text,
  consent_collection: ignored,
  currency: text,
  custom_fields: ignored,
  custom_text: ignored,
  customer: text,
  customer_email: text,
  customer_update: ignored,
  discounts: listOfEach(shape({ coupon: text, promotion_code: text })),
  expires_at: integer,
  line_items: listOfEach(shape(LINE)),
  locale: text,
  metadata,
  mode: oneOf("subscription", "payment", "setup"),
  payment_method_collection: oneOf("always", "if_required"),
  payment_method_options: ignored,
  payment_method_types: ignored,
  phone_number_collection: ignored,
  saved_payment_method_options: ignored,
  subscription_data: shape({
    billing_mode: shape({ type: oneOf("classic", "flexible"), flexible: ignored }),
    description: text,
    invoice_settings: ignored,
    metadata,
    proration_behavior: ignored,
    trial_end: integer,
    trial_period_days: integer,
    trial_settings: shape({
      end_behavior: shape({ missing_payment_method: oneOf("cancel", "create_invoice", "pause"), billing_cycle_anchor: ignored }),
    }),
  }),
  success_url: text,
  tax_id_collection: ignored,
  ui_mode: oneOf("hosted_page", "hosted"),
});
type Wish = ReturnType<typeof CREATE>;

function create({ world, params }: Call<Wish>): CheckoutSession {
  if (needed(params.mode, "mode") !== "subscription")
    throw invalid("The sandbox only makes sessions in `subscription` mode.", { param: "mode" });
  if (params.customer !== undefined && params.customer_email !== undefined)
    throw invalid("You may only specify one of these parameters: customer, customer_email.", { param: "customer" });
  if (params.customer !== undefined) customerFor(world, params.customer);
  const data = params.subscription_data;
  return createCheckoutSession(world, {
    customer: params.customer ?? null,
    customerEmail: params.customer_email ?? null,
    lines: linesOf(world, needed(params.line_items, "line_items")),
    successUrl: needed(params.success_url, "success_url"),
    cancelUrl: params.cancel_url ?? null,
    clientReferenceId: params.client_reference_id ?? null,
    expiresAt: params.expires_at ?? null,
    metadata: givenMetadata(params.metadata),
    paymentMethodCollection: params.payment_method_collection ?? "always",
    allowPromotionCodes: params.allow_promotion_codes ?? null,
    billingAddressCollection: params.billing_address_collection ?? null,
    locale: params.locale ?? null,
    trialEnd: trialEndOf(world, params),
    subscriptionMetadata: givenMetadata(data?.metadata),
    subscriptionDescription: data?.description ?? null,
    missingPaymentMethod: data?.trial_settings?.end_behavior?.missing_payment_method ?? "create_invoice",
    flexible: data?.billing_mode?.type === undefined ? world.settings.flexible : data.billing_mode.type === "flexible",
    coupons: (params.discounts ?? []).map(({ coupon }, index) => needed(coupon, `discounts[${index}][coupon]`)),
  });
}

function trialEndOf(world: World, { customer, subscription_data: data }: Wish): number | null {
  const days = data?.trial_period_days;
  if (days === undefined) return data?.trial_end ?? null;
  if (data?.trial_end !== undefined)
    throw invalid("You may only specify one of these parameters: trial_end, trial_period_days.", { param: "subscription_data[trial_end]" });
  if (days < 1) throw invalid("The minimum number of trial period days is 1.", { param: "subscription_data[trial_period_days]" });
  return world.now(customer ?? null) + Math.max(days, 2) * 86_400;
}

function linesOf(world: World, lines: readonly Params<typeof LINE>[]) {
  if (lines.length === 0) throw invalid("Missing required param: line_items.", { code: "parameter_missing", param: "line_items" });
  return lines.map(({ price: id, quantity }, index) => {
    const param = `line_items[${index}][price]`;
    const price = world.state.price.get(needed(id, param));
    if (price === undefined) throw missing("price", id ?? "", param);
    const count = needed(quantity, `line_items[${index}][quantity]`);
    if (count < 1) throw invalid("This value must be greater than or equal to 1.", { param: `line_items[${index}][quantity]` });
    return { price, quantity: count };
  });
}

const LIST = shape({
  ...PAGING,
  created: timeRange,
  customer: text,
  customer_details: shape({ email: text }),
  status: oneOf("open", "complete", "expired"),
  subscription: text,
});

function list({ world, params }: Call<ReturnType<typeof LIST>>): object {
  const { walk, has } = world.state["checkout.session"];
  const source = { has, walk: (options: object) => walk({ ...options, under: params.customer ?? params.subscription }) };
  return pageOf(source, params, {
    url: "/v1/checkout/sessions",
    type: "checkout.session",
    isMeant: (session) =>
      (params.status === undefined || session.status === params.status) &&
      (params.subscription === undefined || session.subscription === params.subscription) &&
      isWithin(session.created, params.created),
  });
}

/** https://docs.stripe.com/api/checkout/sessions */
export const CHECKOUT_ROUTES: readonly Route[] = [
  route("POST", "/v1/checkout/sessions", CREATE, create),
  route("GET", "/v1/checkout/sessions/:id", shape({}), ({ world, id }) => sessionFor(world, id).session),
  route("POST", "/v1/checkout/sessions/:id/expire", shape({}), ({ world, id }) => expireSession(world, id)),
  route("GET", "/v1/checkout/sessions", LIST, list),
  route("GET", "/v1/checkout/sessions/:id/line_items", shape(PAGING), ({ world, id }) =>
    listOf(sessionFor(world, id).order.lineItems, `/v1/checkout/sessions/${id}/line_items`),
  ),
];
