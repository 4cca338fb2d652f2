/** A day here is 24 hours of elapsed time, not a calendar day: grace and trials must not depend on anybody's time zone. */
export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** A new instant, `days` times 24 hours after `instant` (before it where negative). */
export function addDays(instant: Date, days: number): Date {
  return addMilliseconds(instant, days * DAY_MS);
}

/** A new instant, `hours` after `instant`. */
export function addHours(instant: Date, hours: number): Date {
  return addMilliseconds(instant, hours * HOUR_MS);
}

/** A new instant, `minutes` after `instant`. */
export function addMinutes(instant: Date, minutes: number): Date {
  return addMilliseconds(instant, minutes * MINUTE_MS);
}

/** A new instant, `seconds` after `instant`. */
export function addSeconds(instant: Date, seconds: number): Date {
  return addMilliseconds(instant, seconds * SECOND_MS);
}

/** A new instant, `milliseconds` after `instant`, which stays as it is. Beyond the years that a Date can hold: an Invalid Date. */
export function addMilliseconds(instant: Date, milliseconds: number): Date {
  return new Date(instant.getTime() + milliseconds);
}
