import type { EventLog } from "../event-log.ts";
import { missingParam } from "../refusal.ts";
import type { World } from "../world.ts";
import type { RawObject } from "./form.ts";
import type { Parse } from "./params.ts";

/** What a route's work stands in. */
export interface Call<P> {
  readonly world: World;
  readonly log: EventLog;
  /** The ids of the path, in its order. */
  readonly id: string;
  readonly params: P;
  /** Runs what falls due for a test clock. */
  runClock(clockId: string, until: number): void;
  /** false: the event was not, or not yet, taken by the endpoint. */
  isDelivered(eventId: string): boolean;
}

export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** `:id` stands for one segment. */
  readonly path: string;
  run(call: Call<RawObject>): object;
}

/** A row of the table of routes: what it takes, and what it answers. */
export function route<P>(method: Route["method"], path: string, parse: Parse<P>, handle: (call: Call<P>) => object): Route {
  return { method, path, run: (call) => handle({ ...call, params: parse(call.params, "") }) };
}

/** @throws StripeRefusal 400 parameter_missing */
export function needed<T>(value: T | undefined | null, param: string): T {
  if (value === undefined || value === null) throw missingParam(param);
  return value;
}

/** Finds the route of a method and path, and the id that the path names. */
export function openRouter(routes: readonly Route[]): (method: string, path: string) => { route: Route; id: string } | null {
  const byForm = new Map(routes.map((each) => [`${each.method} ${each.path}`, each]));
  return (method, path) => {
    const plain = byForm.get(`${method} ${path}`);
    if (plain !== undefined) return { route: plain, id: "" };
    const segments = path.split("/");
    for (let index = segments.length - 1; index > 2; index -= 1) {
      const form = segments.with(index, ":id").join("/");
      const found = byForm.get(`${method} ${form}`);
      if (found !== undefined) return { route: found, id: decodeURIComponent(segments[index] ?? "") };
    }
    return null;
  };
}
