/** How far one call may go: ten years, leap days included. */
export const ADVANCE_DAYS_MAX = 3660;

const UNIT_MILLISECONDS = { days: 86_400_000, hours: 3_600_000, seconds: 1_000 } as const;
/** Later years have no four-digit form, and neither ISO 8601 nor the JSON of most languages reads them. */
const LAST_MOMENT = Date.UTC(9999, 11, 31);

export type Advance = { milliseconds: number } | { why: string };

/**
 * Reads `{days?, hours?, seconds?}`: numbers from 0, at least one, together at most ten years.
 * @param areStrings true for a form, whose fields are all strings and may be left empty
 */
export function readAdvance(body: unknown, now: Date, areStrings: boolean): Advance {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return { why: "Send {days?, hours?, seconds?} as JSON." };
  let milliseconds = 0;
  let isGiven = false;
  for (const [field, value] of Object.entries(body)) {
    if (field !== "days" && field !== "hours" && field !== "seconds") return { why: `${field} is not a field of this request.` };
    const amount = areStrings && typeof value === "string" && value !== "" ? Number(value) : value;
    if (typeof amount !== "number" || !Number.isFinite(amount) || amount < 0) return { why: `${field} must be a number from 0.` };
    milliseconds += amount * UNIT_MILLISECONDS[field];
    isGiven = true;
  }
  if (!isGiven) return { why: "Give at least one of days, hours and seconds." };
  if (milliseconds > ADVANCE_DAYS_MAX * UNIT_MILLISECONDS.days) return { why: `One call advances by at most ${ADVANCE_DAYS_MAX} days.` };
  if (now.getTime() + milliseconds > LAST_MOMENT) return { why: "The clock ends with the year 9999." };
  return { milliseconds: Math.round(milliseconds) };
}
