import { expect, test } from "vitest";
import { advanceInSteps, STEPS_MAX } from "./clock-steps.ts";

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

/** A clock, and something that falls due at the given times and, where `again` says so, anew. */
function play(due: number[], again: (at: number) => number | null = () => null, clockRuns = 0) {
  let offset = 0;
  let passed = 0;
  const log: string[] = [];
  let waiting = due.toSorted((one, other) => one - other);
  const now = (): number => START + offset + passed;
  const dayOf = (time: number): string => `day ${Math.floor((time - START) / DAY)}`;
  const clock = {
    now: () => new Date(now()),
    offsetMilliseconds: () => offset,
    move: async (milliseconds: number) => {
      await Promise.resolve();
      offset += milliseconds;
      passed += clockRuns;
    },
    settle: async () => {
      await Promise.resolve();
      log.push(`product at ${dayOf(now())}`);
    },
  };
  const keeper = {
    nextDueAt: () => (waiting[0] === undefined ? null : new Date(waiting[0])),
    settle: async () => {
      await Promise.resolve();
      for (let first = waiting[0]; first !== undefined && first <= now(); first = waiting[0]) {
        log.push(`stripe of ${dayOf(first)} at ${dayOf(now())}`);
        const next = again(first);
        waiting = [...waiting.slice(1), ...(next === null ? [] : [next])].toSorted((one, other) => one - other);
      }
    },
  };
  return { clock, keeper, log, offset: () => offset };
}

test("each thing that Stripe does happens at its own time, and the product sees it before the next", async () => {
  const { clock, keeper, log, offset } = play([START + 3 * DAY, START + 10 * DAY, START + 20 * DAY]);
  await advanceInSteps(clock, keeper, 14 * DAY);
  expect(log.filter((line, index) => line !== log[index - 1])).toEqual([
    "stripe of day 3 at day 3",
    "product at day 3",
    "stripe of day 10 at day 10",
    "product at day 10",
    "product at day 14",
  ]);
  expect(offset()).toBe(14 * DAY);
});

test("the clock goes as far as was asked, even while it runs by itself", async () => {
  const { clock, keeper, offset } = play([START + DAY + 1], (at) => at + DAY, 400);
  await advanceInSteps(clock, keeper, 30 * DAY);
  expect(offset()).toBe(30 * DAY);
});

test("ten years of many renewals end, and none is missed", async () => {
  const hours = play([START + 3_600_000], (at) => at + 3_600_000);
  await advanceInSteps(hours.clock, hours.keeper, 3_660 * DAY);
  expect(hours.log.filter((line) => line.startsWith("stripe")).length).toBe(3_660 * 24);
  expect(hours.log.filter((line) => line.startsWith("product")).length).toBeLessThanOrEqual(2 * STEPS_MAX + 3);
});

test("what stays due whatever is done does not hold the clock up", async () => {
  const { clock, offset } = play([]);
  const stuck = { nextDueAt: () => new Date(START), settle: async () => await Promise.resolve() };
  await advanceInSteps(clock, stuck, 7 * DAY);
  expect(offset()).toBe(7 * DAY);
});

test("without a Stripe the clock goes in one step", async () => {
  const { clock, log } = play([]);
  await advanceInSteps(clock, null, 7 * DAY);
  expect(log).toEqual(["product at day 7"]);
});
