import { type Catalogue, PRICE_INTERVALS, type PriceBook, type PriceInterval } from "@gatehouse/core";
import { sql } from "kysely";
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

/**
 * Sells the plan at this price from now on; what it was sold at before is kept, for the subscriptions on it.
 * @param holder the price that had the lookup key at Stripe until now, where it was another one
 */
export async function sellAt(tx: Tx, livemode: boolean, price: StoredPrice, holder: string | null): Promise<void> {
  const { plan, interval, priceId } = price;
  // One at a time: `on conflict` watches one unique index, and of two who insert the same row at once the other index refuses one.
  await sql`select pg_advisory_xact_lock(hashtext('gatehouse.plan_billing'))`.execute(tx);
  await keepFormer(tx, livemode, plan, interval, priceId);
  const values = {
    currency: price.currency,
    amount_minor: price.amountMinor,
    is_per_seat: price.isPerSeat,
    lookup_key: price.lookupKey,
    product_id: price.productId,
    price_id: priceId,
  };
  await tx
    .insertInto("plan_billing")
    .values({ plan, billing_interval: interval, livemode, ...values })
    .onConflict((conflict) => conflict.columns(["plan", "billing_interval", "livemode"]).doUpdateSet(values))
    .execute();
  if (holder !== null && holder !== priceId)
    await tx
      .insertInto("former_prices")
      .values({ price_id: holder, plan, livemode, product_id: price.productId, is_per_seat: price.isPerSeat, archived_at: null })
      .onConflict((conflict) => conflict.column("price_id").doNothing())
      .execute();
  await tx.deleteFrom("former_prices").where("price_id", "=", priceId).execute();
}

/** Sells the plan in this way no more. */
export async function stopSelling(tx: Tx, livemode: boolean, plan: string, interval: PriceInterval): Promise<void> {
  await keepFormer(tx, livemode, plan, interval, null);
  await tx
    .deleteFrom("plan_billing")
    .where("plan", "=", plan)
    .where("billing_interval", "=", interval)
    .where("livemode", "=", livemode)
    .execute();
}

/** What is sold now goes among the former prices, unless it is `next` already. */
async function keepFormer(tx: Tx, livemode: boolean, plan: string, interval: PriceInterval, next: string | null): Promise<void> {
  await tx
    .insertInto("former_prices")
    .columns(["price_id", "plan", "livemode", "product_id", "is_per_seat"])
    .expression((from) => {
      const sold = from
        .selectFrom("plan_billing")
        .select(["price_id", "plan", "livemode", "product_id", "is_per_seat"])
        .where("plan", "=", plan)
        .where("billing_interval", "=", interval)
        .where("livemode", "=", livemode);
      return next === null ? sold : sold.where("price_id", "!=", next);
    })
    .onConflict((conflict) => conflict.column("price_id").doNothing())
    .execute();
}

/** Former prices of which Stripe has still to be told that they are no longer sold. */
export async function listUnarchived(tx: Tx, livemode: boolean): Promise<{ priceId: string; plan: string }[]> {
  const rows = await tx
    .selectFrom("former_prices")
    .select(["price_id", "plan"])
    .where("livemode", "=", livemode)
    .where("archived_at", "is", null)
    .orderBy("price_id")
    .execute();
  return rows.map((row) => ({ priceId: row.price_id, plan: row.plan }));
}

export async function markArchived(tx: Tx, priceId: string, at: Date): Promise<void> {
  await tx.updateTable("former_prices").set({ archived_at: at }).where("price_id", "=", priceId).execute();
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
