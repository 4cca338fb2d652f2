import { hintOf, hintOfObject, readEvent, type StripeHint } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { JOB_SECONDS, type StripeCalls } from "../platform/stripe.ts";
import {
  endReservation,
  findAccountOfCustomer,
  findCustomer,
  forgetCustomer,
  lockCustomer,
  storeCustomerId,
} from "./billing-customers.store.ts";
import { type ReadingEnd, type ReadParts, readAllOf, settleReading } from "./read-from-stripe.ts";
import { closeEvent, type EventEnd, loadEventWithTicket, markEventFailed } from "./stripe-events.store.ts";
import { listSubscriptions } from "./subscriptions.store.ts";
import { tell } from "./tell.ts";

type Parts = ReadParts & Pick<App, "db">;

/** The event under work: what it points at, and the ticket that was taken before anything is read because of it. */
interface Work {
  readonly eventId: string;
  readonly ticket: number;
  readonly cause: string;
}

/**
 * Does what an event asks for: reads from Stripe what it points at, and makes that the fact (design, mechanism 3).
 *
 * Doing it again changes nothing. With Stripe away it fails and is tried again by the queue; nobody gains or loses access meanwhile.
 * @throws Refusal billing_unavailable | billing_failed
 */
export async function applyEvent(app: Parts, eventId: string): Promise<void> {
  const loaded = await app.db.asSystem("a job names an event, not an account", (tx) => loadEventWithTicket(tx, eventId));
  if (loaded === null || isDone(loaded.event.outcome)) return;
  const event = readEvent(JSON.parse(loaded.event.payload));
  const hint: StripeHint = event === null ? { kind: "ignored", reason: "it is no event" } : hintOf(event, app.stripe.livemode);
  const work: Work = { eventId, ticket: loaded.ticket, cause: `${CAUSE}${loaded.event.type}` };
  try {
    await follow(app, work, hint);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await app.db.asSystem("a job names an event, not an account", (tx) => markEventFailed(tx, eventId, reason));
    throw error;
  }
}

const CAUSE = "stripe.";

function isDone(outcome: string): boolean {
  return outcome !== "received" && outcome !== "failed";
}

async function follow(app: Parts, work: Work, hint: StripeHint): Promise<void> {
  switch (hint.kind) {
    case "ignored":
      return close(app, work, { outcome: "ignored", reason: hint.reason, accountId: null });
    case "money":
      return recordMoney(app, work, hint);
    case "object":
      return followObject(app, work, await app.stripe.calls(JOB_SECONDS), hint);
    case "subscription":
      return followSubscription(app, work, await app.stripe.calls(JOB_SECONDS), hint.subscriptionId);
    case "checkout":
      return followCheckout(app, work, await app.stripe.calls(JOB_SECONDS), hint.sessionId);
    case "customer":
      return followCustomer(app, work, await app.stripe.calls(JOB_SECONDS), hint.customerId);
  }
}

/** A thin event tells only which object it is of: that one is read, and then it is as if its own event had come (R12). */
async function followObject(app: Parts, work: Work, calls: StripeCalls, { type, objectId }: Extract<StripeHint, { kind: "object" }>) {
  const object = await calls.readThinObject(type, objectId);
  if (object === null) return close(app, work, { outcome: "unmatched", reason: `Stripe knows no ${type} ${objectId}`, accountId: null });
  return follow(app, work, hintOfObject(work.cause.slice(CAUSE.length), object));
}

async function followSubscription(app: Parts, work: Work, calls: StripeCalls, id: string, adopt?: Adoption): Promise<void> {
  const observation = await calls.readSubscription(id);
  if (observation === null) return missing(app, work, id);
  await app.db.asSystem("whose subscription it is shows when it is matched", async (tx) => {
    if (adopt) await adoptCustomer(app, tx, adopt);
    await closeWith(app, tx, work, [await settleReading(app, tx, { observation, ticket: work.ticket, cause: work.cause })]);
  });
}

/** A key of another Stripe account would find nothing: that must take nobody's access away. */
function missing(app: Parts, work: Work, subscription: string): Promise<void> {
  app.log.error({ event: work.eventId, subscription }, "alarm: Stripe knows no such subscription; what we have of it stays as it is");
  return close(app, work, { outcome: "unmatched", reason: `Stripe knows no subscription ${subscription}`, accountId: null });
}

interface Adoption {
  readonly accountId: string;
  readonly customerId: string;
}

/** The session says which account it is of, and it is the one that we reserved: so its customer is that account's (O12). */
async function adoptCustomer(app: Parts, tx: Tx, { accountId, customerId }: Adoption): Promise<void> {
  const customer = await lockCustomer(tx, accountId, app.clock.now());
  if (customer.customerId === null && (await findAccountOfCustomer(tx, customerId)) === null)
    await storeCustomerId(tx, accountId, customerId);
}

