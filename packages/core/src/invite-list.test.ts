import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type InviteRow, readInviteList } from "./invite-list.ts";

const ADA = "ada@example.com";
const GRACE = "grace@example.com";
const two: InviteRow[] = [
  { email: ADA, role: null },
  { email: GRACE, role: null },
];
const roles: InviteRow[] = [
  { email: ADA, role: "admin" },
  { email: GRACE, role: null },
];

describe("a pasted list", () => {
  test.each<[string, string, InviteRow[]]>([
    ["nothing is nobody", "", []],
    ["spaces and empty lines are nobody", " \n\t\n\r\n ", []],
    ["separators alone are nobody", ";;,\n\t,;\n", []],
    ["an address a line", `${ADA}\n${GRACE}`, two],
    ["lines as Windows ends them", `${ADA}\r\n${GRACE}\r\n`, two],
    ["lines as old Macs ended them", `${ADA}\r${GRACE}\r`, two],
    ["empty lines between", `\n\n${ADA}\n  \n${GRACE}\n\n`, two],
    ["commas", `${ADA},${GRACE}`, two],
    ["semicolons", `${ADA};${GRACE}`, two],
    ["tabs", `${ADA}\t${GRACE}`, two],
    ["spaces around are nothing", `  ${ADA} ,  ${GRACE}  `, two],
    ["separators at the end and doubled ones", `,${ADA},,${GRACE},;`, two],
    ["a byte order mark at the beginning", `\ufeff${ADA}\n${GRACE}`, two],
    ["one separator within another's list", `${ADA}; ${GRACE}, x@example.com`, [...two, { email: "x@example.com", role: null }]],
    ["names as mail programs copy them", `Ada Lovelace <${ADA}>, Grace Hopper <${GRACE}>`, two],
    ["brackets without a name", `<${ADA}>; < ${GRACE} >`, two],
    ["a comma within a quoted name", `"Lovelace, Ada" <${ADA}>, "Hopper; Grace" <${GRACE}>`, two],
    ["a comma within a name that is not quoted", `Lovelace, Ada <${ADA}>; Hopper, Grace <${GRACE}>`, two],
    ["the same between commas", `Lovelace, Ada <${ADA}>, Hopper, Grace <${GRACE}>`, two],
    ["nor is what a semicolon divides", `x; Grace <${GRACE}>`, [{ email: "x", role: null }, ...two.slice(1)]],
    ["an address before a name is no part of it", `${ADA}, Grace <${GRACE}>`, two],
    ["a doubled quote is one", `"Ada ""Countess"" L" <${ADA}>\n${GRACE}`, two],
    ["also in what is no address", '"no ""address"" at all"', [{ email: 'no "address" at all', role: null }]],
    ["quoted addresses", `"${ADA}","${GRACE}"`, two],
    ["an address and a role in a line", `${ADA}, Admin\n${GRACE}`, roles],
    ["the same with a semicolon, quotes and one at the end", `"${ADA}";"ADMIN";\n${GRACE};`, roles],
    ["a role that there is and nobody is invited as", `${ADA}\towner`, [{ email: ADA, role: "owner" }]],
    ["a name and a role", `Ada <${ADA}>, viewer`, [{ email: ADA, role: "viewer" }]],
    ["a word that is no role is a row that will be told of", `${ADA}, boss`, [two[0], { email: "boss", role: null }] as InviteRow[]],
    [
      "what is no address comes out as it was written",
      "not an address\n@@",
      ["not an address", "@@"].map((email) => ({ email, role: null })),
    ],
    ["brackets that hold nothing stay", "Ada <>", [{ email: "Ada <>", role: null }]],
    ["brackets that do not close stay", `Ada <${ADA}`, [{ email: `Ada <${ADA}`, role: null }]],
    ["a quote that does not close hides nobody", `"Ada\n${ADA}\n${GRACE}`, [{ email: '"Ada', role: null }, ...two]],
    [
      "two that do not close hide nobody between them",
      `"Ada\n${ADA}\n"x${GRACE}`,
      ['"Ada', ADA, `"x${GRACE}`].map((email) => ({ email, role: null })),
    ],
    ["a header of a mail smuggled in stays in its own row", `${ADA}\r\nBcc: x`, [two[0], { email: "Bcc: x", role: null }] as InviteRow[]],
  ])("%s", (_, text, rows) => expect(readInviteList(text)).toEqual(rows));
});

