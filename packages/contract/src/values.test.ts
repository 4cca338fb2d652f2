import fc from "fast-check";
import { expect, test } from "vitest";
import { email, instant, line, password, prose, token } from "./values.ts";

const takes = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) => schema.safeParse(value).success;

/** What no text of one line may hold, and why. */
const HOSTILE: [string, string][] = [
  ["NUL, which PostgreSQL refuses", "\u0000"],
  ["a line feed, which starts another header", "\n"],
  ["a carriage return", "\r"],
  ["a tab", "\t"],
  ["escape, which terminals obey", "\u001b"],
  ["delete", "\u007f"],
  ["a C1 control", "\u0085"],
  ["a line separator", "\u2028"],
  ["a paragraph separator", "\u2029"],
  ["half a pair", "\ud800"],
  ["the other half", "\udc00"],
];

test.each(HOSTILE)("a line holds no %s", (_, character) => {
  expect(takes(line(120), `Ada${character}Lovelace`)).toBe(false);
});

test.each(HOSTILE.filter(([, character]) => character !== "\n" && character !== "\t"))(
  "a text of several lines holds no %s",
  (_, character) => {
    expect(takes(prose(120), `Ada${character}Lovelace`)).toBe(false);
  },
);

test.each(["Ada Lovelace", "O'Brien", "李雷", "Ünïcödé", "\u{1f469}\u200d\u{1f4bb}", "<b>bold</b>", "a".repeat(120)])(
  "a line may be %s",
  (text) => {
    expect(line(120).parse(text)).toBe(text);
  },
);

test("spaces around a line are taken off, and nothing but spaces is nothing", () => {
  expect(line(120).parse("  Ada  ")).toBe("Ada");
  expect(takes(line(120), "   ")).toBe(false);
  expect(takes(line(120), "\u3000\u00a0")).toBe(false);
});

test("a line is counted after its spaces are taken off", () => {
  expect(takes(line(3), " abc ")).toBe(true);
  expect(takes(line(3), "abcd")).toBe(false);
});

test("a text of several lines is kept to the letter, whatever ends its lines", () => {
  for (const text of ["a\nb", "a\r\nb", "\ta\n", " a ", ""]) expect(prose(10).parse(text)).toBe(text);
});

test.each<[string, unknown]>([
  ["a number", 7],
  ["null", null],
  ["a list", ["ada@example.com"]],
  ["an object", { toString: "ada@example.com" }],
  ["two addresses", "a@example.com,b@example.com"],
  ["a header", "a@example.com\r\nBcc: b@example.com"],
  ["a name and an address", "Ada <ada@example.com>"],
  ["two at-signs", "a@b@example.com"],
  ["a full-width at-sign", "ada\uff20example.com"],
  ["255 bytes", `${"a".repeat(64)}@${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(60)}.example`],
])("an address is not %s", (_, value) => expect(takes(email, value)).toBe(false));

test("an address is kept as it was typed", () => {
  expect(email.parse("Ada.Lovelace+Test@Example.COM")).toBe("Ada.Lovelace+Test@Example.COM");
});

test("a password is kept to the letter: never trimmed, cut or folded", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
      fc.pre(!text.includes("\u0000"));
      expect(password.parse(text)).toBe(text);
    }),
  );
});

test.each<[string, string]>([
  ["1,025 characters, which would cost a hash", "p".repeat(1025)],
  ["a NUL, at which some hashes stop", "pass\u0000word"],
  ["half a pair, of which all are one in UTF-8", "pass\ud800word"],
])("a password is not %s", (_, value) => expect(takes(password, value)).toBe(false));

test.each<[string, boolean]>([
  ["A".repeat(43), true],
  ["A-_z0".repeat(8).padEnd(43, "9"), true],
  ["A".repeat(42), false],
  ["A".repeat(44), false],
  [`${"A".repeat(42)}=`, false],
  [`${"A".repeat(42)}+`, false],
  [`${"A".repeat(43)}\n`, false],
])("%j is a token: %s", (value, expected) => expect(takes(token, value)).toBe(expected));

test.each<[string, boolean]>([
  ["2026-01-01T00:00:00.000Z", true],
  ["2026-01-01T00:00:00Z", false],
  ["2026-01-01T00:00:00.000+00:00", false],
  ["2026-02-30T00:00:00.000Z", false],
])("an instant is written with milliseconds in UTC: %s", (value, expected) => expect(takes(instant, value)).toBe(expected));

test.each([[line(120)], [prose(4000)], [email], [password], [token]])(
  "fifty thousand of one character are refused at once (%#)",
  (schema) => {
    for (const character of ["a", "@", ".", " ", "\n", "é", "\u{1f600}"]) {
      const text = character.repeat(50_000);
      // Of the processor's time, which a busy machine does not lengthen.
      const started = process.cpuUsage();
      expect(takes(schema, text)).toBe(false);
      expect(process.cpuUsage(started).user).toBeLessThan(500_000);
    }
  },
);
