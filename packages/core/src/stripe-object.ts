/**
 * Reads what Stripe answers. Its enums are open and its shapes change with the API version, so nothing is taken for granted: what is
 * missing or of another kind is null, and never an error half way through somebody's payment.
 */
export type StripeObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): StripeObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as StripeObject) : null;
}

export function asText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

export function asNumber(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Stripe's times are whole seconds since 1970. The beginning of 1970 is a zero that somebody left, and what no calendar holds is no time. */
export function asInstant(value: unknown): Date | null {
  const seconds = asNumber(value);
  if (seconds === null || seconds < 1 || seconds > 253_402_300_799) return null;
  return new Date(seconds * 1000);
}

/** A reference is an id, or the object itself where it was expanded. */
export function asId(value: unknown): string | null {
  return asText(value) ?? asText(asObject(value)?.["id"]);
}

/** The objects of a Stripe list (`{object: "list", data}`) or of a plain array. */
export function asList(value: unknown): readonly StripeObject[] {
  const list = Array.isArray(value) ? value : asObject(value)?.["data"];
  return Array.isArray(list) ? list.map(asObject).filter((one) => one !== null) : [];
}
