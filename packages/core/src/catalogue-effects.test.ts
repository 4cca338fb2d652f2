import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type AccountTerms,
  addEffects,
  type CatalogueEffect,
  catalogueEffects,
  changedKeys,
  type EffectSums,
  type Terms,
} from "./catalogue-effects.ts";
import type { FlagValue } from "./flags.ts";
import type { Plan } from "./plan.ts";

const now = new Date("2026-03-01T00:00:00Z");
const later = new Date(now.getTime() + 1);
const sso = { key: "sso", description: "", default: false };
const hours = { key: "hours", description: "", default: 72 };
const plan = (key: string, limits: Plan["limits"], features: Plan["features"] = {}): Plan => ({
  key,
  name: key,
  public: true,
  order: key === "free" ? 0 : 1,
  limits,
  features,
  prices: [],
});
const terms = (limits: Plan["limits"], features: Plan["features"] = {}, flags: Terms["flags"] = [sso, hours]): Terms => ({
  flags,
  plans: [plan("free", { trees: 5 }), plan("pro", limits, features)],
});
const old = terms({ trees: 100 }, { hours: 24 });
const onPro: AccountTerms = {
  access: { trial: { plan: "pro", startsAt: new Date(0), endsAt: later }, grants: [], stripe: [], accountDeletedAt: null },
  features: [],
  limits: [],
  used: { trees: 51 },
};
const ended: AccountTerms = { ...onPro, access: { ...onPro.access, trial: { plan: "pro", startsAt: new Date(0), endsAt: now } } };
const without: AccountTerms = { ...onPro, access: { ...onPro.access, trial: null } };
const override = <Value>(key: string, value: Value, expiresAt: Date | null = null) => [
  { key, value, reason: "", setBy: null, setAt: new Date(0), expiresAt },
];
const loses = (key: string, before: FlagValue | null, after: FlagValue | null, isAbove = false) => ({
  key,
  effect: "loses",
  before,
  after,
  isAbove,
});
const gains = (key: string, before: FlagValue | null, after: FlagValue | null) => ({ key, effect: "gains", before, after, isAbove: false });
const trees = (limit: number | null) => terms({ trees: limit }, { hours: 24 });

test.each<[string, Terms, AccountTerms, object[]]>([
  ["the same catalogue does nothing to anybody", old, onPro, []],
  ["a lowered limit is a loss", trees(60), onPro, [loses("trees", 100, 60)]],
  ["who uses exactly the lowered limit does not stand above it", trees(51), onPro, [loses("trees", 100, 51)]],
  ["who uses one more does", trees(50), onPro, [loses("trees", 100, 50, true)]],
  ["a limit of nothing is the lowest one", trees(0), onPro, [loses("trees", 100, 0, true)]],
  ["where nobody counts the use, nobody is known to stand above", trees(0), { ...onPro, used: {} }, [loses("trees", 100, 0)]],
  ["a raised limit is a gain, also for who stands above it", trees(101), { ...onPro, used: { trees: 999 } }, [gains("trees", 100, 101)]],
  ["no limit any more is a gain", trees(null), onPro, [gains("trees", 100, null)]],
  ["a limit that is new takes something away", terms({ trees: 100, seats: 3 }, { hours: 24 }), onPro, [loses("seats", null, 3)]],
  [
    "another plan's limit is no matter",
    { ...old, plans: [plan("free", { trees: 1 }), plan("pro", { trees: 100 }, { hours: 24 })] },
    onPro,
    [],
  ],
  ["what an operator set stays", trees(1), { ...onPro, limits: override("trees", 70) }, []],
  ["what an operator set counts to its last millisecond", trees(1), { ...onPro, limits: override("trees", 70, later) }, []],
  ["and not any more at its end", trees(60), { ...onPro, limits: override("trees", 70, now) }, [loses("trees", 100, 60)]],
  ["who is in no plan has nothing to lose of one", trees(1), without, []],
  ["a feature that is switched on is a gain", terms({ trees: 100 }, { hours: 24, sso: true }), onPro, [gains("sso", false, true)]],
  ["one that is taken away is a loss", terms({ trees: 100 }, { hours: 0 }), onPro, [loses("hours", 24, 0)]],
  [
    "another value of it is a change",
    terms({ trees: 100 }),
    onPro,
    [{ key: "hours", effect: "changes", before: 24, after: 72, isAbove: false }],
  ],
  ["a flag that is gone was on", terms({ trees: 100 }, {}, [sso]), onPro, [loses("hours", 24, null)]],
  ["a flag that is gone and was off is no loss", terms({ trees: 100 }, { hours: 24 }, [hours]), onPro, []],
  ["a flag that is new and off is no gain", { ...old, flags: [sso, hours, { ...sso, key: "branding" }] }, onPro, []],
  [
    "a flag that is new and on is one",
    { ...old, flags: [sso, hours, { ...sso, key: "branding", default: true }] },
    onPro,
    [gains("branding", null, true)],
  ],
  [
    "a feature that an operator set stays",
    terms({ trees: 100 }, { hours: 24, sso: true }),
    { ...onPro, features: override("sso", false) },
    [],
  ],
  ["whoever is shut out has no feature of the plan to lose", terms({ trees: 100 }), ended, []],
  ["but the limit that is shown to them", trees(60), ended, [loses("trees", 100, 60)]],
])("%s", (_, after, account, expected) => {
  const told = catalogueEffects(old, after, account, { now, plansBySeat: [] });
  expect(told.effects.map(({ kind: _kind, ...effect }) => effect)).toEqual(expected);
});

