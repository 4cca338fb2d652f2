import { cardOfNumber } from "../cards.ts";
import type { SeedSubscription } from "../engine-face.ts";
import type { Customer } from "../objects/customer.ts";
import { itemsOf, NOT_CANCELED, subscriptionOf } from "../objects/subscription.ts";
import { invalid, missing } from "../refusal.ts";
import type { World } from "../world.ts";
import { plainCard } from "./card-keeping.ts";
import { createCustomer, customerFor, newCustomer } from "./customers.ts";
import { newItem, PLAIN_ORDER, subscribe } from "./subscribe.ts";

/** An active (or trialing) subscription with a card. Without `events` it has no invoice yet: its first one is that of its renewal. */
export function seedSubscription(world: World, seed: SeedSubscription): { customerId: string; subscriptionId: string } {
  const price = world.state.price.get(seed.priceId);
  if (price === undefined) throw missing("price", seed.priceId, "price");
  const number = seed.card ?? "4242424242424242";
  const card = cardOfNumber(number);
  if (card === undefined) throw invalid(`${number} is no test card.`);
  const order = { email: seed.email ?? null, metadata: seed.customerMetadata ?? {} };
  const isLoud = seed.events === true;
  const customer =
    seed.customerId !== undefined
      ? customerFor(world, seed.customerId)
      : isLoud
        ? createCustomer(world, order)
        : quietCustomer(world, order, price.currency);
  const now = world.now(customer.id);
  const kept = world.state.payment_method.put(plainCard(world, card, customer.id, now));
  const trialEnd = seed.trialEnd ?? null;
  const [metadata, quantity] = [seed.metadata ?? {}, seed.quantity ?? 1];
  if (isLoud) {
    const made = subscribe(world, { ...PLAIN_ORDER, customer, items: [{ price, quantity }], card: kept, trialEnd, metadata });
    return { customerId: customer.id, subscriptionId: made.id };
  }
  const id = world.mint.id("sub_");
  world.state.subscription.put(
    subscriptionOf({
      id,
      billing_cycle_anchor: trialEnd ?? now,
      billing_mode: CLASSIC,
      cancel_at: null,
      cancel_at_period_end: false,
      canceled_at: null,
      cancellation_details: NOT_CANCELED,
      collection_method: "charge_automatically",
      created: now,
      currency: price.currency,
      customer: customer.id,
      days_until_due: null,
      default_payment_method: kept.id,
      description: null,
      discounts: NOTHING,
      ended_at: null,
      items: itemsOf(id, [newItem(world, id, { price, quantity }, now, trialEnd)]),
      latest_invoice: null,
      metadata,
      pause_collection: null,
      payment_settings: PAYMENT_SETTINGS,
      pending_update: null,
      start_date: now,
      status: trialEnd === null ? "active" : "trialing",
      test_clock: customer.test_clock,
      trial_end: trialEnd,
      trial_settings: TRIAL_SETTINGS,
      trial_start: trialEnd === null ? null : now,
    }),
  );
  return { customerId: customer.id, subscriptionId: id };
}

const CLASSIC = { flexible: null, type: "classic" } as const;
const NOTHING: readonly string[] = [];
const PAYMENT_SETTINGS = { payment_method_options: null, payment_method_types: null, save_default_payment_method: "off" } as const;
const TRIAL_SETTINGS = { end_behavior: { billing_cycle_anchor: null, missing_payment_method: "create_invoice" } } as const;

function quietCustomer(
  world: World,
  order: { email: string | null; metadata: Readonly<Record<string, string>> },
  currency: string,
): Customer {
  return world.state.customer.put({ ...newCustomer(world, order, world.now()), currency });
}