/** Ends the reservation of a checkout that is over, and reads the subscription that was bought with it (C12). */
async function followCheckout(app: Parts, work: Work, calls: StripeCalls, sessionId: string): Promise<void> {
  const session = await calls.readCheckout(sessionId);
  if (session === null) return close(app, work, { outcome: "unmatched", reason: `Stripe knows no session ${sessionId}`, accountId: null });
  const accountId = await app.db.asSystem("whose checkout it is shows by its customer", async (tx) => {
    const owner = session.customerId === null ? null : await findAccountOfCustomer(tx, session.customerId);
    // A reference that a payment link was given by whoever opened it proves nothing; one on the session that we reserved is ours (SW-6).
    const reserved = session.accountId === null || !isUuid(session.accountId) ? null : await findCustomer(tx, session.accountId);
    const found = owner ?? (reserved?.reservation?.sessionId === sessionId ? reserved.accountId : null);
    if (found !== null && session.status !== "open") {
      const customer = await lockCustomer(tx, found, app.clock.now());
      if (customer.reservation?.sessionId === sessionId) await endReservation(tx, found, customer.attempt);
      if (session.status === "complete") await app.jobs.enqueue(tx, "stripe.claim_cards", { accountId: found });
    }
    return found;
  });
  if (session.subscriptionId === null) {
    const end: EventEnd =
      accountId === null
        ? { outcome: "unmatched", reason: "no account has this customer", accountId }
        : { outcome: "recorded", reason: null, accountId };
    return close(app, work, end);
  }
  const adopt = accountId === null || session.customerId === null ? undefined : { accountId, customerId: session.customerId };
  return followSubscription(app, work, calls, session.subscriptionId, adopt);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Reads everything of a customer; one that was deleted at Stripe is forgotten, and the next checkout makes another (L19). */
async function followCustomer(app: Parts, work: Work, calls: StripeCalls, customerId: string): Promise<void> {
  const owner = await app.db.asSystem("whose customer it is shows by its id", async (tx) => {
    const accountId = await findAccountOfCustomer(tx, customerId);
    return accountId === null ? null : { accountId, known: await listSubscriptions(tx, accountId) };
  });
  if (owner === null) return close(app, work, { outcome: "unmatched", reason: "no account has this customer", accountId: null });
  const isGone = await calls.isCustomerGone(customerId);
  const known = owner.known.filter(({ record }) => record.customerId === customerId).map(({ record }) => record.id);
  const observations = await readAllOf(calls, customerId, known);
  await app.db.asSystem("whose subscriptions they are shows when they are matched", async (tx) => {
    const ends: ReadingEnd[] = [];
    for (const observation of observations)
      ends.push(await settleReading(app, tx, { observation, ticket: work.ticket, cause: work.cause }));
    if (isGone) await forgetCustomer(tx, owner.accountId, customerId);
    await closeWith(app, tx, work, ends, owner.accountId);
  });
}

/** A refund or a dispute ends no subscription by itself; an operator decides (L21, L22). */
async function recordMoney(app: Parts, work: Work, hint: Extract<StripeHint, { kind: "money" }>): Promise<void> {
  const customerId = hint.customerId ?? (await customerOf(app, hint.chargeId));
  await app.db.asSystem("whose money it was shows by the customer", async (tx) => {
    const accountId = customerId === null ? null : await findAccountOfCustomer(tx, customerId);
    if (hint.alarm && accountId !== null) {
      const details = { event: work.eventId, what: work.cause, object: hint.objectId };
      await tell(app, tx, accountId, [{ key: `operator:${work.cause}:${hint.objectId}`, kind: "operator_dispute", details }]);
    }
    const reason = accountId === null ? "no account has this customer" : null;
    await closeEvent(tx, work.eventId, { outcome: accountId === null ? "unmatched" : "recorded", reason, accountId }, app.clock.now());
  });
}

async function customerOf(app: Parts, chargeId: string | null): Promise<string | null> {
  return chargeId === null ? null : (await app.stripe.calls(JOB_SECONDS)).readCustomerOfCharge(chargeId);
}

const close = (app: Parts, work: Work, end: EventEnd): Promise<void> =>
  app.db.asSystem("a job names an event, not an account", (tx) => closeEvent(tx, work.eventId, end, app.clock.now()));

/** What the event came to: the most that happened to any subscription that it made us read. */
async function closeWith(app: Parts, tx: Tx, work: Work, ends: readonly ReadingEnd[], owner: string | null = null): Promise<void> {
  const worst = ends.find((end) => end.outcome === "quarantined") ?? ends.find((end) => end.outcome === "unmatched");
  const isApplied = ends.some((end) => end.outcome === "applied");
  const accountId = ends.flatMap((end) => ("accountId" in end ? [end.accountId] : []))[0] ?? owner;
  const end: EventEnd =
    worst && "reason" in worst
      ? { outcome: worst.outcome, reason: worst.reason, accountId }
      : { outcome: isApplied ? "applied" : "unchanged", reason: null, accountId };
  await closeEvent(tx, work.eventId, end, app.clock.now());
}
