import fc from "fast-check";
import { expect, test } from "vitest";
import { type AccessFacts, decideAccess } from "./entitlement.ts";
import { resolveFeatures, withTurns } from "./features.ts";
import type { FlagValue, Override } from "./flags.ts";
import type { Catalogue, Plan } from "./plan.ts";
import { DEFAULT_POLICY } from "./policy.ts";

const day = (days: number, milliseconds = 0) => new Date(Date.UTC(2026, 0, 1 + days) + milliseconds);
const plan = (key: string, order: number, features: Plan["features"]): Plan => ({
  key,
  name: key,
  public: true,
  order,
  limits: {},
  features,
  prices: [],
});
const catalogue: Pick<Catalogue, "flags" | "plans"> = {
  flags: [
    { key: "copilot", description: "Suggests", default: false },
    { key: "hours", description: "Hours until support answers", default: 72 },
  ],
  plans: [plan("free", 0, { hours: 48 }), plan("pro", 1, { copilot: true, hours: 24 })],
};
const nothing: AccessFacts = { trial: null, grants: [], stripe: [], accountDeletedAt: null };
const trial: AccessFacts = { ...nothing, trial: { plan: "pro", startsAt: day(0), endsAt: day(14) } };
const set = (key: string, value: FlagValue, expiresAt: Date | null = null): Override<FlagValue> => ({
  key,
  value,
  reason: "a pilot",
  setBy: null,
  setAt: day(0),
  expiresAt,
});
const values = (access: AccessFacts, overrides: Override<FlagValue>[], now: Date, policy = DEFAULT_POLICY) => {
  const { byKey, until } = resolveFeatures(catalogue, { access, overrides }, now, policy);
  return { ...Object.fromEntries([...byKey].map(([key, { value }]) => [key, value])), until };
};
const defaults = { copilot: false, hours: 72 };

test.each<[string, AccessFacts, Override<FlagValue>[], Date, object]>([
  ["the plan's while its door is open", trial, [], day(14, -1), { copilot: true, hours: 24, until: day(14) }],
  ["the defaults from the instant at which it shuts", trial, [], day(14), { ...defaults, until: null }],
  ["the defaults of an account that has nothing", nothing, [], day(0), { ...defaults, until: null }],
  ["the defaults of an account that is being erased", { ...trial, accountDeletedAt: day(1) }, [], day(1), { ...defaults, until: null }],
  ["an override, whoever is shut out", nothing, [set("copilot", true)], day(0), { copilot: true, hours: 72, until: null }],
  [
    "until the first of the ends",
    trial,
    [set("hours", 1, day(9)), set("copilot", false, day(3))],
    day(0),
    { copilot: false, hours: 1, until: day(3) },
  ],
  ["an override that has expired says nothing", trial, [set("hours", 1, day(3))], day(3), { copilot: true, hours: 24, until: day(14) }],
  ["a flag that is known no more is none", nothing, [set("gone", true, day(3))], day(0), { ...defaults, until: null }],
  ["a value of a kind that the flag had once says nothing", nothing, [set("hours", "soon", day(3))], day(0), { ...defaults, until: null }],
])("flags are: %s", (_, access, overrides, now, expected) => expect(values(access, overrides, now)).toEqual(expected));

test("the plan to fall back to needs no door", () => {
  const policy = { ...DEFAULT_POLICY, fallbackPlan: "free" };
  expect(values(nothing, [], day(0), policy)).toEqual({ copilot: false, hours: 48, until: null });
  expect(values(trial, [], day(14), policy)).toEqual({ ...defaults, until: null });
});

test("each flag is told when it turns itself, and not when another one does", () => {
  const facts = { access: trial, overrides: [set("copilot", true, day(3)), set("hours", 8, day(20))] };
  const turns = withTurns((at) => resolveFeatures(catalogue, facts, at), day(0));
  // The pilot's copilot ends on day 3, but the plan has one too: it is another layer that says so from then on.
  expect(turns).toMatchObject([
    { key: "copilot", value: true, layer: "account_override", until: day(3) },
    { key: "hours", value: 8, layer: "account_override", until: day(20) },
  ]);
  expect(withTurns((at) => resolveFeatures(catalogue, facts, at), day(3))).toMatchObject([
    { key: "copilot", layer: "plan_default", until: day(14) },
    { key: "hours", layer: "account_override", until: day(20) },
  ]);
});

test("until is honest: before it the same facts give the same answers", () => {
  const instants = fc.tuple(fc.nat(30), fc.integer({ min: -1, max: 1 })).map(([days, ms]) => day(days, ms));
  const ends = fc.option(instants);
  const override = fc.tuple(fc.constantFrom("copilot", "hours", "gone"), fc.constantFrom<FlagValue>(true, false, 1, 2, "x"), ends);
  const access = fc.record({
    trial: fc.option(fc.record({ plan: fc.constantFrom("pro", "free"), startsAt: fc.constant(day(0)), endsAt: instants })),
    grants: fc.array(fc.record({ plan: fc.constantFrom("pro", "free"), startsAt: instants, until: ends, reason: fc.constant("") }), {
      maxLength: 2,
    }),
    stripe: fc.constant([]),
    accountDeletedAt: fc.option(instants, { freq: 6 }),
  });
  const policies = fc.constantFrom(DEFAULT_POLICY, { ...DEFAULT_POLICY, fallbackPlan: "free" });
  fc.assert(
    fc.property(access, fc.array(override, { maxLength: 3 }), instants, instants, policies, (given, pairs, now, other, policy) => {
      const facts = { access: given, overrides: pairs.map(([key, value, until]) => set(key, value, until)) };
      const { byKey, until } = resolveFeatures(catalogue, facts, now, policy);
      const within = [other, ...(until ? [new Date(until.getTime() - 1)] : [])].filter((at) => at >= now && (until === null || at < until));
      for (const at of within) expect(resolveFeatures(catalogue, facts, at, policy).byKey).toEqual(byKey);
      // A plan says something only while the account may use it.
      const isShut = !decideAccess(given, now, policy).open && policy.fallbackPlan === null;
      if (isShut) for (const { layer } of byKey.values()) expect(layer).not.toBe("plan_default");
    }),
  );
});
