import type { Metadata } from "../objects/list.ts";
import { invalid } from "../refusal.ts";
import type { Raw, RawObject } from "./form.ts";

/** Reads one parameter. `at` is its name as Stripe writes it, such as `items[0][price]`. */
export type Parse<T> = (raw: Raw, at: string) => T;
export type Params<S extends Record<string, Parse<unknown>>> = { readonly [K in keyof S]: ReturnType<S[K]> | undefined };

export const text: Parse<string> = (raw, at) => {
  if (typeof raw !== "string") throw invalid(`Invalid string: ${at}`, { param: at });
  if (raw === "")
    throw invalid(
      `You passed an empty string for '${at}'. We assume empty values are an attempt to unset a parameter; however '${at}' cannot be unset. You should remove '${at}' from your request or supply a non-empty value.`,
      { code: "parameter_invalid_empty", param: at },
    );
  return raw;
};

export const integer: Parse<number> = (raw, at) => {
  if (typeof raw !== "string" || !/^-?\d{1,15}$/.test(raw))
    throw invalid(`Invalid integer: ${typeof raw === "string" ? raw : at}`, { code: "parameter_invalid_integer", param: at });
  return Number(raw);
};

export const positive: Parse<number> = (raw, at) => {
  const value = integer(raw, at);
  if (value < 0) throw invalid(`This value must be greater than or equal to 0 (it currently is '${value}').`, { param: at });
  return value;
};

export const flag: Parse<boolean> = (raw, at) => {
  if (raw !== "true" && raw !== "false") throw invalid(`Invalid boolean: ${typeof raw === "string" ? raw : at}`, { param: at });
  return raw === "true";
};

export function oneOf<const V extends string>(...values: readonly V[]): Parse<V> {
  return (raw, at) => {
    const found = values.find((value) => value === raw);
    if (found === undefined) throw invalid(`Invalid ${at}: must be one of ${values.join(", ")}`, { param: at });
    return found;
  };
}

/** An empty string clears what is there. */
export function clearable<T>(parse: Parse<T>): Parse<T | null> {
  return (raw, at) => (raw === "" ? null : parse(raw, at));
}

export function either<A, B>(first: Parse<A>, isFirst: (raw: Raw) => boolean, second: Parse<B>): Parse<A | B> {
  return (raw, at) => (isFirst(raw) ? first(raw, at) : second(raw, at));
}

/** `now` or a time. */
export const nowOrTime: Parse<"now" | number> = either(oneOf("now"), (raw) => raw === "now", integer);

export const metadata: Parse<Metadata | ""> = (raw, at) => {
  if (raw === "") return "";
  if (typeof raw === "string") throw invalid("Metadata must be a hash.", { param: at });
  const entries = Object.entries(raw).map(([key, value]) => [key, textOrEmpty(value, `${at}[${key}]`)] as const);
  if (entries.length > 50) throw invalid("Metadata can have at most 50 keys.", { param: at });
  return Object.fromEntries(entries);
};

/** What metadata is for something new. */
export function givenMetadata(given: Metadata | "" | undefined): Metadata {
  return given === undefined || given === "" ? {} : Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
}

const textOrEmpty: Parse<string> = (raw, at) => {
  if (typeof raw !== "string") throw invalid(`Invalid string: ${at}`, { param: at });
  return raw;
};

export function listOfEach<T>(parse: Parse<T>): Parse<readonly T[]> {
  return (raw, at) => {
    if (raw === "") return [];
    if (typeof raw === "string") throw invalid(`Invalid array: ${at}`, { param: at });
    const places = Object.keys(raw).sort((left, right) => Number(left) - Number(right));
    return places.map((place) => parse(raw[place] ?? "", `${at}[${place}]`));
  };
}

/** Known names only: an unknown one is a 400, as at Stripe. */
export function shape<S extends Record<string, Parse<unknown>>>(fields: S): Parse<Params<S>> {
  return (raw, at) => {
    if (typeof raw === "string") throw invalid(`Invalid object: ${at}`, { param: at });
    const values: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(raw)) {
      const parse = Object.hasOwn(fields, name) ? fields[name] : undefined;
      const full = at === "" ? name : `${at}[${name}]`;
      if (parse === undefined) throw invalid(`Received unknown parameter: ${full}`, { code: "parameter_unknown", param: full });
      values[name] = parse(value, full);
    }
    return values as Params<S>;
  };
}

/** A parameter that Stripe knows, and that changes nothing here. */
export const ignored: Parse<Raw> = (raw) => raw;

export const address = shape({
  city: clearable(text),
  country: clearable(text),
  line1: clearable(text),
  line2: clearable(text),
  postal_code: clearable(text),
  state: clearable(text),
});

/** A time range of a list: `created[gte]=1` or `created=1`. */
export interface TimeRange {
  readonly gt?: number | undefined;
  readonly gte?: number | undefined;
  readonly lt?: number | undefined;
  readonly lte?: number | undefined;
}
const range = shape({ gt: integer, gte: integer, lt: integer, lte: integer });
export const timeRange: Parse<TimeRange> = (raw, at) => {
  if (typeof raw !== "string") return range(raw, at);
  const instant = integer(raw, at);
  return { gte: instant, lte: instant };
};

export function isWithin(at: number, { gt, gte, lt, lte }: TimeRange = {}): boolean {
  return at > (gt ?? -1) && at >= (gte ?? 0) && at < (lt ?? Number.POSITIVE_INFINITY) && at <= (lte ?? Number.POSITIVE_INFINITY);
}

/** What every list takes. */
export const PAGING = { limit: integer, starting_after: text, ending_before: text };

/** Takes `expand` out: it is common to all requests. */
export function splitExpand(raw: RawObject): { readonly expand: readonly string[]; readonly rest: RawObject } {
  const { expand, ...rest } = raw;
  return { expand: expand === undefined ? [] : listOfEach(text)(expand, "expand"), rest };
}
