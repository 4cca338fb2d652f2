import { type PriceInterval, whyNotSeats } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { findPlanOnSale } from "./catalogue.store.ts";
import { findPrice, type SellablePrice } from "./prices.store.ts";
import { countUsedSeats, isAccountDeleted } from "./seats.store.ts";

/** What an account may buy, decided by the server alone: the price, and how many of it (C13). */
export interface Offer {
  readonly price: SellablePrice;
  readonly seats: number;
}
export interface Wish {
  readonly plan: string;
  readonly interval: PriceInterval;
  /** null: as many as are in use */
  readonly seats: number | null;
}

/** @throws Refusal account_deleted | plan_not_for_sale | seats_below_use | seats_above_limit | billing_not_configured */
export async function makeOffer(app: Pick<App, "catalogue" | "clock" | "stripe">, tx: Tx, accountId: string, wish: Wish): Promise<Offer> {
  if (await isAccountDeleted(tx, accountId)) refuse("account_deleted");
  const plan = app.catalogue.plans.find((one) => one.key === wish.plan);
  const listed = plan?.prices.some((price) => price.interval === wish.interval) ?? false;
  const onSale = listed ? await findPlanOnSale(tx, wish.plan) : null;
  if (!onSale?.isPublic) refuse("plan_not_for_sale", { plan: wish.plan, interval: wish.interval });
  // In the catalogue and not at Stripe: `gatehouse catalogue apply` has not run for this key.
  const price = (await findPrice(tx, app.stripe.livemode, wish.plan, wish.interval)) ?? refuse("billing_not_configured");
  if (!price.isPerSeat) return { price, seats: 1 };
  const used = await countUsedSeats(tx, accountId, app.clock.now());
  const seats = wish.seats ?? Math.max(used, 1);
  const refusal = whyNotSeats(seats, used, onSale.seatLimit);
  if (refusal !== null) refuse(refusal, { used, limit: onSale.seatLimit, seats });
  return { price, seats };
}
