import fc from "fast-check";
import { expect, test } from "vitest";
import { EXPORT_NAME_BYTES_MAX, exportPath, foldedPath, numberedPath } from "./export-path.ts";

test.each<[string, string, string, string]>([
  ["a plain name stays", "trees", "the-printer.json", "trees/the-printer.json"],
  ["the root is no folder", "", "account.json", "account.json"],
  ["letters of any script stay", "trees", "Ünïcödé-漢字.md", "trees/Ünïcödé-漢字.md"],
  ["an accent is one character however it was typed", "trees", "cafe\u0301.md", "trees/caf\u00e9.md"],
  ["a way out of the folder is none", "trees", "../../etc/passwd", "trees/etc/passwd"],
  ["nor with the other slash", "trees", "..\\..\\boot.ini", "trees/boot.ini"],
  ["nor with dots and spaces that Windows drops", "trees", ".. /.. ./x.json", "trees/x.json"],
  ["an absolute path is one within", "trees", "/etc/shadow", "trees/etc/shadow"],
  ["a drive is no drive", "trees", "C:\\x.md", "trees/C/x.md"],
  ["a stream of NTFS is none", "trees", "x.json:zone", "trees/x.json-zone"],
  ["a hidden file is shown", "trees", ".htaccess", "trees/htaccess"],
  ["an option of a command is none", "trees", "--delete.md", "trees/delete.md"],
  ["a device of Windows is a file", "trees", "con.json", "trees/_con.json"],
  ["also without an ending, in large letters", "AUX", "LPT1", "_AUX/_LPT1"],
  ["a name that only begins so is kept", "trees", "console.md", "trees/console.md"],
  ["an ending that is shown backwards is not", "trees", "photo\u202egnp.exe", "trees/photo-gnp.exe"],
  ["line breaks, quotes and nothing visible are dashes", "trees", 'a\r\nb"c\u200bd\u0000e.md', "trees/a-b-c-d-e.md"],
  ["a dot or a space at the end is cut off", "trees", "x. . .", "trees/x"],
  ["half a surrogate is a dash", "trees", "a\ud800b.md", "trees/a-b.md"],
  ["nothing is called something", "", "../..", "file"],
  ["an emoji alone leaves its folder", "trees", "\u{1f600}", "trees"],
])("%s", (_, folder, name, path) => expect(exportPath(folder, name)).toBe(path));

test("a long name is cut before its ending, and not within a character", () => {
  const [name = ""] = exportPath("", `${"漢".repeat(300)}.json`).split("/");
  expect(name).toMatch(/^漢+\.json$/);
  const bytes = new TextEncoder().encode(name).length;
  expect([bytes <= EXPORT_NAME_BYTES_MAX, bytes > EXPORT_NAME_BYTES_MAX - 3]).toEqual([true, true]);
});

test("whatever somebody types, no step of the path leads out, hides, or is longer than a file system takes", () => {
  const typed = fc.oneof(
    fc.string({ unit: "binary", maxLength: 400 }),
    fc.string({ unit: fc.constantFrom("a", ".", "/", "\\", " ", "-", ":", "漢", "con"), maxLength: 40 }),
  );
  fc.assert(
    fc.property(typed, typed, (folder, name) => {
      for (const step of exportPath(folder, name).split("/")) {
        expect(step).toMatch(/^[\p{L}\p{M}\p{N}_](.*[\p{L}\p{M}\p{N}_])?$/u);
        expect(new TextEncoder().encode(step).length).toBeLessThanOrEqual(EXPORT_NAME_BYTES_MAX + 1);
      }
    }),
  );
});

test.each([
  ["a number stands before the ending", "trees/notes.md", 2, "trees/notes-2.md"],
  ["where there is none, at the end", "trees/notes", 10, "trees/notes-10"],
  ["a dot in a folder's name is no ending", "v1.2/notes", 2, "v1.2/notes-2"],
])("%s", (_, path, number, expected) => expect(numberedPath(path, number)).toBe(expected));

test("what Windows takes for one file is one: large and small letters, ligatures, sharp s", () => {
  expect(foldedPath("trees/Notes.MD")).toBe(foldedPath("trees/notes.md"));
  expect(foldedPath("stra\u00dfe")).toBe(foldedPath("STRASSE"));
  expect(foldedPath("\ufb01le")).toBe(foldedPath("file"));
  expect(foldedPath("a")).not.toBe(foldedPath("b"));
});
