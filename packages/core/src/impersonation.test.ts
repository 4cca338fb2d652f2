import fc from "fast-check";
import { expect, test } from "vitest";
import { type Impersonated, whomToImpersonate } from "./impersonation.ts";
import { ROLES, type Role } from "./roles.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
const member = (userId: string, role: Role, minute: number, isOperator = false): Impersonated => ({
  userId,
  role,
  joinedAt: at(minute),
  isOperator,
});

test.each<[string, Impersonated[], ReturnType<typeof whomToImpersonate>]>([
  ["the owner", [member("mary", "admin", 0), member("ada", "owner", 5)], { ok: true, userId: "ada" }],
  ["of two owners the first", [member("grace", "owner", 2), member("ada", "owner", 1)], { ok: true, userId: "ada" }],
  ["of two owners of one moment always the same", [member("b", "owner", 1), member("a", "owner", 1)], { ok: true, userId: "a" }],
  ["without an owner whoever may do most", [member("mary", "viewer", 0), member("hedy", "member", 9)], { ok: true, userId: "hedy" }],
  ["nobody is in it", [], { ok: false, reason: "nobody_there" }],
  ["another operator owns it", [member("ada", "owner", 1, true)], { ok: false, reason: "operators_account" }],
  [
    "another operator only reads there",
    [member("ada", "owner", 1), member("b", "viewer", 2, true)],
    { ok: false, reason: "operators_account" },
  ],
  ["the operator's own", [member("katherine", "owner", 1, true)], { ok: true, userId: "katherine" }],
])("an operator looks as: %s", (_, members, expected) => expect(whomToImpersonate(members, "katherine")).toEqual(expected));

test("in whatever order the people are read, it is the same person, and one of them", () => {
  const people = fc.uniqueArray(
    fc.record({
      userId: fc.uuid(),
      role: fc.constantFrom(...ROLES),
      isOperator: fc.constant(false),
      joinedAt: fc.date({ noInvalidDate: true }),
    }),
    { selector: ({ userId }) => userId, minLength: 1 },
  );
  fc.assert(
    fc.property(people, (members) => {
      const one = whomToImpersonate(members, "katherine");
      expect(whomToImpersonate(members.toReversed(), "katherine")).toEqual(one);
      expect(members.some(({ userId }) => one.ok && one.userId === userId)).toBe(true);
    }),
  );
});
