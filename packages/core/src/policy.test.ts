import { expect, test } from "vitest";
import { DEFAULT_POLICY, SHUT_REASONS } from "./policy.ts";

test("the default policy is the table of the design: 14 days of trial, 7 to verify, 14 past due, and locked after that; a paused collection locks nobody", () => {
  expect(DEFAULT_POLICY).toEqual({
    trialDays: 14,
    verificationGraceDays: 7,
    pastDueGraceDays: 14,
    pausedCollectionLocks: false,
    modes: Object.fromEntries(SHUT_REASONS.map((reason) => [reason, "locked"])),
  });
});
