import type { StripeObject } from "../engine-face.ts";

/** What stands at a path of an object, or undefined: objects are the API's, and any field of theirs may be absent. */
function at(object: unknown, path: string): unknown {
  let value = object;
  for (const key of path.split(".")) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

const isObject = (value: unknown): value is StripeObject => typeof value === "object" && value !== null && !Array.isArray(value);

export function textAt(object: unknown, path: string): string | null {
  const value = at(object, path);
  return typeof value === "string" ? value : null;
}

export function numberAt(object: unknown, path: string): number | null {
  const value = at(object, path);
  return typeof value === "number" ? value : null;
}

export const isTrueAt = (object: unknown, path: string): boolean => at(object, path) === true;

export const isGivenAt = (object: unknown, path: string): boolean => (at(object, path) ?? null) !== null;

export function objectAt(object: unknown, path: string): StripeObject | null {
  const value = at(object, path);
  return isObject(value) ? value : null;
}

/** The objects of a list, such as `items.data`. */
export function objectsAt(object: unknown, path: string): readonly StripeObject[] {
  const value = at(object, path);
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export const idOf = (object: StripeObject): string => textAt(object, "id") ?? "";
