import { UserError } from "../cli-error.ts";
import type { OptionValues } from "./context.ts";

const INSTANT = /^\d{4}-\d\d-(\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/i;

/**
 * An instant as RFC 3339 writes it, with its zone: without one, two machines would mean two things. Seconds may be left out.
 * @returns null where the option is not given
 * @throws UserError when it is none, such as 30 February
 */
export function instantOption(options: OptionValues, name: string): Date | null {
  const text = options[name];
  if (text === undefined) return null;
  const parts = typeof text === "string" ? INSTANT.exec(text) : null;
  const instant = new Date(parts ? String(text).toUpperCase() : Number.NaN);
  // JavaScript takes 30 February for 2 March.
  const isDay = parts !== null && new Date(`${String(text).slice(0, 10)}T00:00:00Z`).getUTCDate() === Number(parts[1]);
  if (Number.isNaN(instant.getTime()) || !isDay)
    throw new UserError(`--${name} is an instant with its zone, such as 2026-03-01T00:00:00Z, not ${JSON.stringify(text)}.`);
  return instant;
}

/** @throws UserError when it is no whole number within the bounds */
export function countOption(options: OptionValues, name: string, bounds: { min: number; max: number; otherwise: number }): number {
  const text = options[name];
  if (text === undefined) return bounds.otherwise;
  const count = typeof text === "string" && /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= bounds.min && count <= bounds.max))
    throw new UserError(`--${name} is a whole number from ${bounds.min} to ${bounds.max}, not ${JSON.stringify(text)}.`);
  return count;
}

/** Why something is done, for the audit. @throws UserError when it is empty or longer than 500 characters */
export function reasonOption(options: OptionValues, otherwise: string): string {
  const text = options["reason"] ?? otherwise;
  const reason = typeof text === "string" ? text.trim() : "";
  if (reason.length < 1 || reason.length > 500) throw new UserError("--reason has 1 to 500 characters.");
  return reason;
}
