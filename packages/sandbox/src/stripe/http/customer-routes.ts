import { attachCard, cardForCustomer } from "../life/card-keeping.ts";
import { cardsOf, createCustomer, customerFor, deleteCustomer, setDefaultCard } from "../life/customers.ts";
import type { Address, Customer } from "../objects/customer.ts";
import { listOf, mergedMetadata } from "../objects/list.ts";
import { missing } from "../refusal.ts";
import { record } from "../world.ts";
import { pageOf } from "./listing.ts";
import {
  address,
  clearable,
  givenMetadata,
  ignored,
  isWithin,
  listOfEach,
  metadata,
  PAGING,
  type Params,
  shape,
  text,
  timeRange,
} from "./params.ts";
import { type Call, type Route, route } from "./route.ts";

const CUSTOMER = {
  address: clearable(address),
  description: clearable(text),
  email: clearable(text),
  invoice_settings: shape({
    default_payment_method: clearable(text),
    custom_fields: ignored,
    footer: ignored,
    rendering_options: ignored,
  }),
  metadata,
  name: clearable(text),
  phone: clearable(text),
  preferred_locales: listOfEach(text),
  shipping: ignored,
  tax: ignored,
  tax_exempt: ignored,
  tax_id_data: ignored,
  validate: ignored,
};
const CREATE = shape({ ...CUSTOMER, payment_method: text, test_clock: text });
const UPDATE = shape(CUSTOMER);

function fullAddress(given: Params<Record<keyof Address, ReturnType<typeof clearable<string>>>> | null | undefined): Address | null {
  if (given === null || given === undefined) return null;
  const { city, country, line1, line2, postal_code, state } = given;
  return {
    city: city ?? null,
    country: country ?? null,
    line1: line1 ?? null,
    line2: line2 ?? null,
    postal_code: postal_code ?? null,
    state: state ?? null,
  };
}

function create({ world, params }: Call<ReturnType<typeof CREATE>>): Customer {
  const made = createCustomer(world, {
    address: fullAddress(params.address),
    description: params.description ?? null,
    email: params.email ?? null,
    metadata: givenMetadata(params.metadata),
    name: params.name ?? null,
    phone: params.phone ?? null,
    preferredLocales: params.preferred_locales ?? [],
    testClock: params.test_clock ?? null,
  });
  const card = params.invoice_settings?.default_payment_method ?? params.payment_method;
  if (card === undefined) return made;
  const kept = attachCard(world, card, made.id);
  return params.invoice_settings?.default_payment_method ? setDefaultCard(world, made.id, kept.id) : made;
}

function update({ world, id, params }: Call<ReturnType<typeof UPDATE>>): Customer {
  const before = customerFor(world, id, "id");
  const after: Customer = {
    ...before,
    address: params.address === undefined ? before.address : fullAddress(params.address),
    description: params.description === undefined ? before.description : params.description,
    email: params.email === undefined ? before.email : params.email,
    metadata: mergedMetadata(before.metadata, params.metadata),
    name: params.name === undefined ? before.name : params.name,
    phone: params.phone === undefined ? before.phone : params.phone,
    preferred_locales: params.preferred_locales ?? before.preferred_locales,
  };
  const stored = record(world, world.state.customer, after, "customer.updated");
  const card = params.invoice_settings?.default_payment_method;
  if (card === undefined) return stored;
  const kept = card === null ? null : cardForCustomer(world, card, id, "invoice_settings[default_payment_method]");
  return setDefaultCard(world, id, kept?.id ?? null);
}

/** https://docs.stripe.com/api/customers */
export const CUSTOMER_ROUTES: readonly Route[] = [
  route("POST", "/v1/customers", CREATE, create),
  route("GET", "/v1/customers/:id", shape({}), ({ world, id }) => world.state.deleted_customer.get(id) ?? customerFor(world, id, "id")),
  route("POST", "/v1/customers/:id", UPDATE, update),
  route("DELETE", "/v1/customers/:id", shape({}), ({ world, id }) => deleteCustomer(world, id)),
  route("GET", "/v1/customers", shape({ ...PAGING, email: text, created: timeRange, test_clock: text }), ({ world, params }) => {
    const { walk, has } = world.state.customer;
    const source = { has, walk: (options: object) => walk({ ...options, under: params.test_clock }) };
    return pageOf(source, params, {
      url: "/v1/customers",
      type: "customer",
      isMeant: ({ email, created }) => (params.email === undefined || email === params.email) && isWithin(created, params.created),
    });
  }),
  route("GET", "/v1/customers/:id/payment_methods", shape({ ...PAGING, type: ignored, allow_redisplay: ignored }), ({ world, id }) => {
    customerFor(world, id, "id");
    return listOf(cardsOf(world, id), `/v1/customers/${id}/payment_methods`);
  }),
  route("GET", "/v1/payment_methods/:id", shape({}), ({ world, id }) => {
    const found = world.state.payment_method.get(id);
    if (found === undefined) throw missing("PaymentMethod", id, "payment_method");
    return found;
  }),
];
