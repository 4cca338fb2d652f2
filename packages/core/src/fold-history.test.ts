import { expect, test } from "vitest";
import { foldHistory, type HistoryBasis, type HistoryEntry } from "./fold-history.ts";

const day = (days: number, milliseconds = 0) => new Date(Date.UTC(2026, 0, 1 + days) + milliseconds);
const iso = (days: number) => day(days).toISOString();
const ADA = "user-ada";

/** What we heard on day `recorded`, of what held from day `valid` on. */
const entry = (kind: string, subjectId: string, value: object | null, recorded: number, valid = recorded): HistoryEntry => ({
  kind,
  subjectId,
  value,
  recordedAt: day(recorded),
  validFrom: day(valid),
});
const trial = entry("trial", "t1", { plan: "pro", starts_at: iso(0), ends_at: iso(14) }, 0);
const fold = (entries: readonly HistoryEntry[], at: Date, basis: HistoryBasis = "as_recorded") => foldHistory(entries, ADA, at, basis);
const NOBODY = {
  access: { trial: null, grants: [], stripe: [], accountDeletedAt: null },
  verification: null,
  role: null,
  incomplete: false,
};

test("of an empty history nothing comes", () => {
  expect(fold([], day(0))).toEqual(NOBODY);
});

test.each<[string, Date, object]>([
  ["a millisecond before it was recorded it is not there", day(0, -1), NOBODY],
  [
    "at the instant of its recording it is",
    day(0),
    { ...NOBODY, access: { ...NOBODY.access, trial: { id: "t1", plan: "pro", startsAt: day(0), endsAt: day(14) } } },
  ],
])("a fact counts from the instant of its recording: %s", (_, at, expected) => {
  expect(fold([trial], at)).toEqual(expected);
});

test("the last word on a subject counts, and each subject has its own", () => {
  const one = entry("grant", "g1", { plan: "pro", starts_at: iso(1), until: null }, 1);
  const other = entry("grant", "g2", { plan: "team", starts_at: iso(2), until: iso(9) }, 2);
  const ended = entry("grant", "g1", { plan: "pro", starts_at: iso(1), until: iso(3) }, 3);
  expect(fold([one, other, ended], day(3)).access.grants).toEqual([
    { id: "g1", plan: "pro", startsAt: day(1), until: day(3), reason: "" },
    { id: "g2", plan: "team", startsAt: day(2), until: day(9), reason: "" },
  ]);
  expect(fold([one, other, ended], day(3, -1)).access.grants[0]).toMatchObject({ until: null });
});

const subscription = { status: "active", plan: "pro", seats: 3, current_period_end: iso(30), ends_at: null, past_due_since: null };
const whole = { ...subscription, cancel_at_period_end: false, trial_ends_at: null, collection_paused: null, changed_at: iso(1) };

test("what is learnt late is not in what was recorded then, and is in what is known today", () => {
  const entries = [
    entry("stripe_subscription", "sub_1", whole, 1),
    // Another change of it was seen in between, and held from then on.
    entry("stripe_subscription", "sub_1", { ...whole, seats: 4 }, 6),
    entry("stripe_subscription", "sub_1", { ...whole, status: "past_due", past_due_since: iso(5), changed_at: iso(5) }, 8, 5),
  ];
  const statusAt = (at: Date, basis: HistoryBasis) => fold(entries, at, basis).access.stripe.map(({ status }) => status);
  for (const at of [day(5), day(6), day(8, -1)]) {
    expect(statusAt(at, "as_recorded")).toEqual(["active"]);
    expect(statusAt(at, "as_known_today")).toEqual(["past_due"]);
  }
  expect(statusAt(day(5, -1), "as_known_today")).toEqual(["active"]);
  expect(statusAt(day(8), "as_recorded")).toEqual(["past_due"]);
});

test("a grant that was to begin later was in the tables, and so it is in what was recorded", () => {
  const later = entry("grant", "g1", { plan: "pro", starts_at: iso(9), until: null }, 1, 9);
  expect(fold([later], day(1)).access.grants).toHaveLength(1);
  expect(fold([later], day(9, -1), "as_known_today").access.grants).toHaveLength(0);
  expect(fold([later], day(9), "as_known_today").access.grants).toHaveLength(1);
});

