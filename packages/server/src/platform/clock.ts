/**
 * The two clocks of the product, and the only place where the system's time is read (law 12).
 *
 * `now` is the product's time: access, grace, trials, lives of tokens. In the sandbox it runs ahead by an offset that every process
 * shares. `wall` is for freshness against the outside (an id_token's times, Stripe's signature time) and is never moved.
 */
export interface Clock {
  now(): Date;
  wall(): Date;
}

export interface OffsetClock extends Clock {
  offsetMilliseconds(): number;
  /** Sets how far `now` runs ahead of `wall`, in milliseconds; never negative, so that time does not run backwards. */
  setOffset(milliseconds: number): void;
}

export function systemClock(): OffsetClock {
  let offset = 0;
  return {
    now: () => new Date(Date.now() + offset),
    wall: () => new Date(),
    offsetMilliseconds: () => offset,
    setOffset(milliseconds) {
      if (!Number.isFinite(milliseconds) || milliseconds < 0)
        throw new RangeError("the clock's offset is a number of milliseconds, zero or more");
      offset = milliseconds;
    },
  };
}

/** A clock that stands still until it is moved: for tests. */
export function stoppedClock(at: Date): OffsetClock & { set(at: Date): void } {
  let time = at;
  let offset = 0;
  return {
    now: () => new Date(time.getTime() + offset),
    wall: () => new Date(time.getTime()),
    offsetMilliseconds: () => offset,
    setOffset: (milliseconds) => {
      offset = milliseconds;
    },
    set: (to) => {
      time = to;
    },
  };
}

/** Seconds since the process began, from the clock that never jumps: for measuring how long a thing took. */
export const stopwatch = (): number => performance.now() / 1000;
