import fc from "fast-check";
import { expect, test } from "vitest";
import { type PasswordWeakness, whyPasswordWeak } from "./password.ts";

const ada = { email: "ada.lovelace@example.com", name: "Ada King", productName: "Acme Desk" };
const isCommon = (folded: string) => ["password1", "letmein99"].includes(folded);
const long = "correct horse battery staple ".repeat(5).slice(0, 128);

test.each<[string, string, PasswordWeakness | null]>([
  ["nothing", "", "too_short"],
  ["seven characters", "x7#kQz!", "too_short"],
  ["eight characters", "x7#kQz!m", null],
  ["four characters of two UTF-16 units each are four", "🐎🔋🖇🧷", "too_short"],
  ["seven of them are seven", "🐎🔋🖇🧷🐑🐐🐍", "too_short"],
  ["eight of them are eight", "🐎🔋🖇🧷🐑🐐🐍🐌", null],
  ["128 characters", long, null],
  ["129 characters", `${long}!`, "too_long"],
  ["128 characters of two UTF-16 units each", "🐎🔋🖇🧷🐑🐐🐍🐌".repeat(16), null],
  ["a megabyte", "ab1!".repeat(250_000), "too_long"],
  ["one of the list", "password1", "common"],
  ["one of the list in capitals", "PassWord1", "common"],
  ["one of the list in fullwidth letters", "ｐａｓｓｗｏｒｄ１", "common"],
  ["a space is a character: not of the list", " password1", null],
  ["the local part", "ada.lovelace", "contains_identity"],
  ["the local part without its dot, with a year", "AdaLovelace1815!", "contains_identity"],
  ["the local part with many digits", "adalovelace1234567", "contains_identity"],
  ["the local part and three letters", "xadalovelacexy", "contains_identity"],
  ["the local part and four letters", "wxadalovelaceyz", null],
  ["the whole address", "ada.lovelace@example.com", "contains_identity"],
  ["the name", "ada king 42!", "contains_identity"],
  ["the product", "acmedesk", "contains_identity"],
  ["the product, decorated", "!!AcmeDesk2026??", "contains_identity"],
  ["a phrase in which the name is one word of many", "lovelace wrote the first program", null],
  ["one character", "aaaaaaaa", "trivial"],
  ["one character in two cases", "AaAaAaAa", "trivial"],
  ["a pattern of two", "xzxzxzxz", "trivial"],
  ["a pattern of three, cut", "xz7xz7xz", "trivial"],
  ["a pattern of four", "xz7!xz7!", "trivial"],
  ["a pattern of four with a step aside", "xz7!qz7!", null],
  ["a pattern of five", "xz7!qxz7!q", null],
  ["a run of letters", "cdefghij", "trivial"],
  ["a run with a step aside", "cdefghik", null],
  ["a run of digits", "12345678", "trivial"],
  ["a run of digits past nine", "5678901234", "trivial"],
  ["a run back", "87654321", "trivial"],
  ["a run of letters back", "hgfedcba", "trivial"],
  ["a run of another alphabet", "абвгдежз", "trivial"],
  ["a run of another alphabet back", "зжедгвба", "trivial"],
  ["a row of the keyboard", "qwertyuiop", "trivial"],
  ["a row of the keyboard, back and on", "lkjhgfdsal", "trivial"],
])("%s", (_, password, expected) => expect(whyPasswordWeak(password, ada, isCommon)).toBe(expected));

const anyone = { email: "12345699@example.com", name: "", productName: "A" };
test.each<[string, string, PasswordWeakness | null]>([
  ["a local part of digits only", "12345699", "contains_identity"],
  ["other digits are not that local part", "83920175", null],
  ["nor are others that begin alike", "19203756", null],
  ["a product of one letter is in many good passwords", "a7#kQz!m", null],
  ["but not all by itself", "a1234567", "contains_identity"],
])("%s", (_, password, expected) => expect(whyPasswordWeak(password, anyone, () => false)).toBe(expected));

test("a short identity counts only alone, a longer one also within", () => {
  expect(whyPasswordWeak("xyaxda12", { ...ada, email: "axd@example.com" }, () => false)).toBeNull();
  expect(whyPasswordWeak("xyaxda12", { ...ada, email: "axda@example.com" }, () => false)).toBe("contains_identity");
});

test("it is total, and never takes what is too short, too long or on the list", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.string(), fc.string(), fc.boolean(), (password, email, name, listed) => {
      const weakness = whyPasswordWeak(password, { email, name, productName: "Acme Desk" }, () => listed);
      const characters = [...password].length;
      expect(weakness === "too_short").toBe(characters < 8);
      expect(weakness === "too_long").toBe(characters > 128);
      expect(weakness === "common").toBe(listed && characters >= 8 && characters <= 128);
    }),
  );
});

test("decorating one's own address with digits does not make a password", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{8,20}$/), fc.nat(), fc.constantFrom("", "!", "?!", "-"), (local, digits, mark) => {
      const owner = { email: `${local}@example.com`, name: "", productName: "" };
      expect(whyPasswordWeak(`${local}${digits}${mark}`, owner, () => false)).toBe("contains_identity");
    }),
  );
});
