import { customerFor } from "../life/customers.ts";
import { subscriptionFor } from "../life/portal.ts";
import { advanceTestClock, createTestClock, testClockFor } from "../life/test-clocks.ts";
import type { Coupon } from "../objects/catalogue.ts";
import { listOf } from "../objects/list.ts";
import type { PortalConfiguration, PortalSession } from "../objects/session.ts";
import { invalid, missing } from "../refusal.ts";
import type { World } from "../world.ts";
import { pageOf } from "./listing.ts";
import { flag, givenMetadata, ignored, integer, listOfEach, metadata, oneOf, PAGING, positive, shape, text } from "./params.ts";
import { type Call, needed, type Route, route } from "./route.ts";

const FLOWS = ["payment_method_update", "subscription_cancel", "subscription_update", "subscription_update_confirm"] as const;
const OF_SUBSCRIPTION = { subscription: text };
const CREATE_SESSION = shape({
  configuration: text,
  customer: text,
  flow_data: shape({
    after_completion: ignored,
    subscription_cancel: shape({ ...OF_SUBSCRIPTION, retention: ignored }),
    subscription_update: shape(OF_SUBSCRIPTION),
    subscription_update_confirm: shape({
      ...OF_SUBSCRIPTION,
      discounts: ignored,
      items: listOfEach(shape({ id: text, price: text, quantity: positive })),
    }),
    type: oneOf(...FLOWS),
  }),
  locale: text,
  return_url: text,
});

function createSession({ world, params }: Call<ReturnType<typeof CREATE_SESSION>>): PortalSession {
  const customer = customerFor(world, needed(params.customer, "customer"));
  const configuration = params.configuration ?? defaultConfiguration(world).id;
  if (!world.state["billing_portal.configuration"].has(configuration)) throw missing("configuration", configuration, "configuration");
  const id = world.mint.id("bps_");
  return world.state["billing_portal.session"].put({
    id,
    object: "billing_portal.session",
    configuration,
    created: world.now(customer.id),
    customer: customer.id,
    customer_account: null,
    flow: flowOf(world, customer.id, params.flow_data),
    livemode: false,
    locale: params.locale ?? null,
    on_behalf_of: null,
    return_url: params.return_url ?? null,
    url: world.urls.portal(id),
  });
}

function flowOf(world: World, customer: string, flow: ReturnType<typeof CREATE_SESSION>["flow_data"]): PortalSession["flow"] {
  if (flow === undefined) return null;
  const type = needed(flow.type, "flow_data[type]");
  const details = type === "payment_method_update" ? null : flow[type];
  if (type !== "payment_method_update") {
    const param = `flow_data[${type}][subscription]`;
    const id = needed(details?.subscription, param);
    if (subscriptionFor(world, id, param).customer !== customer)
      throw invalid("The subscription does not belong to the customer of this session.", { param });
  }
  const update = flow.subscription_update_confirm;
  return {
    after_completion: { hosted_confirmation: null, redirect: null, type: "portal_homepage" },
    subscription_cancel: flow.subscription_cancel ? { retention: null, subscription: flow.subscription_cancel.subscription } : null,
    subscription_update: flow.subscription_update ? { subscription: flow.subscription_update.subscription } : null,
    subscription_update_confirm: update
      ? {
          discounts: null,
          items: (update.items ?? []).map(({ id, price, quantity }) => ({
            id: id ?? null,
            price: price ?? null,
            quantity: quantity ?? null,
          })),
          subscription: update.subscription,
        }
      : null,
    type,
  };
}

/** Everything is allowed that the pages can do. */
function defaultConfiguration(world: World): PortalConfiguration {
  for (const configuration of world.state["billing_portal.configuration"].walk()) if (configuration.is_default) return configuration;
  const now = world.now();
  return world.state["billing_portal.configuration"].put({
    id: world.mint.id("bpc_"),
    object: "billing_portal.configuration",
    active: true,
    application: null,
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
    created: now,
    default_return_url: null,
    features: {
      customer_update: { allowed_updates: ["email", "name", "address"], enabled: true },
      invoice_history: { enabled: true },
      payment_method_update: { enabled: true, payment_method_configuration: null },
      subscription_cancel: {
        cancellation_reason: { enabled: false, options: [] },
        enabled: true,
        mode: "at_period_end",
        proration_behavior: "none",
      },
      subscription_pause: { enabled: true },
      subscription_update: {
        billing_cycle_anchor: null,
        default_allowed_updates: ["price", "quantity"],
        enabled: true,
        products: [],
        proration_behavior: "always_invoice",
        schedule_at_period_end: { conditions: [] },
        trial_update_behavior: "continue_trial",
      },
    },
    is_default: true,
    livemode: false,
    login_page: { enabled: false, url: null },
    metadata: {},
    name: null,
    updated: now,
  });
}

