import { expect, test } from "vitest";
import {
  type CatalogueInForce,
  type CatalogueTerms,
  decidedFeatures,
  decidedLimits,
  type EntitlementFacts,
} from "./decided-entitlements.ts";
import type { AccessFacts } from "./entitlement.ts";
import type { FlagValue } from "./flags.ts";
import type { HistoryEntry } from "./fold-history.ts";
import { foldOverrides } from "./fold-overrides.ts";
import { DEFAULT_POLICY } from "./policy.ts";

const day = (days: number) => new Date(Date.UTC(2026, 0, 1 + days));
const policy = { ...DEFAULT_POLICY, fallbackPlan: "free" };
const nothing: AccessFacts = { trial: null, grants: [], stripe: [], accountDeletedAt: null };
const trial: AccessFacts = { ...nothing, trial: { id: "t1", plan: "pro", startsAt: day(10), endsAt: day(24) } };
const paying: AccessFacts = {
  ...nothing,
  stripe: [
    {
      id: "sub_1",
      status: "active",
      plan: "pro",
      currentPeriodEnd: null,
      cancelAtPeriodEnd: false,
      endsAt: null,
      trialEndsAt: null,
      collectionPaused: null,
      seats: 7,
      pastDueSince: null,
      changedAt: day(10),
    },
  ],
};
const entry = (kind: string, subjectId: string, value: unknown, at: number): HistoryEntry => ({
  kind,
  subjectId,
  value,
  validFrom: day(at),
  recordedAt: day(at),
});
const facts = (access: AccessFacts, history: readonly HistoryEntry[] = [], at = day(20)): EntitlementFacts => ({
  access,
  history,
  overrides: foldOverrides(history, at),
});

/** `sso` is what Pro says of it; no plan speaks of `search`. */
const terms = (sso: FlagValue, more: Partial<CatalogueTerms> = {}): CatalogueTerms => ({
  flags: [
    { key: "sso", description: "", default: false },
    { key: "search", description: "", default: true },
  ],
  plans: [
    { key: "free", features: {} },
    { key: "pro", features: { sso } },
  ],
  planLimits: [
    { plan: "free", key: "seats", limit: 2 },
    { plan: "pro", key: "seats", limit: 10 },
  ],
  plansBySeat: [],
  ...more,
});
/** Versions from the oldest, each with the day from which it is in force. */
const versions = (...given: readonly (readonly [number, CatalogueTerms])[]): CatalogueInForce => {
  const [newest, ...earlier] = given.map(([from, one]) => ({ inForceFrom: day(from), ...one })).reverse();
  if (!newest) throw new Error("there is at least one");
  return { terms: newest, inForceFrom: newest.inForceFrom, earlier };
};
const sso = (given: EntitlementFacts, catalogue: CatalogueInForce, at = day(20)) =>
  decidedFeatures(given, catalogue, at, policy).find(({ key }) => key === "sso");
const seats = (given: EntitlementFacts, catalogue: CatalogueInForce, at = day(20)) =>
  decidedLimits(given, catalogue, at, policy).find(({ key }) => key === "seats");
const byCatalogue = (since: number | null) => ({ kind: "catalogue", id: null, since: since === null ? null : day(since) });
const byTrial = (since: number) => ({ kind: "trial", id: "t1", since: day(since) });

test.each<[string, CatalogueInForce, boolean, object]>([
  ["a version that changed it after the trial began", versions([0, terms(false)], [15, terms(true)]), true, byCatalogue(15)],
  ["the trial, where the plan said it before", versions([0, terms(false)], [5, terms(true)]), true, byTrial(10)],
  ["the trial, where no version is known that said otherwise", versions([12, terms(true)]), true, byTrial(10)],
  [
    "the version that changed it, and not one after it that says the same",
    versions([0, terms(false)], [12, terms(true)], [15, terms(true, { plansBySeat: ["pro"] })]),
    true,
    byCatalogue(12),
  ],
  [
    "the last change of several",
    versions([0, terms(true)], [12, terms(false)], [15, terms(true)], [18, terms(false)], [19, terms(true)]),
    true,
    byCatalogue(19),
  ],
  ["a version that brought the flag", versions([0, terms(true, { flags: [] })], [15, terms(true)]), true, byCatalogue(15)],
])("what decided a flag of a plan: %s", (_, catalogue, value, decidedBy) => {
  const answer = sso(facts(trial), catalogue);
  expect(answer).toMatchObject({ value, layer: "plan_default", decidedBy, until: day(24) });
  expect(answer?.since).toEqual(answer?.decidedBy.since);
});

