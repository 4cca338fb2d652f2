const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** "3 March 2026, 14:05 UTC". We do not know where the reader lives, so the zone is said; the minute is the one that has begun. */
export function sayTime(at: Date): string {
  const time = [at.getUTCHours(), at.getUTCMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
  return `${sayDate(at)}, ${time} UTC`;
}

/** "3 March 2026", in UTC: where the hour matters, the mail says it as well. */
export function sayDate(at: Date): string {
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}
