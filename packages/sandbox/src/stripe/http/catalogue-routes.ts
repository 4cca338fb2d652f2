import type { Interval } from "../calendar.ts";
import { type Price, type Product, priceOf, productOf } from "../objects/catalogue.ts";
import { mergedMetadata } from "../objects/list.ts";
import { invalid, missing } from "../refusal.ts";
import { record, type World } from "../world.ts";
import { pageOf } from "./listing.ts";
import {
  clearable,
  flag,
  givenMetadata,
  ignored,
  integer,
  isWithin,
  listOfEach,
  metadata,
  oneOf,
  PAGING,
  positive,
  shape,
  text,
  timeRange,
} from "./params.ts";
import { type Call, needed, type Route, route } from "./route.ts";

const RECURRING = shape({
  interval: oneOf<Interval>("day", "week", "month", "year"),
  interval_count: integer,
  meter: ignored,
  trial_period_days: ignored,
  usage_type: oneOf("licensed"),
});
const PRODUCT_FIELDS = {
  active: flag,
  description: clearable(text),
  images: listOfEach(text),
  marketing_features: ignored,
  metadata,
  package_dimensions: ignored,
  shippable: ignored,
  statement_descriptor: ignored,
  tax_code: ignored,
  unit_label: clearable(text),
  url: clearable(text),
};
const CREATE_PRODUCT = shape({ ...PRODUCT_FIELDS, name: text, id: text, type: ignored });
const UPDATE_PRODUCT = shape({ ...PRODUCT_FIELDS, name: text, default_price: text });
const CREATE_PRICE = shape({
  active: flag,
  billing_scheme: oneOf("per_unit"),
  currency: text,
  lookup_key: text,
  metadata,
  nickname: text,
  product: text,
  product_data: shape({ name: text, id: text, active: flag, metadata, unit_label: text, tax_code: ignored, statement_descriptor: ignored }),
  recurring: RECURRING,
  tax_behavior: text,
  transfer_lookup_key: flag,
  unit_amount: positive,
  unit_amount_decimal: text,
});
const UPDATE_PRICE = shape({
  active: flag,
  lookup_key: clearable(text),
  metadata,
  nickname: clearable(text),
  tax_behavior: text,
  transfer_lookup_key: flag,
});

function createProduct({ world, params }: Call<ReturnType<typeof CREATE_PRODUCT>>): Product {
  return newProduct(world, {
    ...params,
    name: needed(params.name, "name"),
    description: params.description ?? null,
    unit_label: params.unit_label ?? null,
    url: params.url ?? null,
  });
}

interface ProductWish {
  readonly id?: string | undefined;
  readonly name: string;
  readonly active?: boolean | undefined;
  readonly description?: string | null;
  readonly images?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, string>> | "" | undefined;
  readonly unit_label?: string | null | undefined;
  readonly url?: string | null;
}

function newProduct(world: World, wish: ProductWish): Product {
  const id = wish.id ?? world.mint.id("prod_", 14);
  if (world.state.product.has(id)) throw invalid("Product already exists.", { code: "resource_already_exists", param: "id" });
  const now = world.now();
  const product = productOf({
    id,
    active: wish.active ?? true,
    created: now,
    default_price: null,
    description: wish.description ?? null,
    images: wish.images ?? [],
    metadata: givenMetadata(wish.metadata),
    name: wish.name,
    unit_label: wish.unit_label ?? null,
    updated: now,
    url: wish.url ?? null,
  });
  return record(world, world.state.product, product, "product.created");
}

function productFor(world: World, id: string, param = "id"): Product {
  const product = world.state.product.get(id);
  if (product === undefined) throw missing("product", id, param);
  return product;
}

function updateProduct({ world, id, params }: Call<ReturnType<typeof UPDATE_PRODUCT>>): Product {
  const before = productFor(world, id);
  const after: Product = {
    ...before,
    active: params.active ?? before.active,
    default_price: params.default_price ?? before.default_price,
    description: params.description === undefined ? before.description : params.description,
    images: params.images ?? before.images,
    metadata: mergedMetadata(before.metadata, params.metadata),
    name: params.name ?? before.name,
    unit_label: params.unit_label === undefined ? before.unit_label : params.unit_label,
    url: params.url === undefined ? before.url : params.url,
  };
  if (JSON.stringify(before) === JSON.stringify(after)) return before;
  return record(world, world.state.product, { ...after, updated: world.now() }, "product.updated");
}

function deleteProduct(world: World, id: string): object {
  const product = productFor(world, id);
  for (const _ of world.state.price.walk({ under: id }))
    throw invalid("This product cannot be deleted because it has one or more user-created prices.", { param: "id" });
  world.emit("product.deleted", product);
  world.state.product.remove(id);
  return world.state.deleted_product.put({ id, object: "product", deleted: true });
}

