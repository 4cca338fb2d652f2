import type { EngineSettings, StripeEvent, StripeObject } from "./engine-face.ts";
import type { HostedUrls } from "./hosted-urls.ts";
import type { Mint } from "./mint.ts";
import type { State } from "./state.ts";
import type { Kept, Table } from "./table.ts";

/** What every rule of the simulator stands in: the objects, the time, the ids, and the way to tell what happened. */
export interface World {
  readonly state: State;
  readonly settings: EngineSettings;
  readonly urls: HostedUrls;
  readonly mint: Mint;
  /** Unix seconds; of a customer with a test clock, that clock's. */
  now(customerId?: string | null): number;
  /** Makes an event now, of the object as it is. */
  emit(type: string, object: StripeObject, previous?: StripeObject): StripeEvent;
}

/**
 * Stores an object and tells it. `*.updated` says what was before, and is not told when nothing changed.
 * @param type such as customer.subscription.updated
 */
export function record<T extends Kept & StripeObject>(world: World, table: Table<T>, after: T, type: string): T {
  const before = table.get(after.id);
  if (before === undefined || !type.endsWith(".updated")) {
    table.put(after);
    world.emit(type, after);
    return after;
  }
  const previous = difference(before, after);
  if (Object.keys(previous).length === 0) return before;
  table.put(after);
  world.emit(type, after, previous);
  return after;
}

/** The values of `before` that `after` has no more. */
function difference(before: StripeObject, after: StripeObject): StripeObject {
  const previous: Record<string, unknown> = {};
  for (const key of Object.keys(after)) if (!isSame(before[key], after[key])) previous[key] = before[key] ?? null;
  for (const key of Object.keys(before)) if (!(key in after)) previous[key] = before[key];
  return previous;
}

function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object") return false;
  return JSON.stringify(left) === JSON.stringify(right);
}
