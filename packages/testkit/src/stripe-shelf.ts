import type { CatalogueCalls } from "@gatehouse/server/billing/catalogue-at-stripe";
import { Refusal } from "@gatehouse/server/platform/refuse";
import type { StripePrice, StripeProduct } from "@gatehouse/server/platform/stripe-catalogue";

export type Call = keyof CatalogueCalls;
/** What lies at Stripe. */
export interface Shelf {
  readonly products: Map<string, StripeProduct>;
  readonly prices: StripePrice[];
  readonly asked: Call[];
  /** Called before and after each call has had its effect; a throw is what the caller sees. */
  disturb(when: "before" | "after", call: Call, count: number): void;
}
export const emptyShelf = (): Shelf => ({ products: new Map(), prices: [], asked: [], disturb: () => undefined });

/** What Stripe does for a catalogue: ids of ours are taken once, a lookup key is at one price, and a key is answered as at first. */
export function callsOf(shelf: Shelf): CatalogueCalls {
  const answered = new Map<string, unknown>();
  const call = <T>(name: Call, effect: () => T): Promise<T> => {
    const count = shelf.asked.push(name);
    shelf.disturb("before", name, count);
    const result = effect();
    shelf.disturb("after", name, count);
    return Promise.resolve(result);
  };
  return {
    readProduct: (id) => call("readProduct", () => shelf.products.get(id) ?? null),
    readPrices: (keys) =>
      call("readPrices", () => shelf.prices.filter((price) => price.lookupKey !== null && keys.includes(price.lookupKey))),
    createProduct: ({ id, name }) =>
      call("createProduct", () => {
        if (shelf.products.has(id)) throw refusalOf("resource_already_exists");
        shelf.products.set(id, { id, name, active: true });
      }),
    updateProduct: (id, change) => call("updateProduct", () => void shelf.products.set(id, { id, ...change })),
    createPrice: ({ nickname: _, ...price }, key) =>
      call("createPrice", () => {
        const before = shelf.prices.find((one) => one.id === answered.get(key));
        if (before) return before;
        for (const [index, other] of shelf.prices.entries())
          if (other.lookupKey === price.lookupKey) shelf.prices[index] = { ...other, lookupKey: null };
        const made = { ...price, id: `price_${shelf.prices.length + 1}`, active: true };
        shelf.prices.push(made);
        answered.set(key, made.id);
        return made;
      }),
    archivePrice: (id) => call("archivePrice", () => changePrice(shelf, id, { active: false })),
  };
}
export function changePrice(shelf: Shelf, id: string, by: Partial<StripePrice>): void {
  const index = shelf.prices.findIndex((price) => price.id === id);
  const price = shelf.prices[index];
  if (price) shelf.prices[index] = { ...price, ...by };
}
/** As the adapter refuses, with Stripe's own code as the cause. */
export function refusalOf(code: string): Refusal {
  const refusal = new Refusal("billing_failed");
  refusal.cause = Object.assign(new Error(code), { code });
  return refusal;
}
