import type StripeSdk from "stripe";
import { type Asking, orMissing } from "./stripe-client.ts";

export interface StripeProduct {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
}
export interface StripePrice {
  readonly id: string;
  readonly productId: string;
  readonly lookupKey: string | null;
  readonly currency: string;
  readonly amountMinor: number | null;
  readonly interval: string | null;
  readonly active: boolean;
}
export interface NewPrice {
  readonly productId: string;
  readonly lookupKey: string;
  readonly currency: string;
  readonly amountMinor: number;
  readonly interval: "month" | "year";
  readonly nickname: string;
}

/** Lookup keys that Stripe takes in one request. */
const KEYS_MAX = 10;

/** What the catalogue asks: products by an id of ours, prices by lookup key. */
export function catalogueCalls({ sdk, ask }: Asking) {
  return {
    async readProduct(id: string): Promise<StripeProduct | null> {
      const found = await orMissing(ask((options) => sdk.products.retrieve(id, {}, options)));
      // One that was deleted may be answered as a stub of its id.
      return found === null || "deleted" in found ? null : { id: found.id, name: found.name, active: found.active };
    },
    async createProduct(product: { id: string; name: string }, key: string): Promise<void> {
      await ask((options) => sdk.products.create({ id: product.id, name: product.name }, options), key);
    },
    async updateProduct(id: string, change: { name: string; active: boolean }): Promise<void> {
      await ask((options) => sdk.products.update(id, { name: change.name, active: change.active }, options));
    },
    async readPrices(lookupKeys: readonly string[]): Promise<StripePrice[]> {
      const prices: StripePrice[] = [];
      for (let start = 0; start < lookupKeys.length; start += KEYS_MAX) {
        const keys = lookupKeys.slice(start, start + KEYS_MAX);
        const list = await ask((options) => sdk.prices.list({ lookup_keys: keys, limit: 100 }, options));
        prices.push(...list.data.map(asPrice));
      }
      return prices;
    },
    /** The lookup key moves to the new price; subscriptions on the old one go on. */
    async createPrice(price: NewPrice, key: string): Promise<StripePrice> {
      const params: StripeSdk.PriceCreateParams = {
        product: price.productId,
        currency: price.currency,
        unit_amount: price.amountMinor,
        recurring: { interval: price.interval },
        lookup_key: price.lookupKey,
        transfer_lookup_key: true,
        nickname: price.nickname,
      };
      return asPrice(await ask((options) => sdk.prices.create(params, options), key));
    },
    async archivePrice(id: string): Promise<void> {
      await orMissing(ask((options) => sdk.prices.update(id, { active: false }, options)));
    },
  };
}

const asPrice = (price: StripeSdk.Price): StripePrice => ({
  id: price.id,
  productId: typeof price.product === "string" ? price.product : price.product.id,
  lookupKey: price.lookup_key,
  currency: price.currency,
  amountMinor: price.unit_amount,
  interval: price.recurring?.interval ?? null,
  active: price.active,
});
