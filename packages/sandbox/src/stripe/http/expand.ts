import type { StripeObject } from "../engine-face.ts";
import { listOf } from "../objects/list.ts";
import { invalid } from "../refusal.ts";
import { findObject } from "../state.ts";
import type { World } from "../world.ts";

const DEPTH_MAX = 4;

/**
 * Puts objects in the place of their ids. Paths go through lists by `data`. https://docs.stripe.com/api/expanding_objects
 * @throws StripeRefusal 400 for what is no id, and beyond four levels
 */
export function expand(world: World, answer: object, paths: readonly string[]): object {
  let expanded = answer;
  for (const path of paths) {
    const keys = path.split(".");
    const levels = keys.filter((key) => key !== "data").length;
    if (levels > DEPTH_MAX) throw invalid(`You cannot expand more than ${DEPTH_MAX} levels of a property (${path}).`, { param: "expand" });
    expanded = replaced(world, expanded, keys, path);
  }
  return expanded;
}

function replaced(world: World, object: object, [key, ...rest]: readonly string[], path: string): object {
  if (key === undefined) return object;
  const found = fieldOf(world, object, key);
  if (found === undefined) throw cannot(path);
  return { ...object, [key]: inside(world, found, rest, path) };
}

function inside(world: World, value: unknown, rest: readonly string[], path: string): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((each: unknown) => inside(world, each, rest, path));
  if (typeof value === "string") {
    const object = findObject(world.state, value);
    if (object === null) throw cannot(path);
    return replaced(world, object, rest, path);
  }
  if (typeof value === "object") return replaced(world, value, rest, path);
  throw cannot(path);
}

function cannot(path: string): Error {
  return invalid(`This property cannot be expanded (${path}).`, { param: "expand" });
}

/** The value of a key; also of those that an object only has where they are asked for. */
function fieldOf(world: World, object: object, key: string): unknown {
  const fields = new Map<string, unknown>(Object.entries(object));
  if (fields.has(key)) return fields.get(key);
  const [id, type] = [fields.get("id"), fields.get("object")];
  if (typeof id !== "string" || typeof type !== "string") return undefined;
  return INCLUDABLE[`${type}.${key}`]?.(world, id);
}

const INCLUDABLE: Readonly<Record<string, (world: World, id: string) => StripeObject>> = {
  "checkout.session.line_items": ({ state }, id) =>
    listOf(state.session_order.get(id)?.lineItems ?? [], `/v1/checkout/sessions/${id}/line_items`),
  "invoice.payments": ({ state }, id) => listOf([...state.invoice_payment.walk({ under: id })], `/v1/invoice_payments?invoice=${id}`),
  "customer.subscriptions": ({ state }, id) =>
    listOf(
      [...state.subscription.walk({ under: id })].filter(({ status }) => status !== "canceled" && status !== "incomplete_expired"),
      `/v1/customers/${id}/subscriptions`,
    ),
  "charge.refunds": ({ state }, id) => listOf([...state.refund.walk({ under: id })], `/v1/charges/${id}/refunds`),
};
