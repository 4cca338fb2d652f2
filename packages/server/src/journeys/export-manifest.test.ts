import { expect, test } from "vitest";
import type { ExportSection } from "../platform/product-parts.ts";
import { openManifest, readme } from "./export-manifest.ts";

const head = { product: "Testproduct", account: { id: "1", slug: "team-1" }, exportedAt: new Date("2026-01-02T03:04:05Z") };
const section: ExportSection = {
  name: "notes",
  folder: "notes",
  about: "notes",
  page: () => Promise.resolve({ files: [], records: 0, next: null }),
};
const pathsOf = (names: readonly string[], folder = "notes"): string[] => {
  const manifest = openManifest(head);
  return names.map((name) => manifest.add(folder, { name, text: "" }).name);
};

test("two of one name are two files, also where only large and small letters tell them apart", () => {
  expect(pathsOf(["a.md", "A.md", "a.md", "a.md"])).toEqual(["notes/a.md", "notes/A-2.md", "notes/a-3.md", "notes/a-4.md"]);
});

test("a number that is taken by a name is passed over", () => {
  expect(pathsOf(["a-2.md", "a.md", "a.md"])).toEqual(["notes/a-2.md", "notes/a.md", "notes/a-3.md"]);
});

test("nothing takes the place of the first and the last file", () => {
  expect(pathsOf(["readme.md", "Manifest.JSON", "MANIFEST.json"], "")).toEqual(["readme-2.md", "Manifest-2.JSON", "MANIFEST-3.json"]);
  expect(pathsOf(["../MANIFEST.json"])).toEqual(["notes/MANIFEST.json"]);
});

test("twenty thousand files of one name are told apart in no time", () => {
  const paths = pathsOf(Array.from({ length: 20_000 }, () => "a.md"));
  expect(new Set(paths).size).toBe(20_000);
});

test("the manifest names size and hash of every file before it, and how many records a section had", () => {
  const manifest = openManifest(head);
  manifest.add("", readme(head, [section]));
  manifest.add("notes", { name: "ä.md", text: "ä" });
  manifest.count(section, 2);
  manifest.count(section, 3);
  const last = manifest.file();
  expect(last.name).toBe("MANIFEST.json");
  expect(JSON.parse(last.text)).toMatchObject({
    format: 1,
    account: { id: "1", slug: "team-1" },
    exported_at: "2026-01-02T03:04:05.000Z",
    counts: { notes: 5 },
    files: [
      { path: "README.md" },
      { path: "notes/ä.md", size: 2, sha256: "33e6d73fee82904c8d7afb78de1154d1e8dc2a0edb08120e63df5b9385c2d9cc" },
    ],
  });
});