function createPrice({ world, params }: Call<ReturnType<typeof CREATE_PRICE>>): Price {
  const currency = needed(params.currency, "currency").toLowerCase();
  const amount = params.unit_amount ?? (params.unit_amount_decimal === undefined ? undefined : Number(params.unit_amount_decimal));
  const product =
    params.product_data === undefined
      ? productFor(world, needed(params.product, "product"), "product")
      : newProduct(world, { ...params.product_data, name: needed(params.product_data.name, "product_data[name]") });
  const { recurring } = params;
  if (params.lookup_key !== undefined) takeLookupKey(world, params.lookup_key, params.transfer_lookup_key === true, null);
  const price = priceOf({
    id: world.mint.id("price_"),
    active: params.active ?? true,
    created: world.now(),
    currency,
    lookup_key: params.lookup_key ?? null,
    metadata: givenMetadata(params.metadata),
    nickname: params.nickname ?? null,
    product: product.id,
    recurring: recurring
      ? {
          interval: needed(recurring.interval, "recurring[interval]"),
          interval_count: recurring.interval_count ?? 1,
          meter: null,
          trial_period_days: null,
          usage_type: "licensed",
        }
      : null,
    tax_behavior: params.tax_behavior ?? "unspecified",
    type: recurring ? "recurring" : "one_time",
    unit_amount: needed(amount, "unit_amount"),
    unit_amount_decimal: String(amount),
  });
  return record(world, world.state.price, price, "price.created");
}

/** A lookup key names one active price. It moves only where that is asked for. */
function takeLookupKey(world: World, key: string, isTransferred: boolean, except: string | null): void {
  for (const holder of [...world.state.price.walk({ under: `lookup ${key}` })]) {
    if (holder.lookup_key !== key || holder.id === except) continue;
    if (!isTransferred)
      throw invalid(`A price (\`${holder.id}\`) already uses that lookup key.`, { code: "resource_already_exists", param: "lookup_key" });
    record(world, world.state.price, { ...holder, lookup_key: null }, "price.updated");
  }
}

function priceFor(world: World, id: string): Price {
  const price = world.state.price.get(id);
  if (price === undefined) throw missing("price", id, "id");
  return price;
}

function updatePrice({ world, id, params }: Call<ReturnType<typeof UPDATE_PRICE>>): Price {
  const before = priceFor(world, id);
  if (params.lookup_key) takeLookupKey(world, params.lookup_key, params.transfer_lookup_key === true, id);
  const after: Price = {
    ...before,
    active: params.active ?? before.active,
    lookup_key: params.lookup_key === undefined ? before.lookup_key : params.lookup_key,
    metadata: mergedMetadata(before.metadata, params.metadata),
    nickname: params.nickname === undefined ? before.nickname : params.nickname,
    tax_behavior: params.tax_behavior ?? before.tax_behavior,
  };
  return record(world, world.state.price, after, "price.updated");
}

const LIST_PRICES = shape({
  ...PAGING,
  active: flag,
  created: timeRange,
  currency: text,
  lookup_keys: listOfEach(text),
  product: text,
  recurring: shape({ interval: text, meter: ignored, usage_type: ignored }),
  type: text,
});

function listPrices({ world, params }: Call<ReturnType<typeof LIST_PRICES>>): object {
  const { walk, has } = world.state.price;
  const source = { has, walk: (options: object) => walk({ ...options, under: params.product }) };
  return pageOf(source, params, {
    url: "/v1/prices",
    type: "price",
    isMeant: (price) =>
      (params.active === undefined || price.active === params.active) &&
      (params.currency === undefined || price.currency === params.currency) &&
      (params.lookup_keys === undefined || (price.lookup_key !== null && params.lookup_keys.includes(price.lookup_key))) &&
      (params.recurring?.interval === undefined || price.recurring?.interval === params.recurring.interval) &&
      (params.type === undefined || price.type === params.type) &&
      isWithin(price.created, params.created),
  });
}

/** https://docs.stripe.com/api/products and https://docs.stripe.com/api/prices */
export const CATALOGUE_ROUTES: readonly Route[] = [
  route("POST", "/v1/products", CREATE_PRODUCT, createProduct),
  route("GET", "/v1/products/:id", shape({}), ({ world, id }) => world.state.deleted_product.get(id) ?? productFor(world, id)),
  route("POST", "/v1/products/:id", UPDATE_PRODUCT, updateProduct),
  route("DELETE", "/v1/products/:id", shape({}), ({ world, id }) => deleteProduct(world, id)),
  route(
    "GET",
    "/v1/products",
    shape({ ...PAGING, active: flag, created: timeRange, ids: listOfEach(text), shippable: ignored, url: text }),
    ({ world, params }) =>
      pageOf(world.state.product, params, {
        url: "/v1/products",
        type: "product",
        isMeant: ({ id, active, created, url }) =>
          (params.active === undefined || active === params.active) &&
          (params.ids === undefined || params.ids.includes(id)) &&
          (params.url === undefined || url === params.url) &&
          isWithin(created, params.created),
      }),
  ),
  route("POST", "/v1/prices", CREATE_PRICE, createPrice),
  route("GET", "/v1/prices/:id", shape({}), ({ world, id }) => priceFor(world, id)),
  route("POST", "/v1/prices/:id", UPDATE_PRICE, updatePrice),
  route("GET", "/v1/prices", LIST_PRICES, listPrices),
];
