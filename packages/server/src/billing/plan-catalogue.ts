import { type Catalogue, type Flag, type FlagValue, lookupKey, type Plan, type PriceInterval, productId, sayMoney } from "@gatehouse/core";
import type { StripePrice, StripeProduct } from "../platform/stripe-catalogue.ts";
import type { Edit, StoredFlag, StoredPlan } from "./catalogue.store.ts";
import type { StoredPrice } from "./prices.store.ts";

export interface StoredCatalogue {
  readonly plans: readonly StoredPlan[];
  readonly flags: readonly StoredFlag[];
  readonly prices: readonly StoredPrice[];
  /** Former prices that Stripe may still sell. */
  readonly unarchived: readonly { readonly priceId: string; readonly plan: string }[];
}
export interface CatalogueAtStripe {
  /** Those with an id of ours. */
  readonly products: readonly StripeProduct[];
  /** Those with a lookup key of ours. */
  readonly prices: readonly StripePrice[];
}
export type WantedPrice = Omit<StoredPrice, "priceId">;

interface Said {
  readonly at: "database" | "stripe";
  /** What is to be done, to be read. */
  readonly what: string;
  readonly why: string;
}
export type CatalogueChange =
  | (Said & { readonly kind: "store_plan"; readonly plan: string })
  | (Said & { readonly kind: "store_flag" | "remove_flag"; readonly flag: string })
  | (Said & { readonly kind: "make_product" | "mend_product"; readonly productId: string; readonly name: string })
  /** `replaces`: the price that has the lookup key, or that the database takes for it */
  | (Said & { readonly kind: "make_price"; readonly price: WantedPrice; readonly replaces: string | null })
  | (Said & { readonly kind: "know_price"; readonly price: StoredPrice })
  | (Said & { readonly kind: "stop_selling"; readonly plan: string; readonly interval: PriceInterval })
  | (Said & { readonly kind: "archive_price"; readonly priceId: string });

/** Every price of the catalogue, with the names that it gets at Stripe. */
export function wantedPrices(catalogue: Catalogue): WantedPrice[] {
  return catalogue.plans.flatMap((plan) =>
    plan.prices.map((price) => ({
      plan: plan.key,
      interval: price.interval,
      productId: productId(catalogue.key, plan.key),
      lookupKey: lookupKey(catalogue.key, plan.key, price.interval),
      currency: price.currency,
      amountMinor: price.amountMinor,
      isPerSeat: price.perSeat,
    })),
  );
}

/** `$29.00 a seat a month` */
export function sayPrice(price: Pick<WantedPrice, "amountMinor" | "currency" | "isPerSeat" | "interval">): string {
  return `${sayMoney(price.amountMinor, price.currency)}${price.isPerSeat ? " a seat" : ""} a ${price.interval}`;
}

/**
 * What must be done so that database and Stripe are as the catalogue says, in an order in which each step finds what it needs.
 *
 * An amount at Stripe cannot be changed: another amount is another price, to which the lookup key moves; the one before is archived, and
 * subscriptions on it go on. A price that is right at Stripe is taken as it is, whoever made it: so a run that broke off is completed.
 * @param atStripe null: Stripe is not configured; then only the flags and plans of the database are looked at
 */
export function planCatalogue(wanted: Catalogue, stored: StoredCatalogue, atStripe: CatalogueAtStripe | null): CatalogueChange[] {
  const plans = [
    ...planFlags(wanted.flags, stored.flags),
    ...wanted.plans.flatMap((plan) =>
      planPlan(
        plan,
        stored.plans.find((one) => one.key === plan.key),
        wanted,
      ),
    ),
    ...stored.plans.filter(({ key }) => !wanted.plans.some((plan) => plan.key === key)).flatMap(planLeftPlan),
  ];
  if (atStripe === null) return plans;
  const products = wanted.plans
    .filter((plan) => plan.prices.length > 0)
    .flatMap((plan) => planProduct(productId(wanted.key, plan.key), plan.name, atStripe.products));
  const prices = wantedPrices(wanted).map((price) =>
    planPrice(
      price,
      stored.prices.find((one) => one.plan === price.plan && one.interval === price.interval),
      atStripe.prices.find((one) => one.lookupKey === price.lookupKey),
    ),
  );
  const dropped = stored.prices.filter((one) => !prices.some(({ price }) => price.plan === one.plan && price.interval === one.interval));
  const inUse = new Set(prices.map((one) => one.keptId));
  const left = [
    ...stored.unarchived,
    ...prices.flatMap(({ price, displaced }) => displaced.map((priceId) => ({ priceId, plan: price.plan }))),
    ...dropped,
  ];
  return [
    ...plans,
    ...products,
    ...prices.flatMap((one) => one.changes),
    ...dropped.map(planStop),
    ...[...new Map(left.map((one) => [one.priceId, one])).values()].filter((one) => !inUse.has(one.priceId)).map(planArchive),
  ];
}

