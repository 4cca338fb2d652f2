import { errors } from "@gatehouse/contract";
import { INVITE_VERDICTS, permissionsOfRole, ROLES, type Role, whyNotChangeRole, whyNotRemove } from "@gatehouse/core";
import { expect, test } from "vitest";
import { sayWhatRoleMay } from "../mail/say-role.ts";

interface Me {
  role: Role;
  permissions: readonly string[];
}
interface TeamWords {
  powersInWords(role: string): string;
  rolesFor(me: Me, member: { role: Role; is_you: boolean }, owners: number): Role[];
  mayRemove(me: Me, member: { role: Role; is_you: boolean }, owners: number): boolean;
  seatsInWords(seats: { limit: number | null; used: number }): string;
  inviteInWords(invite: object): string;
  verdictInWords(item: { verdict: string; why: string | null }): string;
  countsInWords(counts: Record<string, number>): string;
  deletionInWords(deletion: object, mayUndo: boolean): string;
  offerInWords(offer: object, userId: string): string;
  deadInWords(code: string): [title: string, words: string] | null;
  troubleInWords(problem: object): string | null;
}
const words: TeamWords = await import(/* @vite-ignore */ new URL("assets/team-words.js", import.meta.url).href);

const end = "2026-03-17T14:05:00.000Z";
/** Everybody who may look at everybody's line, as one, two or three owners. */
const everyCase = ROLES.flatMap((actor) =>
  ROLES.flatMap((target) =>
    [true, false].flatMap((isYou) =>
      [1, 2, 3]
        .filter((owners) => (isYou ? actor === target : true) && owners >= ownersNeeded(actor, target, isYou))
        .map((owners) => ({ actor, target, isYou, owners })),
    ),
  ),
);
function ownersNeeded(actor: Role, target: Role, isYou: boolean): number {
  return isYou ? 1 : [actor, target].filter((role) => role === "owner").length;
}

test("a line offers the roles that the rule allows, and Remove where it is allowed: no more, no less", () => {
  for (const { actor, target, isYou, owners } of everyCase) {
    const me = { role: actor, permissions: permissionsOfRole(actor) };
    const member = { role: target, is_you: isYou };
    const change = { actor: { userId: "a", role: actor }, target: { userId: isYou ? "a" : "b", role: target }, owners };
    const about = `${actor} on ${isYou ? "themself" : target}, ${owners} owners`;
    const allowed = ROLES.filter((role) => role === target || whyNotChangeRole(change, role) === null);
    expect(words.rolesFor(me, member, owners), about).toEqual(allowed);
    expect(words.mayRemove(me, member, owners), about).toBe(whyNotRemove(change) === null);
  }
});

test("page and mail say the same of a role", () => {
  for (const role of ROLES) expect(words.powersInWords(role)).toBe(sayWhatRoleMay(role));
  expect(words.powersInWords("constructor"), "a role of a newer server").toBe("");
});

test.each([
  [{ limit: 5, used: 3 }, "3 of 5 seats in use. 2 are free."],
  [{ limit: 5, used: 4 }, "4 of 5 seats in use. One is free."],
  [{ limit: 1, used: 1 }, "1 of 1 seat in use. None is free."],
  [{ limit: 2, used: 7 }, "7 of 2 seats in use. None is free."],
  [{ limit: null, used: 3 }, "3 in use."],
])("seats are said with what is left: %o", (seats, said) => expect(words.seatsInWords(seats)).toContain(said));

test("every verdict has words of its own, and a row that is wrong says what is", () => {
  const said = INVITE_VERDICTS.map((verdict) => words.verdictInWords({ verdict, why: null }));
  expect(new Set(said).size).toBe(INVITE_VERDICTS.length);
  const faults = ["email_too_long", "email_malformed", "email_local_part", "email_domain", "role_unknown"];
  expect(new Set(faults.map((why) => words.verdictInWords({ verdict: "invalid", why }))).size).toBe(faults.length);
  expect(words.verdictInWords({ verdict: "constructor", why: null })).toBe("Not invited");
  expect(words.countsInWords({ invited: 3, invalid: 1, no_seat: 1 })).toBe("Invited: 3 of 5.");
});

test("an invite says as what, by whom, until when and whether its mail has gone", () => {
  const invite = { role: "admin", invited_by: { name: "Ada" }, email_sent_at: null, expires_at: end, state: "open" };
  expect(words.inviteInWords(invite)).toMatch(/^As an admin, by Ada; open until 17 March 2026.*; the mail is on its way\.$/);
  const expired = { ...invite, role: "viewer", invited_by: null, email_sent_at: end, state: "expired" };
  expect(words.inviteInWords(expired)).toMatch(/^As a viewer; expired 17 March 2026.*; mail sent 17 March 2026/);
});

test("each way in which an invite dies is said in words of its own, with what to do; no other code is one", () => {
  const dead = ["invite_not_found", "invite_expired", "invite_revoked", "invite_used"];
  const said = dead.map((code) => words.deadInWords(code));
  expect(new Set(said.map((pair) => pair?.[0])).size).toBe(dead.length);
  for (const pair of said) expect(pair?.[1]).toMatch(/\b(ask|tell) who invited you\b/i);
  expect(words.deadInWords("invite_no_seat")).toBeNull();
  expect(words.deadInWords("constructor")).toBeNull();
});

test("only an owner is told that they can take the deletion back themself", () => {
  expect(words.deletionInWords({ due_at: end }, true)).toMatch(/On 17 March 2026.*erased for good\. Until then you can take it back/);
  expect(words.deletionInWords({ due_at: end }, false)).toContain("an owner can take it back");
});

test("an offer is said as each of the two reads it", () => {
  const offer = { from: { user_id: "a", name: "Ada" }, to: { user_id: "g", name: "Grace" }, role_after: "admin", expires_at: end };
  expect(words.offerInWords(offer, "g")).toContain("Ada offers you the ownership of this team; who offers it is an admin then.");
  expect(words.offerInWords({ ...offer, role_after: "owner" }, "a")).toContain(
    "You offer Grace the ownership of this team; then both are owners.",
  );
});

test("what the catalogue says for programs is said for people, and the rest as it stands", () => {
  expect(words.troubleInWords({ code: "plan_limit_reached", limit: 5 })).toContain("All 5 seats");
  expect(words.troubleInWords({ code: "invite_list_too_long", limit: 500 })).toContain("at most 500 rows");
  for (const code of [
    "plan_limit_reached",
    "invite_already_open",
    "invite_already_member",
    "invite_list_too_long",
    "last_owner",
    "confirmation_wrong",
  ]) {
    expect(errors).toHaveProperty(code);
    expect(words.troubleInWords({ code, limit: 5 }), code).not.toMatch(/`|\/accounts/);
  }
  expect(words.troubleInWords({ code: "rate_limited" })).toBeNull();
});
