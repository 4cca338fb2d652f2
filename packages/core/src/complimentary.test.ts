import fc from "fast-check";
import { expect, test } from "vitest";
import { grantState, replacesGrants, whyNotGrant } from "./complimentary.ts";

const NOW = new Date("2026-03-01T12:00:00.000Z");
const later = (milliseconds: number) => new Date(NOW.getTime() + milliseconds);
const PLANS = ["free", "pro"];

test.each<[string, string, Date | null, ReturnType<typeof whyNotGrant>]>([
  ["a plan without an end", "pro", null, null],
  ["an end a millisecond ahead", "pro", later(1), null],
  ["an end at this instant", "pro", NOW, "grant_in_the_past"],
  ["an end a millisecond ago", "pro", later(-1), "grant_in_the_past"],
  ["a plan that there is not", "gold", null, "plan_unknown"],
  ["a plan that there is not, in the past: the plan comes first", "gold", later(-1), "plan_unknown"],
  ["a plan in another spelling", "Pro", null, "plan_unknown"],
])("%s", (_, plan, until, why) => expect(whyNotGrant({ plan, until }, PLANS, NOW)).toBe(why));

test.each<[string, Date, Date | null, ReturnType<typeof grantState>]>([
  ["begins at this instant", NOW, null, "running"],
  ["begins a millisecond later", later(1), null, "planned"],
  ["ends a millisecond later", later(-9), later(1), "running"],
  ["ends at this instant", later(-9), NOW, "ended"],
  ["was over before it began", later(9), later(-1), "ended"],
])("a grant that %s", (_, startsAt, until, state) => expect(grantState({ startsAt, until }, NOW)).toBe(state));

const one = (status: string, plan: string | null = "pro") => ({ status, plan });
test.each<[string, Parameters<typeof replacesGrants>, boolean]>([
  ["the first paid subscription", [one("active"), null], true],
  ["one that was incomplete until now", [one("active"), one("incomplete")], true],
  ["one that was paid before: a renewal", [one("active"), one("active")], false],
  ["one whose plan is known only now", [one("active"), one("active", null)], true],
  ["one that carries none of our plans", [one("active", null), null], false],
  ["a trial at Stripe", [one("trialing"), null], false],
  ["a payment that failed", [one("past_due"), one("active")], false],
  ["the end", [one("canceled"), one("active")], false],
])("%s, and what was given for nothing", (_, [read, before], isReplaced) => expect(replacesGrants(read, before)).toBe(isReplaced));

test("whatever can be given runs at the moment it is given", () => {
  fc.assert(
    fc.property(fc.option(fc.date({ noInvalidDate: true })), (until) => {
      const can = whyNotGrant({ plan: "pro", until }, PLANS, NOW) === null;
      expect(can).toBe(grantState({ startsAt: NOW, until }, NOW) === "running");
    }),
  );
});
