import { expect, test } from "vitest";
import { type DecidingFact, decidingFact } from "./deciding-fact.ts";
import type { AccessFacts } from "./entitlement.ts";
import { DEFAULT_POLICY } from "./policy.ts";

const day = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1 + n) + ms);
const NONE: AccessFacts = { trial: null, grants: [], stripe: [], accountDeletedAt: null };
const trial = { id: "t1", plan: "pro", startsAt: day(0), endsAt: day(14) };
const grant = (id: string, startsAt: Date, until: Date | null) => ({ id, plan: "pro", startsAt, until, reason: "a test" });
const canceled = {
  id: "sub_1",
  status: "canceled",
  plan: "pro",
  currentPeriodEnd: null,
  cancelAtPeriodEnd: false,
  endsAt: null,
  trialEndsAt: null,
  collectionPaused: null,
  seats: 1,
  pastDueSince: null,
  changedAt: day(20),
};

test.each<[string, AccessFacts, Date, DecidingFact | null]>([
  ["nothing is decided by nothing", NONE, day(1), null],
  ["a running trial", { ...NONE, trial }, day(14, -1), { kind: "trial", id: "t1", since: day(0) }],
  ["a trial that ended", { ...NONE, trial }, day(14), { kind: "trial", id: "t1", since: day(14) }],
  [
    "of two grants the longer one",
    { ...NONE, grants: [grant("g1", day(0), day(5)), grant("g2", day(1), day(6))] },
    day(2),
    { kind: "grant", id: "g2", since: day(1) },
  ],
  ["a running trial before Stripe's end", { ...NONE, trial, stripe: [canceled] }, day(14, -1), { kind: "trial", id: "t1", since: day(0) }],
  [
    "the latest of what has ended",
    { ...NONE, trial, stripe: [canceled] },
    day(21),
    { kind: "stripe_subscription", id: "sub_1", since: day(20) },
  ],
  ["a deletion before everything", { ...NONE, trial, accountDeletedAt: day(3) }, day(3), { kind: "account", id: null, since: day(3) }],
  [
    "a deletion that is still to come does not",
    { ...NONE, trial, accountDeletedAt: day(3) },
    day(3, -1),
    { kind: "trial", id: "t1", since: day(0) },
  ],
])("it is said which fact decided: %s", (_, facts, now, expected) => {
  expect(decidingFact(facts, now, DEFAULT_POLICY)).toEqual(expected);
});
