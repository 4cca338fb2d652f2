/** A list as the API gives it. https://docs.stripe.com/api/pagination */
export type ApiList<T> = {
  readonly object: "list";
  readonly data: readonly T[];
  readonly has_more: boolean;
  readonly url: string;
};

export type Metadata = Readonly<Record<string, string>>;

export const NO_METADATA: Metadata = {};
const NOTHING: readonly never[] = [];
/** Shared by all objects that have none, so that a great number of them stays small. */
export const NONE: readonly string[] = NOTHING;

export function listOf<T>(data: readonly T[], url: string, hasMore = false): ApiList<T> {
  return { object: "list", data, has_more: hasMore, url };
}

/** Stripe's rule: keys are added or replaced, an empty value takes a key away, and an empty string in place of all takes all. */
export function mergedMetadata(metadata: Metadata, given: Metadata | "" | undefined): Metadata {
  if (given === undefined) return metadata;
  if (given === "") return NO_METADATA;
  return Object.fromEntries(Object.entries({ ...metadata, ...given }).filter(([, value]) => value !== ""));
}
