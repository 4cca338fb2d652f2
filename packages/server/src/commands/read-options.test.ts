import { expect, test } from "vitest";
import { instantOption } from "./read-options.ts";

test.each([
  ["2026-03-01T00:00:00Z", "2026-03-01T00:00:00.000Z"],
  ["2026-03-01t00:00:00z", "2026-03-01T00:00:00.000Z"],
  ["2026-03-01T00:00Z", "2026-03-01T00:00:00.000Z"],
  ["2026-03-01T00:30:00.123456+01:00", "2026-02-28T23:30:00.123Z"],
  ["2028-02-29T00:00:00-05:00", "2028-02-29T05:00:00.000Z"],
])("%s is an instant", (text, instant) => expect(instantOption({ at: text }, "at")?.toISOString()).toBe(instant));

test.each([
  "",
  "2026-03-01",
  "2026-03-01T00:00:00",
  "2026-03-01 00:00:00Z",
  "2026-02-29T00:00:00Z",
  "2026-02-30T00:00:00+02:00",
  "2026-13-01T00:00:00Z",
  "2026-03-01T24:00:00Z",
  "2026-03-01T00:00:00+25:00",
  "9999-12-31T23:59:59-01:00",
  "0000-01-01T00:00:00+01:00",
  "1772323200",
  "yesterday",
])("%j is none", (text) => expect(() => instantOption({ at: text }, "at")).toThrow("is an instant with its zone"));

test("an instant that is not asked about is none", () => expect(instantOption({}, "at")).toBeNull());
