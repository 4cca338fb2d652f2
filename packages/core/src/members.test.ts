import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type MemberChange, type MemberFact, type RoleRefusal, whyNotChangeRole, whyNotRemove } from "./members.ts";
import { ROLES, type Role } from "./roles.ts";

type Who = "self" | "other";
type NewRoles = readonly [owner: RoleRefusal | null, admin: RoleRefusal | null, member: RoleRefusal | null, viewer: RoleRefusal | null];
type Removal = "permission_denied" | "last_owner" | null;
/** Whose role is it, who changes it, and how many owners are there? Then the answer for each new role, and for taking them out. */
type Row = readonly [actor: Role, target: Role, who: Who, owners: 1 | 2, ...NewRoles, removed: Removal];

const no = "permission_denied";
const last = "last_owner";
const consent = "ownership_needs_consent";
const own = "own_role";
const everybody = (actor: Role): Row[] => [
  [actor, actor, "self", 1, no, no, no, no, null],
  [actor, actor, "self", 2, no, no, no, no, null],
  ...ROLES.flatMap((target): Row[] => [
    [actor, target, "other", 1, no, no, no, no, no],
    [actor, target, "other", 2, no, no, no, no, no],
  ]),
];
const MATRIX: readonly Row[] = [
  ["owner", "owner", "self", 1, null, last, last, last, last],
  ["owner", "owner", "self", 2, null, null, null, null, null],
  ["owner", "owner", "other", 2, null, null, null, null, null],
  ["owner", "admin", "other", 1, consent, null, null, null, null],
  ["owner", "admin", "other", 2, consent, null, null, null, null],
  ["owner", "member", "other", 1, consent, null, null, null, null],
  ["owner", "member", "other", 2, consent, null, null, null, null],
  ["owner", "viewer", "other", 1, consent, null, null, null, null],
  ["owner", "viewer", "other", 2, consent, null, null, null, null],
  ["admin", "admin", "self", 1, no, null, own, own, null],
  ["admin", "admin", "self", 2, no, null, own, own, null],
  ["admin", "owner", "other", 1, no, no, no, no, no],
  ["admin", "owner", "other", 2, no, no, no, no, no],
  ["admin", "admin", "other", 1, no, null, null, null, null],
  ["admin", "admin", "other", 2, no, null, null, null, null],
  ["admin", "member", "other", 1, no, null, null, null, null],
  ["admin", "member", "other", 2, no, null, null, null, null],
  ["admin", "viewer", "other", 1, no, null, null, null, null],
  ["admin", "viewer", "other", 2, no, null, null, null, null],
  ...everybody("member"),
  ...everybody("viewer"),
];
const changeOf = ([actor, target, who, owners]: Row): MemberChange => ({
  actor: { userId: "ada", role: actor },
  target: { userId: who === "self" ? "ada" : "grace", role: target },
  owners,
});

describe.each(MATRIX)("%s to %s (%s), owners: %i", (...row) => {
  const [, , , , owner, admin, member, viewer, removed] = row;
  test(`as owner ${owner}, admin ${admin}, member ${member}, viewer ${viewer}`, () => {
    expect(ROLES.map((role) => whyNotChangeRole(changeOf(row), role))).toEqual([owner, admin, member, viewer]);
  });
  test(`out: ${removed}`, () => expect(whyNotRemove(changeOf(row))).toBe(removed));
});

test("the matrix has a row for every case that there is, once", () => {
  const cases = ROLES.flatMap((actor) =>
    ([1, 2] as const).flatMap((owners) => [
      `${actor} ${actor} self ${owners}`,
      // Two of them that are owners are two owners.
      ...ROLES.filter((target) => actor !== "owner" || target !== "owner" || owners === 2).map(
        (target) => `${actor} ${target} other ${owners}`,
      ),
    ]),
  );
  expect(MATRIX.map(([actor, target, who, owners]) => `${actor} ${target} ${who} ${owners}`).sort()).toEqual(cases.sort());
});

/** Somebody tries to give somebody a role, or to take them out; both by their place in the team. */
interface Try {
  readonly actor: number;
  readonly target: number;
  readonly role: Role | null;
}
const teams = fc.array(fc.constantFrom(...ROLES), { minLength: 1, maxLength: 5 }).map((roles) => [...roles, "owner" as const]);
const tries: fc.Arbitrary<Try[]> = fc.array(
  fc.record({ actor: fc.nat(5), target: fc.nat(5), role: fc.option(fc.constantFrom(...ROLES), { freq: 3 }) }),
  { maxLength: 60 },
);
const ownersOf = (team: readonly MemberFact[]) => team.filter(({ role }) => role === "owner").length;
const rank = (role: Role) => ROLES.indexOf(role);

/** What becomes of the team; `see` is shown each change that was allowed. */
function live(roles: readonly Role[], tried: readonly Try[], see: (change: MemberChange, role: Role | null) => void): MemberFact[] {
  let team: MemberFact[] = roles.map((role, index) => ({ userId: `user ${index}`, role }));
  for (const { actor: by, target: of, role } of tried) {
    const [actor, target] = [team[by % team.length], team[of % team.length]];
    if (!actor || !target) throw new Error("nobody is left");
    const change = { actor, target, owners: ownersOf(team) };
    if ((role === null ? whyNotRemove(change) : whyNotChangeRole(change, role)) !== null) continue;
    see(change, role);
    const others = team.filter((one) => one !== target);
    team = role === null ? others : [...others, { ...target, role }];
  }
  return team;
}

test("whatever is tried in whatever order, somebody owns the account", () => {
  fc.assert(
    fc.property(teams, tries, (roles, tried) => {
      expect(ownersOf(live(roles, tried, () => undefined))).toBeGreaterThan(0);
    }),
  );
});

test("nobody is raised above who raises them, nobody raises themself, and nobody is made an owner without being asked", () => {
  fc.assert(
    fc.property(teams, tries, (roles, tried) => {
      live(roles, tried, ({ actor, target }, role) => {
        if (role === null || rank(role) >= rank(target.role)) return;
        expect(rank(role)).toBeGreaterThanOrEqual(rank(actor.role));
        expect(role).not.toBe("owner");
        expect(actor.userId).not.toBe(target.userId);
      });
    }),
  );
});

test("nobody but an owner touches an owner, and who may not manage members touches themself alone, to leave", () => {
  fc.assert(
    fc.property(teams, tries, (roles, tried) => {
      live(roles, tried, ({ actor, target }, role) => {
        if (target.role === "owner") expect(actor.role).toBe("owner");
        if (actor.role === "member" || actor.role === "viewer") expect([target.userId, role]).toEqual([actor.userId, null]);
      });
    }),
  );
});
