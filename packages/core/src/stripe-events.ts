import { asId, asObject, asText, type StripeObject } from "./stripe-object.ts";
import { subscriptionOfInvoice } from "./stripe-subscription.ts";

/** What an event points at. It is a hint and nothing more: what holds is read from Stripe (design, mechanism 3). */
export type StripeHint =
  | {
      readonly kind: "subscription";
      readonly subscriptionId: string;
      readonly customerId: string | null;
      readonly accountId: string | null;
    }
  | {
      readonly kind: "checkout";
      readonly sessionId: string;
      readonly subscriptionId: string | null;
      readonly customerId: string | null;
      readonly accountId: string | null;
    }
  | { readonly kind: "customer"; readonly customerId: string }
  /** Nothing of a subscription changes; an operator may want to know. */
  | {
      readonly kind: "money";
      readonly customerId: string | null;
      /** A dispute names no customer, only the charge. */
      readonly chargeId: string | null;
      readonly objectId: string;
      readonly alarm: boolean;
    }
  /** A thin event that does not say what it is of: its object is read first, and then gives the hint (R12). */
  | { readonly kind: "object"; readonly type: ThinObject; readonly objectId: string }
  | { readonly kind: "ignored"; readonly reason: string };

/** Objects whose thin events name only themselves. */
export const THIN_OBJECTS = ["invoice", "subscription_schedule", "payment_method", "charge.dispute", "charge"] as const;
export type ThinObject = (typeof THIN_OBJECTS)[number];

interface EventRow {
  /** For the docs: what it makes us do. */
  readonly what: string;
  readonly read: (object: StripeObject) => StripeHint;
}

const READ_SUBSCRIPTION: EventRow = { what: "reads the subscription", read: ofSubscription };
const READ_INVOICED: EventRow = { what: "reads the subscription that the invoice is of", read: ofInvoice };
const READ_CHECKOUT: EventRow = { what: "ends the reservation, and reads the subscription that was bought", read: ofCheckout };
const READ_CUSTOMER: EventRow = { what: "reads every subscription of the customer", read: ofCustomer };
const READ_SCHEDULED: EventRow = { what: "reads the subscription that the schedule is of", read: ofSchedule };
const RECORD: EventRow = { what: "is recorded; a refund ends no subscription", read: ofMoney(false) };
const RECORD_AND_TELL: EventRow = { what: "is recorded, and an operator is told", read: ofMoney(true) };

/** Every event that we act on. Of any other type: recorded in the ledger, and nothing done. */
export const STRIPE_EVENTS: Readonly<Record<string, EventRow>> = {
  "customer.subscription.created": READ_SUBSCRIPTION,
  "customer.subscription.updated": READ_SUBSCRIPTION,
  "customer.subscription.deleted": READ_SUBSCRIPTION,
  "customer.subscription.paused": READ_SUBSCRIPTION,
  "customer.subscription.resumed": READ_SUBSCRIPTION,
  "customer.subscription.trial_will_end": READ_SUBSCRIPTION,
  "customer.subscription.pending_update_applied": READ_SUBSCRIPTION,
  "customer.subscription.pending_update_expired": READ_SUBSCRIPTION,
  "subscription_schedule.updated": READ_SCHEDULED,
  "subscription_schedule.released": READ_SCHEDULED,
  "subscription_schedule.canceled": READ_SCHEDULED,
  "invoice.finalized": READ_INVOICED,
  "invoice.updated": READ_INVOICED,
  "invoice.paid": READ_INVOICED,
  "invoice.payment_succeeded": READ_INVOICED,
  "invoice.payment_failed": READ_INVOICED,
  "invoice.payment_action_required": READ_INVOICED,
  "invoice.voided": READ_INVOICED,
  "invoice.marked_uncollectible": READ_INVOICED,
  "checkout.session.completed": READ_CHECKOUT,
  "checkout.session.async_payment_succeeded": READ_CHECKOUT,
  "checkout.session.async_payment_failed": READ_CHECKOUT,
  "checkout.session.expired": READ_CHECKOUT,
  "customer.updated": READ_CUSTOMER,
  "customer.deleted": READ_CUSTOMER,
  "payment_method.attached": { what: "reads every subscription of its customer", read: ofOwner },
  "charge.refunded": RECORD,
  "charge.dispute.created": RECORD_AND_TELL,
  "charge.dispute.closed": RECORD_AND_TELL,
};

/** The part of an event, of any API version, that is looked at. */
export interface EventEnvelope {
  readonly type: string;
  /** Set on an event of a connected account, which is none of ours (R11). */
  readonly connectedAccount: string | null;
  readonly livemode: boolean;
  readonly object: StripeObject;
  /** It names its object and tells nothing of it. */
  readonly isThin: boolean;
}

