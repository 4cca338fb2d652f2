import { values } from "@gatehouse/contract";
import { LIMIT_MAX } from "@gatehouse/core";
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
  // As the routes: in UTC too the year has four digits.
  if (Number.isNaN(instant.getTime()) || !isDay || !/^\d{4}-/.test(instant.toISOString()))
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

/** The version that was read; null: it is not said. @throws UserError when it can be none */
export const versionOption = (options: OptionValues): number | null =>
  options["version"] === undefined ? null : countOption(options, "version", { min: 1, max: 999_999_999, otherwise: 1 });

/** @throws UserError when none is given: what others may have changed is changed as it was seen. @param shownBy the command that shows it */
export function requiredVersion(options: OptionValues, shownBy: string): number {
  const version = versionOption(options);
  if (version === null) throw new UserError(`Say with --version which one you saw: gatehouse ${shownBy} shows it.`);
  return version;
}

/** A limit as it is typed; null is no limit. @throws UserError when it is none that can be kept */
export function limitWord(text: string): number | null {
  if (text === "unlimited") return null;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= LIMIT_MAX))
    throw new UserError(`VALUE is a whole number from 0 to ${LIMIT_MAX}, or unlimited, not ${JSON.stringify(text)}.`);
  return value;
}

/** Why something is done, for the audit. @throws UserError when it is empty, longer than 500 characters, or no line of plain text */
export function reasonOption(options: OptionValues, otherwise: string): string {
  const text = options["reason"] ?? otherwise;
  const reason = typeof text === "string" ? text.trim() : "";
  if (reason.length < 1 || reason.length > 500) throw new UserError("--reason has 1 to 500 characters.");
  const read = values.line(500).safeParse(reason);
  if (!read.success) throw new UserError("--reason is one line of plain text.");
  return read.data;
}
