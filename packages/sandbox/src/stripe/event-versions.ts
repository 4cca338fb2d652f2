import type { StripeObject } from "./engine-face.ts";
import type { ApiVersion } from "./webhooks-face.ts";

/**
 * An object as an older API version shows it. Before 2025-03-31.basil a subscription's period stood on the subscription, and an invoice named
 * its subscription on top. https://docs.stripe.com/changelog/basil
 * @param type the object's type; `object` may be a part of one, such as `previous_attributes`
 */
export function asOfVersion(version: ApiVersion, type: unknown, object: StripeObject): StripeObject {
  switch (version) {
    case "2026-10-28.endive":
      return object;
    case "2026-06-24.dahlia":
    case "2025-04-30.basil":
      return without(object, ["status_details", "managed_payments", "billing_schedules"]);
    case "2024-06-20":
    case "2020-08-27":
      if (type === "subscription") return oldSubscription(object, version);
      return type === "invoice" ? oldInvoice(object) : object;
  }
}

function oldSubscription(object: StripeObject, version: ApiVersion): StripeObject {
  const old: Record<string, unknown> = without(object, ["status_details", "managed_payments", "billing_schedules", "billing_mode"]);
  const items = itemsIn(object);
  const [first] = items;
  if (first !== undefined) {
    old["current_period_start"] = first["current_period_start"];
    old["current_period_end"] = first["current_period_end"];
    old["items"] = { ...part(object["items"]), data: items.map((item) => without(item, ["current_period_start", "current_period_end"])) };
    if (items.length === 1) Object.assign(old, { plan: first["plan"], quantity: first["quantity"] });
  }
  if (version === "2020-08-27") {
    delete old["discounts"];
    old["discount"] = null;
  }
  return old;
}

function oldInvoice(object: StripeObject): StripeObject {
  const parent = part(object["parent"]);
  const details = part(parent["subscription_details"]);
  const old: Record<string, unknown> = without(object, ["parent", "amount_overpaid", "total_pretax_credit_amounts"]);
  if ("subscription" in details) old["subscription"] = details["subscription"];
  if ("status" in object) old["paid"] = object["status"] === "paid";
  return old;
}

function itemsIn(object: StripeObject): StripeObject[] {
  const data = part(object["items"])["data"];
  return Array.isArray(data) ? data.map(part) : [];
}

function part(value: unknown): StripeObject {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function without(object: StripeObject, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