function planFlags(wanted: readonly Flag[], stored: readonly StoredFlag[]): CatalogueChange[] {
  const about = { at: "database" } as const;
  const gone = stored.filter((flag) => !wanted.some((one) => one.key === flag.key));
  return [
    ...wanted.flatMap((flag): CatalogueChange[] => {
      const before = stored.find((one) => one.key === flag.key);
      const why = before ? whyUnlikeFlag(before, flag) : ["the database has no such flag"];
      return why.length === 0
        ? []
        : [{ ...about, kind: "store_flag", flag: flag.key, what: `store flag ${flag.key}`, why: why.join("; ") }];
    }),
    ...gone.map(({ key, overrides }): CatalogueChange => {
      const also = overrides === 0 ? "" : `; what operators set of it for ${sayAccounts(overrides)} says nothing from then on`;
      const why = `the catalogue no longer has it${also}`;
      return { ...about, kind: "remove_flag", flag: key, what: `remove flag ${key}`, why };
    }),
  ];
}

const sayAccounts = (count: number): string => (count === 1 ? "1 account" : `${count} accounts`);

function whyUnlikeFlag(stored: StoredFlag, flag: Flag): string[] {
  return [
    ...(stored.default === flag.default ? [] : [`its default is ${sayValue(stored.default)}, not ${sayValue(flag.default)}`]),
    ...(stored.description === flag.description ? [] : ["its description is another"]),
  ];
}

const sayValue = (value: FlagValue | undefined): string => (value === undefined ? "missing" : JSON.stringify(value));

function planPlan(plan: Plan, stored: StoredPlan | undefined, { flags, limits }: Catalogue): CatalogueChange[] {
  const change = (why: string): CatalogueChange[] => [
    { at: "database", kind: "store_plan", plan: plan.key, what: `store plan ${plan.key}`, why },
  ];
  if (!stored) return change("the database has no such plan");
  const differences = [
    ...(stored.name === plan.name ? [] : [`its name is ${JSON.stringify(stored.name)}, not ${JSON.stringify(plan.name)}`]),
    ...(stored.public === plan.public ? [] : [`it is ${stored.public ? "public" : "not public"}`]),
    ...(stored.order === plan.order ? [] : [`its order is ${stored.order}, not ${plan.order}`]),
  ];
  const all = [
    ...(differences.length === 0 ? [] : [`${differences.join("; ")}${sayEdit(stored.edit)}`]),
    ...limitDifferences(plan, stored, Object.keys(limits)),
    ...featureDifferences(
      plan,
      stored,
      flags.map(({ key }) => key),
    ),
  ];
  return all.length === 0 ? [] : change(all.join("; "));
}

/** It stays for the accounts that are on it. */
function planLeftPlan({ key, features }: StoredPlan): CatalogueChange[] {
  if (Object.keys(features).length === 0) return [];
  const why = "the catalogue no longer has it: its limits stay, and what it says of flags goes";
  return [{ at: "database", kind: "store_plan", plan: key, what: `store plan ${key}`, why }];
}

/** What an operator edited is told of as such: whoever applies undoes it knowingly. */
const sayEdit = (edit: Edit | null | undefined): string => (edit == null ? "" : ` (an operator's edit: ${JSON.stringify(edit.reason)})`);

function limitDifferences(plan: Plan, stored: StoredPlan, keys: readonly string[]): string[] {
  const changed = Object.entries(plan.limits).flatMap(([key, limit]) => {
    const before = Object.hasOwn(stored.limits, key) ? stored.limits[key] : undefined;
    if (before === limit) return [];
    const is = before === undefined ? "missing" : sayLimit(before);
    return [`its limit ${key} is ${is}, not ${sayLimit(limit)}${sayEdit(stored.limitEdits[key])}`];
  });
  const gone = Object.keys(stored.limits).filter((key) => !keys.includes(key));
  return [...changed, ...gone.map((key) => `its limit ${key} is in the catalogue no more`)];
}

/** Of flags that stay; one that goes is told of by itself. */
function featureDifferences(plan: Plan, stored: StoredPlan, flags: readonly string[]): string[] {
  return flags.flatMap((key) => {
    const [before, after] = [stored, plan].map(({ features }) => (Object.hasOwn(features, key) ? features[key] : undefined));
    if (before === after) return [];
    if (after === undefined) return [`its feature ${key} is ${sayValue(before)}, and the catalogue says nothing of it`];
    return [`its feature ${key} is ${sayValue(before)}, not ${sayValue(after)}`];
  });
}

