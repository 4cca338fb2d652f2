import { type Catalogue, PRICE_INTERVALS, type PriceBook, type PriceInterval } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";

/** What can be bought: a plan, and how it is paid for. */
export interface SellablePrice {
  readonly plan: string;
  readonly interval: PriceInterval;
  readonly priceId: string;
  readonly productId: string;
  readonly currency: string;
  readonly amountMinor: number;
  readonly isPerSeat: boolean;
}
export interface StoredPrice extends SellablePrice {
  readonly lookupKey: string;
}

const PRICE_COLUMNS = [
  "plan",
  "billing_interval",
  "currency",
  "amount_minor",
  "is_per_seat",
  "lookup_key",
  "product_id",
  "price_id",
] as const;

/** What is sold in this mode, in the order of plan and interval. */
export async function listPrices(tx: Tx, livemode: boolean): Promise<StoredPrice[]> {
  const rows = await tx
    .selectFrom("plan_billing")
    .select(PRICE_COLUMNS)
    .where("livemode", "=", livemode)
    .orderBy("plan")
    .orderBy("billing_interval")
    .execute();
  return rows.map(asPrice);
}

/** @returns null: the plan is not for sale in that way, or `gatehouse catalogue apply` has not run yet */
export async function findPrice(tx: Tx, livemode: boolean, plan: string, interval: PriceInterval): Promise<SellablePrice | null> {
  const row = await tx
    .selectFrom("plan_billing")
    .select(PRICE_COLUMNS)
    .where("plan", "=", plan)
    .where("billing_interval", "=", interval)
    .where("livemode", "=", livemode)
    .executeTakeFirst();
  return row ? asPrice(row) : null;
}

/**
 * Every price that a subscription of this mode may be on: those that are sold, then those that were (L8).
 * Of a plan that left the catalogue the rank is the last that it had.
 */
export async function loadPriceBook(tx: Tx, livemode: boolean, catalogue: Catalogue): Promise<PriceBook> {
  const sold = tx
    .selectFrom("plan_billing")
    .innerJoin("plans", "plans.key", "plan_billing.plan")
    .select((from) => ["plan", "position", "price_id", from.ref("lookup_key").$castTo<string | null>().as("lookup_key")])
    .select(["product_id", "is_per_seat"])
    .where("livemode", "=", livemode);
  const former = tx
    .selectFrom("former_prices")
    .innerJoin("plans", "plans.key", "former_prices.plan")
    .select((from) => ["plan", "position", "price_id", from.cast<string | null>(from.lit(null), "text").as("lookup_key")])
    .select(["product_id", "is_per_seat"])
    .where("livemode", "=", livemode);
  const rows = await sold.unionAll(former).execute();
  return rows
    .map((row) => ({
      plan: row.plan,
      planRank: catalogue.plans.find((plan) => plan.key === row.plan)?.order ?? row.position,
      priceId: row.price_id,
      lookupKey: row.lookup_key,
      productId: row.product_id,
      isPerSeat: row.is_per_seat,
    }))
    .sort((one, other) => Number(one.lookupKey === null) - Number(other.lookupKey === null));
}

function asPrice(row: {
  plan: string;
  billing_interval: string;
  currency: string;
  amount_minor: number;
  is_per_seat: boolean;
  lookup_key: string;
  product_id: string;
  price_id: string;
}): StoredPrice {
  const interval = PRICE_INTERVALS.find((known) => known === row.billing_interval);
  // The column's own check lets nothing else in.
  if (interval === undefined) throw new Error(`plan_billing has an interval ${JSON.stringify(row.billing_interval)}`);
  return {
    plan: row.plan,
    interval,
    priceId: row.price_id,
    productId: row.product_id,
    currency: row.currency,
    amountMinor: row.amount_minor,
    isPerSeat: row.is_per_seat,
    lookupKey: row.lookup_key,
  };
}
