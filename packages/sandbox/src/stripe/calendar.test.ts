import { expect, test } from "vitest";
import { type Cadence, periodEndAfter } from "./calendar.ts";

const at = (text: string): number => Date.parse(`${text}Z`) / 1000;
const MONTH: Cadence = { interval: "month", interval_count: 1 };

test.each<[string, string, Cadence, string, string]>([
  ["a month after the first", "2026-01-01T00:00:00", MONTH, "2026-01-01T00:00:00", "2026-02-01T00:00:00"],
  ["the 31st ends on the last day of February", "2026-01-31T10:30:00", MONTH, "2026-01-31T10:30:00", "2026-02-28T10:30:00"],
  ["and on the 31st again in March", "2026-01-31T10:30:00", MONTH, "2026-02-28T10:30:00", "2026-03-31T10:30:00"],
  ["on the last day of a leap year's February", "2028-01-30T00:00:00", MONTH, "2028-01-30T00:00:00", "2028-02-29T00:00:00"],
  ["a year from a leap day", "2028-02-29T00:00:00", { interval: "year", interval_count: 1 }, "2028-02-29T00:00:00", "2029-02-28T00:00:00"],
  ["three months at a time", "2026-01-15T00:00:00", { interval: "month", interval_count: 3 }, "2026-01-15T00:00:00", "2026-04-15T00:00:00"],
  ["two weeks", "2026-01-01T00:00:00", { interval: "week", interval_count: 2 }, "2026-01-20T00:00:00", "2026-01-29T00:00:00"],
  ["a day, at its very end", "2026-01-01T00:00:00", { interval: "day", interval_count: 1 }, "2026-01-02T00:00:00", "2026-01-03T00:00:00"],
  ["years later, still by the anchor", "2020-05-31T00:00:00", MONTH, "2026-06-30T00:00:00", "2026-07-31T00:00:00"],
])("a period ends: %s", (_, anchor, cadence, after, end) => {
  expect(new Date(periodEndAfter(at(anchor), cadence, at(after)) * 1000).toISOString()).toBe(`${end}.000Z`);
});