const sayLimit = (limit: number | null): string => (limit === null ? "unlimited" : String(limit));

function planProduct(id: string, name: string, products: readonly StripeProduct[]): CatalogueChange[] {
  const product = products.find((one) => one.id === id);
  const about = { at: "stripe", productId: id, name } as const;
  if (!product) return [{ ...about, kind: "make_product", what: `make product ${id}`, why: "Stripe has none" }];
  const differences = [
    ...(product.name === name ? [] : [`its name is ${JSON.stringify(product.name)}, not ${JSON.stringify(name)}`]),
    ...(product.active ? [] : ["it is archived"]),
  ];
  if (differences.length === 0) return [];
  return [{ ...about, kind: "mend_product", what: `mend product ${id}`, why: differences.join("; ") }];
}

interface PricePlan {
  readonly price: WantedPrice;
  readonly changes: readonly CatalogueChange[];
  /** The price at Stripe that stays in use; null: a new one is made. */
  readonly keptId: string | null;
  readonly displaced: readonly string[];
}

function planPrice(price: WantedPrice, stored: StoredPrice | undefined, holder: StripePrice | undefined): PricePlan {
  const wrong = holder ? whyWrong(price, stored, holder) : ["Stripe has none with this lookup key"];
  if (holder && wrong.length === 0) {
    const known = { ...price, priceId: holder.id };
    const displaced = stored && stored.priceId !== holder.id ? [stored.priceId] : [];
    const why = stored ? whyUnlike(stored, known) : ["the database does not know it"];
    const what = `sell ${price.plan} at ${holder.id}, ${sayPrice(price)}`;
    const changes: CatalogueChange[] =
      why.length === 0 ? [] : [{ at: "database", kind: "know_price", price: known, what, why: why.join("; ") }];
    return { price, changes, keptId: holder.id, displaced };
  }
  const what = `make price ${price.lookupKey}, ${sayPrice(price)}`;
  const replaces = holder?.id ?? stored?.priceId ?? null;
  const displaced = [stored?.priceId, holder?.id].filter((id) => id !== undefined);
  return { price, changes: [{ at: "stripe", kind: "make_price", price, replaces, what, why: wrong.join("; ") }], keptId: null, displaced };
}

/** Stripe does not know what a price is multiplied by: that a seat was sold, or the account, is known of the price in the database only. */
function whyWrong(price: WantedPrice, stored: StoredPrice | undefined, holder: StripePrice): string[] {
  const wasPerSeat = stored?.priceId === holder.id ? stored.isPerSeat : price.isPerSeat;
  return [
    ...(holder.active ? [] : [`${holder.id} is archived`]),
    ...(holder.productId === price.productId ? [] : [`${holder.id} is of product ${holder.productId}`]),
    ...(holder.interval === price.interval
      ? []
      : [`${holder.id} is paid ${holder.interval === null ? "once" : `each ${holder.interval}`}`]),
    ...(holder.currency === price.currency && holder.amountMinor === price.amountMinor ? [] : [`${holder.id} is ${sayAmount(holder)}`]),
    ...(wasPerSeat === price.isPerSeat ? [] : [`${holder.id} is sold ${wasPerSeat ? "by the seat" : "for the whole account"}`]),
  ];
}

const sayAmount = ({ amountMinor, currency }: StripePrice): string =>
  amountMinor === null ? "without a fixed amount" : sayMoney(amountMinor, currency);

function whyUnlike(stored: StoredPrice, known: StoredPrice): string[] {
  if (stored.priceId !== known.priceId) return [`the database has ${stored.priceId}`];
  const isSame =
    stored.productId === known.productId &&
    stored.lookupKey === known.lookupKey &&
    stored.currency === known.currency &&
    stored.amountMinor === known.amountMinor;
  return isSame ? [] : [`the database has ${sayPrice(stored)} by the key ${stored.lookupKey}`];
}

const planStop = (price: StoredPrice): CatalogueChange => ({
  at: "database",
  kind: "stop_selling",
  plan: price.plan,
  interval: price.interval,
  what: `stop selling ${price.plan} at ${price.priceId}, ${sayPrice(price)}`,
  why: "the catalogue no longer has it",
});

const planArchive = ({ priceId, plan }: { priceId: string; plan: string }): CatalogueChange => ({
  at: "stripe",
  kind: "archive_price",
  priceId,
  what: `archive price ${priceId} of ${plan}`,
  why: "it is no longer sold; subscriptions on it go on",
});