test("seats that are paid for are fewer than the limit: lowering it above them takes nothing away", () => {
  const [before, after] = [terms({ seats: 50 }), terms({ seats: 20 })];
  const paid = {
    id: "sub_1",
    status: "active",
    plan: "pro",
    currentPeriodEnd: null,
    cancelAtPeriodEnd: false,
    endsAt: null,
    trialEndsAt: null,
    collectionPaused: null,
    seats: 20,
    pastDueSince: null,
    changedAt: new Date(0),
  };
  const account: AccountTerms = { ...onPro, access: { ...onPro.access, trial: null, stripe: [paid] }, used: { seats: 20 } };
  expect(catalogueEffects(before, after, account, { now, plansBySeat: ["pro"] }).effects).toEqual([]);
  expect(catalogueEffects(before, after, account, { now, plansBySeat: [] })).toEqual({
    plan: "pro",
    effects: [{ kind: "limit", ...loses("seats", 50, 20) }],
  });
});

test.each<[string, Terms, { features: string[]; limits: string[] }]>([
  [
    "nothing, where only the order of things is another",
    { flags: old.flags.toReversed(), plans: old.plans.toReversed() },
    { features: [], limits: [] },
  ],
  ["a limit and a feature of one plan", terms({ trees: 1 }, { hours: 1 }), { features: ["hours"], limits: ["trees"] }],
  ["a flag's default", terms({ trees: 100 }, { hours: 24 }, [sso, { ...hours, default: 0 }]), { features: ["hours"], limits: [] }],
  ["a plan that is gone", { flags: old.flags, plans: old.plans.slice(1) }, { features: ["sso", "hours"], limits: ["trees"] }],
  ["a limit that only one plan has", terms({ trees: 100, seats: 1 }, { hours: 24 }), { features: [], limits: ["seats"] }],
])("what has changed: %s", (_, after, expected) => expect(changedKeys(old, after)).toEqual(expected));

const anyTerms = fc
  .record({
    free: fc.option(fc.nat(20)),
    pro: fc.option(fc.nat(20)),
    default: fc.boolean(),
    says: fc.option(fc.boolean(), { nil: undefined }),
  })
  .map(
    (of): Terms => ({
      flags: [{ ...sso, default: of.default }],
      plans: [plan("free", { trees: of.free }), plan("pro", { trees: of.pro }, of.says === undefined ? {} : { sso: of.says })],
    }),
  );
const anyAccount = fc.record({ isOpen: fc.boolean(), used: fc.nat(20), set: fc.option(fc.nat(20)), sso: fc.option(fc.boolean()) }).map(
  (of): AccountTerms => ({
    ...(of.isOpen ? onPro : ended),
    used: { trees: of.used },
    limits: of.set === null ? [] : override("trees", of.set),
    features: of.sso === null ? [] : override("sso", of.sso),
  }),
);

test("what is gained one way is lost the other way, and nobody stands above a limit that was not lowered", () => {
  const mirrored = { loses: "gains", gains: "loses", changes: "changes" } as const;
  fc.assert(
    fc.property(anyTerms, anyTerms, anyAccount, (before, after, account) => {
      const options = { now, plansBySeat: [] };
      const there = catalogueEffects(before, after, account, options).effects;
      const back = catalogueEffects(after, before, account, options).effects;
      const turned = back.map((one) => ({ ...one, effect: mirrored[one.effect], before: one.after, after: one.before }));
      const bare = (effects: readonly CatalogueEffect[]) => effects.map(({ isAbove: _, ...effect }) => effect);
      expect(bare(there)).toEqual(bare(turned));
      for (const one of there) if (one.isAbove) expect(one).toMatchObject({ kind: "limit", effect: "loses" });
    }),
  );
});

test("a look at what has changed alone finds what a look at everything finds", () => {
  fc.assert(
    fc.property(anyTerms, anyTerms, anyAccount, (before, after, account) => {
      const all = { features: ["sso"], limits: ["trees"] };
      const options = { now, plansBySeat: [] };
      expect(catalogueEffects(before, after, account, options)).toEqual(
        catalogueEffects(before, after, account, { ...options, keys: all }),
      );
    }),
  );
});

test("accounts of one plan to which the same happens are one sum; the first are named, and those that stand above apart from them", () => {
  const sums: EffectSums = new Map();
  const effect = (isAbove: boolean): CatalogueEffect => ({ kind: "limit", key: "trees", effect: "loses", before: 9, after: 1, isAbove });
  for (const [index, isAbove] of [false, false, true, false, true].entries())
    addEffects(sums, { id: `${index}`, name: `account ${index}`, plan: "pro", effects: [effect(isAbove)] }, 1);
  addEffects(sums, { id: "5", name: "account 5", plan: null, effects: [effect(false)] }, 1);
  addEffects(sums, { id: "6", name: "account 6", plan: "pro", effects: [] }, 1);
  expect([...sums.values()]).toMatchObject([
    {
      plan: "pro",
      accounts: 5,
      above: 2,
      named: [
        { id: "0", isAbove: false },
        { id: "2", isAbove: true },
      ],
    },
    { plan: null, accounts: 1, above: 0, named: [{ id: "5" }] },
  ]);
});
