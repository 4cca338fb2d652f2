import {
  addMinutes,
  blockingSubscription,
  type CarriedTrial,
  carryTrial,
  type SubscriptionRecord,
  type TrialRefusal,
} from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { Refusal, refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { PERSON_SECONDS, type StripeCalls } from "../platform/stripe.ts";
import type { CheckoutSession } from "../platform/stripe-checkout.ts";
import { wasAnswered } from "../platform/stripe-client.ts";
import {
  type CheckoutReservation,
  endReservation,
  lockCustomer,
  reserveCheckout,
  storeCheckoutSession,
} from "./billing-customers.store.ts";
import { ensureCustomer } from "./ensure-customer.ts";
import { makeOffer, type Offer, type Wish } from "./offer.ts";
import type { ReadParts } from "./read-from-stripe.ts";
import { refreshAccount } from "./refresh-account.ts";
import { findStandingRefusal } from "./trial-refusals.store.ts";
import { findTrial } from "./trials.store.ts";

type Parts = ReadParts & Pick<App, "db" | "config" | "clock">;

export interface StartedCheckout {
  readonly session: CheckoutSession & { readonly url: string };
  readonly reservation: CheckoutReservation;
  /** Why payment is due at once although a trial is running; null: it is not, or none is. */
  readonly trialRefusal: TrialRefusal | null;
}

/** Stripe takes 30 minutes to 24 hours. A short one frees the account soon where somebody walks away. */
const SESSION_MINUTES = 120;
/** A session that Stripe has not made yet must still lie that far ahead when it does. */
const SESSION_MINUTES_MIN = 35;
/** Two who change their minds against each other end with a refusal, not in a circle. */
const ROUNDS_MAX = 4;

/**
 * The account's one open checkout: the one that is open for the same wish, or a new one after the other was ended.
 *
 * Everything that Stripe is asked happens outside transactions, by reservations and idempotency keys (C1-C6): a crash at any point leaves
 * at most a session that nobody was shown, and the next request finds it by its key.
 * @param remember the request's own transaction, with its Idempotency-Key
 * @throws Refusal billing_not_configured | plan_not_for_sale | seats_... | subscription_exists | checkout_superseded |
 *   billing_unavailable | billing_failed
 */
export async function startCheckout(app: Parts, actor: Actor, wish: Wish): Promise<StartedCheckout> {
  const { accountId } = actor;
  const calls = await app.stripe.calls(PERSON_SECONDS);
  const offer = await app.db.forAccount(accountId, (tx) => makeOffer(app, tx, accountId, wish));
  let customerId = await ensureCustomer(app, calls, accountId);
  const account = await refreshAccount(app, calls, accountId, "checkout");
  refuseSecond(app, account.subscriptions);
  if (account.customerId === null) customerId = await ensureCustomer(app, calls, accountId);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const started = await tryOnce(app, calls, { accountId, customerId, offer });
    if (started !== null) return started;
    // A checkout that was in the way is over now; if it was paid, there is a subscription.
    refuseSecond(app, (await refreshAccount(app, calls, accountId, "checkout")).subscriptions);
  }
  refuse("checkout_superseded");
}

interface Attempt {
  readonly accountId: string;
  readonly customerId: string;
  readonly offer: Offer;
}

/** @returns null where something was in the way and has been cleared */
async function tryOnce(app: Parts, calls: StripeCalls, attempt: Attempt): Promise<StartedCheckout | null> {
  const { accountId, offer } = attempt;
  const { reservation, isOurs, trialRefusal } = await app.db.forAccount(accountId, (tx) => reserve(app, tx, accountId, offer));
  if (!isOurs) {
    await clear(app, calls, attempt, reservation);
    return null;
  }
  if (reservation.sessionId === null) return { ...(await open(app, calls, attempt, reservation)), trialRefusal };
  const session = await calls.readCheckout(reservation.sessionId);
  if (session?.status === "open" && session.url !== null) return { session: { ...session, url: session.url }, reservation, trialRefusal };
  await app.db.forAccount(accountId, (tx) => endReservation(tx, accountId, reservation.attempt));
  return null;
}

