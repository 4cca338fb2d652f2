import { DAY, HOUR } from "./calendar.ts";

/** Pauses after each try that was not answered with 2xx; the last is repeated until three days are over. https://docs.stripe.com/webhooks#retries */
const PAUSES = [300, HOUR / 2, 2 * HOUR, 5 * HOUR, 10 * HOUR];
const GIVE_UP_SECONDS = 3 * DAY;

/**
 * When an event is tried again; null: never.
 * @param tries how often it was tried so far
 * @param since when it was tried first, in unix seconds
 */
export function nextTry(tries: number, since: number, now: number): number | null {
  const pause = PAUSES[Math.min(tries, PAUSES.length) - 1] ?? 300;
  return now + pause > since + GIVE_UP_SECONDS ? null : now + pause;
}

/** Another order, drawn from a seed; the same seed gives the same. */
export function shuffled<T>(all: readonly T[], seed: number): T[] {
  const order = [...all];
  let state = seed >>> 0 || 1;
  for (let index = order.length - 1; index > 0; index -= 1) {
    // xorshift32: small and the same everywhere.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const other = (state >>> 0) % (index + 1);
    const [left, right] = [order[index], order[other]];
    if (left !== undefined && right !== undefined) [order[index], order[other]] = [right, left];
  }
  return order;
}
