import { type Observation, type PriceBook, recordOf, type SubscriptionRecord } from "./stripe-record.ts";

/** As JSON has it: times are ISO 8601. */
export type RecordedValue = string | number | boolean | null;
/** Where two records of one subscription differ. */
export interface FieldDifference {
  /** A field of the record, or of its open invoice: `openInvoice.attemptCount`. */
  readonly field: string;
  readonly was: RecordedValue;
  readonly is: RecordedValue;
}

/** What differs, by the name of the field; nothing where the two say the same. @param was null: there was none */
export function differencesOf(was: SubscriptionRecord | null, is: SubscriptionRecord | null): readonly FieldDifference[] {
  const before = flat(was);
  const after = flat(is);
  const fields = [...new Set([...before.keys(), ...after.keys()])].sort();
  return fields.flatMap((field) => {
    const [one, other] = [before.get(field) ?? null, after.get(field) ?? null];
    return one === other ? [] : [{ field, was: one, is: other }];
  });
}

/** What was once read from Stripe, and when. */
export interface PastObservation {
  readonly observation: Observation;
  readonly observedAt: Date;
}

/**
 * What a subscription's record is by its observations alone (law 3), with the prices of today.
 * @param seen of one subscription, in the order of their tickets
 * @returns null where nothing was observed
 */
export function rebuildRecord(seen: readonly PastObservation[], book: PriceBook): SubscriptionRecord | null {
  let record: SubscriptionRecord | null = null;
  for (const { observation, observedAt } of seen) record = recordOf(observation, book, record, observedAt)?.record ?? record;
  return record;
}

function flat(record: SubscriptionRecord | null): Map<string, RecordedValue> {
  if (record === null) return new Map();
  const { openInvoice, ...rest } = record;
  const inner = Object.entries(openInvoice ?? {}).map(([field, value]) => [`openInvoice.${field}`, plain(value)] as const);
  return new Map([...Object.entries(rest).map(([field, value]) => [field, plain(value)] as const), ...inner]);
}

function plain(value: string | number | boolean | Date | null): RecordedValue {
  return value instanceof Date ? value.toISOString() : value;
}
