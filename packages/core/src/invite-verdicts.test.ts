import fc from "fast-check";
import { expect, test } from "vitest";
import { parseEmail } from "./email.ts";
import type { InviteRow } from "./invite-list.ts";
import { INVITE_VERDICTS, type InviteFacts, type InviteVerdict, type JudgedRow, judgeInvites } from "./invite-verdicts.ts";

const facts = (over: Partial<InviteFacts> = {}): InviteFacts => ({
  members: new Set(["ada@example.com"]),
  invited: new Set(["grace@example.com"]),
  freeSeats: null,
  defaultRole: "member",
  ...over,
});
const row = (email: string, role: string | null = null): InviteRow => ({ email, role });
const verdicts = (rows: readonly InviteRow[], over: Partial<InviteFacts> = {}): string[] =>
  judgeInvites(rows, facts(over)).map((judged) => (judged.verdict === "invalid" ? judged.why : judged.verdict));

test("every verdict, and what comes with it", () => {
  const rows = [
    row("Bob@Example.com", "admin"),
    row("ADA@example.com"),
    row("grace@EXAMPLE.com"),
    row("not an address"),
    row("eve@example.com", "owner"),
    row("bob@example.com"),
    row("carol@example.com"),
  ];
  expect(judgeInvites(rows, facts({ freeSeats: 1 }))).toEqual<JudgedRow[]>([
    { verdict: "invited", email: "Bob@Example.com", normalised: "bob@example.com", role: "admin" },
    { verdict: "already_member", email: "ADA@example.com" },
    { verdict: "already_invited", email: "grace@EXAMPLE.com" },
    { verdict: "invalid", email: "not an address", why: "email_malformed" },
    { verdict: "invalid", email: "eve@example.com", why: "role_unknown" },
    { verdict: "duplicate_in_list", email: "bob@example.com" },
    { verdict: "no_seat", email: "carol@example.com" },
  ]);
});

test.each<[string, InviteRow[], Partial<InviteFacts>, string[]]>([
  ["who comes first gets the seat", [row("b@x.io"), row("c@x.io")], { freeSeats: 1 }, ["invited", "no_seat"]],
  ["the last seat is given", [row("b@x.io"), row("c@x.io")], { freeSeats: 2 }, ["invited", "invited"]],
  ["where there is no seat, there is none", [row("b@x.io")], { freeSeats: 0 }, ["no_seat"]],
  ["nor where there are fewer than none", [row("b@x.io")], { freeSeats: -1 }, ["no_seat"]],
  ["without a limit there is always one", [row("b@x.io"), row("c@x.io")], { freeSeats: null }, ["invited", "invited"]],
  [
    "rows that come to nothing take no seat",
    [row("ada@example.com"), row("grace@example.com"), row("@"), row("b@x.io", "boss"), row("c@x.io"), row("C@x.io"), row("d@x.io")],
    { freeSeats: 2 },
    ["already_member", "already_invited", "email_local_part", "role_unknown", "invited", "duplicate_in_list", "invited"],
  ],
  ["a member is told to be one, also where no seat is left", [row("ada@example.com")], { freeSeats: 0 }, ["already_member"]],
  ["two spellings that differ in case are one", [row("b@x.io"), row("B@X.IO")], {}, ["invited", "duplicate_in_list"]],
  ["two spellings of one domain are one", [row("b@münchen.de"), row("b@XN--mnchen-3ya.de")], {}, ["invited", "duplicate_in_list"]],
  ["a member's other spelling", [row("b@MÜNCHEN.de")], { members: new Set(["b@xn--mnchen-3ya.de"]) }, ["already_member"]],
  ["a +tag is another address", [row("ada+1@example.com"), row("ada+2@example.com")], {}, ["invited", "invited"]],
  ["so are dots", [row("a.da@example.com")], {}, ["invited"]],
  ["look-alikes are no address", [row("аda@example.com"), row("ada@exаmple.com")], {}, ["email_local_part", "email_domain"]],
  ["a mail header is no address", [row("b@x.io\r\nBcc: c@x.io")], {}, ["email_malformed"]],
  ["nobody is invited as an owner", [row("b@x.io", "owner")], {}, ["role_unknown"]],
  ["nor as a word of every object's", [row("b@x.io", "constructor"), row("c@x.io", "")], {}, ["role_unknown", "role_unknown"]],
  ["a row with an unknown role leaves its address to a later one", [row("b@x.io", "boss"), row("b@x.io")], {}, ["role_unknown", "invited"]],
  ["a duplicate of who got no seat is one", [row("b@x.io"), row("b@x.io")], { freeSeats: 0 }, ["no_seat", "duplicate_in_list"]],
  ["the same bad row twice is bad twice", [row("@"), row("@")], {}, ["email_local_part", "email_local_part"]],
  ["a list of nobody", [], {}, []],
])("%s", (_, rows, over, expected) => expect(verdicts(rows, over)).toEqual(expected));

