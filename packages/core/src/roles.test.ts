import { expect, test } from "vitest";
import { may, PERMISSIONS, type Permission, permissionsOfRole, ROLES } from "./roles.ts";

const matrix: readonly [Permission, owner: boolean, admin: boolean, member: boolean, viewer: boolean][] = [
  ["account.read", true, true, true, true],
  ["account.edit", true, true, false, false],
  ["account.delete", true, false, false, false],
  ["account.export", true, true, false, false],
  ["members.read", true, true, true, true],
  ["members.manage", true, true, false, false],
  ["invites.manage", true, true, false, false],
  ["billing.read", true, true, false, false],
  ["billing.manage", true, true, false, false],
  ["product.read", true, true, true, true],
  ["product.write", true, true, true, false],
  ["audit.read", true, true, false, false],
  ["ownership.transfer", true, false, false, false],
];

test.each(matrix)("%s: owner %s, admin %s, member %s, viewer %s", (permission, ...expected) => {
  expect(ROLES.map((role) => may(role, permission))).toEqual(expected);
});

test("the matrix has a row for every permission", () => expect(matrix.map(([permission]) => permission)).toEqual([...PERMISSIONS]));

test("no role may what the role above it may not", () => {
  ROLES.forEach((role, index) => {
    for (const lower of ROLES.slice(index + 1))
      expect(permissionsOfRole(role)).toEqual(expect.arrayContaining([...permissionsOfRole(lower)]));
  });
});

test("what a person is shown is what they may", () => {
  for (const role of ROLES) expect(permissionsOfRole(role)).toEqual(PERMISSIONS.filter((permission) => may(role, permission)));
});
