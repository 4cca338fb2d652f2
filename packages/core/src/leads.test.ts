import fc from "fast-check";
import { expect, test } from "vitest";
import { decideConversion, LEAD_STATES, type LeadConversion, nextLeadStates, whyNotMoveLead } from "./leads.ts";

test.each([
  // from           new    contacted qualified won    lost
  ["new", true, true, true, true, true],
  ["contacted", false, true, true, true, true],
  ["qualified", false, true, true, true, true],
  ["won", false, false, true, true, true],
  ["lost", false, true, true, false, true],
] as const)("from %s a lead goes where the table says", (from, ...expected) => {
  expect(LEAD_STATES.map((to) => whyNotMoveLead(from, to) === null)).toEqual(expected);
});

test("what is said to be next is what is allowed, and staying is no move", () => {
  for (const from of LEAD_STATES)
    expect(nextLeadStates(from)).toEqual(LEAD_STATES.filter((to) => to !== from && whyNotMoveLead(from, to) === null));
});

test("however a lead is moved about, it is never new again, and never stuck", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...LEAD_STATES), { maxLength: 20 }), (asked) => {
      let state: (typeof LEAD_STATES)[number] = "new";
      let hasMoved = false;
      for (const to of asked) {
        if (whyNotMoveLead(state, to) !== null) continue;
        hasMoved ||= to !== state;
        state = to;
        expect(state === "new").toBe(!hasMoved);
        expect(nextLeadStates(state).length).toBeGreaterThan(0);
      }
    }),
  );
});

const ready: LeadConversion = { state: "qualified", isConverted: false, hasAccount: true, isInvited: false, hasAddress: true };
test.each<[string, Partial<LeadConversion>, ReturnType<typeof decideConversion>]>([
  ["the account of a lead is given the plan", {}, "give"],
  ["one that nobody has looked at too", { state: "new" }, "give"],
  ["one that was marked as won before", { state: "won" }, "give"],
  ["not one that was lost: it is taken up again first", { state: "lost" }, "lead_state_unreachable"],
  ["not a second time, whatever became of it", { isConverted: true, state: "lost" }, "lead_converted"],
  ["who has no account is invited", { hasAccount: false }, "invite"],
  ["but not twice", { hasAccount: false, isInvited: true }, "lead_invited"],
  ["who got an account in another way since is given it there", { isInvited: true }, "give"],
  ["whose address was erased is not invited", { hasAccount: false, hasAddress: false }, "lead_without_account"],
  ["but an account that is named is given it", { hasAddress: false }, "give"],
  ["nobody is invited for a lead that was lost", { hasAccount: false, state: "lost" }, "lead_state_unreachable"],
])("%s", (_, facts, expected) => expect(decideConversion({ ...ready, ...facts })).toBe(expected));
