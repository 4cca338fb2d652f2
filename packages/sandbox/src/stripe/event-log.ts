import type { StripeEvent } from "./engine-face.ts";

/** The events of the last 30 days, in the order in which they were made. */
export interface EventLog {
  append(event: StripeEvent): void;
  get(id: string): StripeEvent | undefined;
  /** A new state of an event that is there. */
  replace(event: StripeEvent): void;
  all(): readonly StripeEvent[];
  /** Newest first, or oldest first, from beyond an id; an unknown id gives nothing. */
  walk(options?: { readonly beyond?: string | undefined; readonly oldestFirst?: boolean }): Generator<StripeEvent>;
  /** Drops from the oldest on what was made before, and gives the ids. */
  dropBefore(unixSeconds: number): readonly string[];
}

export function openEventLog(): EventLog {
  let events: StripeEvent[] = [];
  // Counts all that ever were, so that a place never moves; the first of `events` has the place `dropped`.
  let dropped = 0;
  const places = new Map<string, number>();
  const at = (id: string): number => (places.get(id) ?? Number.NaN) - dropped;
  return {
    append(event) {
      places.set(event.id, dropped + events.length);
      events.push(event);
    },
    get: (id) => events[at(id)],
    replace(event) {
      const index = at(event.id);
      if (events[index] !== undefined) events[index] = event;
    },
    all: () => events.slice(),
    *walk({ beyond, oldestFirst = false } = {}) {
      const step = oldestFirst ? 1 : -1;
      const from = beyond === undefined ? (oldestFirst ? -1 : events.length) : at(beyond);
      if (Number.isNaN(from)) return;
      for (let index = from + step; index >= 0 && index < events.length; index += step) {
        const event = events[index];
        if (event !== undefined) yield event;
      }
    },
    dropBefore(unixSeconds) {
      const kept = events.findIndex(({ created }) => created >= unixSeconds);
      const old = kept === -1 ? events : events.slice(0, kept);
      // A few at a time would make each append as dear as the whole list.
      if (old.length < Math.min(1_000, events.length)) return [];
      for (const { id } of old) places.delete(id);
      dropped += old.length;
      events = kept === -1 ? [] : events.slice(kept);
      return old.map(({ id }) => id);
    },
  };
}
