import { expect, test } from "vitest";
import { dueReconciliation, eventsSince, type PastReconciliations } from "./reconciliation.ts";
import { addDays, addHours, addMilliseconds, addMinutes } from "./time.ts";

const noon = new Date(Date.UTC(2026, 0, 10, 12));
const past = (last: Date | null, lastWhole: Date | null = last): PastReconciliations => ({
  lastStartedAt: last,
  lastWholeStartedAt: lastWhole,
});

test.each<[string, PastReconciliations, Date, number, boolean, "events" | "all" | null]>([
  ["everything is due where nothing ever ran", past(null), noon, 15, false, "all"],
  ["nothing is due a moment before the quarter of an hour is over", past(noon), addMilliseconds(addMinutes(noon, 15), -1), 15, false, null],
  ["events are due when the quarter of an hour is over", past(noon), addMinutes(noon, 15), 15, false, "events"],
  ["events are due when a process begins, whenever the last run was", past(noon), noon, 15, true, "events"],
  ["events are due a moment before a day is over", past(noon), addMilliseconds(addHours(noon, 24), -1), 15, false, "events"],
  ["everything is due when a day is over", past(noon), addHours(noon, 24), 15, false, "all"],
  ["everything is due when only events were looked at for a day", past(addHours(noon, 24), noon), addHours(noon, 24), 15, false, "all"],
  ["nothing is ever due by itself where it is switched off", past(null), noon, 0, true, null],
])("%s", (_, runs, now, minutes, atStart, expected) => expect(dueReconciliation(runs, now, minutes, atStart)).toBe(expected));

test.each<[string, Date | null, Date | null, Date]>([
  ["the first run looks as far back as Stripe remembers", noon, null, addDays(noon, -30)],
  ["without a single event so does every run", null, addHours(noon, -1), addDays(noon, -30)],
  // Of two events the later may have come and the earlier not: the newest one that is known is not enough.
  ["B2: a hole before the newest event is looked into", addMinutes(noon, -1), addHours(noon, -1), addMinutes(noon, -65)],
  [
    "B2: where Stripe's time lags behind ours, its newest event tells from when on",
    addDays(noon, -3),
    addHours(noon, -1),
    addMinutes(addDays(noon, -3), -5),
  ],
])("%s", (_, newestKnownAt, lastRunStartedAt, expected) =>
  expect(eventsSince({ newestKnownAt, lastRunStartedAt }, noon)).toEqual(expected),
);
