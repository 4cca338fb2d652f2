import { expect, test } from "vitest";
import { decideSignup, SIGNUP_MODES, type SignupMode, signupModeInForce } from "./sign-up.ts";

type Row = [configured: SignupMode, runtime: SignupMode | null, selfServe: boolean, inForce: SignupMode];

const rows: readonly Row[] = [
  ["open", null, true, "open"],
  ["open", "open", true, "open"],
  ["open", "waitlist", true, "waitlist"],
  ["open", "invite_only", true, "invite_only"],
  ["open", "closed", true, "closed"],
  ["waitlist", null, true, "waitlist"],
  ["waitlist", "open", true, "open"],
  ["waitlist", "waitlist", true, "waitlist"],
  ["waitlist", "invite_only", true, "invite_only"],
  ["waitlist", "closed", true, "closed"],
  ["invite_only", null, true, "invite_only"],
  ["invite_only", "open", true, "open"],
  ["invite_only", "waitlist", true, "waitlist"],
  ["invite_only", "invite_only", true, "invite_only"],
  ["invite_only", "closed", true, "closed"],
  ["closed", null, true, "closed"],
  ["closed", "open", true, "open"],
  ["closed", "waitlist", true, "waitlist"],
  ["closed", "invite_only", true, "invite_only"],
  ["closed", "closed", true, "closed"],
  ["open", null, false, "invite_only"],
  ["open", "open", false, "invite_only"],
  ["open", "waitlist", false, "invite_only"],
  ["open", "invite_only", false, "invite_only"],
  ["open", "closed", false, "closed"],
  ["waitlist", null, false, "invite_only"],
  ["waitlist", "open", false, "invite_only"],
  ["waitlist", "waitlist", false, "invite_only"],
  ["waitlist", "invite_only", false, "invite_only"],
  ["waitlist", "closed", false, "closed"],
  ["invite_only", null, false, "invite_only"],
  ["invite_only", "open", false, "invite_only"],
  ["invite_only", "waitlist", false, "invite_only"],
  ["invite_only", "invite_only", false, "invite_only"],
  ["invite_only", "closed", false, "closed"],
  ["closed", null, false, "closed"],
  ["closed", "open", false, "invite_only"],
  ["closed", "waitlist", false, "invite_only"],
  ["closed", "invite_only", false, "invite_only"],
  ["closed", "closed", false, "closed"],
];

const answers = {
  open: { allowed: true },
  waitlist: { allowed: false, reason: "signup_waitlist" },
  invite_only: { allowed: false, reason: "signup_invite_only" },
  closed: { allowed: false, reason: "signup_closed" },
} as const;

test.each(rows)("configured %s, at run time %s, self-serve %s: %s", (configuredMode, runtimeMode, selfServeEnabled, inForce) => {
  const settings = { configuredMode, runtimeMode, selfServeEnabled };
  expect(signupModeInForce(settings)).toBe(inForce);
  expect(decideSignup({ ...settings, hasTicket: false })).toEqual(answers[inForce]);
  expect(decideSignup({ ...settings, hasTicket: true })).toEqual({ allowed: true });
});

test("the table has every combination", () => {
  expect(new Set(rows.map(([...row]) => row.slice(0, 3).join())).size).toBe(SIGNUP_MODES.length * (SIGNUP_MODES.length + 1) * 2);
});