/** @param livemode the mode of the configured key */
export function hintOf(event: EventEnvelope, livemode: boolean): StripeHint {
  if (event.livemode !== livemode) return ignored(`of ${event.livemode ? "live" : "test"} mode, and our key is not`);
  if (event.connectedAccount !== null) return ignored("of a connected account");
  // A thin event of a v1 object: `v1.customer.subscription.updated` (from 2026-09-30, endive).
  const row = Object.hasOwn(STRIPE_EVENTS, bareType(event.type)) ? STRIPE_EVENTS[bareType(event.type)] : undefined;
  if (!row) return ignored("nothing that we act on");
  return (event.isThin ? thinHint(event) : null) ?? row.read(event.object);
}

/** What an object that was read because of a thin event points at. @param object as read */
export function hintOfObject(eventType: string, object: StripeObject): StripeHint {
  const row = Object.hasOwn(STRIPE_EVENTS, bareType(eventType)) ? STRIPE_EVENTS[bareType(eventType)] : undefined;
  return row?.read(object) ?? ignored("nothing that we act on");
}

function thinHint({ type, object }: EventEnvelope): StripeHint | null {
  const bare = bareType(type);
  const of = THIN_OBJECTS.find((known) => bare.startsWith(`${known}.`));
  const objectId = asId(object["id"]);
  if (of === undefined) return null;
  return objectId === null ? ignored("a thin event of nothing") : { kind: "object", type: of, objectId };
}

/** @returns null for what is no event: neither a snapshot (`object: "event"`) nor a thin one (`object: "v2.core.event"`) */
export function readEvent(
  value: unknown,
): (EventEnvelope & { readonly id: string; readonly created: unknown; readonly apiVersion: string | null }) | null {
  const raw = asObject(value);
  const id = asText(raw?.["id"]);
  const type = asText(raw?.["type"]);
  if (!raw || id === null || type === null) return null;
  const isThin = raw["object"] === "v2.core.event";
  const object = asObject(isThin ? raw["related_object"] : asObject(raw["data"])?.["object"]);
  if (!isThin && (raw["object"] !== "event" || object === null)) return null;
  return {
    id,
    type,
    created: raw["created"],
    apiVersion: asText(raw["api_version"]),
    connectedAccount: asText(isThin ? raw["context"] : raw["account"]),
    livemode: raw["livemode"] === true,
    object: object ?? {},
    isThin,
  };
}

function bareType(type: string): string {
  return type.startsWith("v1.") ? type.slice(3) : type;
}

function ignored(reason: string): StripeHint {
  return { kind: "ignored", reason };
}

function ofSubscription(object: StripeObject): StripeHint {
  return subscription(asId(object["id"]), object);
}

function ofInvoice(object: StripeObject): StripeHint {
  const details = asObject(asObject(object["parent"])?.["subscription_details"]) ?? asObject(object["subscription_details"]);
  return subscription(subscriptionOfInvoice(object), { customer: object["customer"], metadata: details?.["metadata"] });
}

function ofSchedule(object: StripeObject): StripeHint {
  return subscription(asId(object["subscription"]) ?? asId(object["released_subscription"]), { customer: object["customer"] });
}

function subscription(subscriptionId: string | null, { customer, metadata }: StripeObject): StripeHint {
  if (subscriptionId === null) return ignored("of no subscription");
  return { kind: "subscription", subscriptionId, customerId: asId(customer), accountId: asText(asObject(metadata)?.["account_id"]) };
}

function ofCheckout(object: StripeObject): StripeHint {
  const sessionId = asId(object["id"]);
  if (sessionId === null || (object["mode"] !== undefined && object["mode"] !== "subscription"))
    return ignored("a checkout of another kind");
  return {
    kind: "checkout",
    sessionId,
    subscriptionId: asId(object["subscription"]),
    customerId: asId(object["customer"]),
    accountId: asText(object["client_reference_id"]),
  };
}

function ofCustomer(object: StripeObject): StripeHint {
  const customerId = asId(object["id"]);
  return customerId === null ? ignored("of no customer") : { kind: "customer", customerId };
}

function ofOwner(object: StripeObject): StripeHint {
  const customerId = asId(object["customer"]);
  return customerId === null ? ignored("of no customer") : { kind: "customer", customerId };
}

/** From 2025-03-31 (basil) on, a charge names no invoice: whose money it was is known by the customer alone. */
function ofMoney(alarm: boolean): (object: StripeObject) => StripeHint {
  return (object) => ({
    kind: "money",
    customerId: asId(object["customer"]),
    chargeId: asId(object["charge"]),
    objectId: asId(object["id"]) ?? "",
    alarm,
  });
}
