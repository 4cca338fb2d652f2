import { expect, test } from "vitest";
import { ACCESS_MODES, type AccessMode, DEFAULT_POLICY, SHUT_REASONS, whatPasses } from "./policy.ts";

test("the default policy is the table of the design: 14 days of trial, 7 to verify, 14 past due, and locked after that; a paused collection locks nobody", () => {
  expect(DEFAULT_POLICY).toEqual({
    trialDays: 14,
    verificationGraceDays: 7,
    pastDueGraceDays: 14,
    pausedCollectionLocks: false,
    fallbackPlan: null,
    modes: Object.fromEntries(SHUT_REASONS.map((reason) => [reason, "locked"])),
  });
});

const READING = ["GET", "HEAD"];
const CHANGING = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "", "PROPFIND"];

test.each<[AccessMode, boolean, boolean, boolean]>([
  ["full", true, true, true],
  ["grace", true, true, true],
  ["read_only", true, false, true],
  ["billing_only", false, false, false],
  ["locked", false, false, false],
])("in mode %s reading passes: %s, changing: %s, and an export by whatever method: %s", (mode, reading, changing, exporting) => {
  for (const method of READING) expect(whatPasses(mode, method), method).toBe(reading);
  for (const method of CHANGING) expect(whatPasses(mode, method), method).toBe(changing);
  for (const method of [...READING, ...CHANGING]) expect(whatPasses(mode, method, true), method).toBe(exporting);
});

test("the table above is of every mode, and no mode gives more of changing than of reading", () => {
  expect(ACCESS_MODES).toHaveLength(5);
  for (const mode of ACCESS_MODES) if (whatPasses(mode, "POST")) expect(whatPasses(mode, "GET"), mode).toBe(true);
});
