import fc from "fast-check";
import { expect, test } from "vitest";
import { addDays, addMilliseconds } from "./time.ts";
import { extendTrial, type TrialExtension } from "./trial-extension.ts";

const NOW = new Date("2026-03-01T12:00:00.000Z");
const ends = (milliseconds: number, extendedDays = 0) => ({ endsAt: addMilliseconds(NOW, milliseconds), extendedDays });

test.each<[string, { endsAt: Date; extendedDays: number }, number, TrialExtension]>([
  ["one that runs is longer from its end", ends(1), 7, { ok: true, endsAt: addDays(addMilliseconds(NOW, 1), 7), extendedDays: 7 }],
  ["one that ends at this instant runs from now", ends(0), 7, { ok: true, endsAt: addDays(NOW, 7), extendedDays: 7 }],
  ["one that ended runs from now", ends(-86_400_000), 7, { ok: true, endsAt: addDays(NOW, 7), extendedDays: 7 }],
  ["all that is left", ends(0, 10), 20, { ok: true, endsAt: addDays(NOW, 20), extendedDays: 30 }],
  ["a day more than is left", ends(0, 10), 21, { ok: false, daysLeft: 20 }],
  ["nothing is left", ends(0, 30), 1, { ok: false, daysLeft: 0 }],
  ["more was given than may be by now", ends(0, 40), 1, { ok: false, daysLeft: 0 }],
])("a trial: %s", (_, trial, days, expected) => expect(extendTrial(trial, days, 30, NOW)).toEqual(expected));

test("however it is extended, never by more than the cap in all, and never to an end that has passed", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 })), fc.integer({ min: 0, max: 60 }), fc.integer(), (wishes, daysMax, offset) => {
      let trial = ends(offset);
      for (const days of wishes) {
        const done = extendTrial(trial, days, daysMax, NOW);
        if (!done.ok) continue;
        expect(done.endsAt > NOW && done.endsAt > trial.endsAt).toBe(true);
        trial = done;
      }
      expect(trial.extendedDays).toBeLessThanOrEqual(daysMax);
    }),
  );
});
