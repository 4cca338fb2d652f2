import fc from "fast-check";

/** What people and time do to an account's subscription at Stripe. */
export type Step =
  | { readonly do: "buy"; readonly offer: number; readonly seats: number; readonly trialDays: number | null; readonly card: string }
  | { readonly do: "begin"; readonly offer: number; readonly seats: number }
  | { readonly do: "wait"; readonly hours: number }
  | { readonly do: "mend"; readonly card: string }
  | { readonly do: "cancel"; readonly now: boolean }
  | { readonly do: "uncancel" }
  | { readonly do: "pause" }
  | { readonly do: "resume" }
  | { readonly do: "change"; readonly offer: number; readonly seats: number }
  | { readonly do: "collect"; readonly paused: boolean }
  | { readonly do: "refund" }
  | { readonly do: "delete customer" };

/** Where a worker dies over an event: before, within or after the commit of which of its transactions, or around what it asks Stripe. */
export interface Death {
  readonly of: "transaction" | "reading";
  readonly number: number;
  readonly when: "before" | "within" | "after";
}
/** How one event comes, or does not. */
export interface Delivery {
  readonly isLost: boolean;
  readonly copies: number;
  /** After how many further steps of the life. */
  readonly delay: number;
  readonly death: Death | null;
  /** For how many further steps the worker hangs between what it read and writing it: what it read grows old. */
  readonly stall: number;
}
export interface Lifecycle {
  readonly steps: readonly Step[];
  /** Of the first, second, ... event; from the start again when they run out. */
  readonly deliveries: readonly Delivery[];
}

const GOOD = "4242424242424242";
/** It is taken, and every later charge fails. */
const FAILS_LATER = "4000000000000341";
const cards = fc.oneof({ weight: 3, arbitrary: fc.constant(GOOD) }, { weight: 2, arbitrary: fc.constant(FAILS_LATER) });
const offer = fc.nat({ max: 3 });
const seats = fc.integer({ min: 1, max: 9 });

const buy: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("buy" as const),
  offer,
  seats,
  trialDays: fc.option(fc.integer({ min: 3, max: 14 }), { nil: null }),
  card: cards,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: buy },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("begin"), offer, seats }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("wait"), hours: fc.integer({ min: 1, max: 24 * 40 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("mend"), card: cards }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cancel"), now: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: "uncancel" }) },
  { weight: 1, arbitrary: fc.constant({ do: "pause" }) },
  { weight: 1, arbitrary: fc.constant({ do: "resume" }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("change"), offer, seats }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("collect"), paused: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: "refund" }) },
  { weight: 1, arbitrary: fc.constant({ do: "delete customer" }) },
);
const death: fc.Arbitrary<Death> = fc.record({
  of: fc.constantFrom("transaction", "reading"),
  number: fc.integer({ min: 1, max: 3 }),
  when: fc.constantFrom("before", "within", "after"),
});
const delivery: fc.Arbitrary<Delivery> = fc.record({
  isLost: fc.boolean(),
  copies: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 3 }) }),
  delay: fc.nat({ max: 4 }),
  death: fc.option(death, { freq: 3 }),
  stall: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) }),
});

/** A life begins with a purchase, so that there is something to converge on. */
export const lifecycles: fc.Arbitrary<Lifecycle> = fc.record({
  steps: fc.tuple(buy, fc.array(step, { minLength: 1, maxLength: 7 })).map(([first, rest]) => [first, ...rest]),
  deliveries: fc.oneof(
    // Half the lives lose nothing: then no reconciler is needed.
    fc.array(
      delivery.map((one) => ({ ...one, isLost: false })),
      { minLength: 1, maxLength: 8 },
    ),
    fc.array(delivery, { minLength: 1, maxLength: 8 }),
  ),
});
