import { billingActions, blockingSubscription, type PriceInterval, type SubscriptionRecord } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { PERSON_SECONDS } from "../platform/stripe.ts";
import { takeTicket } from "./billing-customers.store.ts";
import { makeOffer, type Offer } from "./offer.ts";
import { listPrices, type StoredPrice } from "./prices.store.ts";
import type { ReadParts } from "./read-from-stripe.ts";
import { refreshAccount } from "./refresh-account.ts";

type Parts = ReadParts & Pick<App, "db" | "config">;

export interface Change {
  readonly plan: string | null;
  readonly interval: PriceInterval | null;
  readonly seats: number | null;
}

/**
 * Changes plan, interval or seats of the living subscription at Stripe, and makes what came of it the fact. Never a second checkout (L10).
 * What costs more is charged at once, and where the card is declined nothing changes.
 * @throws Refusal billing_not_configured | no_subscription | subscription_not_changeable | plan_not_for_sale |
 *   seats_... | payment_declined | billing_unavailable | billing_failed
 */
export async function changeSubscription(app: Parts, actor: Actor, change: Change): Promise<void> {
  const { accountId } = actor;
  const calls = await app.stripe.calls(PERSON_SECONDS);
  const { subscriptions } = await refreshAccount(app, calls, accountId, "change");
  const current = requireChangeable(app, subscriptions);
  const { offer, prices, ticket } = await app.db.forAccount(accountId, async (tx) => ({
    prices: await listPrices(tx, app.stripe.livemode),
    offer: await makeOffer(app, tx, accountId, {
      plan: change.plan ?? current.plan,
      interval: change.interval ?? (current.interval === "year" ? "year" : "month"),
      seats: change.seats ?? (wasPerSeat(current, await listPrices(tx, app.stripe.livemode)) ? current.seats : null),
    }),
    ticket: await takeTicket(tx),
  }));
  if (offer.price.priceId === current.priceId && offer.seats === current.seats) return;
  await calls.changeSubscription(
    current.id,
    { itemId: current.itemId, priceId: offer.price.priceId, quantity: offer.seats, chargesNow: costsMore(current, offer, prices) },
    `gatehouse:change:${current.id}:${ticket}`,
  );
  await refreshAccount(app, calls, accountId, "change");
}

type Changeable = SubscriptionRecord & { readonly itemId: string; readonly plan: string };

function requireChangeable(app: Pick<App, "config">, subscriptions: readonly SubscriptionRecord[]): Changeable {
  const living = blockingSubscription(subscriptions) ?? refuse("no_subscription");
  const { itemId, plan } = living;
  if (!billingActions(living.status).change || itemId === null || plan === null) {
    // What carries none of our prices was made by hand, and is changed by hand.
    const action = plan === null ? "contact_support" : billingActions(living.status).mend;
    const url = action === "contact_support" ? `mailto:${app.config.supportEmail}` : `${app.config.baseUrl}/billing`;
    refuse("subscription_not_changeable", { reason: living.status, mend: { action, url } });
  }
  return { ...living, itemId, plan };
}

function wasPerSeat(current: SubscriptionRecord, prices: readonly StoredPrice[]): boolean {
  return prices.find((price) => price.priceId === current.priceId)?.isPerSeat ?? true;
}

/** A price that is not sold any more is not known to us: then Stripe may charge at once, and credits what was paid. */
function costsMore(current: SubscriptionRecord, { price, seats }: Offer, prices: readonly StoredPrice[]): boolean {
  const before = prices.find((one) => one.priceId === current.priceId);
  if (!before || before.interval !== price.interval) return true;
  return price.amountMinor * seats > before.amountMinor * current.seats;
}
