import { type Address, type Customer, customerOf, invoiceSettings } from "../objects/customer.ts";
import type { Metadata } from "../objects/list.ts";
import type { PaymentMethod } from "../objects/payment.ts";
import { isEnded } from "../objects/subscription.ts";
import { missing } from "../refusal.ts";
import { record, type World } from "../world.ts";
import { endSubscription } from "./subscription-status.ts";

export interface CustomerOrder {
  readonly address?: Address | null;
  readonly description?: string | null;
  readonly email?: string | null;
  readonly metadata?: Metadata;
  readonly name?: string | null;
  readonly phone?: string | null;
  readonly preferredLocales?: readonly string[];
  readonly testClock?: string | null;
}

export function createCustomer(world: World, order: CustomerOrder): Customer {
  const clock =
    order.testClock === undefined || order.testClock === null ? null : world.state["test_helpers.test_clock"].get(order.testClock);
  if (clock === undefined) throw missing("test clock", order.testClock ?? "", "test_clock");
  return record(world, world.state.customer, newCustomer(world, order, clock?.frozen_time ?? world.now()), "customer.created");
}

export function newCustomer(world: World, order: CustomerOrder, now: number): Customer {
  const id = world.mint.id("cus_", 14);
  return customerOf({
    id,
    address: order.address ?? null,
    created: now,
    currency: null,
    description: order.description ?? null,
    email: order.email ?? null,
    invoice_prefix: id.slice(-8).toUpperCase(),
    invoice_settings: invoiceSettings(null),
    metadata: order.metadata ?? {},
    name: order.name ?? null,
    next_invoice_sequence: 1,
    phone: order.phone ?? null,
    preferred_locales: order.preferredLocales ?? [],
    test_clock: order.testClock ?? null,
  });
}

/** @param param where the id stood; an id of a request's path is not found, one in a parameter is wrong */
export function customerFor(world: World, id: string, param = "customer"): Customer {
  const customer = world.state.customer.get(id);
  if (customer === undefined) throw missing("customer", id, param);
  return customer;
}

/** It cannot be undone, and its subscriptions end at once. https://docs.stripe.com/api/customers/delete */
export function deleteCustomer(world: World, id: string): { id: string; object: "customer"; deleted: true } {
  const customer = customerFor(world, id, "id");
  for (const subscription of [...world.state.subscription.walk({ under: id, oldestFirst: true })])
    if (!isEnded(subscription)) endSubscription(world, subscription, { reason: "cancellation_requested" });
  for (const session of [...world.state["checkout.session"].walk({ under: id })])
    if (session.status === "open") world.state["checkout.session"].put({ ...session, status: "expired", url: null });
  world.emit("customer.deleted", customer);
  for (const card of cardsOf(world, id)) world.state.payment_method.put({ ...card, customer: null });
  world.state.customer.remove(id);
  return world.state.deleted_customer.put({ id, object: "customer", deleted: true });
}

/** Newest first. */
export function cardsOf(world: World, customerId: string): PaymentMethod[] {
  return [...world.state.payment_method.walk({ under: customerId })];
}

export function setDefaultCard(world: World, customerId: string, paymentMethodId: string | null): Customer {
  const customer = customerFor(world, customerId);
  return record(world, world.state.customer, { ...customer, invoice_settings: invoiceSettings(paymentMethodId) }, "customer.updated");
}
