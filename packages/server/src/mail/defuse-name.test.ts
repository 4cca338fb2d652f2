import fc from "fast-check";
import { expect, test } from "vitest";
import { defuseName, NAME_CHARACTERS_MAX } from "./defuse-name.ts";

test.each([
  ["Ada Lovelace", "Ada Lovelace"],
  ["Siobhán O'Brien-Łukasz", "Siobhán O'Brien-Łukasz"],
  ["  Dr. Grace   Hopper ", "Dr Grace Hopper"],
  ["山田 太郎", "山田 太郎"],
  ["عائشة", "عائشة"],
  ["Team 42", "Team 42"],
])("a name that people have stays readable: %s", (name, shown) => expect(defuseName(name)).toBe(shown));

test.each([
  ["a web address", "http://evil.example/win?x=1", "http evil example win x 1"],
  ["a bare domain", "evil.example", "evil example"],
  ["a domain with an ideographic full stop", "evil。example", "evil example"],
  ["a domain with a full-width full stop", "ｅｖｉｌ．example", "ｅｖｉｌ example"],
  ["a domain hidden by a zero-width space", "evil\u200b.\u200bexample", "evil example"],
  ["an email address", "mallory@evil.example", "mallory evil example"],
  ["a telephone number", "call +44 (20) 7946-0000 now", "call - now"],
  ["a telephone number in Arabic figures", "call ٠٢٠٧٩٤٦٠", "call"],
  ["markup", "<a href='//evil.example'>Ada</a>", "a href ' evil example' Ada a"],
  ["a second header", "Ada\r\nBcc: everyone@example.com", "Ada Bcc everyone example com"],
  ["text that is turned around", "\u202eelpmaxe\u202c", "elpmaxe"],
  ["a tower of accents", `A${"\u0301".repeat(50)}da`, "Á\u0301\u0301da"],
  ["nothing but signs", "://.@#", ""],
])("%s in a name is no link and no message in the mail", (_, name, shown) => expect(defuseName(name)).toBe(shown));

test("a name of ten thousand characters is forty long", () => {
  expect([...defuseName("𝒜da ".repeat(2500))].length).toBeLessThanOrEqual(NAME_CHARACTERS_MAX);
});

test("whatever is typed as a name, only letters, marks, few figures, spaces, hyphens and apostrophes of it are shown, on one line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (name) => {
      const shown = defuseName(name);
      expect(shown).toMatch(/^[\p{L}\p{M}\p{N}'’ -]{0,40}$/u);
      expect(shown.match(/\p{N}/gu)?.length ?? 0).toBeLessThanOrEqual(4);
    }),
  );
});