describe("CSV with a header", () => {
  test.each<[string, string, InviteRow[]]>([
    ["email and role", `email,role\n${ADA},admin\n${GRACE},`, roles],
    ["the other way round, and others between", `Role,Name,Email\nADMIN,Ada,${ADA}\n,Grace,${GRACE}`, roles],
    ["semicolons, as some countries' spreadsheets write it", `Name;E-Mail;Role\r\nAda;${ADA};admin\r\nGrace;${GRACE};\r\n`, roles],
    ["tabs, as a spreadsheet copies it", `\tEmail\tRole\n\t${ADA}\tAdmin\n\t${GRACE}\t`, roles],
    ["a byte order mark", `\ufeffemail,role\n${ADA},admin\n${GRACE}`, roles],
    ["a byte order mark before a quote", `\ufeff"email","role"\n"${ADA}","admin"\n"${GRACE}",""`, roles],
    ["empty lines before it", `\r\n \r\nemail,role\r\n${ADA},admin\r\n${GRACE}`, roles],
    ["an email column alone", `Email\n${ADA}\n${GRACE}`, two],
    ["as Google's contacts name it", `Name,E-mail 1 - Label,E-mail 1 - Value\nAda,* Work,${ADA}\nGrace,,${GRACE}`, two],
    ["as Google's admin console names it", `First Name [Required],Email Address [Required]\nAda,${ADA}\nGrace,${GRACE}`, two],
    ["as Outlook names it", `"First Name","E-mail Address"\n"Ada","${ADA}"\n"Grace","${GRACE}"`, two],
    ["a postal address beside it", `Address,Email\n"12, Fleet Street",${ADA}\nHarbor 1,${GRACE}`, two],
    ["a quoted cell with separators, quotes and line breaks", `note,email\n"a ""b"", c\r\nd\n",${ADA}\n,${GRACE}`, two],
    ["a quote that does not close swallows no line", `email,note\n${ADA},"5 inches\n${GRACE},x`, two],
    ["nor up to the next one", `email,note\n${ADA},"5\n${GRACE},"6`, two],
    ["a quote within a cell is a quote", `email,note\n${ADA},5" wide\n${GRACE},"6" wide`, two],
    ["names and brackets in the column", `email\nAda <${ADA}>\n"Hopper, Grace <${GRACE}>"`, two],
    ["lines of nothing but separators, as spreadsheets leave them", `email,role\n,\n${ADA},admin\n,\n${GRACE},\n,\n`, roles],
    ["a row without an address is told of", "email,role\n,admin", [{ email: "", role: "admin" }]],
    ["a role that there is none of is told of", `email,role\n${ADA},Boss`, [{ email: ADA, role: "boss" }]],
    ["a header alone", "email,role\n", []],
    ["what has an address in it is no header", `email ${ADA}\n${GRACE}`, [{ email: `email ${ADA}`, role: null }, ...two.slice(1)]],
  ])("%s", (_, text, rows) => expect(readInviteList(text)).toEqual(rows));
});

const address = fc.stringMatching(/^[a-z0-9.+_-]{1,12}@[a-z0-9-]{1,10}\.[a-z]{2,6}$/);
const between = fc.tuple(
  fc.constantFrom("", " ", "  "),
  fc.constantFrom(",", ";", "\t", "\n", "\r\n", "\r", ",\n", ";\r\n"),
  fc.constantFrom("", " "),
);
const written = fc.constantFrom(
  (one: string) => one,
  (one: string) => `<${one}>`,
  (one: string) => `"${one}"`,
  (one: string) => `Ada Lovelace <${one}>`,
  (one: string) => `"Lovelace, Ada" <${one}>`,
);

test("a list of addresses is read back, however they are written and whatever stands between them", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(address, written, between)), fc.boolean(), (people, hasMark) => {
      const text = people.map(([one, write, separator]) => write(one) + separator.join("")).join("");
      expect(readInviteList(`${hasMark ? "\ufeff" : ""}${text}`)).toEqual(people.map(([email]) => ({ email, role: null })));
    }),
  );
});

const cell = fc.string({ unit: fc.constantFrom("a", " ", ",", ";", "\t", '"', "\n", "\r\n", "<", ">", "é"), maxLength: 8 });
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

test("CSV is read back, whatever else its rows hold and in whatever order its columns are", () => {
  const row = fc.record({ email: address, role: fc.constantFrom("admin", "member", "viewer"), note: cell });
  const columns = fc.shuffledSubarray(["email", "role", "note"] as const, { minLength: 3 });
  fc.assert(
    fc.property(
      fc.array(row),
      columns,
      fc.constantFrom(",", ";", "\t"),
      fc.constantFrom("\n", "\r\n", "\r"),
      (rows, names, separator, end) => {
        const lines = [names.join(separator), ...rows.map((one) => names.map((name) => quoted(one[name])).join(separator))];
        expect(readInviteList(lines.join(end))).toEqual(rows.map(({ email, role }) => ({ email, role })));
      },
    ),
  );
});

test("whatever is pasted, nothing is lost: each address that stands alone in its line comes out", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", ",", '"', " ", "\n", "<"), maxLength: 20 })), (junk) => {
      // Without a quote that closes, no line reaches into another one.
      const lines = junk.map((text) => text.replaceAll('"', "'"));
      const text = [...lines, "", ADA, "", ...lines].join("\n");
      expect(readInviteList(text)).toContainEqual({ email: ADA, role: null });
    }),
  );
});

test("10,000 lines are 10,000 rows", () => {
  const lines = Array.from({ length: 10_000 }, (_, number) => `person-${number}@example.com`);
  expect(readInviteList(lines.join("\n"))).toEqual(lines.map((email) => ({ email, role: null })));
  expect(readInviteList(`email,role\n${lines.map((line) => `${line},admin`).join("\r\n")}`)).toHaveLength(10_000);
});

const LENGTH = 1_500_000;
const filled = (text: string) => text.repeat(Math.ceil(LENGTH / text.length)).slice(0, LENGTH);
test.each<[string, string]>([
  ["letters", filled("a")],
  ["quotes", filled('"')],
  ["quotes after a letter", `a${filled('"')}`],
  ["quotes and letters", filled('"a')],
  ["quotes and spaces", filled('" ')],
  ["spaces", filled(" ")],
  ["brackets", filled("<")],
  ["closing brackets", filled(">")],
  ["surnames", filled("a,<")],
  ["commas", filled(",")],
  ["quoted cells in one line", filled('"a",')],
  ["empty quoted cells", filled('"",')],
  ["cells that open a quote", filled(',"')],
  ["lines that open a quote", filled('"a\n')],
  ["lines that open one after two", filled('"""a\n')],
  ["lines of quotes", filled('""\n')],
  ["line breaks", filled("\n")],
  ["returns", filled("\r")],
  ["byte order marks", filled("\ufeff")],
  ["CSV whose quotes do not close", `email,x\n${filled('a@b,"\n')}`],
])("a megabyte and a half of %s is read to its end: in quadratic time it would be minutes, and the test's time is up", (_, text) => {
  expect(readInviteList(text)).toBeDefined();
});
