import fc from "fast-check";
import { expect, test } from "vitest";
import type { Override } from "./flags.ts";
import { hasRoom, LIMIT_MAX, periodOf, resolveLimit, whyNotLimit } from "./limits.ts";

const at = (text: string) => new Date(text);
const now = at("2026-05-10T12:00:00.000Z");
const end = at("2026-06-01T00:00:00.000Z");
const override: Override<number | null> = { key: "trees", value: 7, reason: "a pilot", setBy: "ada", setAt: now, expiresAt: end };

test.each<[string, number | null, Override<number | null> | null, Date, number | null, string]>([
  ["what the plan gives", 5, null, now, 5, "plan_default"],
  ["none, where the plan has none", null, null, now, null, "plan_default"],
  ["what an operator set", 5, override, now, 7, "account_override"],
  ["what an operator set, to the last millisecond", 5, override, new Date(end.getTime() - 1), 7, "account_override"],
  ["the plan's again at the instant an override ends", 5, override, end, 5, "plan_default"],
  ["none, where an operator took it away", 5, { ...override, value: null }, now, null, "account_override"],
  ["nothing, where an operator said so", null, { ...override, value: 0 }, now, 0, "account_override"],
])("a limit is %s", (_, planLimit, found, when, value, layer) =>
  expect(resolveLimit("trees", planLimit, found, when)).toMatchObject({ key: "trees", value, layer }),
);

const month = { kind: "consumable", period: "month" } as const;
test.each<[string, string, string, string]>([
  ["in its middle", "2026-05-10T12:00:00.000Z", "2026-05-01", "2026-06-01"],
  ["at its first instant", "2026-05-01T00:00:00.000Z", "2026-05-01", "2026-06-01"],
  ["at its last one", "2026-05-31T23:59:59.999Z", "2026-05-01", "2026-06-01"],
  ["at the first of the next", "2026-06-01T00:00:00.000Z", "2026-06-01", "2026-07-01"],
  ["over the new year", "2026-12-31T23:59:59.999Z", "2026-12-01", "2027-01-01"],
  ["in a leap year", "2028-02-29T00:00:00.000Z", "2028-02-01", "2028-03-01"],
])("a month is of the calendar, in UTC: %s", (_, when, start, next) =>
  expect(periodOf(month, at(when))).toEqual({ start: at(`${start}T00:00:00.000Z`), end: at(`${next}T00:00:00.000Z`) }),
);

test("a lifetime is one period without an end", () =>
  expect(periodOf({ kind: "consumable", period: "lifetime" }, now)).toEqual({ start: new Date(0), end: null }));

test("months follow each other without a gap: where one ends the next begins", () => {
  fc.assert(
    fc.property(fc.date({ min: at("1970-01-01T00:00:00Z"), max: at("9998-01-01T00:00:00Z"), noInvalidDate: true }), (when) => {
      const period = periodOf(month, when);
      expect(period.start <= when && when < (period.end ?? when)).toBe(true);
      expect(periodOf(month, period.end ?? when).start).toEqual(period.end);
    }),
  );
});

test.each<[string, unknown, string | null]>([
  ["nothing at all", 0, null],
  ["no limit", null, null],
  ["the largest", LIMIT_MAX, null],
  ["larger than that", LIMIT_MAX + 1, `must be at most ${LIMIT_MAX}`],
  ["a negative one", -1, "must not be negative"],
  ["a half", 0.5, "must be a whole number, or null for no limit"],
  ["a text", "5", "must be a whole number, or null for no limit"],
  ["no number", Number.NaN, "must be a whole number, or null for no limit"],
  ["without end", Number.POSITIVE_INFINITY, "must be a whole number, or null for no limit"],
])("a limit may be %s", (_, value, expected) => expect(whyNotLimit(value)).toBe(expected));

test.each<[string, number | null, number, number, boolean]>([
  ["the last one", 10, 9, 1, true],
  ["one too many", 10, 10, 1, false],
  ["all at once", 10, 0, 10, true],
  ["more than all", 10, 0, 11, false],
  ["whoever is above a limit that was lowered", 10, 12, 1, false],
  ["anything, where there is no limit", null, LIMIT_MAX, 1, true],
])("room for %s", (_, limit, used, wanted, expected) => expect(hasRoom(limit, used, wanted)).toBe(expected));
