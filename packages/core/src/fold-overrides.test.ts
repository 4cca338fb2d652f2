import fc from "fast-check";
import { expect, test } from "vitest";
import { entriesUntil, type HistoryEntry } from "./fold-history.ts";
import { foldOverrides } from "./fold-overrides.ts";

const day = (days: number, milliseconds = 0) => new Date(Date.UTC(2026, 0, 1 + days) + milliseconds);
const said = (subjectId: string, value: unknown, at: number, expires: number | null = null): HistoryEntry => ({
  kind: "override",
  subjectId,
  value: value === null ? null : { value, expires_at: expires === null ? null : day(expires).toISOString() },
  validFrom: day(at),
  recordedAt: day(at),
});
const gone = (subjectId: string, at: number): HistoryEntry => said(subjectId, null, at);
const fold = (entries: readonly HistoryEntry[], at: Date) => foldOverrides(entriesUntil(entries, at, "as_recorded"), at);
const set = (key: string, value: unknown, at: number, expires: number | null = null) => ({
  key,
  value,
  reason: "",
  setBy: null,
  setAt: day(at),
  expiresAt: expires === null ? null : day(expires),
});

test("each override is as it was last set, of flags and limits apart", () => {
  const entries = [said("feature:sso", true, 1), said("limit:sso", 5, 2), said("feature:sso", "full", 3, 9)];
  expect(fold(entries, day(2))).toMatchObject({ features: [set("sso", true, 1)], limits: [set("sso", 5, 2)] });
  expect(fold(entries, day(3))).toMatchObject({ features: [set("sso", "full", 3, 9)], limits: [set("sso", 5, 2)], incomplete: false });
  expect(fold(entries, day(1, -1))).toEqual({ features: [], limits: [], endedAt: new Map(), incomplete: false });
});

test("no limit is a word of its own, and not the end of one", () => {
  const unlimited = { ...gone("limit:seats", 1), value: { value: null, expires_at: null } };
  expect(fold([unlimited], day(1))).toMatchObject({ limits: [set("seats", null, 1)], incomplete: false });
});

test.each<[string, readonly HistoryEntry[], Date, Date | undefined]>([
  ["one that holds has not ended", [said("limit:seats", 5, 1, 3)], day(3, -1), undefined],
  ["an end that came by itself is at its instant", [said("limit:seats", 5, 1, 3)], day(3), day(3)],
  ["one that was taken away ended then", [said("limit:seats", 5, 1), gone("limit:seats", 2)], day(4), day(2)],
  ["one that had expired before it was taken away ended by itself", [said("limit:seats", 5, 1, 3), gone("limit:seats", 8)], day(9), day(3)],
  ["one in whose place another was set has not ended", [said("limit:seats", 5, 1), said("limit:seats", 6, 2)], day(4), undefined],
  ["what never was has not ended", [gone("limit:seats", 2)], day(4), undefined],
  ["of two ends the last counts", [said("limit:seats", 5, 1, 2), said("limit:seats", 6, 3), gone("limit:seats", 5)], day(9), day(5)],
])("%s", (_, entries, at, end) => {
  expect(fold(entries, at).endedAt.get("limit:seats")).toEqual(end);
});

test.each<[string, unknown]>([
  ["a flag of nothing", { value: null }],
  ["a flag that is a list", { value: [] }],
  ["a text in the place of it all", "on"],
])("what cannot be read is left out, and that is said: %s", (_, value) => {
  const entry: HistoryEntry = { ...said("feature:sso", true, 1), value };
  expect(fold([entry, said("feature:hours", 8, 1)], day(2))).toMatchObject({ features: [set("hours", 8, 1)], incomplete: true });
});

test("it is total: whatever the history holds, there are overrides", () => {
  const entry = fc.record({
    kind: fc.constantFrom("override", "trial"),
    subjectId: fc.constantFrom("feature:sso", "limit:seats", "", "feature:"),
    value: fc.oneof(
      fc.anything(),
      fc.record({ value: fc.anything(), expires_at: fc.oneof(fc.string(), fc.constant(day(2).toISOString())) }),
    ),
    validFrom: fc.date({ noInvalidDate: true }),
    recordedAt: fc.date({ noInvalidDate: true }),
  });
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      expect(() => foldOverrides(entries, day(1))).not.toThrow();
    }),
  );
});
