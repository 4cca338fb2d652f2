/** Time in unix seconds, as Stripe tells it. */
export const HOUR = 3600;
export const DAY = 86_400;

export type Interval = "day" | "week" | "month" | "year";

export interface Cadence {
  readonly interval: Interval;
  readonly interval_count: number;
}

/**
 * The first end of a period after `after`, counted from the anchor: an anchor on the 31st ends on the last day of shorter months
 * and on the 31st again where there is one. https://docs.stripe.com/billing/subscriptions/billing-cycle
 */
export function periodEndAfter(anchor: number, cadence: Cadence, after: number): number {
  const { interval, interval_count: count } = cadence;
  if (interval === "day" || interval === "week") {
    const length = count * (interval === "day" ? DAY : 7 * DAY);
    return anchor + Math.max(1, Math.floor((after - anchor) / length) + 1) * length;
  }
  const months = count * (interval === "month" ? 1 : 12);
  const from = new Date(anchor * 1000);
  const to = new Date(after * 1000);
  const between = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
  let periods = Math.max(1, Math.floor(between / months));
  while (addMonths(anchor, periods * months) <= after) periods += 1;
  return addMonths(anchor, periods * months);
}

/** The same day and time so many months later, or the last day of that month. */
export function addMonths(at: number, months: number): number {
  const date = new Date(at * 1000);
  const month = date.getUTCMonth() + months;
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const day = Math.min(date.getUTCDate(), lastDay);
  return Math.floor(Date.UTC(date.getUTCFullYear(), month, day) / 1000) + (((at % DAY) + DAY) % DAY);
}
