import { expect, test } from "vitest";
import { ConfigError, type Environment, readConfig } from "./config.ts";

const base = { DATABASE_URL: "postgresql://server@db/gatehouse", GATEHOUSE_SECRET: "thirty-two characters, or some more" } as const;
const read = (env: Environment) => readConfig({ ...base, ...env });

function problemsOf(env: Environment): readonly string[] {
  try {
    read(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test.each<[string, string | undefined, object]>([
  ["nothing", undefined, {}],
  ["an empty text", "", {}],
  ["one reason", "trial_ended=read_only", { trial_ended: "read_only" }],
  [
    "several, with spaces and a comma too many",
    " trial_ended = read_only , canceled=billing_only, ",
    { trial_ended: "read_only", canceled: "billing_only" },
  ],
])("ACCESS_MODES says what is left by the reason: %s", (_, text, modes) => {
  expect(read({ ACCESS_MODES: text }).accessModes).toEqual(modes);
});

test.each<[string, string, RegExp]>([
  ["a reason that there is not", "trial_over=read_only", /there are trial_ended, payment_required, canceled/],
  ["a mode that there is not", "trial_ended=ajar", /modes are full, grace, read_only, billing_only, locked/],
  ["no mode", "trial_ended", /must be reason=mode/],
  ["two modes", "trial_ended=full=locked", /must be reason=mode/],
  ["a reason twice", "canceled=full,canceled=locked", /names canceled twice/],
  ["an account that is deleted, which no policy reaches", "account_deleted=full", /a reason that there is not/],
  ["a name of every object", "__proto__=full", /a reason that there is not/],
])("ACCESS_MODES refuses %s, and names what there is", (_, text, why) => {
  expect(problemsOf({ ACCESS_MODES: text })).toEqual([expect.stringMatching(why)]);
});

test.each<[string | undefined, readonly string[]]>([
  [undefined, []],
  ["off", []],
  ["on", ["requireVerifiedEmailAfterGrace", "requireActiveSubscription", "requireFeature"]],
  ["requireActiveSubscription", ["requireActiveSubscription"]],
  ["requireActiveSubscription, requireVerifiedEmailAfterGrace", ["requireVerifiedEmailAfterGrace", "requireActiveSubscription"]],
])("GUARDS_SHADOW says which guards only count: %s", (text, guards) => {
  expect(read({ GUARDS_SHADOW: text }).guardsShadow).toEqual(guards);
});

test.each(["yes", "on, requireActiveSubscription", "requireActiveSubscriptions", "requireActiveSubscription,off"])(
  "GUARDS_SHADOW refuses what is no guard, and names those that there are: %s",
  (text) => {
    expect(problemsOf({ GUARDS_SHADOW: text })).toEqual([
      expect.stringMatching(
        /^GUARDS_SHADOW: must be on, off, or guards of requireVerifiedEmailAfterGrace, requireActiveSubscription, requireFeature/,
      ),
    ]);
  },
);
