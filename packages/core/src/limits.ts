import { fromOverride, holds, type Override, type Resolved } from "./flags.ts";

/** What a limit counts: things that there are now (`countable`), or uses that are counted up (`consumable`). */
export type LimitKind = { readonly kind: "countable" } | { readonly kind: "consumable"; readonly period: "month" | "lifetime" };

/** Kept in a `bigint` column, and shown as a number: the largest that both hold exactly. */
export const LIMIT_MAX = 9_007_199_254_740_991;

/**
 * What the limit is for an account at `now`; null is no limit.
 * @param planLimit of the account's plan; an account without a plan has 0 of everything
 */
export function resolveLimit(
  key: string,
  planLimit: number | null,
  override: Override<number | null> | null,
  now: Date,
): Resolved<number | null> {
  if (override && holds(override, now)) return fromOverride(override);
  return { key, value: planLimit, layer: "plan_default", since: null, until: null, reason: null };
}

/** The period in which `now` stands: months begin in UTC, whatever day somebody subscribed; a lifetime has no end. */
export function periodOf(kind: Extract<LimitKind, { kind: "consumable" }>, now: Date): { readonly start: Date; readonly end: Date | null } {
  if (kind.period === "lifetime") return { start: new Date(0), end: null };
  const month = (ahead: number): Date => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1));
  return { start: month(0), end: month(1) };
}

/** Why is this no limit? Null: it is one; null itself means unlimited. */
export function whyNotLimit(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value !== "number" || !Number.isInteger(value)) return "must be a whole number, or null for no limit";
  if (value < 0) return "must not be negative";
  return value > LIMIT_MAX ? `must be at most ${LIMIT_MAX}` : null;
}

/** Is there room for `wanted` more? */
export const hasRoom = (limit: number | null, used: number, wanted: number): boolean => limit === null || used + wanted <= limit;