/** @returns the account's reservation, and whether it is for what is wanted now */
async function reserve(
  app: Parts,
  tx: Tx,
  accountId: string,
  offer: Offer,
): Promise<{ reservation: CheckoutReservation; isOurs: boolean } & Pick<StartedCheckout, "trialRefusal">> {
  const now = app.clock.now();
  const customer = await lockCustomer(tx, accountId, now);
  const held = customer.reservation;
  const carried = carryTrial(await findTrial(tx, accountId), await findStandingRefusal(app, tx, accountId), now);
  const { trialEnd, refusal: trialRefusal } = carried;
  if (held !== null) return { reservation: held, isOurs: isFor(held, offer, carried) && isFresh(held, now), trialRefusal };
  const reservation = {
    attempt: customer.attempt + 1,
    plan: offer.price.plan,
    interval: offer.price.interval,
    seats: offer.seats,
    trialEnd,
    priceId: offer.price.priceId,
    expiresAt: new Date(Math.floor(addMinutes(now, SESSION_MINUTES).getTime() / 1000) * 1000),
  };
  await reserveCheckout(tx, accountId, reservation);
  return { reservation: { ...reservation, sessionId: null }, isOurs: true, trialRefusal };
}

/** A trial that ended meanwhile is sold as it was offered; one that was refused or given meanwhile is not. */
function isFor(held: CheckoutReservation, { price, seats }: Offer, { trialEnd, refusal }: CarriedTrial): boolean {
  const isTrialAsNow = held.trialEnd === null ? trialEnd === null : refusal === null;
  return held.priceId === price.priceId && held.seats === seats && isTrialAsNow;
}

function isFresh(held: CheckoutReservation, now: Date): boolean {
  return held.sessionId === null ? held.expiresAt >= addMinutes(now, SESSION_MINUTES_MIN) : held.expiresAt > now;
}

async function open(
  app: Parts,
  calls: StripeCalls,
  attempt: Attempt,
  reservation: CheckoutReservation,
): Promise<Omit<StartedCheckout, "trialRefusal">> {
  const { accountId } = attempt;
  const session = await create(app, calls, attempt, reservation);
  const isStored = await app.db.forAccount(accountId, (tx) => storeCheckoutSession(tx, accountId, reservation.attempt, session.id));
  if (isStored && session.url !== null)
    return { session: { ...session, url: session.url }, reservation: { ...reservation, sessionId: session.id } };
  // Somebody else took the account's place meanwhile: what was just made must not be paid beside theirs.
  await calls.expireCheckout(session.id);
  refuse("checkout_superseded");
}

async function create(app: Parts, calls: StripeCalls, attempt: Attempt, reservation: CheckoutReservation): Promise<CheckoutSession> {
  const { accountId, customerId } = attempt;
  const { priceId, seats, trialEnd, expiresAt } = reservation;
  const site = app.config.baseUrl;
  const wish = {
    accountId,
    customerId,
    priceId,
    quantity: seats,
    trialEnd,
    expiresAt,
    successUrl: `${site}/billing?checkout={CHECKOUT_SESSION_ID}`,
    cancelUrl: `${site}/billing?checkout=canceled`,
  };
  try {
    return await calls.createCheckout(wish, `gatehouse:checkout:${accountId}:${reservation.attempt}`);
  } catch (error) {
    // Stripe would repeat its answer for this key: the next try is another attempt.
    if (wasAnswered(error)) await app.db.forAccount(accountId, (tx) => endReservation(tx, accountId, reservation.attempt));
    throw error;
  }
}

/** Ends a reservation that is for something else or is over. Where its session is not known, its key finds it. */
async function clear(app: Parts, calls: StripeCalls, attempt: Attempt, held: CheckoutReservation): Promise<void> {
  const { accountId } = attempt;
  const mayBeOpen = held.expiresAt > app.clock.now();
  if (mayBeOpen) {
    const sessionId = held.sessionId ?? (await findByKey(app, calls, attempt, held));
    if (sessionId !== null) await calls.expireCheckout(sessionId);
  }
  await app.db.forAccount(accountId, (tx) => endReservation(tx, accountId, held.attempt));
}

/** The same key with the same parameters answers the session that was made, or makes it. @returns null where Stripe refuses it for good */
async function findByKey(app: Parts, calls: StripeCalls, attempt: Attempt, held: CheckoutReservation): Promise<string | null> {
  try {
    return (await create(app, calls, attempt, held)).id;
  } catch (error) {
    if (wasAnswered(error)) return null;
    throw error;
  }
}

/** @throws Refusal subscription_exists, with the way that is open instead */
function refuseSecond(app: Pick<App, "config">, subscriptions: readonly SubscriptionRecord[]): void {
  const blocking = blockingSubscription(subscriptions);
  if (blocking === null) return;
  const page = `${app.config.baseUrl}/billing`;
  const isWaiting = blocking.status === "incomplete" && blocking.openInvoice?.url != null;
  throw new Refusal("subscription_exists", {
    reason: blocking.status,
    plan: blocking.plan,
    mend: { action: isWaiting ? "pay_invoice" : "manage_plan", url: isWaiting ? (blocking.openInvoice?.url ?? page) : page },
  });
}
