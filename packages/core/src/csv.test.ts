import fc from "fast-check";
import { expect, test } from "vitest";
import { csvLine, defuseCell } from "./csv.ts";

test.each([
  ["=1+1", "'=1+1"],
  ["+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"],
  ["-2+3", "'-2+3"],
  ["@SUM(A1)", "'@SUM(A1)"],
  [" \t=1", "' \t=1"],
  ["\u200b=1", "'\u200b=1"],
  ["\r=1", "'\r=1"],
  ["\tplain", "'\tplain"],
  ["＝1＋1", "'＝1＋1"],
  ["1=1", "1=1"],
  ["a-b@c.example", "a-b@c.example"],
  ["'=1", "'=1"],
  ["", ""],
])("no spreadsheet runs %j", (cell, expected) => expect(defuseCell(cell)).toBe(expected));

test("quotes are doubled, separators and line breaks stay in their cell, nothing is an empty cell", () => {
  expect(csvLine(['say "hi"', "a,b;c", "two\nlines", null])).toBe('"say ""hi""","a,b;c","two\nlines",""\r\n');
});

test("whatever was typed is read again as it was, but for the apostrophe, and begins with no sign of a formula", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1 }), (cells) => {
      const read = [...csvLine(cells).matchAll(/"((?:[^"]|"")*)"(?:,|\r\n$)/gu)].map(([, cell = ""]) => cell.replaceAll('""', '"'));
      expect(read).toHaveLength(cells.length);
      read.forEach((cell, index) => {
        expect([cells[index], `'${cells[index]}`]).toContain(cell);
        expect(cell).not.toMatch(/^\s*[=+\-@]/);
      });
    }),
  );
});
