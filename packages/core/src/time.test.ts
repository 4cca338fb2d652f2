import fc from "fast-check";
import { expect, test } from "vitest";
import { addDays, addHours, addMilliseconds, addMinutes, addSeconds, DAY_MS } from "./time.ts";

const start = new Date("2026-03-28T23:30:00.000Z");

test.each<[string, Date, string]>([
  ["a day is 24 hours, also where clocks are put forward", addDays(start, 1), "2026-03-29T23:30:00.000Z"],
  ["half a day is 12 hours", addDays(start, 0.5), "2026-03-29T11:30:00.000Z"],
  ["days pass the end of a month", addDays(start, 4), "2026-04-01T23:30:00.000Z"],
  ["days go back", addDays(start, -1), "2026-03-27T23:30:00.000Z"],
  ["an hour passes midnight", addHours(start, 1), "2026-03-29T00:30:00.000Z"],
  ["a minute", addMinutes(start, 1), "2026-03-28T23:31:00.000Z"],
  ["a second", addSeconds(start, 1), "2026-03-28T23:30:01.000Z"],
  ["a millisecond", addMilliseconds(start, 1), "2026-03-28T23:30:00.001Z"],
])("%s", (_, made, expected) => expect(made.toISOString()).toBe(expected));

test("the units agree with each other, and what is given stays as it is", () => {
  const instants = fc.date({ min: new Date(0), max: new Date("2100-01-01T00:00:00Z"), noInvalidDate: true });
  fc.assert(
    fc.property(instants, fc.integer({ min: -10_000, max: 10_000 }), (instant, days) => {
      const before = instant.getTime();
      const expected = before + days * DAY_MS;
      const made = [
        addDays(instant, days),
        addHours(instant, days * 24),
        addMinutes(instant, days * 1440),
        addSeconds(instant, days * 86_400),
        addMilliseconds(instant, days * DAY_MS),
      ];
      expect(made.map((date) => date.getTime())).toEqual(made.map(() => expected));
      expect(instant.getTime()).toBe(before);
    }),
  );
});