test("a row that names no role gets the list's", () => {
  const judged = judgeInvites([row("b@x.io"), row("c@x.io", "admin")], facts({ defaultRole: "viewer" }));
  expect(judged.map((one) => (one.verdict === "invited" ? one.role : null))).toEqual(["viewer", "admin"]);
});

const local = fc.constantFrom("ada", "Ada", "grace", "bob", "BOB", "bob+1", "carol");
const good = local.map((name) => row(`${name}@example.com`));
const bad = fc.constantFrom(row(""), row("@"), row("ada"), row("bob@example.com", "boss"), row("bob@example.com\n"), row("a".repeat(1000)));
const lists = fc.array(fc.oneof(good, bad), { maxLength: 20 });
const anyFacts = fc.record({
  members: fc.subarray(["ada@example.com", "bob@example.com"]).map((list) => new Set(list)),
  invited: fc.subarray(["grace@example.com", "bob+1@example.com"]).map((list) => new Set(list)),
  freeSeats: fc.option(fc.integer({ min: -2, max: 6 })),
  defaultRole: fc.constantFrom("admin", "member", "viewer"),
});
const normalised = (email: string): string | null => {
  const read = parseEmail(email);
  return read.ok ? read.normalised : null;
};

test("each row has its one verdict, in its place, and never are more invited than there are seats", () => {
  fc.assert(
    fc.property(lists, anyFacts, (rows, known) => {
      const judged = judgeInvites(rows, known);
      expect(judged.map(({ email }) => email)).toEqual(rows.map(({ email }) => email));
      const count = (verdict: InviteVerdict) => judged.filter((one) => one.verdict === verdict).length;
      expect(INVITE_VERDICTS.reduce((sum, verdict) => sum + count(verdict), 0)).toBe(rows.length);
      if (known.freeSeats !== null) expect(count("invited")).toBeLessThanOrEqual(Math.max(0, known.freeSeats));
      // No seat is kept from anybody while there is one.
      if (count("no_seat") > 0) expect(count("invited")).toBe(Math.max(0, known.freeSeats ?? Number.POSITIVE_INFINITY));
    }),
  );
});

test("nobody is invited twice, nor who is in or invited already", () => {
  fc.assert(
    fc.property(lists, anyFacts, (rows, known) => {
      const invited = judgeInvites(rows, known).flatMap((one) => (one.verdict === "invited" ? [one.normalised] : []));
      expect(new Set(invited).size).toBe(invited.length);
      for (const one of invited) expect(known.members.has(one) || known.invited.has(one)).toBe(false);
    }),
  );
});

test("bad rows change nothing for the good ones", () => {
  fc.assert(
    fc.property(lists, anyFacts, (rows, known) => {
      const isGood = (one: InviteRow) => normalised(one.email) !== null && one.role === null;
      const among = judgeInvites(rows, known).filter((_, index) => isGood(rows[index] ?? row("")));
      expect(among).toEqual(judgeInvites(rows.filter(isGood), known));
    }),
  );
});
