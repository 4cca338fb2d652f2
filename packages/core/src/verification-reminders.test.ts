import fc from "fast-check";
import { expect, test } from "vitest";
import { VERIFICATION_REMINDER_DAYS, verificationReminderDue } from "./verification-reminders.ts";

const day = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1 + n) + ms);
const person = (remindedDay: number, emailVerifiedAt: Date | null = null) => ({ registeredAt: day(0), emailVerifiedAt, remindedDay });

test.each<[string, ReturnType<typeof person>, Date, number | null]>([
  ["nobody is reminded on the day that they came", person(0), day(0), null],
  ["nobody is reminded a millisecond early", person(0), day(3, -1), null],
  ["on day three, to the millisecond", person(0), day(3), 3],
  ["of day three also later, before day six", person(0), day(6, -1), 3],
  ["of day three once", person(3), day(6, -1), null],
  ["on day six, to the millisecond", person(3), day(6), 6],
  ["where nobody looked since, of the later day only", person(0), day(6), 6],
  ["of day six once", person(6), day(7), null],
  ["of day six also after the grace", person(0), day(13, -1), 6],
  ["not of what is long past", person(0), day(13), null],
  ["not who verified", person(0, day(1)), day(3), null],
  ["not who verified since the first one", person(3, day(4)), day(6), null],
])("%s", (_, who, now, expected) => expect(verificationReminderDue(who, now)).toBe(expected));

test("however often somebody looks and whatever they miss, each day is told at most once, and in order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 * 24 }), { maxLength: 30 }), (hours) => {
      const told: number[] = [];
      for (const hour of hours.toSorted((a, b) => a - b)) {
        const due = verificationReminderDue(person(told.at(-1) ?? 0), day(0, hour * 3_600_000));
        if (due !== null) told.push(due);
      }
      expect(told).toEqual(VERIFICATION_REMINDER_DAYS.filter((each) => told.includes(each)));
    }),
  );
});
