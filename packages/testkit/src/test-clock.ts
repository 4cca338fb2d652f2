import { addDays, addMilliseconds } from "@gatehouse/core";
import { type OffsetClock, stoppedClock } from "@gatehouse/server/platform/clock";

/** When tests begin, unless they say otherwise. */
export const TEST_START = new Date(Date.UTC(2026, 0, 1));

/** Stands still until the test moves it; product time and wall time move together. */
export interface TestClock extends OffsetClock {
  set(at: Date): void;
  advanceDays(days: number): void;
  advanceSeconds(seconds: number): void;
  advanceMilliseconds(milliseconds: number): void;
}

export function testClock(at: Date = TEST_START): TestClock {
  const clock = stoppedClock(at);
  return {
    ...clock,
    advanceDays: (days) => clock.set(addDays(clock.wall(), days)),
    advanceSeconds: (seconds) => clock.set(addMilliseconds(clock.wall(), seconds * 1000)),
    advanceMilliseconds: (milliseconds) => clock.set(addMilliseconds(clock.wall(), milliseconds)),
  };
}