test("a flag that went with the trial was decided by its end", () => {
  const at = day(30);
  expect(sso(facts(trial, [], at), versions([0, terms(true)]), at)).toMatchObject({
    value: false,
    layer: "flag_default",
    decidedBy: byTrial(24),
    until: null,
  });
});

test("no plan has a say in a flag that none speaks of", () => {
  const search = decidedFeatures(facts(trial), versions([3, terms(true)]), day(20), policy).find(({ key }) => key === "search");
  expect(search).toMatchObject({ value: true, decidedBy: byCatalogue(3) });
});

test("a catalogue that is applied as if it had always been decides about nothing by its age", () => {
  const always: CatalogueInForce = { terms: terms(true), inForceFrom: null, earlier: [] };
  expect(sso(facts(trial), always)).toMatchObject({ decidedBy: byTrial(10) });
  expect(sso(facts(nothing), always)).toMatchObject({ value: false, since: null, decidedBy: byCatalogue(null) });
});

test("an override decides alone while it holds, and its end decides after it", () => {
  const catalogue = versions([0, terms(false)], [13, terms(true)]);
  const set = entry("override", "feature:sso", { value: false, expires_at: day(16).toISOString() }, 12);
  const override = (since: number) => ({ kind: "override", id: "feature:sso", since: day(since) });
  expect(sso(facts(trial, [set], day(15)), catalogue, day(15))).toMatchObject({
    value: false,
    layer: "account_override",
    since: day(12),
    until: day(16),
    decidedBy: override(12),
  });
  expect(sso(facts(trial, [set], day(16)), catalogue, day(16))).toMatchObject({
    value: true,
    layer: "plan_default",
    decidedBy: override(16),
  });
});

test("a plan's limit goes on when its door shuts, and so does what decided it", () => {
  const at = day(30);
  expect(seats(facts(trial, [], at), versions([0, terms(true)]), at)).toMatchObject({ value: 10, decidedBy: byTrial(10) });
});

test("an edited limit was decided by the version that has it", () => {
  const edited = terms(true, { planLimits: [{ plan: "pro", key: "seats", limit: 12 }] });
  expect(seats(facts(trial), versions([0, terms(true)], [15, edited]))).toMatchObject({ value: 12, decidedBy: byCatalogue(15) });
});

test("seats that are paid for are so since their number changed, and the rest since the plan did", () => {
  const bySeat = versions([0, terms(true, { plansBySeat: ["pro"] })]);
  const seen = (plan: string, bought: number, at: number) =>
    entry("stripe_subscription", "sub_1", { status: "active", plan, seats: bought }, at);
  const given = facts(paying, [seen("team", 5, 10), seen("pro", 5, 12), seen("pro", 7, 14)]);
  const since = (at: number) => ({ kind: "stripe_subscription", id: "sub_1", since: day(at) });
  expect(seats(given, bySeat)).toMatchObject({ value: 7, decidedBy: since(14) });
  expect(sso(given, bySeat)).toMatchObject({ value: true, decidedBy: since(12) });
  // What the history says first is no change: the subscription is older than that.
  expect(sso(facts(paying, [seen("pro", 7, 2)]), bySeat)).toMatchObject({ decidedBy: since(10) });
});

test("who is on the plan to fall back to by no fact has what the catalogue says of it", () => {
  expect(seats(facts(nothing), versions([3, terms(true)]))).toMatchObject({ value: 2, layer: "plan_default", decidedBy: byCatalogue(3) });
});

test("an account that was deleted lost its plan's flags by that", () => {
  const deleted = { ...trial, accountDeletedAt: day(18) };
  expect(sso(facts(deleted), versions([0, terms(true)]))).toMatchObject({
    value: false,
    decidedBy: { kind: "account", id: null, since: day(18) },
  });
});