test("a role is the person's own: others' do not count, and one that ended or came back is as it was", () => {
  const entries = [
    entry("membership", "m1", { user_id: ADA, role: "member" }, 1),
    entry("membership", "m2", { user_id: "user-grace", role: "owner" }, 1),
    entry("membership", "m1", { user_id: ADA, role: "admin" }, 2),
    entry("membership", "m1", null, 3),
    entry("membership", "m3", { user_id: ADA, role: "viewer" }, 4),
  ];
  expect([0, 1, 2, 3, 4].map((days) => fold(entries, day(days)).role)).toEqual([null, "member", "admin", null, "viewer"]);
});

test("a verification is the person's own, and so is their beginning", () => {
  const registered = { registered_at: iso(0), email_verified_at: null };
  const entries = [
    entry("email_verification", ADA, registered, 0),
    entry("email_verification", "user-grace", { ...registered, email_verified_at: iso(0) }, 0),
    entry("email_verification", ADA, { ...registered, email_verified_at: iso(2) }, 2),
  ];
  expect(fold(entries, day(2, -1)).verification).toEqual({ registeredAt: day(0), emailVerifiedAt: null });
  expect(fold(entries, day(2)).verification).toEqual({ registeredAt: day(0), emailVerifiedAt: day(2) });
});

test("a deletion holds until it is taken back", () => {
  const entries = [entry("account", "a", { deleted_at: iso(1) }, 1), entry("account", "a", { deleted_at: null }, 2)];
  expect(fold(entries, day(2, -1)).access.accountDeletedAt).toEqual(day(1));
  expect(fold(entries, day(2)).access.accountDeletedAt).toBeNull();
});

test.each<[string, readonly HistoryEntry[], object, boolean]>([
  [
    "an end of a trial without its beginning takes it from before",
    [trial, entry("trial", "t1", { plan: "pro", ends_at: iso(3) }, 3)],
    { trial: { startsAt: day(0), endsAt: day(3) } },
    false,
  ],
  [
    "an end of a grant without its beginning takes it from before",
    [entry("grant", "g1", { plan: "pro", starts_at: iso(1), until: null }, 1), entry("grant", "g1", { plan: "pro", until: iso(3) }, 3)],
    { grants: [{ startsAt: day(1), until: day(3) }] },
    false,
  ],
  [
    "a trial whose beginning nobody recorded began when it was first heard of",
    [entry("trial", "t1", { plan: "pro", ends_at: iso(3) }, 2)],
    { trial: { startsAt: day(2), endsAt: day(3) } },
    true,
  ],
  [
    "a subscription without its newer fields: it ends if an end is known, and changed when it was heard of",
    [entry("stripe_subscription", "sub_1", { ...subscription, ends_at: iso(20) }, 5, 4)],
    { stripe: [{ cancelAtPeriodEnd: true, endsAt: day(20), changedAt: day(4), trialEndsAt: null, collectionPaused: null }] },
    true,
  ],
  ["a subscription with all of them", [entry("stripe_subscription", "sub_1", whole, 5)], { stripe: [{ changedAt: day(1) }] }, false],
  ["a trial without an end is left out", [entry("trial", "t1", { plan: "pro" }, 1)], { trial: null }, true],
  ["a trial that ends on no day is left out", [entry("trial", "t1", { plan: "pro", ends_at: "soon" }, 1)], { trial: null }, true],
  ["a grant without a plan is left out", [entry("grant", "g1", { until: null }, 1)], { grants: [] }, true],
  ["a subscription without a status is left out", [entry("stripe_subscription", "s", {}, 1)], { stripe: [] }, true],
  ["kinds that are not known are passed over", [entry("horoscope", "h", { sign: "leo" }, 1)], { trial: null, grants: [] }, false],
])("older entries can be read, and a guess is said: %s", (_, entries, access, incomplete) => {
  expect(fold(entries, day(10))).toMatchObject({ access, incomplete });
});