const CREATE_CONFIGURATION = shape({
  business_profile: ignored,
  default_return_url: text,
  features: ignored,
  login_page: ignored,
  metadata,
  name: text,
});

function createConfiguration({ world, params }: Call<ReturnType<typeof CREATE_CONFIGURATION>>): PortalConfiguration {
  const { features, business_profile } = defaultConfiguration(world);
  const now = world.now();
  return world.state["billing_portal.configuration"].put({
    id: world.mint.id("bpc_"),
    object: "billing_portal.configuration",
    active: true,
    application: null,
    business_profile,
    created: now,
    default_return_url: params.default_return_url ?? null,
    features,
    is_default: false,
    livemode: false,
    login_page: { enabled: false, url: null },
    metadata: givenMetadata(params.metadata),
    name: params.name ?? null,
    updated: now,
  });
}

const CREATE_COUPON = shape({
  amount_off: positive,
  currency: text,
  duration: oneOf("forever", "once", "repeating"),
  duration_in_months: positive,
  id: text,
  max_redemptions: ignored,
  metadata,
  name: text,
  percent_off: integer,
  redeem_by: ignored,
});

function createCoupon({ world, params }: Call<ReturnType<typeof CREATE_COUPON>>): Coupon {
  if ((params.percent_off === undefined) === (params.amount_off === undefined))
    throw invalid("You must pass exactly one of percent_off or amount_off.", { code: "parameter_missing", param: "percent_off" });
  const coupon: Coupon = {
    id: params.id ?? world.mint.id("", 8),
    object: "coupon",
    amount_off: params.amount_off ?? null,
    created: world.now(),
    currency: params.currency ?? null,
    duration: params.duration ?? "once",
    duration_in_months: params.duration_in_months ?? null,
    livemode: false,
    max_redemptions: null,
    metadata: givenMetadata(params.metadata),
    name: params.name ?? null,
    percent_off: params.percent_off ?? null,
    redeem_by: null,
    times_redeemed: 0,
    valid: true,
  };
  world.state.coupon.put(coupon);
  world.emit("coupon.created", coupon);
  return coupon;
}

/** https://docs.stripe.com/api/customer_portal, https://docs.stripe.com/api/coupons, https://docs.stripe.com/api/test_clocks */
export const PORTAL_ROUTES: readonly Route[] = [
  route("POST", "/v1/billing_portal/sessions", CREATE_SESSION, createSession),
  route("POST", "/v1/billing_portal/configurations", CREATE_CONFIGURATION, createConfiguration),
  route("GET", "/v1/billing_portal/configurations", shape({ ...PAGING, active: flag, is_default: flag }), ({ world, params }) => {
    const first = defaultConfiguration(world);
    return pageOf(world.state["billing_portal.configuration"], params, {
      url: "/v1/billing_portal/configurations",
      type: "configuration",
      isMeant: ({ id }) => params.is_default === undefined || (id === first.id) === params.is_default,
    });
  }),
  route("GET", "/v1/billing_portal/configurations/:id", shape({}), ({ world, id }) => {
    const found = world.state["billing_portal.configuration"].get(id);
    if (found === undefined) throw missing("configuration", id);
    return found;
  }),
  route("POST", "/v1/coupons", CREATE_COUPON, createCoupon),
  route("GET", "/v1/coupons", shape(PAGING), ({ world, params }) =>
    pageOf(world.state.coupon, params, { url: "/v1/coupons", type: "coupon" }),
  ),
  route("GET", "/v1/coupons/:id", shape({}), ({ world, id }) => {
    const coupon = world.state.coupon.get(id);
    if (coupon === undefined) throw missing("coupon", id);
    return coupon;
  }),
  route("POST", "/v1/test_helpers/test_clocks", shape({ frozen_time: integer, name: text }), ({ world, params }) =>
    createTestClock(world, needed(params.frozen_time, "frozen_time"), params.name ?? null),
  ),
  route("GET", "/v1/test_helpers/test_clocks/:id", shape({}), ({ world, id }) => testClockFor(world, id)),
  route("POST", "/v1/test_helpers/test_clocks/:id/advance", shape({ frozen_time: integer }), ({ world, id, params, runClock }) =>
    advanceTestClock(world, runClock, id, needed(params.frozen_time, "frozen_time")),
  ),
  route("GET", "/v1/test_helpers/test_clocks", shape(PAGING), ({ world }) =>
    listOf([...world.state["test_helpers.test_clock"].walk()], "/v1/test_helpers/test_clocks"),
  ),
];
