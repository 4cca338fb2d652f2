import fc from "fast-check";
import { expect, test } from "vitest";
import { advanceWelcome, endWelcome, WELCOME_STEPS, welcomeOf, welcomeSteps, whyNotFinishStep } from "./onboarding.ts";

const products = fc.uniqueArray(fc.constantFrom("first_tree", "first_script", "import"), { maxLength: 3 });
/** null: the rest is skipped. */
const requests = fc.array(
  fc.option(fc.constantFrom(...WELCOME_STEPS, "first_tree", "first_script", "import", "no such step"), { freq: 8 }),
);
const counts = fc.integer({ min: -3, max: 12 });
const runs = { numRuns: 2000 };

const after = (steps: readonly string[], completed: number, request: string | null): number =>
  (request === null ? endWelcome({ steps, completed }) : advanceWelcome({ steps, completed }, request)) ?? completed;

test("whatever is asked in whatever order, the welcome never goes back", () => {
  fc.assert(
    fc.property(fc.boolean(), products, counts, requests, (mayEdit, own, begun, sent) => {
      const steps = welcomeSteps(mayEdit, own);
      let completed = begun;
      for (const request of sent) {
        const next = after(steps, completed, request);
        expect(next).toBeGreaterThanOrEqual(completed);
        completed = next;
      }
    }),
    runs,
  );
});

test("requests in another order, or sent again, end at the same step", () => {
  const shuffled = requests.chain((sent) =>
    fc.tuple(fc.constant(sent), fc.shuffledSubarray([...sent, ...sent], { minLength: sent.length * 2 })),
  );
  fc.assert(
    fc.property(fc.boolean(), products, counts, shuffled, (mayEdit, own, begun, [sent, again]) => {
      const steps = welcomeSteps(mayEdit, own);
      const end = (all: readonly (string | null)[]) => all.reduce<number>((completed, request) => after(steps, completed, request), begun);
      expect(end(again)).toBe(end(sent));
    }),
    runs,
  );
});

test("what is shown holds together: done, then one that is current, then those ahead; over only at the end", () => {
  fc.assert(
    fc.property(fc.boolean(), products, counts, (mayEdit, own, completed) => {
      const steps = welcomeSteps(mayEdit, own);
      const { steps: shown, current, isOver } = welcomeOf({ steps, completed });
      expect(shown.map(({ key }) => key)).toEqual(steps);
      const states = shown.map(({ state }) => state).join(" ");
      expect(states).toMatch(/^(done ?)*(current)?( ?ahead)*$/);
      expect(isOver).toBe(!states.includes("current"));
      expect(shown.filter(({ state }) => state === "current").map(({ key }) => key)).toEqual(current === null ? [] : [current]);
    }),
    runs,
  );
});

test("a step that may be finished is one that is there, and finishing it leads past it", () => {
  fc.assert(
    fc.property(fc.boolean(), products, counts, requests, (mayEdit, own, completed, sent) => {
      const steps = welcomeSteps(mayEdit, own);
      for (const request of sent) {
        const isThere = request === null || steps.includes(request);
        expect(whyNotFinishStep(steps, request, [], mayEdit) === null).toBe(isThere);
        if (request === null || !isThere) continue;
        const reached = advanceWelcome({ steps, completed }, request);
        expect(reached).toBeGreaterThan(steps.indexOf(request));
        expect(welcomeOf({ steps, completed: reached ?? 0 }).current).not.toBe(request);
      }
    }),
    runs,
  );
});
