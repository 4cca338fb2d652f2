import fc from "fast-check";
import { expect, test } from "vitest";
import { type Flag, type FlagValue, isOn, lowestPlanWith, type Override, resolveFlag, whyNotFlagValue } from "./flags.ts";

const at = (milliseconds: number) => new Date(Date.UTC(2026, 0, 1) + milliseconds);
const flag: Flag = { key: "copilot", description: "Suggests the next step", default: false };
const override: Override<FlagValue> = { key: "copilot", value: true, reason: "a pilot", setBy: null, setAt: at(-9), expiresAt: at(5) };
const set = { value: true, layer: "account_override", since: at(-9), reason: "a pilot" };
const unset = { since: null, until: null, reason: null };

test.each<[string, FlagValue | undefined, Override<FlagValue> | null, Date, object]>([
  ["its own default, where nothing else is said", undefined, null, at(0), { value: false, layer: "flag_default", ...unset }],
  ["the plan's default before its own", true, null, at(0), { value: true, layer: "plan_default", ...unset }],
  ["a plan that takes it away", false, null, at(0), { value: false, layer: "plan_default", ...unset }],
  ["an override before the plan, until it ends", false, override, at(0), { ...set, until: at(5) }],
  ["an override to its last millisecond", false, override, at(4), { ...set, until: at(5) }],
  ["the plan again at the instant an override ends", false, override, at(5), { value: false, layer: "plan_default", ...unset }],
  ["its own default again, where the plan is silent", undefined, override, at(5), { value: false, layer: "flag_default", ...unset }],
  ["an override without an end", false, { ...override, expiresAt: null }, at(1e12), { ...set, until: null }],
  ["an override that takes away what the plan gives", true, { ...override, value: false }, at(0), { ...set, value: false, until: at(5) }],
])("a flag is %s", (_, planValue, found, now, expected) =>
  expect(resolveFlag(flag, planValue, found, now)).toEqual({ key: "copilot", ...expected }),
);

test.each<[FlagValue, boolean]>([
  [true, true],
  [false, false],
  [1, true],
  [0, false],
  [-1, true],
  ["blue", true],
  ["", false],
])("%j opens what the flag guards: %s", (value, expected) => expect(isOn(value)).toBe(expected));

const plan = (key: string, order: number, value?: FlagValue, isPublic = true) => ({
  key,
  order,
  public: isPublic,
  features: value === undefined ? {} : { copilot: value },
});
test.each<[string, Flag, ReturnType<typeof plan>[], string | null]>([
  [
    "the lowest that has it, in whatever order they are listed",
    flag,
    [plan("team", 2, true), plan("pro", 1, true), plan("free", 0)],
    "pro",
  ],
  ["none has it", flag, [plan("free", 0), plan("pro", 1, false)], null],
  ["there is no plan", flag, [], null],
  ["one that is not public is offered to nobody", flag, [plan("pilot", 0, true, false), plan("pro", 1, true)], "pro"],
  ["every plan has what is on by default", { ...flag, default: true }, [plan("pro", 1), plan("free", 0)], "free"],
  ["but not one that takes it away", { ...flag, default: true }, [plan("pro", 1), plan("free", 0, false)], "pro"],
])("the plan to choose: %s", (_, asked, plans, expected) => expect(lowestPlanWith(asked, plans)).toBe(expected));

const hours: Flag = { key: "hours", description: "Hours", default: 72 };
const theme: Flag = { key: "theme", description: "Theme", default: "plain" };
test.each<[string, Flag, unknown, string | null]>([
  ["on", flag, true, null],
  ["a text for a switch", flag, "true", "must be a boolean, as the flag's default is"],
  ["null", flag, null, "must be a boolean, as the flag's default is"],
  ["a number", hours, 0.5, null],
  ["no number", hours, Number.NaN, "must be a finite number"],
  ["without end", hours, Number.POSITIVE_INFINITY, "must be a finite number"],
  ["the longest text", theme, "x".repeat(200), null],
  ["a longer text", theme, "x".repeat(201), "must have at most 200 characters"],
])("a value of a flag: %s", (_, asked, value, expected) => expect(whyNotFlagValue(asked, value)).toBe(expected));

test("whatever is said, the answer is what the highest layer that speaks says, and it holds until the end that it names", () => {
  const value = fc.oneof(fc.boolean(), fc.integer(), fc.string());
  const ends = fc.option(fc.integer({ min: -100, max: 100 }).map(at));
  fc.assert(
    fc.property(
      fc.option(value, { nil: undefined }),
      fc.option(fc.tuple(value, ends)),
      fc.integer({ min: -100, max: 100 }),
      (ofPlan, set, ms) => {
        const found = set && { ...override, value: set[0], expiresAt: set[1] };
        const { value: answer, until } = resolveFlag(flag, ofPlan, found, at(ms));
        const runs = found && (found.expiresAt === null || at(ms) < found.expiresAt);
        expect(answer).toBe(runs ? found.value : (ofPlan ?? false));
        if (until) expect(until.getTime()).toBeGreaterThan(at(ms).getTime());
      },
    ),
  );
});
